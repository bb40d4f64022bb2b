"""Template expressions as trees: ``[concat(parameters('a'), '/b')[0].name]``.

The grammar is that of
https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions: literals, calls, and what
follows them, ``.name``, ``[index]`` and their safe forms with a question mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

DEEPEST = 100
"""How deep calls may nest before an expression isn't read any further."""


class ExpressionError(Exception):
    """The text isn't an expression."""


@dataclass(frozen=True)
class Literal:
    """A text or a number as it is written."""

    value: Any


@dataclass(frozen=True)
class FunctionCall:
    """A function's call; `name` is in lower case."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class MemberAccess:
    """A member or item of a value; `safe` ones are null where there is none."""

    of: Node
    key: Node
    safe: bool = False


Node = Literal | FunctionCall | MemberAccess

_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*(?=\s*\())*)|([()\[\],.?]))"
)


def is_expression(text: str) -> bool:
    """Return whether a template's text is an expression; ``[[`` escapes a bracket."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[")


def literal(text: str) -> str:
    """Return what a text that isn't an expression says."""
    return text[1:] if text.startswith("[[") else text


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Return the tree of an expression with its brackets; ExpressionError where it isn't one."""
    reader = _Reader(tuple(_tokens(text[1:-1])))
    node = reader.value(0)
    if reader.next:
        raise ExpressionError(f"has {reader.next!r} after its end")
    return node


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"has {text[at:]!r}, which can't be read")
        yield match[match.lastindex or 0]
        at = match.end()


class _Reader:
    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, expected: str = "") -> str:
        found = self.next
        if not found:
            raise ExpressionError("lacks a closing parenthesis" if expected in {",", ")"} else "ends too soon")
        if expected and found != expected:
            raise ExpressionError(f"has {found!r} where {expected!r} is expected")
        self._at += 1
        return found

    def value(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise ExpressionError("is nested too deep")
        node = self._primary(depth)
        while self.next in {".", "[", "?"}:
            node = self._access(node, depth)
        return node

    def _primary(self, depth: int) -> Node:
        token = self.take()
        if token.startswith("'"):
            return Literal(token[1:-1].replace("''", "'"))
        if token[0].isdigit() or token[0] == "-":
            return Literal(float(token) if "." in token else int(token))
        if self.next != "(" or not (token[0].isalpha() or token[0] == "_"):
            raise ExpressionError(f"has {token!r} where a value is expected")
        return FunctionCall(token.lower(), tuple(self._arguments(depth)))

    def _arguments(self, depth: int) -> Iterator[Node]:
        self.take("(")
        while self.next != ")":
            yield self.value(depth + 1)
            if self.next != ")":
                self.take(",")
        self.take(")")

    def _access(self, node: Node, depth: int) -> Node:
        opening = self.take()
        safe = opening == "?" or self.next == "?"
        if opening == "?":
            opening = self.take()
        elif self.next == "?":
            self.take()
        if opening == ".":
            return MemberAccess(node, Literal(self.take()), safe)
        key = self.value(depth + 1)
        self.take("]")
        return MemberAccess(node, key, safe)
