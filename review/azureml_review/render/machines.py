"""The comment's section about machines and money."""

from collections.abc import Iterator, Sequence

from azureml_review.model import Change, ComputeChange, Field, MachineFleet, Op, Review
from azureml_review.render import phrases
from azureml_review.render.escape import plain
from azureml_review.render.rows import Style, table

_HEAD = ("", "machines", "vCPUs at most", "GPUs at most", "always on", "a month")
_SHOWN = frozenset({"size", "instance_type", "min_instances", "max_instances", "instance_count", "tier"})
"""Values that the table shows already."""
_USES = {
    "pipeline run": "1,000 activities that are run",
    "pipeline copy": "an hour of a data integration unit that copies",
}
"""Meter of what costs by use -> what one of it is."""


def machines(review: Review, style: Style) -> Iterator[str]:
    """Yield the table of what is rented before and after, with prices where they are known."""
    computes = review.capacity.computes
    rates = _rates(review)
    if not computes and not rates:
        return
    yield "### 💶 Compute and money" if review.capacity.prices or rates else "### 🖥️ Compute"
    if computes:
        yield from _table(review, style)
    for note in (review.capacity.unpriced or _price_note(review), rates):
        if note:
            yield ""
            yield f"<sub>{plain(note)}</sub>"


def _table(review: Review, style: Style) -> Iterator[str]:
    computes = review.capacity.computes
    shown = computes[: style.room.open + style.room.folded]
    rows = [_row(review, compute, style) for compute in shown]
    if len(computes) > len(shown):
        rows.append([f"and {len(computes) - len(shown)} more", *[""] * (len(_HEAD) - 1)])
    yield from table(_HEAD, [*rows, *([_total(review)] if len(computes) > 1 else [])])


def in_table(review: Review, change: Change) -> bool:
    """Return whether the table shows everything about a change."""
    if change.urn not in review.capacity.urns or change.details:
        return False
    return change.op in (Op.CREATE, Op.IMPORT) or all(field.word in _SHOWN for field in change.fields)


def field_in_table(review: Review, change: Change, field: Field) -> bool:
    """Return whether the table shows a value's change."""
    return change.urn in review.capacity.urns and field.word in _SHOWN


def _row(review: Review, compute: ComputeChange, style: Style) -> list[str]:
    change = compute.change
    causes = [field for field in change.fields if field.word in _SHOWN and field.place]
    where = " ".join(dict.fromkeys(style.links.place(field.place) for field in causes))
    name = f"{plain(change.noun)} {style.links.name(change.name, None if causes else change.place)} {where}".strip()
    return [name, phrases.parks(compute.before, compute.after), *_numbers(review, compute.before, compute.after)]


def _total(review: Review) -> list[str]:
    before = [fleet for compute in review.capacity.computes for fleet in compute.before]
    after = [fleet for compute in review.capacity.computes for fleet in compute.after]
    return ["**together**", "", *(f"**{cell}**" if cell else "" for cell in _numbers(review, before, after))]


def _numbers(review: Review, before: Sequence[MachineFleet], after: Sequence[MachineFleet]) -> list[str]:
    pairs = [(measure(before), measure(after)) for measure in (phrases.vcpus, phrases.gpus, phrases.always_on)]
    return [*("" if pair == ("0", "0") else _arrow(*pair) for pair in pairs), _costs(review, before, after)]


def _costs(review: Review, before: Sequence[MachineFleet], after: Sequence[MachineFleet]) -> str:
    if not review.capacity.prices:
        return ""
    return _arrow(*(phrases.money(review.capacity, fleets) or "not known" for fleets in (before, after)))


def _arrow(one: str, other: str) -> str:
    return one if one == other else f"{one} → {other}"


def _rates(review: Review) -> str:
    """Return what is paid for by use: a note, as nobody knows yet how much that will be."""
    said = [f"{one.amount:,.2f} {one.currency} for {_USES[meter]}" for meter, one in review.capacity.rates.items()]
    return f"Data Factory costs by what its runs do: {', '.join(said)}." if said else ""


def _price_note(review: Review) -> str:
    sources = sorted({price.source for price in review.capacity.prices.values()})
    if not sources:
        return ""
    return (
        f"For {phrases.HOURS} hours, from no machine in use to all of them: {'; '.join(sources)}. Linux, pay as you "
        "go; without discounts, disks, traffic and what the workspace itself uses."
    )
