"""Template functions in policy rules, ``[concat('a', parameters('b'))]``: which ones a rule may call.

They are those of templates, but for some, and `field` is a rule's own
(https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions).
"""

from collections.abc import Iterator
from typing import Any

from azureml_arm.template import functions, syntax
from azureml_arm.template.syntax import ExpressionError, FunctionCall, Literal, MemberAccess, Node

TEMPLATES_ONLY = frozenset({"extensionresourceid", "tenantresourceid"})
"""Functions of templates that Azure doesn't have in rules."""
FUNCTIONS = frozenset({*functions.FUNCTIONS, "and", "if", "or"} - TEMPLATES_ONLY)
LOOKING = frozenset({"field", "parameters"})
"""Functions that look at the request, by one name in quotes."""


def is_expression(value: Any) -> bool:
    """Return whether a value is to be computed."""
    return isinstance(value, str) and syntax.is_expression(value)


def calls(text: str) -> list[FunctionCall]:
    """Return every call in an expression; ExpressionError says what is wrong with it."""
    try:
        node = syntax.parse(text)
    except ExpressionError as error:
        raise ExpressionError(f"{text!r} {error}") from None
    found = list(_calls(node))
    if not found:
        raise ExpressionError(f"{text!r} calls no template function")
    for call in found:
        _check(call, text)
    return found


def argument(call: FunctionCall) -> Any:
    """Return the one argument of a call that looks at the request."""
    (given,) = call.arguments
    return given.value if isinstance(given, Literal) else None


def _calls(node: Node) -> Iterator[FunctionCall]:
    inside: tuple[Node, ...] = ()
    if isinstance(node, FunctionCall):
        yield node
        inside = node.arguments
    elif isinstance(node, MemberAccess):
        inside = (node.of, node.key)
    for one in inside:
        yield from _calls(one)


def _check(call: FunctionCall, text: str) -> None:
    if call.name in LOOKING:
        if len(call.arguments) != 1 or not isinstance(argument(call), str):
            raise ExpressionError(f"{text!r}: {call.name}() takes one name in quotes")
    elif call.name not in FUNCTIONS:
        raise ExpressionError(
            f"{text!r} calls {call.name!r}, which Azure doesn't have in rules, or the sandbox doesn't model"
        )
