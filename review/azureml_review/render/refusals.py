"""The comment's sections about objections: who asked, what is missing, and the remedy, each on its own line."""

import re
from collections.abc import Iterator

from azureml_review.model import Denial, Review
from azureml_review.render import phrases
from azureml_review.render.escape import block, code, plain
from azureml_review.render.rows import Style

_COMMAND = re.compile(r":?\s+((?:az|pulumi|python -m|make) [a-z-]+ .*)$", re.DOTALL)
"""A command that ends a sentence."""


def refusals(review: Review, style: Style) -> Iterator[str]:
    """Yield the objections that stop the run."""
    mandatory = [denial for denial in review.denials if denial.mandatory]
    if mandatory:
        yield "### ⛔ Refused"
        yield from style.fold(mandatory, lambda denial: _denial(denial, style))


def remarks(review: Review, style: Style) -> Iterator[str]:
    """Yield the advisory objections."""
    advisory = [denial for denial in review.denials if not denial.mandatory]
    if advisory:
        title = phrases.remarks(len(advisory))
        yield from style.rest(advisory, lambda denial: _remark(denial, style), title)


def message_of(denial: Denial) -> str:
    """Return a policy's message about this resource, without its title and the name that stands beside it."""
    title, _, message = denial.objection.message.partition("\n")
    return (message.strip() or title).removeprefix(f"{denial.name}: ")


def _head(denial: Denial, style: Style) -> str:
    return f"**{plain(denial.noun)}** {style.links.name(denial.name, denial.place)} · {code(denial.objection.policy)}"


def _denial(denial: Denial, style: Style) -> str:
    clauses = style.cut(message_of(denial)).split("; ")
    return "\n".join([f"- {_head(denial, style)}", *(_clause(clause) for clause in clauses if clause.strip())])


def _clause(clause: str) -> str:
    found = _COMMAND.search(clause)
    if found is None:
        return f"  - {plain(clause)}"
    command = block(found[1], "sh").replace("\n", "\n    ")
    return f"  - {plain(clause[: found.start()])}:\n    {command}"


def _remark(denial: Denial, style: Style) -> str:
    return f"- {_head(denial, style)}: {plain(style.cut(message_of(denial)))}"
