"""The platform as a mermaid picture: components and their resources, the changed ones marked.

https://mermaid.js.org/syntax/flowchart.html; GitHub draws it in comments and summaries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from review.model import Change, Op, Review
from review.words import section_of

MOST = 40
"""Boxes that can still be read."""
_QUIET = frozenset({"code", "upload", "purge on deletion", "traffic", "role assignment", "resource group"})
"""What is drawn only where it changes."""
_CLASSES = {
    Op.CREATE: ("new", "fill:#dafbe1,stroke:#1a7f37,color:#116329"),
    Op.IMPORT: ("new", "fill:#dafbe1,stroke:#1a7f37,color:#116329"),
    Op.UPDATE: ("changed", "fill:#fff8c5,stroke:#9a6700,color:#7d4e00"),
    Op.REPLACE: ("replaced", "fill:#ffebe9,stroke:#cf222e,color:#a40e26,stroke-width:2px"),
    Op.DELETE: ("deleted", "fill:#ffebe9,stroke:#cf222e,color:#a40e26,stroke-dasharray:5 3"),
    Op.SAME: ("same", "fill:#f6f8fa,stroke:#d0d7de,color:#57606a"),
}
_MARKS = {Op.CREATE: "+ ", Op.IMPORT: "= ", Op.UPDATE: "~ ", Op.REPLACE: "± ", Op.DELETE: "− ", Op.SAME: ""}  # noqa: RUF001


def picture(review: Review) -> str:
    """The picture, or nothing where nothing changes or too much does."""
    changed = [change for change in review.changes if change in review.real]
    if not changed or len(changed) > MOST:
        return ""
    still = [change for change in review.changes if change not in review.real and change.noun not in _QUIET]
    return "\n".join(_lines(review, still[: MOST - len(changed)] + changed, len(still) - (MOST - len(changed))))


def _lines(review: Review, changes: Sequence[Change], left_out: int) -> Iterator[str]:
    yield "flowchart LR"
    groups: dict[str, list[tuple[int, Change]]] = {}
    for change in sorted(changes, key=review.changes.index):
        groups.setdefault(section_of(change.type), []).append((review.changes.index(change), change))
    for index, (section, members) in enumerate(groups.items()):
        yield f'  subgraph s{index}["{section}"]'
        yield from (_box(number, change) for number, change in members)
        yield "  end"
    sections = list(groups)
    if "foundation" in sections:
        first = sections.index("foundation")
        yield from (f"  s{first} --> s{index}" for index in range(len(sections)) if index != first)
    if left_out > 0:
        yield f'  more["… and {left_out} more, unchanged"]:::same'
    for name, style in dict(_CLASSES.values()).items():
        yield f"  classDef {name} {style}"


def _box(number: int, change: Change) -> str:
    op = Op.SAME if change.is_noise else change.op
    return f'    r{number}["{_MARKS[op]}{_label(change.noun)}<br/>{_label(change.name)}"]:::{_CLASSES[op][0]}'


def _label(text: str) -> str:
    """Text that mermaid draws as it is: letters it would read as syntax become entities."""
    return "".join(char if char.isalnum() or char in " .-_/:" else f"#{ord(char)};" for char in text)
