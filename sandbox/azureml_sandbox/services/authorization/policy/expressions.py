"""Template functions in policy rules: ``[concat('a', parameters('b'))]``.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#policy-functions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<word>[A-Za-z]\w*)|(?P<mark>[(),]))")


class ExpressionError(ValueError):
    """Text that is no expression, or one with a function that isn't modelled."""


class Scope(Protocol):
    """What an expression can look at."""

    def parameter(self, name: str) -> Any:
        """A parameter's value."""

    def field(self, name: str) -> Any:
        """A field of the resource."""


@dataclass(frozen=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Any, ...]

    def calls(self) -> Iterator[Call]:
        """This call and every one in its arguments."""
        yield self
        for argument in self.arguments:
            if isinstance(argument, Call):
                yield from argument.calls()

    def evaluate(self, scope: Scope) -> Any:
        """The value."""
        values = [one.evaluate(scope) if isinstance(one, Call) else one for one in self.arguments]
        if self.name == "parameters":
            return scope.parameter(str(values[0]))
        if self.name == "field":
            return scope.field(str(values[0]))
        return FUNCTIONS[self.name](*values)


def _concat(*parts: Any) -> Any:
    if all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return "".join(str(part) for part in parts)


def _contains(container: Any, item: Any) -> bool:
    return container is not None and item in container


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": lambda *values: all(values),
    "concat": _concat,
    "contains": _contains,
    "empty": lambda value: not value and value is not False and value != 0,
    "equals": lambda one, other: one == other,
    "greater": lambda one, other: one > other,
    "if": lambda condition, one, other: one if condition else other,
    "int": int,
    "length": lambda value: len(value or ()),
    "less": lambda one, other: one < other,
    "not": lambda value: not value,
    "or": lambda *values: any(values),
    "string": str,
    "tolower": lambda value: str(value).lower(),
    "toupper": lambda value: str(value).upper(),
}
"""By their names in lower case; `parameters` and `field` look at the scope."""

_LOOKING = ("parameters", "field")


def is_expression(value: Any) -> bool:
    """Whether a value is to be computed: in brackets, and not with a doubled first one, which stands for itself."""
    return isinstance(value, str) and value.startswith("[") and value.endswith("]") and not value.startswith("[[")


def parse(text: str) -> Call:
    """Read an expression in its brackets; ExpressionError says what is wrong with it."""
    tokens = _tokens(text[1:-1])
    found, rest = _node(tokens, text)
    if rest or not isinstance(found, Call):
        raise ExpressionError(f"{text!r} is not one call of a template function")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"{text[at:]!r} can't be read as a template function of the sandbox's subset")
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return tokens


def _node(tokens: list[tuple[str, str]], text: str) -> tuple[Any, list[tuple[str, str]]]:
    if not tokens:
        raise ExpressionError(f"{text!r} ends too soon")
    (kind, token), rest = tokens[0], tokens[1:]
    if kind == "text":
        return token[1:-1].replace("''", "'"), rest
    if kind == "number":
        return int(token), rest
    if kind == "word" and rest[:1] == [("mark", "(")]:
        return _call(token, rest[1:], text)
    raise ExpressionError(f"{text!r} has {token!r} where a value is expected")


def _call(name: str, tokens: list[tuple[str, str]], text: str) -> tuple[Call, list[tuple[str, str]]]:
    if name.lower() not in FUNCTIONS and name.lower() not in _LOOKING:
        known = ", ".join(sorted([*FUNCTIONS, *_LOOKING]))
        raise ExpressionError(
            f"{text!r} calls {name!r}, which the sandbox doesn't model; it has {known}. Add it to FUNCTIONS in "
            "azureml_sandbox/services/authorization/policy/expressions.py"
        )
    arguments: list[Any] = []
    while tokens and tokens[0] != ("mark", ")"):
        argument, tokens = _node(tokens, text)
        arguments.append(argument)
        if tokens and tokens[0] == ("mark", ","):
            tokens = tokens[1:]
    if not tokens:
        raise ExpressionError(f"{text!r} lacks a closing parenthesis")
    return _checked(Call(name.lower(), tuple(arguments)), text), tokens[1:]


def _checked(call: Call, text: str) -> Call:
    if call.name in _LOOKING and (len(call.arguments) != 1 or not isinstance(call.arguments[0], str)):
        raise ExpressionError(f"{text!r}: {call.name}() takes one name in quotes")
    return call
