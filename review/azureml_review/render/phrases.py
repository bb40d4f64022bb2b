"""The words that every rendering shares: the headline, the counts, a field's change, machines."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from azureml_arm import sizes
from azureml_arm.sizes import Size
from azureml_policies.requests.unknown import has_unknown
from azureml_policies.text import join_words
from azureml_review.model import Capacity, Change, Harm, Loss, MachineFleet, Op, Review, Verdict
from azureml_review.security import ROLE

_FACES = {
    Verdict.FAILED: ("❌", "red", "The preview failed"),
    Verdict.REFUSED: ("⛔", "red", "Refused by policy"),
    Verdict.LOSES_DATA: ("🔥", "red", "Loses data"),
    Verdict.BREAKS: ("🔌", "red", "Breaks what uses it"),
    Verdict.WONT_FIT: ("📏", "red", "Won't fit"),
    Verdict.NEEDS_ADMIN: ("🔑", "yellow", "Needs an admin"),
    Verdict.SAFE: ("✅", "green", "Safe"),
    Verdict.NO_CHANGE: ("⚪", "", "No change"),
}
_DONE = {
    Op.DELETE: "deleted",
    Op.REPLACE: "replaced",
    Op.UPDATE: "updated",
    Op.CREATE: "created",
    Op.IMPORT: "imported",
}
HOURS = 730
"""Hours of a month, as Azure's calculator counts them (https://azure.microsoft.com/pricing/calculator)."""
LONGEST = 120
_SHOWN_ACTIONS = 4


def symbol(verdict: Verdict) -> str:
    """Return a verdict's symbol."""
    return _FACES[verdict][0]


def colour(verdict: Verdict) -> str:
    """Return a verdict's colour at a terminal; empty for none of its own."""
    return _FACES[verdict][1]


def headline(review: Review) -> str:
    """Return the verdict in words."""
    return _FACES[review.verdict][2]


def why(review: Review) -> str:
    """Return one sentence for the verdict."""
    return _WHY[review.verdict](review)


def _why_refused(review: Review) -> str:
    denied = sum(denial.mandatory for denial in review.denials)
    return f"{_count(denied, 'mandatory policy', 'mandatory policies')} refused this: it can't be merged as it is."


def _why_failed(review: Review) -> str:
    if review.mistakes:
        return f"{_count(len(review.mistakes), 'mistake', 'mistakes')} in the description, to fix before anything runs."
    return "The program failed or Azure refused its input: changes beyond this point are unknown."


def _why_unfit(review: Review) -> str:
    said = _count(len(review.unfit), "thing", "things")
    return f"Azure won't take {said} of this, by its quota, sizes, regions, names or rights."


def _why_losing(review: Review) -> str:
    also = f" It also needs more than the role {ROLE} grants." if review.needs_admin else ""
    return f"{_harm(review)}{also}"


def _why_nothing(review: Review) -> str:
    noisy = sum(change.is_noise for change in review.changes)
    differing = review.differing
    said = "Azure is as described."
    if differing:
        said = (
            f"Nothing would change, but {_names(differing, start=False)} differ{'s' * (len(differing) == 1)} in Azure."
        )
    return said + (f" {noise(noisy)}." if noisy else "")


def _harm(review: Review) -> str:
    if review.verdict is Verdict.LOSES_DATA:
        return f"{_names([one for one in review.real if one.loses_data])} would lose data that can't be restored."
    return f"What uses {_names([one for one in review.real if one.breaks], start=False)} would fail."


def _why_admin(review: Review) -> str:
    actions = [_action(action) for action in review.needs_admin]
    more = f" and {len(actions) - _SHOWN_ACTIONS} more actions" if len(actions) > _SHOWN_ACTIONS else ""
    return f"It needs more than the role {ROLE} grants: {', '.join(actions[:_SHOWN_ACTIONS])}{more}."


_WHY: Mapping[Verdict, Callable[[Review], str]] = {
    Verdict.FAILED: _why_failed,
    Verdict.REFUSED: _why_refused,
    Verdict.LOSES_DATA: _why_losing,
    Verdict.BREAKS: _why_losing,
    Verdict.WONT_FIT: _why_unfit,
    Verdict.NEEDS_ADMIN: _why_admin,
    Verdict.SAFE: lambda _: "Nothing in use is removed, and nothing needs more than a data scientist's role.",
    Verdict.NO_CHANGE: _why_nothing,
}


def _action(action: str) -> str:
    return action.removeprefix("Microsoft.MachineLearningServices/")


def _names(changes: Sequence[Change], *, start: bool = True) -> str:
    outer = sorted(changes, key=lambda change: change.id.count("/"))
    shown = [f"the {change.noun} {change.name}" for change in outer[:2]]
    more = [f"{len(changes) - 2} more"] if len(changes) > 2 else []  # noqa: PLR2004
    text = join_words(shown + more)
    return text[:1].upper() + text[1:] if start else text


