"""``python -m benchmarks``: measure what the README states."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks import computes, quickstart

Row = tuple[str, str, str]
"""What, the target, what was measured."""


def main() -> None:
    """Measure, row by row."""
    options = _parser().parse_args()
    table = Table("what", "target", "measured", title=_heading())
    for name, rows in PARTS.items():
        if name in options.only:
            for row in rows(options):
                table.add_row(*row)
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--computes", type=int, default=1000, metavar="N", help="clusters to preview (default: 1000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="only these parts")
    return parser


def _heading() -> str:
    today = datetime.now(tz=UTC).date()
    return f"{today}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"


def _computes(options: argparse.Namespace) -> Iterator[Row]:
    found = computes.measure(options.computes)
    what = f"preview of {found.count:,} clusters"
    yield f"{what}, plain azure-native", "", _each(found.plain, found.count)
    yield f"{what}, our components", "", _each(found.components, found.count)
    yield "  share", "under 0.1", f"{found.share:.3f}"


def _each(seconds: float, count: int) -> str:
    return f"{seconds:.1f} s, {seconds / count * 1000:.1f} ms each"


def _again(_options: argparse.Namespace) -> Iterator[Row]:
    found = quickstart.measure_again()
    yield "make up again, nothing to change", "about 3 s", f"{found.up:.1f} s"
    yield "make preview", "about 3 s", f"{found.preview:.1f} s"
    yield "  imports in it", "", f"{found.imports:.1f} s"


def _fresh(_options: argparse.Namespace) -> Iterator[Row]:
    found = quickstart.measure_fresh()
    yield "make up from a fresh clone, empty package caches", "under 60 s", f"{found.cold:.0f} s"
    yield "make up from a fresh clone, full package caches", "about 3 s", f"{found.warm:.0f} s"


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "computes": _computes,
    "again": _again,
    "fresh": _fresh,
}

if __name__ == "__main__":
    main()
