"""A review as one comment of a pull request: what a reviewer must look at comes first, the rest is folded."""

from collections.abc import Callable, Iterator

from azureml_review.model import Change, Op, Review
from azureml_review.render import mermaid, phrases
from azureml_review.render.escape import block, code, plain
from azureml_review.render.machines import field_in_table, in_table, machines
from azureml_review.render.refusals import refusals, remarks
from azureml_review.render.removals import is_removal, removals
from azureml_review.render.rows import Links, Room, Style, below, details
from azureml_review.security import about_security

__all__ = ["LIMIT", "Links", "comment", "marker_of"]
LIMIT = 65_536
"""Characters that GitHub takes in one comment (https://github.com/orgs/community/discussions/27190)."""
_CUT = "*Cut: the job's summary and the review's JSON have everything.*"
_ROOMS = (Room(), Room(folded=200, fields=10), Room(folded=40, fields=10, text=1500), Room(4, 12, 4, 500))
"""How a comment gets shorter, step by step, until it fits."""
_MOST_ERRORS = 5
NO_LINKS = Links()


def marker_of(stack: str) -> str:
    """Return the first line of a stack's comment, by which a later run finds it again."""
    return f"<!-- azureml-infra review {plain(stack)} -->"


def comment(review: Review, links: Links = NO_LINKS, limit: int = LIMIT) -> str:
    """Return the comment, with as much detail as its limit allows."""
    text = ""
    for room in _ROOMS:
        text = "\n\n".join(_parts(review, Style(links, room))) + "\n"
        if len(text) <= limit:
            return text
    return _fitting(_parts(review, Style(links, _ROOMS[-1])), limit)


def _fitting(parts: list[str], limit: int) -> str:
    """Return the sections that fit, each as a whole, so that no markup stays open."""
    kept: list[str] = []
    for part in parts:
        if len("\n\n".join([*kept, part, _CUT])) + 1 <= limit:
            kept.append(part)
    return "\n\n".join([*kept, _CUT]) + "\n"


def _parts(review: Review, style: Style) -> list[str]:
    written = ["\n".join(section(review, style)).strip("\n") for section in _SECTIONS]
    plan = f"\n<!-- plan: {review.fingerprint} -->" if review.fingerprint else ""
    return [f"{marker_of(review.stack)}{plan}", *(part for part in written if part)]


def _head(review: Review, _style: Style) -> Iterator[str]:
    yield f"## {phrases.symbol(review.verdict)} {phrases.headline(review)} · {plain(review.stack)}"
    yield ""
    counted = f"**{phrases.counts(review)}.** " if phrases.counts(review) else ""
    yield f"{counted}{plain(phrases.why(review))}"
    yield ""
    yield f"<sub>{_judges(review)}</sub>"


def _judges(review: Review) -> str:
    asked = f"requested by {code(review.requester)}; " if review.requester else ""
    return f"{asked}checked by {', '.join(map(code, review.packs)) or 'no policy pack'}"


def _errors(review: Review, style: Style) -> Iterator[str]:
    errors = [message for message in review.messages if message.severity == "error"]
    if not review.failed or not (errors or review.mistakes):
        return
    yield "### ❌ Why it failed"
    yield from style.fold(review.mistakes, lambda one: f"- {style.links.place(one.place)} {plain(style.cut(one.text))}")
    for message in errors[:_MOST_ERRORS]:
        yield block(style.cut(message.text))
    if len(errors) > _MOST_ERRORS:
        yield f"and {len(errors) - _MOST_ERRORS} more errors"


def _secure(review: Review, style: Style) -> Iterator[str]:
    found = [change for change in review.real if change.security and not is_removal(change)]
    if found:
        yield "### 🛡️ Security"
        yield from style.fold(found, lambda change: _security(change, style))


