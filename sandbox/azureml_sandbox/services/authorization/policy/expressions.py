"""Template functions in policy rules, ``[concat('a', parameters('b'))]``: which ones a rule may call.

They are those of templates, but for some, and `field` is a rule's own
(https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azureml_arm.template import functions, syntax
from azureml_arm.template.syntax import Access, Call, Literal, Node

TEMPLATES_ONLY = frozenset({"extensionresourceid", "tenantresourceid"})
"""Functions of templates that Azure doesn't have in rules."""
FUNCTIONS = frozenset({*functions.FUNCTIONS, "and", "if", "or"} - TEMPLATES_ONLY)
LOOKING = frozenset({"field", "parameters"})
"""Functions that look at the request, by one name in quotes."""


class ExpressionError(ValueError):
    """Text that is no expression, or one with a function that isn't modelled."""


def is_expression(value: Any) -> bool:
    """Return whether a value is to be computed."""
    return isinstance(value, str) and syntax.is_expression(value)


def calls(text: str) -> list[Call]:
    """Return every call in an expression; ExpressionError says what is wrong with it."""
    try:
        node = syntax.parse(text)
    except syntax.ExpressionError as error:
        raise ExpressionError(f"{text!r} {error}") from None
    found = list(_calls(node))
    if not found:
        raise ExpressionError(f"{text!r} calls no template function")
    for call in found:
        _check(call, text)
    return found


def argument(call: Call) -> Any:
    """Return the one argument of a call that looks at the request."""
    (given,) = call.arguments
    return given.value if isinstance(given, Literal) else None


def _calls(node: Node) -> Iterator[Call]:
    if isinstance(node, Call):
        yield node
    inside = (node.of, node.key) if isinstance(node, Access) else node.arguments if isinstance(node, Call) else ()
    for one in inside:
        yield from _calls(one)


def _check(call: Call, text: str) -> None:
    if call.name in LOOKING:
        if len(call.arguments) != 1 or not isinstance(argument(call), str):
            raise ExpressionError(f"{text!r}: {call.name}() takes one name in quotes")
    elif call.name not in FUNCTIONS:
        raise ExpressionError(
            f"{text!r} calls {call.name!r}, which Azure doesn't have in rules, or the sandbox doesn't model"
        )
