"""The platform as a mermaid picture: its parts and their resources, the changed ones marked.

https://mermaid.js.org/syntax/flowchart.html; GitHub draws it in comments and summaries.
"""

from collections.abc import Iterator, Sequence

from azureml_review.model import Change, Op, Review
from azureml_review.words import section_of

MOST = 40
"""Changed boxes that can still be read."""
_NAMES = 4
"""Names of unchanged resources in one box."""
_LONGEST = 48
_CLASSES = {
    Op.CREATE: ("new", "fill:#dafbe1,stroke:#1a7f37,color:#116329"),
    Op.IMPORT: ("new", "fill:#dafbe1,stroke:#1a7f37,color:#116329"),
    Op.UPDATE: ("changed", "fill:#fff8c5,stroke:#9a6700,color:#7d4e00"),
    Op.REPLACE: ("replaced", "fill:#ffebe9,stroke:#cf222e,color:#a40e26,stroke-width:2px"),
    Op.DELETE: ("deleted", "fill:#ffebe9,stroke:#cf222e,color:#a40e26,stroke-dasharray:5 3"),
}
_SAME = "fill:#f6f8fa,stroke:#d0d7de,color:#57606a"
_MARKS = {Op.CREATE: "+", Op.IMPORT: "=", Op.UPDATE: "~", Op.REPLACE: "±", Op.DELETE: "−"}  # noqa: RUF001
_FOUNDATION = "foundation"
_QUIET = frozenset({"code", "upload", "purge on deletion", "traffic", "role assignment", "resource group"})
"""What is drawn only where it changes."""


def picture(review: Review) -> str:
    """Return the picture, or nothing where nothing changes or too much does."""
    changed = [change for change in review.real if not change.retained]
    return "\n".join(_lines(review, changed)) if 0 < len(changed) <= MOST else ""


def _lines(review: Review, changed: Sequence[Change]) -> Iterator[str]:
    yield "flowchart LR"
    parts: dict[str, list[Change]] = {}
    kept = {id(change) for change in changed}
    for change in review.changes:
        if id(change) in kept or ((change.op is Op.SAME or change.is_noise) and change.noun not in _QUIET):
            parts.setdefault(section_of(change.type, change.noun), []).append(change)
    order = sorted(parts, key=lambda part: (part != _FOUNDATION, part))
    for index, part in enumerate(order):
        yield f'  subgraph s{index}["{part}"]'
        yield "    direction LR"
        yield from _boxes(index, parts[part], kept)
        yield "  end"
    if _FOUNDATION in parts:
        yield from (f"  s0 --> s{index}" for index in range(1, len(order)))
    for name, style in dict(_CLASSES.values()).items():
        yield f"  classDef {name} {style}"
    yield f"  classDef same {_SAME}"


def _boxes(part: int, members: Sequence[Change], changed: set[int]) -> Iterator[str]:
    """Yield a box for each changed resource, and one for all the others."""
    still = [change for change in members if id(change) not in changed]
    for number, change in enumerate(change for change in members if id(change) in changed):
        label = f"{_MARKS[change.op]} {_label(change.noun)}<br/>{_label(change.name)}"
        yield f'    r{part}_{number}["{label}"]:::{_CLASSES[change.op][0]}'
    if still:
        more = [f"and {len(still) - _NAMES} more"] if len(still) > _NAMES else []
        names = "<br/>".join([*(_label(change.name) for change in still[:_NAMES]), *more])
        yield f'    u{part}["{names}"]:::same'


def _label(text: str) -> str:
    """Return a text as mermaid's entities where it would read letters as syntax."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(char if char.isalnum() or char in " .-_/:…" else f"#{ord(char)};" for char in short)
