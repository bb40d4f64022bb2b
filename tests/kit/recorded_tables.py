"""Which recorded exchanges the model answers as Azure did, and how the others differ: the tables, and docs/recorded.md.

``python -m kit.recorded_tables`` in tests/ writes the table of open differences and the page anew.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from azureml_arm.tables import read_table
from azureml_sandbox.http import Response
from kit.paths import ROOT
from kit.recorded import Cloud, Difference, Exchange, differences, exchanges
from kit.recorded_before import ALONE
from kit.recorded_before import NOT_REPLAYED as CUT

HERE = ROOT / "tests/kit"
ALLOWED, OPEN, PAGE = HERE / "recorded_allowed.csv", HERE / "recorded_open.csv", ROOT / "docs/recorded.md"
EQUAL, ALLOWED_ONLY, DIFFERENT, NOT_MODELLED, NOT_REPLAYED = "equal", "allowed", "open", "not modelled", "not replayed"
STATES = (EQUAL, ALLOWED_ONLY, DIFFERENT, NOT_MODELLED, NOT_REPLAYED)
NOT_LOOKED_AT = "not compared yet"


@dataclass(frozen=True)
class Row:
    """A line of the table of allowed differences: exactly these places of exactly these exchanges."""

    what: str
    where: str
    exchanges: str
    """``file:1,4-6``, one beside the other."""
    reason: str

    @cached_property
    def extent(self) -> frozenset[tuple[str, str]]:
        """Return every exchange with every place that the line allows there."""
        return frozenset((exchange, one) for exchange in _ids_of(self.exchanges) for one in self.where.split())

    def covers(self, one: Exchange, difference: Difference) -> bool:
        """Return whether the line allows a difference of an exchange."""
        return difference.what == self.what and (one.id, place(difference)) in self.extent


def _ids_of(exchanges: str) -> Iterator[str]:
    for file, _, numbers in (word.partition(":") for word in exchanges.split()):
        for first, _, last in (part.partition("-") for part in numbers.split(",")):
            yield from (f"{file}-{number}" for number in range(int(first), int(last or first) + 1))


@dataclass(frozen=True)
class Verdict:
    """How the model's answer is to the recorded one."""

    exchange: Exchange
    state: str
    differences: frozenset[str] = frozenset()
    """Those that no line allows."""
    allowed: frozenset[tuple[Row, str]] = frozenset()
    """The lines that allow the others, and where."""


def place(difference: Difference) -> str:
    """Return where a difference is, whatever the number in a list."""
    return re.sub(r"\[\d+\]", "[]", difference.where)


@cache
def allowed_rows() -> tuple[Row, ...]:
    """Return the table of allowed differences."""
    return tuple(Row(**line) for line in read_table(ALLOWED))


@cache
def open_differences() -> dict[str, tuple[frozenset[str], str]]:
    """Return the table of open differences: exchange -> its differences, and why they are there."""
    if not OPEN.is_file():
        return {}
    lines = read_table(OPEN)
    return {line["exchange"]: (frozenset(line["differences"].split("; ")), line["reason"]) for line in lines}


def judge(one: Exchange, answer: Response) -> Verdict:
    """Hold an answer against the recorded one."""
    if answer.status >= 400 and b"sandbox doesn't model" in answer.body:
        return Verdict(one, NOT_MODELLED)
    left, allowed = set(), set()
    for difference in differences(one, answer):
        row = next((row for row in allowed_rows() if row.covers(one, difference)), None)
        if row is None:
            left.add(f"{difference.what} {place(difference)}".strip())
        else:
            allowed.add((row, place(difference)))
    state = DIFFERENT if left else ALLOWED_ONLY if allowed else EQUAL
    return Verdict(one, state, frozenset(left), frozenset(allowed))


@cache
def recordings() -> tuple[tuple[str, str], ...]:
    """Return the file and source of each recording: one sitting with the service."""
    return tuple(sorted({(one.file, one.source) for one in exchanges()}))


