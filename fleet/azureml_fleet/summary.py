"""What came of all stacks, the worst first: as text, markdown and JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.text import Text

from azureml_fleet.run import PreviewResult
from azureml_review.model import Op, Verdict
from azureml_review.render.escape import plain
from azureml_review.render.phrases import colour, symbol

WORST_FIRST = tuple(Verdict)
"""The verdicts, as the review orders them."""
STYLES = {verdict.value: colour(verdict) or "dim" for verdict in Verdict}
_DONE = {
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.UPDATE: "updated",
    Op.CREATE: "created",
    Op.IMPORT: "imported",
}
VERSION = 1
"""Of the JSON's shape."""


@dataclass(frozen=True)
class Summary:
    """The results, and the stacks that have none as the run was interrupted."""

    results: tuple[PreviewResult, ...]
    left: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_bad(self) -> bool:
        """Return whether something was refused, failed or left out."""
        return bool(self.left) or any(result.is_bad for result in self.results)


def in_order(results: Sequence[PreviewResult]) -> list[PreviewResult]:
    """Return the worst first, then by what changes."""
    return sorted(results, key=lambda one: (WORST_FIRST.index(Verdict(one.verdict)), -_weight(one), one.stack))


def _weight(result: PreviewResult) -> int:
    return sum(result.counts.get(op, 0) for op in _DONE)


def changes(result: PreviewResult) -> str:
    """Return the counts of changes: ``1 replaced, 2 updated``, or ``none``."""
    return ", ".join(f"{result.counts[op]} {word}" for op, word in _DONE.items() if result.counts.get(op)) or "none"


def headline(summary: Summary) -> str:
    """Return the first line: ``200 stacks: 1 refused, 3 safe, 196 no change``."""
    counted = Counter(result.verdict for result in summary.results)
    counts = [f"{counted[one]} {one}" for one in WORST_FIRST if counted[one]]
    counts += [f"{len(summary.left)} not previewed"] if summary.left else []
    total = len(summary.results) + len(summary.left)
    return f"{total} stack{'s' * (total != 1)}: {', '.join(counts) or 'nothing to do'}"


def text(summary: Summary) -> Iterator[Text]:
    """Yield the lines for a terminal."""
    again = sum(result.again for result in summary.results)
    taken = f", {again} from an earlier run" if again else ""
    yield Text.assemble((headline(summary), "bold"), (f"  ({summary.seconds:.1f} s{taken})", "dim"))
    longest = max((len(result.stack) for result in summary.results), default=0)
    for result in in_order(summary.results):
        style = STYLES[result.verdict]
        line = Text.assemble((f"{result.verdict:<14}", style), f"  {result.stack:<{longest}}  {changes(result)}")
        yield line.append(f"  {result.said}" if result.is_bad else "", "dim")
    if summary.left:
        yield Text(f"not previewed: {', '.join(summary.left)}; `--resume` goes on")


def markdown(summary: Summary) -> str:
    """Return the text for a pull request or a job's summary; whoever posts it appends each stack's own review."""
    lines = [f"## {headline(summary)}", "", "| | stack | environment | region | changes |", "|---|---|---|---|---|"]
    for result in in_order(summary.results):
        verdict = f"{symbol(Verdict(result.verdict))} {result.verdict}"
        lines.append(
            f"| {verdict} | `{result.stack}` | {plain(result.environment)} | {result.region} | {changes(result)} |"
        )
    bad = [result for result in in_order(summary.results) if result.is_bad]
    lines += ["", *(f"- `{result.stack}`: {plain(result.said)}" for result in bad)] if bad else []
    lines += ["", f"Not previewed: {', '.join(f'`{name}`' for name in summary.left)}"] if summary.left else []
    return "\n".join(lines) + "\n"


def as_json(summary: Summary) -> str:
    """Return the JSON for other tools."""
    document = {
        "version": VERSION,
        "headline": headline(summary),
        "seconds": round(summary.seconds, 1),
        "stacks": [asdict(result) for result in in_order(summary.results)],
        "left": list(summary.left),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
