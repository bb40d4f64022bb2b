"""A review for the person at the terminal: the comment's content, shorter, in colours."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from azureml_review.model import Change, Denial, Field, Op, Review
from azureml_review.render import phrases
from azureml_review.render.differences import difference

_MARKS = {
    Op.DELETE: ("-", "red"),
    Op.REPLACE: ("±", "magenta"),
    Op.UPDATE: ("~", "yellow"),
    Op.CREATE: ("+", "green"),
    Op.IMPORT: ("=", "cyan"),
}
_ORDER = tuple(_MARKS)


def show(console: Console, review: Review) -> None:
    """Print it; lines are never wrapped."""
    for line in lines(review):
        console.print(line, soft_wrap=True)


def lines(review: Review) -> Iterator[Text]:
    """Yield the lines."""
    style = f"bold {phrases.colour(review.verdict)}".rstrip()
    title = Text.assemble((phrases.headline(review), style), f"  {review.stack}")
    yield title.append(f"  {phrases.counts(review)}", "dim")
    yield Text(phrases.why(review))
    yield from _denials(review)
    for change in sorted(review.real, key=lambda one: (_ORDER.index(one.op), not one.loses_data, not one.losses)):
        yield from _change(change)
    yield from _compute(review)
    noise = sum(len(change.noise) for change in review.changes)
    if noise:
        yield Text(f"{phrases.noise(noise)}: system data, spelling, defaults of Azure", "dim")
    yield from (Text.assemble((f"{one.place}: ", "bold red"), one.text) for one in review.mistakes)
    yield from (Text.assemble((f"{one.place}: ", "yellow"), one.text) for one in review.warnings)
    for change in review.differing:
        yield from (Text.assemble(f"{change.noun} ", (change.name, "bold"), f": {text}") for text in change.details)
    for message in review.messages:
        if message.severity == "error" and review.failed:
            yield Text.assemble(("error: ", "bold red"), message.text)


def _denials(review: Review) -> Iterator[Text]:
    for denial in review.denials:
        if denial.mandatory:
            yield _denial(denial)
    remarks = sum(not denial.mandatory for denial in review.denials)
    if remarks:
        yield Text(f"{phrases.remarks(remarks)} (--format markdown has them)", "dim")


def _denial(denial: Denial) -> Text:
    found = denial.objection
    message = found.message.partition("\n")[2] or found.message
    where = f" {denial.place}" if denial.place else ""
    return Text.assemble(("refused ", "bold red"), (found.policy, "bold"), (where, "dim"), f": {message.strip()}")


def _change(change: Change) -> Iterator[Text]:
    mark, style = _MARKS[change.op]
    where = f"  {change.place}" if change.place else ""
    yield Text.assemble((f"{mark} ", style), f"{change.noun} ", (change.name, "bold"), (where, "dim"))
    yield from (Text.assemble("    ", (phrases.loss_text(loss), "red")) for loss in change.losses)
    yield from (_field(field) for field in change.fields)
    yield from (Text(f"    {detail}", "dim") for detail in change.details)
    if change.retained:
        yield Text("    left in Azure as it is", "dim")


def _field(field: Field) -> Text:
    shown = "(secret)" if field.secret else difference(field.old, field.new, arrow=" -> ")
    line = Text.assemble(f"    {field.word}: ", (shown, "yellow"))
    line.append(" (replaces)" if field.replaces else "", "magenta")
    return line.append(f"  {field.place}" if field.place else "", "dim")


def _compute(review: Review) -> Iterator[Text]:
    for compute in review.capacity.computes:
        before, after = phrases.park(compute.before), phrases.park(compute.after)
        line = Text.assemble("machines of ", (compute.change.name, "bold"), f": {before} -> {after}")
        costs = [phrases.money(review.capacity, fleets) for fleets in (compute.before, compute.after)]
        yield line.append(f", a month {costs[0]} -> {costs[1]}" if all(costs) else "")
    if review.capacity.unpriced and review.capacity.computes:
        yield Text(review.capacity.unpriced, "dim")
