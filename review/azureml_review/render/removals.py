"""The comment's section about deletions and replacements: what is lost, and the cause of each replacement."""

from collections.abc import Iterator, Sequence

from azureml_review.model import Change, Op, Review
from azureml_review.render import phrases
from azureml_review.render.differences import difference
from azureml_review.render.escape import code, plain
from azureml_review.render.rows import Style, below


def removals(review: Review, style: Style) -> Iterator[str]:
    """Yield the section, the worst first; what only leaves the stack last."""
    found = [change for change in review.real if is_removal(change)]
    if not found:
        return
    yield "### 🔥 Deleted and replaced" if any(one.loses_data for one in found) else "### Deleted and replaced"
    yield from style.fold(list(_rows(found)), lambda members: _row(members, style))


def is_removal(change: Change) -> bool:
    """Return whether this section shows a change: lost rights are shown with the rest about security."""
    return change.op in (Op.DELETE, Op.REPLACE) and (change.loses_data or not _is_right(change))


def _is_right(change: Change) -> bool:
    return "roles" in change.security and change.type.lower().startswith("microsoft.authorization/")


def _rows(found: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield a list for each row: replacements with one cause, what stays in Azure, and each of the others."""
    kept = [change for change in found if not change.retained]
    causes: dict[str, list[Change]] = {}
    for change in sorted(kept, key=_importance):
        causes.setdefault(_cause(change) or change.urn, []).append(change)
    yield from causes.values()
    retained = [change for change in found if change.retained]
    yield from [retained] if retained else []


def _row(members: Sequence[Change], style: Style) -> str:
    if members[0].retained:
        return below("no longer managed by the stack, and left in Azure as they are:", _names(members, style))
    return _alone(members[0], style) if len(members) == 1 else _together(members, style)


def _importance(change: Change) -> tuple[bool, bool, int]:
    """Return a sort key: the worst first, containers before their content."""
    return not change.loses_data, not change.losses, change.id.count("/")


def _cause(change: Change) -> str:
    """Return the cause of a replacement as a key: one value often replaces several resources."""
    replacing = [field for field in change.fields if field.replaces]
    return repr([(field.word, field.old, field.new) for field in replacing]) if replacing else ""


def _alone(change: Change, style: Style) -> str:
    rows = [phrases.loss_text(loss) for loss in change.losses]
    replacing = [field for field in change.fields if field.replaces]
    if replacing:
        rows.append(f"because {', '.join(style.fields(replacing))} can't change in place")
    others = [field for field in change.fields if not field.replaces]
    rows += [f"also {row}" for row in style.fields(others, marked=True)]
    return below(f"**{change.op.value}** {style.title(change)}", [*rows, *map(plain, change.details)])


def _together(changes: Sequence[Change], style: Style) -> str:
    """Return a row for several that one value replaces, each with its losses."""
    replacing = [field for field in changes[0].fields if field.replaces]
    place = next((field.place for change in changes for field in change.fields if field.replaces and field.place), None)
    values = ", ".join(
        f"{code(field.word)} {difference(field.old, field.new, code)}"
        if not field.secret
        else f"{code(field.word)} *(a secret)*"
        for field in replacing
    )
    where = f" {style.links.place(place)}" if place else ""
    first = f"**replace {len(changes)}** because {values} can't change in place{where}"
    losing = [change for change in changes if change.losses or change.details]
    shown = losing[: style.room.open]
    quiet = [*losing[style.room.open :], *(change for change in changes if not (change.losses or change.details))]
    rows = [_member(change, style) for change in shown]
    return below(first, [*rows, *_names(quiet, style)])


def _member(change: Change, style: Style) -> str:
    parts = [*(phrases.loss_text(loss) for loss in change.losses), *map(plain, change.details)]
    others = [field for field in change.fields if not field.replaces]
    also = f" (also {', '.join(style.fields(others, marked=True))})" if others else ""
    return f"{style.title(change)}: {'; '.join(parts)}{also}"


def _names(changes: Sequence[Change], style: Style) -> Iterator[str]:
    """Yield the names of many, up to a limit."""
    rows = [row.removeprefix("- ") for row in style.names(changes)]
    yield from rows[: style.room.folded]
    if len(rows) > style.room.folded:
        yield f"and {len(rows) - style.room.folded} more kinds"
