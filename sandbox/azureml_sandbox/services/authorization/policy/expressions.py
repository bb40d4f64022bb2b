"""Template functions in policy rules: ``[concat('a', parameters('b'))]``.

They are read as those of templates are; a rule's may look at its parameters and at fields of the resource
(https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from azureml_arm.template import functions, syntax
from azureml_arm.template.syntax import Call, Literal, Node


class ExpressionError(ValueError):
    """Text that is no expression, or one with a function that isn't modelled."""


class Scope(Protocol):
    """What an expression can look at."""

    def parameter(self, name: str) -> Any:
        """Return a parameter's value."""

    def field(self, name: str) -> Any:
        """Return a field of the resource."""


def _contains(container: Any, item: Any) -> bool:
    return container is not None and item in container


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: functions.FUNCTIONS[name] for name in ("concat", "equals", "int", "string")},
    "and": lambda *values: all(values),
    "contains": _contains,
    "empty": lambda value: not value and value is not False and value != 0,
    "greater": lambda one, other: one > other,
    "if": lambda condition, one, other: one if condition else other,
    "length": lambda value: len(value or ()),
    "less": lambda one, other: one < other,
    "not": lambda value: not value,
    "or": lambda *values: any(values),
    "tolower": lambda value: str(value).lower(),
    "toupper": lambda value: str(value).upper(),
}
"""By their names in lower case, as lenient with what isn't there as policies are; two more look at the scope."""
_LOOKING = ("parameters", "field")


def is_expression(value: Any) -> bool:
    """Return whether a value is to be computed."""
    return isinstance(value, str) and syntax.is_expression(value)


def parse(text: str) -> Call:
    """Return an expression's tree; ExpressionError says what is wrong with it."""
    try:
        node = syntax.parse(text)
    except syntax.ExpressionError as error:
        raise ExpressionError(f"{text!r} {error}") from None
    if isinstance(node, Literal):
        raise ExpressionError(f"{text!r} is not one call of a template function")
    found = list(calls(node))
    for call in found:
        _check(call, text)
    return found[0]


def calls(node: Node) -> Iterator[Call]:
    """Yield a call and every one in its arguments; ExpressionError for what rules have no need of."""
    if isinstance(node, syntax.Access):
        raise ExpressionError("members and items can't be read in the sandbox's subset of template functions")
    if isinstance(node, Call):
        yield node
        for argument in node.arguments:
            yield from calls(argument)


def argument(call: Call) -> Any:
    """Return the one argument of a call that looks at the scope."""
    (given,) = call.arguments
    return given.value if isinstance(given, Literal) else None


def evaluate(node: Node, scope: Scope) -> Any:
    """Return an expression's value."""
    if not isinstance(node, Call):
        return node.value if isinstance(node, Literal) else None
    values = [evaluate(argument, scope) for argument in node.arguments]
    if node.name == "parameters":
        return scope.parameter(str(values[0]))
    return scope.field(str(values[0])) if node.name == "field" else FUNCTIONS[node.name](*values)


def _check(call: Call, text: str) -> None:
    if call.name in _LOOKING:
        if len(call.arguments) != 1 or not isinstance(argument(call), str):
            raise ExpressionError(f"{text!r}: {call.name}() takes one name in quotes")
    elif call.name not in FUNCTIONS:
        known = ", ".join(sorted([*FUNCTIONS, *_LOOKING]))
        raise ExpressionError(
            f"{text!r} calls {call.name!r}, which the sandbox doesn't model; it has {known}. Add it to FUNCTIONS in "
            "azureml_sandbox/services/authorization/policy/expressions.py"
        )
