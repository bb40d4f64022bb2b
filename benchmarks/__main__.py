"""``python -m benchmarks``: measure what the README states."""

import argparse
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks import checkov, computes, engine, fleet, guardrails, quickstart, server, validate

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
    parser.add_argument("--datastores", type=int, nargs="+", default=[100], metavar="N", help="default: 100")
    parser.add_argument("--planned", type=int, default=1000, metavar="N", help="resources to judge (default: 1000)")
    parser.add_argument("--stacks", type=int, default=200, metavar="N", help="stacks of a fleet (default: 200)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], metavar="N", help="default: 1 2 4")
    parser.add_argument("--files", type=int, nargs="+", default=[500], metavar="N", help="az ml files (default: 500)")
    parser.add_argument(
        "--steps",
        nargs="+",
        choices=engine.STEPS,
        default=["new", "up", "same"],
        help="of the engine (default: not kept)",
    )
    programs = (engine.OURS, engine.RAW, engine.BARE, engine.TERRAFORM)
    parser.add_argument("--programs", nargs="+", choices=programs, help="on the engine (default: all that are there)")
    parser.add_argument("--turns", type=int, default=1, metavar="N", help="on the engine; means count (default: 1)")
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
    yield f"{what}, our components with their roles", "", _each(found.granting, found.count)


def _engine(options: argparse.Namespace) -> Iterator[Row]:
    programs = options.programs or engine.available()
    for count in options.datastores:
        found = engine.measure(count, options.steps, programs, options.turns)
        if not found:
            yield f"{count:,} datastores on the engine", "", "no pulumi CLI"
        ours = {one.step: one.spent for one in found if one.program == engine.OURS}
        for one in sorted(found, key=lambda one: list(engine.STEPS).index(one.step)):
            what = f"{engine.STEPS[one.step]}, {count:,} datastores: {one.program}"
            state = f"; {one.state / count:,.0f} bytes of state each" if one.step in ("up", "kept") else ""
            yield what, "", f"{one.spent.cpu:.1f} CPU s, {one.spent.wall:.1f} s{_beside(one, ours)}{state}"


def _beside(one: engine.Found, ours: Mapping[str, engine.Spent]) -> str:
    """Return what our description costs of what another program does."""
    if one.program == engine.OURS or one.step not in ours:
        return ""
    mine = ours[one.step]
    return f"; ours {mine.cpu / one.spent.cpu:.2f} of the CPU, {mine.wall / one.spent.wall:.2f} of the time"


def _each(seconds: float, count: int) -> str:
    return f"{seconds:.1f} s, {seconds / count * 1000:.1f} ms each"


def _validate(options: argparse.Namespace) -> Iterator[Row]:
    for count in options.files:
        found = validate.measure(count)
        each = (found.all - found.one) / found.count * 1000
        text = f"{found.all:.2f} CPU s, of which {found.one:.2f} for the first file, then {each:.2f} ms a file"
        yield f"azureml-infra validate of {found.count:,} az ml files", "", text
        yield "  again, nothing changed", "", f"{found.again:.3f} CPU s"
        yield "  libyaml's events alone", "", f"{found.parsed:.2f} CPU s"
        client = found.client and f"{found.client:.2f} CPU s, {_times(found.client, found.all, found.again)}"
        yield "  azure-ai-ml's loading", "15, 50 times ours", client or "no .venv-clients (`make clients`)"


def _times(client: float, first: float, again: float) -> str:
    return f"{client / first:.1f} times ours, {client / again:.0f} times ours again"


def _again(_options: argparse.Namespace) -> Iterator[Row]:
    found = quickstart.measure_again()
    yield "make up again, nothing to change", "about 3 s", f"{found.up:.1f} s"
    yield "make preview", "about 3 s", f"{found.preview:.1f} s"
    yield "  imports in it", "", f"{found.imports:.1f} s"


def _fresh(_options: argparse.Namespace) -> Iterator[Row]:
    found = quickstart.measure_fresh()
    yield "make up from a fresh clone, empty package caches", "under 60 s", f"{found.cold:.0f} s"
    yield "make up from a fresh clone, full package caches", "about 3 s", f"{found.warm:.0f} s"


def _guardrails(options: argparse.Namespace) -> Iterator[Row]:
    found = guardrails.measure(options.planned)
    what = f"{found.rules} rules over {found.count:,} planned resources"
    yield f"{what}, each resource", "", _cases(found.own, found.count)
    yield "  as the engine calls them, beyond its round trips", "at most 0.5 ms", _cases(found.beyond, found.count)
    yield "  a rule looking at a resource, slowest case", "", f"{_micro(found.each)} ({found.judged:,} looks)"
    compared = guardrails.compare(options.planned)
    if compared is None:
        yield "checkov over the same resources", "", checkov.ABSENT
        return
    for name, timing in (("all its ARM checks", compared.all), ("its Azure ML checks", compared.machine_learning)):
        yield f"checkov over the same resources, {name}", "", _checkov(timing)
        yield "  a check of a resource", "", f"{_micro(timing.each)} ({timing.judged:,} looks)"
        yield "  our share of that", "under 0.05", f"{found.each / timing.each:.3f}"


def _server(_options: argparse.Namespace) -> Iterator[Row]:
    found = server.measure()
    if not found:
        yield "the server", "", server.ABSENT
    for name, one in found.items():
        for what, rate in one.rates.items():
            target = _SERVER_TARGETS.get(what, "") if name == "ours" else ""
            shown = f"{rate.each_second:,.0f} a second, median {rate.median:.1f} ms, {rate.cpu:.2f} CPU ms each"
            yield f"{name}: {what}", target, shown
        yield f"{name}: memory", "", f"{one.memory:.0f} MiB"
    for name, what, times in (("moto", "GET", 5), ("azurite", "GET", 1), ("azurite", "PUT", 1)):
        if name in found:
            ours, other = found["ours"].rates[what], found[name].rates[what]
            ratio = f"{ours.each_second / other.each_second:.1f} times, by CPU {other.cpu / ours.cpu:.1f}"
            yield f"  our {what} beside {name}'s", f"over {times} times", ratio


_SERVER_TARGETS = {"GET": "median under 10 ms", "PUT": "ahead of Azurite", f"list of {server.LISTED}": "under 8 ms"}


def _cases(seconds: Mapping[str, float], count: int) -> str:
    return ", ".join(f"{name} {spent / count * 1000:.2f}" for name, spent in seconds.items()) + " ms"


def _checkov(timing: checkov.Timing) -> str:
    return f"{timing.seconds:.2f} s, and {timing.one.seconds:.1f} s to start"


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs"


def _fleet(options: argparse.Namespace) -> Iterator[Row]:
    for found in fleet.measure(options.stacks, options.workers):
        what = f"previews of {found.stacks} stacks, {found.workers} worker{'s' * (found.workers > 1)}"
        rate = f"{found.seconds:.0f} s, {found.seconds / found.stacks:.2f} s a stack ({found.alone:.1f} s of its own)"
        yield what, "", f"{rate}, {found.memory / 2**20:.0f} MiB"


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "computes": _computes,
    "guardrails": _guardrails,
    "server": _server,
    "validate": _validate,
    "again": _again,
    "fresh": _fresh,
    "fleet": _fleet,
    "engine": _engine,
}

if __name__ == "__main__":
    main()
