"""``azureml-infra sizes``: the VM sizes that Azure ML offers, as ``az ml compute list-sizes`` lists them."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TextIO

from azureml_arm.sizes import CATEGORIES, Size, nearest, select, sizes

_COLUMNS = ("Name", "vCPUs", "Memory GiB", "GPUs", "GPU", "Low priority", "For", "Category", "Quota family")
_NUMBERS = (1, 2, 3)
_COMPUTES = ("amlcompute", "computeinstance", "online", "spark")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--gpu", action="store_true", help="only sizes with GPUs")
    parser.add_argument("--min-vcpus", type=int, default=0, metavar="N", help="at least N vCPUs")
    parser.add_argument("--min-memory", type=float, default=0, metavar="GIB", help="at least that much memory, in GiB")
    parser.add_argument("--category", choices=CATEGORIES, help="only one category")
    parser.add_argument("--family", metavar="TEXT", help="only quota families that start like this: DSv2")
    parser.add_argument("--type", choices=_COMPUTES, help="only sizes that this kind of compute can have")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: Namespace, out: TextIO | None = None) -> int:
    """Print the sizes; return 1 where none meets the conditions."""
    found = select(
        gpu=True if args.gpu else None,
        min_vcpus=args.min_vcpus,
        min_memory=args.min_memory,
        category=args.category,
        family=args.family,
        compute=args.type,
    )
    stream = out or sys.stdout
    if args.json:
        stream.write(json.dumps([asdict(size) for size in found], indent=2) + "\n")
    elif found:
        stream.write(_table(found))
        stream.write(f"\n{len(found)} of {len(sizes())} sizes. A region offers a part of them, within your quota.\n")
    else:
        stream.write(_nothing(args.family))
    return 0 if found else 1


def _nothing(family: str | None) -> str:
    hint = nearest(family) if family else []
    return "No size meets these conditions." + (f" Did you mean {', '.join(hint)}?" if hint else "") + "\n"


def _table(found: list[Size]) -> str:
    rows = [_COLUMNS, *(_row(size) for size in found)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_COLUMNS))]
    return "".join(_line(row, widths) for row in rows)


def _row(size: Size) -> tuple[str, ...]:
    return (
        size.name,
        str(size.vcpus),
        f"{size.memory_gib:g}",
        str(size.gpus or ""),
        size.gpu,
        "yes" if size.low_priority else "no",
        ", ".join(size.computes),
        size.category,
        size.family,
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = (
        text.rjust(width) if index in _NUMBERS else text.ljust(width)
        for index, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip() + "\n"