def counts(review: Review) -> str:
    """Return ``1 replaced, 2 updated, 38 unchanged``."""
    parts = [f"{number} {word}{_in_azure(review, op)}" for op, word in _DONE.items() if (number := review.count(op))]
    same = [f"{review.unchanged} unchanged"] if review.unchanged or not (parts or review.failed) else []
    return ", ".join([*parts, *same])


def _in_azure(review: Review, op: Op) -> str:
    retained = sum(change.retained for change in review.real) if op is Op.DELETE else 0
    return f" ({retained} of them stay{'s' if retained == 1 else ''} in Azure)" if retained else ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def noise(count: int) -> str:
    """Return ``2 differences are noise``."""
    return f"{_count(count, 'difference is', 'differences are')} noise"


def remarks(count: int) -> str:
    """Return ``2 remarks of policies``."""
    return f"{_count(count, 'remark', 'remarks')} of policies"


def loss_text(loss: Loss) -> str:
    """Return what is lost, or what stops working, as a part of a sentence."""
    return f"loses {loss.what}" if loss.harm is Harm.DATA else loss.what


def value(given: Any) -> str:
    """Return a value on one line, cut if long."""
    return cut(line(given))


def line(given: Any) -> str:
    """Return a value on one line."""
    if given is None:
        return "(none)"
    if has_unknown(given):
        return "(known after the run)"
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)
    return " ".join(text.split())


def cut(text: str) -> str:
    """Return a text, cut if long."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def park(fleets: Iterable[MachineFleet]) -> str:
    """Return ``0-5 x Standard_DS3_v2``; "none" for no machines."""
    return " + ".join(f"{_number(one)} x {_kind(one)}" for one in fleets) or "none"


def parks(before: Sequence[MachineFleet], after: Sequence[MachineFleet]) -> str:
    """Return ``0-5 → 0-20 x Standard_DS3_v2``."""
    if len(before) == len(after) == 1 and _kind(before[0]) == _kind(after[0]):
        return f"{_number(before[0])} → {_number(after[0])} x {_kind(after[0])}"
    return f"{park(before)} → {park(after)}"


def _number(one: MachineFleet) -> str:
    return "?" if one.most is None else str(one.most) if one.least in (one.most, None) else f"{one.least}-{one.most}"


def _kind(one: MachineFleet) -> str:
    known = sizes.machine(one.size)
    low = " (low priority)" if one.low_priority else ""
    return f"{known.name if known else one.size or 'size not known yet'}{low}"


def monthly(capacity: Capacity, fleets: Iterable[MachineFleet]) -> tuple[float, float] | None:
    """Return what machines cost in a month, at least and at most; None where a price or a count is unknown."""
    low = high = 0.0
    for one in fleets:
        price = capacity.prices.get(one.key)
        if price is None or one.most is None or one.least is None:
            return None
        hours = one.hours or HOURS
        low += price.amount * hours * (one.least if one.always_on else 0)
        high += price.amount * hours * one.most
    return low, high


def money(capacity: Capacity, fleets: Sequence[MachineFleet]) -> str:
    """Return ``0-1,204 EUR``; empty where it is unknown."""
    found = monthly(capacity, fleets)
    if found is None:
        return ""
    currency = next((price.currency for price in capacity.prices.values()), "")
    low, high = (f"{amount:,.0f}" if amount >= 1 or not amount else f"{amount:.2f}" for amount in found)
    return f"{high} {currency}".strip() if low == high else f"{low}-{high} {currency}".strip()


def vcpus(fleets: Iterable[MachineFleet]) -> str:
    """Return the most vCPUs at once."""
    return _sum(fleets, lambda size: size.vcpus, metered=lambda one: one.vcpus)


def gpus(fleets: Iterable[MachineFleet]) -> str:
    """Return the most GPUs at once."""
    return _sum(fleets, lambda size: size.gpus, metered=lambda _: 0)


def always_on(fleets: Iterable[MachineFleet]) -> str:
    """Return how many machines run when unused."""
    counts = [one.least if one.always_on else 0 for one in fleets]
    return "?" if None in counts else str(sum(count or 0 for count in counts))


def _sum(
    fleets: Iterable[MachineFleet], measure: Callable[[Size], int], *, metered: Callable[[MachineFleet], float]
) -> str:
    total = 0.0
    for one in fleets:
        size = sizes.machine(one.size)
        if one.most is None or (size is None and not one.meters):
            return "?"
        total += one.most * (measure(size) if size is not None else metered(one))
    return f"{total:.10g}"
