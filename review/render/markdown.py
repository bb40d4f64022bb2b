"""A review as one comment of a pull request: what a reviewer must look at comes first, all else is folded away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from review.model import Change, Compute, Denial, Field, Fleet, Op, Place, Review
from review.render import mermaid, phrases
from review.render.escape import block, code, plain
from review.security import about_security

LIMIT = 65_536
"""Characters that GitHub takes in one comment (https://github.com/orgs/community/discussions/27190)."""
_CUT = "\n\n*Cut here: the whole is in the job's summary and its JSON.*\n"
_OPEN_ROWS = 12
"""How many resources of a section stand open; the rest is folded."""


@dataclass(frozen=True)
class Links:
    """How places become links: the address of the repository's files at the reviewed commit, ending in a slash."""

    files: str = ""

    def place(self, place: Place | None) -> str:
        """A place as markdown."""
        if place is None:
            return ""
        shown = code(str(place))
        return f"[{shown}]({self.files}{quote(place.file)}#L{place.line})" if self.files else shown


def marker(review: Review) -> str:
    """The first line of the comment, by which a later run finds it again."""
    return marker_of(review.stack)


def marker_of(stack: str) -> str:
    """The marker of a stack's comment."""
    return f"<!-- azureml-infra review {plain(stack)} -->"


def comment(review: Review, links: Links = Links(), limit: int = LIMIT) -> str:
    """The comment, with as much detail as its limit allows."""
    text = ""
    for leave_out in ((), (_picture,), (_picture, _unchanged, _noise), (_picture, _unchanged, _noise, _created)):
        text = _written(review, links, leave_out)
        if len(text) <= limit:
            return text
    return text[: limit - len(_CUT) - 16].rpartition("\n")[0] + "\n</details>" * _unclosed(text, limit) + _CUT


def _unclosed(text: str, limit: int) -> int:
    kept = text[: limit - len(_CUT) - 16]
    return kept.count("<details>") - kept.count("</details>")


def _written(review: Review, links: Links, leave_out: Sequence[object]) -> str:
    sections = [section for section in _SECTIONS if section not in leave_out]
    parts = ["\n".join(section(review, links)) for section in sections]
    first = f"{marker(review)}\n<!-- plan: {review.fingerprint} -->" if review.fingerprint else marker(review)
    return "\n\n".join([first, *(part for part in parts if part)]) + "\n"


def _head(review: Review, _links: Links) -> Iterator[str]:
    yield f"## {phrases.SYMBOLS[review.verdict]} {phrases.headline(review)} · {plain(review.stack)}"
    yield ""
    yield f"**{phrases.counts(review)}.** {plain(phrases.why(review))}"
    asked = [f"asked by {code(review.requester)}"] if review.requester else []
    packs = [f"judged by {', '.join(map(code, review.packs))}"] if review.packs else ["judged by no policy pack"]
    yield ""
    yield f"<sub>{'; '.join(asked + packs)}</sub>"


def _errors(review: Review, _links: Links) -> Iterator[str]:
    errors = [message for message in review.messages if message.severity == "error"]
    if errors and review.failed:
        yield "### Why it failed"
        for message in errors[:5]:
            yield block(message.text)


def _denied(review: Review, links: Links) -> Iterator[str]:
    mandatory = [denial for denial in review.denials if denial.mandatory]
    if mandatory:
        yield "### ⛔ Refused"
        yield from _folded_after([_denial(denial, links) for denial in mandatory])


def _denial(denial: Denial, links: Links) -> str:
    _, _, message = denial.said.message.partition("\n")
    text = (message or denial.said.message).strip()
    where = links.place(denial.place)
    line = f"- **{plain(denial.noun)} {code(denial.name)}** {where} · {code(denial.said.policy)}"
    return f"{line}\n  <br>{plain(text)}"


def _lost(review: Review, links: Links) -> Iterator[str]:
    found = [change for change in review.real if change.op in (Op.DELETE, Op.REPLACE)]
    if not found:
        return
    yield "### 🔥 Deleted and replaced" if any(one.loses_data for one in found) else "### Deleted and replaced"
    found.sort(key=lambda one: (not one.loses_data, not one.losses))
    yield from _folded_after([_loss(change, links) for change in found])


def _loss(change: Change, links: Links) -> str:
    first = f"- **{phrases.VERBS[change.op]}** {_named(change, links)}"
    lines = [first, *(f"  - {phrases.lost(loss)}" for loss in change.losses)]
    replacing = [field for field in change.fields if field.replaces]
    if replacing:
        lines.append(f"  - because {', '.join(_field(field, links) for field in replacing)} can't change in place")
    lines += [f"  - also {_field(field, links)}" for field in change.fields if not field.replaces]
    return "\n".join([*lines, *(f"  - {plain(detail)}" for detail in change.details)])


def _secure(review: Review, links: Links) -> Iterator[str]:
    found = [change for change in review.real if change.security]
    if found:
        yield "### 🛡️ Security"
        yield from _folded_after([_security(change, links) for change in found])


def _security(change: Change, links: Links) -> str:
    about = ", ".join(change.security)
    touched = [field for field in change.fields if about_security(field)]
    lines = [f"- **{about}**: {phrases.VERBS[change.op]} {_named(change, links)}"]
    return "\n".join(lines + [f"  - {_field(field, links)}" for field in touched])


def _compute(review: Review, links: Links) -> Iterator[str]:
    computes = review.capacity.computes
    if not computes:
        return
    priced = bool(review.capacity.prices)
    yield "### 💶 Compute and money" if priced else "### 🖥️ Compute"
    cost = " | a month, before | after |" if priced else " |"
    yield f"| | machines before | after | vCPUs | GPUs | always on{cost}"
    yield f"|---|---|---|---|---|---{'|---|---|' if priced else '|'}"
    for compute in computes:
        yield _compute_row(review, compute, links)
    if len(computes) > 1:
        yield _total_row(review)
    note = review.capacity.unpriced or _price_note(review)
    if note:
        yield ""
        yield f"<sub>{plain(note)}</sub>"


def _compute_row(review: Review, compute: Compute, links: Links) -> str:
    change = compute.change
    cells = [
        f"{plain(change.noun)} {code(change.name)} {links.place(change.place)}".strip(),
        code(phrases.park(compute.before)),
        code(phrases.park(compute.after)),
        *_arrows(compute.before, compute.after),
    ]
    return _row(cells + _costs(review, compute.before, compute.after))


def _total_row(review: Review) -> str:
    before = [fleet for compute in review.capacity.computes for fleet in compute.before]
    after = [fleet for compute in review.capacity.computes for fleet in compute.after]
    cells = ["**together**", "", "", *_arrows(before, after), *_costs(review, before, after)]
    return _row([f"**{cell}**" if cell and not cell.startswith("**") else cell for cell in cells])


def _arrows(before: Sequence[Fleet], after: Sequence[Fleet]) -> list[str]:
    pairs = [(measure(before), measure(after)) for measure in (phrases.vcpus, phrases.gpus, phrases.always_on)]
    return [one if one == other else f"{one} → {other}" for one, other in pairs]


def _costs(review: Review, before: Sequence[Fleet], after: Sequence[Fleet]) -> list[str]:
    if not review.capacity.prices:
        return []
    return [phrases.money(review.capacity, fleets) or "not known" for fleets in (before, after)]


def _price_note(review: Review) -> str:
    sources = sorted({price.source for price in review.capacity.prices.values()})
    if not sources:
        return ""
    return (
        f"At least and at most, for {phrases.HOURS} hours: {'; '.join(sources)}. Without discounts, disks and traffic."
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _updated(review: Review, links: Links) -> Iterator[str]:
    found = [change for change in review.real if change.op is Op.UPDATE and not _is_told(change)]
    if found:
        yield "### Updates"
        yield from _folded_after([_update(change, links) for change in found])


def _is_told(change: Change) -> bool:
    """Whether the section about security has said everything already."""
    if change.op is Op.UPDATE:
        return bool(change.fields) and not change.details and all(about_security(field) for field in change.fields)
    return bool(change.security)


def _update(change: Change, links: Links) -> str:
    lines = [f"- {_named(change, links)}", *(f"  - {_field(field, links)}" for field in change.fields)]
    return "\n".join([*lines, *(f"  - {plain(detail)}" for detail in change.details)])


def _created(review: Review, links: Links) -> Iterator[str]:
    found = [change for change in review.real if change.op in (Op.CREATE, Op.IMPORT) and not _is_told(change)]
    if not found:
        return
    yield "### New"
    imported = {Op.IMPORT: " (imported: it is there already)"}
    yield from _folded_after([f"- {_named(change, links)}{imported.get(change.op, '')}" for change in found])


def _remarks(review: Review, links: Links) -> Iterator[str]:
    advisory = [denial for denial in review.denials if not denial.mandatory]
    if advisory:
        yield from _details(f"{len(advisory)} remarks of policies", [_denial(denial, links) for denial in advisory])


def _noise(review: Review, _links: Links) -> Iterator[str]:
    noisy = [change for change in review.changes if change.noise]
    if noisy:
        count = sum(len(change.noise) for change in noisy)
        rows = [
            f"- {plain(change.noun)} {code(change.name)}: {code(one.path)}: {plain(one.why)}"
            for change in noisy
            for one in change.noise
        ]
        yield from _details(f"Noise: {count} differences that change nothing", rows)


def _unchanged(review: Review, _links: Links) -> Iterator[str]:
    same = [change for change in review.changes if change.op is Op.SAME]
    if same:
        nouns: dict[str, list[str]] = {}
        for change in same:
            nouns.setdefault(change.noun, []).append(change.name)
        rows = [f"- {plain(noun)}: {', '.join(map(code, names))}" for noun, names in sorted(nouns.items())]
        yield from _details(f"{review.unchanged} unchanged", rows)


def _picture(review: Review, _links: Links) -> Iterator[str]:
    drawn = mermaid.picture(review)
    if drawn:
        yield from _details("The platform, with what changes", [f"```mermaid\n{drawn}\n```"])


def _messages(review: Review, _links: Links) -> Iterator[str]:
    warnings = [message for message in review.messages if message.severity == "warning"]
    if warnings:
        yield from _details(f"{len(warnings)} warnings", [block(message.text) for message in warnings])


_SECTIONS: tuple[Callable[[Review, Links], Iterator[str]], ...] = (
    _head,
    _errors,
    _denied,
    _lost,
    _secure,
    _compute,
    _updated,
    _created,
    _remarks,
    _messages,
    _noise,
    _unchanged,
    _picture,
)


def _named(change: Change, links: Links) -> str:
    return f"{plain(change.noun)} {code(change.name)} {links.place(change.place)}".strip()


def _field(field: Field, links: Links) -> str:
    """``max_instances``: 5 → 20."""
    where = f" {links.place(field.place)}" if field.place else ""
    if field.secret:
        return f"{code(field.word)} (a secret){where}"
    return f"{code(field.word)}: {code(phrases.value(field.old))} → {code(phrases.value(field.new))}{where}"


def _folded_after(rows: Sequence[str]) -> Iterator[str]:
    """The rows, the first ones open."""
    yield from rows[:_OPEN_ROWS]
    if len(rows) > _OPEN_ROWS:
        yield from _details(f"{len(rows) - _OPEN_ROWS} more", rows[_OPEN_ROWS:])


def _details(title: str, rows: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>\n"
    yield from rows
    yield "\n</details>"