def replay(file: str, source: str, cloud: Callable[[], Cloud] = Cloud) -> Iterator[Verdict]:
    """Replay a recording from its beginning."""
    model = cloud()
    for one in exchanges():
        if (one.file, one.source) == (file, source) and one.is_replayed:
            yield judge(one, (cloud() if one.id in ALONE or one.is_quoted else model).replay(one))
        elif (one.file, one.source) == (file, source):
            yield Verdict(one, NOT_REPLAYED)


@cache
def verdicts() -> dict[str, Verdict]:
    """Return every exchange's verdict, by its id."""
    found = {verdict.exchange.id: verdict for recording in recordings() for verdict in replay(*recording)}
    return {one.id: found[one.id] for one in exchanges()}


def page(found: Sequence[Verdict]) -> str:
    """Return docs/recorded.md."""
    counts = Counter(one.state for one in found)
    replayed = len(found) - counts[NOT_REPLAYED]
    fine = counts[EQUAL] + counts[ALLOWED_ONLY]
    head = (
        "# What the sandbox answers, beside what Azure answered\n\n"
        "Exchanges with the real service, recorded by Microsoft's own test suites and published by them, are replayed "
        "against the sandbox by `tests/sandbox/recorded`; this page is made by it. Status, the headers that clients "
        "act on, and every key are held against the recorded answer, absent and null apart; ids, times and what the "
        "recorders took out are one to it, but an id that the service chose is no id that it was asked with.\n\n"
        f"{replayed} exchanges are replayed: {counts[EQUAL]} are equal, {counts[ALLOWED_ONLY]} but for differences "
        f"that are allowed (below), {counts[DIFFERENT]} differ, and {counts[NOT_MODELLED]} are of types that the "
        f"sandbox doesn't model. {100 * fine // max(1, replayed - counts[NOT_MODELLED])}% of what is modelled agrees. "
        f"{counts[NOT_REPLAYED]} more are not replayed (below). What people quote of refusals is held against the "
        "sandbox, too, as far as it is quoted: most of it has no status and no headers.\n\n"
    )
    return head + _table(found) + _allowed_section() + _open(found) + _not_replayed()


def _table(found: Sequence[Verdict]) -> str:
    by_file: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        by_file[one.exchange.file][one.state] += 1
    lines = [
        f"| {file} | " + " | ".join(str(counts[state] or "") for state in STATES) + " |"
        for file, counts in by_file.items()
    ]
    return "\n".join(["| recorded | " + " | ".join(STATES) + " |", "|---|" + "---|" * len(STATES), *lines]) + "\n\n"


def _allowed_section() -> str:
    lines = [
        f"- {row.what} {', '.join(f'`{one}`' for one in row.where.split())} of {row.exchanges}: {row.reason}"
        for row in allowed_rows()
    ]
    return "## Allowed differences\n\n" + "\n".join(lines) + "\n\n"


def _open(found: Sequence[Verdict]) -> str:
    lines = [f"- {one.exchange.id} ({len(one.differences)}): {_reason(one)}" for one in found if one.state == DIFFERENT]
    return "## Open differences\n\n`tests/kit/recorded_open.csv` names each.\n\n" + "\n".join(lines) + "\n"


def _reason(one: Verdict) -> str:
    return open_differences().get(one.exchange.id, (frozenset(), NOT_LOOKED_AT))[1]


def _not_replayed() -> str:
    lines = [f"- {exchange}: {reason}" for exchange, reason in CUT.items()]
    return "\n## Not replayed\n\n" + "\n".join(lines) + "\n"


def write() -> None:
    """Write the table of open differences and the page anew; reasons stay."""
    found = list(verdicts().values())
    with OPEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("exchange", "differences", "reason"))
        for one in found:
            if one.state == DIFFERENT:
                writer.writerow((one.exchange.id, "; ".join(sorted(one.differences)), _reason(one)))
    PAGE.write_text(page(found), encoding="utf-8")
    print(Counter(one.state for one in found))  # noqa: T201 - a command


if __name__ == "__main__":
    write()