def _security(change: Change, style: Style) -> str:
    first = f"{', '.join(change.security)}: **{change.op.value}** {style.title(change)}"
    touched = change.fields if change.op is Op.REPLACE else [one for one in change.fields if about_security(one)]
    lost = [phrases.loss_text(loss) for loss in change.losses]
    return below(first, [*lost, *style.fields(touched), *map(plain, change.details)])


def _updates(review: Review, style: Style) -> Iterator[str]:
    found = [change for change in review.real if change.op is Op.UPDATE and not _is_elsewhere(review, change)]
    if found:
        yield "### Updates"
        yield from style.fold(found, lambda change: _update(review, change, style))


def _is_elsewhere(review: Review, change: Change) -> bool:
    """Return whether another section shows everything about a change."""
    if in_table(review, change):
        return True
    if change.op is Op.UPDATE:
        return bool(change.security) and all(about_security(field) for field in change.fields)
    return bool(change.security)


def _update(review: Review, change: Change, style: Style) -> str:
    """Return a row with the values that the sections about security and machines don't show."""
    elsewhere = [field for field in change.fields if field_in_table(review, change, field) or about_security(field)]
    fields = [field for field in change.fields if field not in elsewhere]
    lost = [phrases.loss_text(loss) for loss in change.losses]
    return below(style.title(change), [*lost, *style.fields(fields), *map(plain, change.details)])


def _creations(review: Review, style: Style) -> Iterator[str]:
    found = [change for change in review.real if change.op is Op.CREATE and not _is_elsewhere(review, change)]
    if found:
        yield "### New"
        if len(found) > style.room.open:
            yield from style.fold(style.names(found), str)
        else:
            yield from (_new(change, style) for change in found)


def _imports(review: Review, style: Style) -> Iterator[str]:
    found = [change for change in review.real if change.op is Op.IMPORT and not _is_elsewhere(review, change)]
    if found:
        yield "### Imported: exists already, managed from now on"
        yield from style.fold(found, lambda change: _new(change, style))


def _new(change: Change, style: Style) -> str:
    return below(style.title(change), [*style.fields(change.fields), *map(plain, change.details)])


def _noise(review: Review, style: Style) -> Iterator[str]:
    noisy = [change for change in review.changes if change.noise]
    if noisy:
        count = sum(len(change.noise) for change in noisy)
        rows = [
            f"- {plain(change.noun)} {code(change.name)}, {code(one.path)}: {plain(one.why)}"
            for change in noisy
            for one in change.noise
        ]
        title = f"Noise: {count} difference{'s' if count > 1 else ''} that change{'' if count > 1 else 's'} nothing"
        yield from style.rest(rows, str, title)


def _same(review: Review, style: Style) -> Iterator[str]:
    same = [change for change in review.changes if change.op is Op.SAME]
    if same and not review.failed:
        yield from style.rest(style.names(same), str, f"{review.unchanged} unchanged")


def _picture(review: Review, _style: Style) -> Iterator[str]:
    drawn = mermaid.picture(review)
    if drawn and not review.failed:
        yield from details("The platform, with what changes", [f"```mermaid\n{drawn}\n```"])


def _messages(review: Review, style: Style) -> Iterator[str]:
    warnings = [block(style.cut(message.text)) for message in review.messages if message.severity == "warning"]
    rows = [f"- {style.links.place(one.place)} {plain(style.cut(one.text))}" for one in review.warnings]
    if warnings or rows:
        count = len(warnings) + len(rows)
        yield from style.rest([*rows, *warnings], str, f"{count} warning{'s' if count > 1 else ''}")


def _differing(review: Review, style: Style) -> Iterator[str]:
    if review.differing:
        yield "### Different in Azure, and no change of this plan"
        yield from style.fold(review.differing, lambda one: below(style.title(one), map(plain, one.details)))


_SECTIONS: tuple[Callable[[Review, Style], Iterator[str]], ...] = (
    _head,
    _errors,
    refusals,
    removals,
    _secure,
    machines,
    _updates,
    _imports,
    _creations,
    _differing,
    remarks,
    _messages,
    _noise,
    _picture,
    _same,
)
