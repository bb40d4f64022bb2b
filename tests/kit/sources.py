"""What the repository's own Python files say, each parsed once a process."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
"""Where statements have statements in them."""


class SourceFunction(NamedTuple):
    """A function or method."""

    name: str
    docstring: str
    lines: int
    is_property: bool
    """Whether it is read without parentheses."""


class Source(NamedTuple):
    """What is of interest in a file."""

    functions: tuple[SourceFunction, ...]
    classes: tuple[str, ...]
    """Those at the top that are public."""


def statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements and those in them; no expression is looked into, as none can hold a `def` or a `class`."""
    for node in nodes:
        yield node
        for block in _BLOCKS:
            yield from statements(getattr(node, block, ()))


@cache
def source_of(path: Path) -> Source:
    """Return what a file has."""
    top = ast.parse(path.read_text("utf-8")).body
    found = [_function(node) for node in statements(top) if isinstance(node, FunctionNode)]
    classes = (node.name for node in top if isinstance(node, ast.ClassDef))
    return Source(tuple(found), tuple(name for name in classes if not name.startswith("_")))


def _function(node: FunctionNode) -> SourceFunction:
    return SourceFunction(
        node.name,
        ast.get_docstring(node) or "",
        (node.end_lineno or 0) - node.lineno + 1,
        any(ast.unparse(one).endswith("property") for one in node.decorator_list),
    )
