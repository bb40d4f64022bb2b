"""Every test has an assertion that can fail: its own, or one of a helper in its file or in tests/kit."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from kit.paths import TESTS
from kit.rows import each
from kit.sources import FunctionNode, statements

KIT = sorted((TESTS / "kit").rglob("*.py"))
FILES = sorted(TESTS.rglob("test_*.py"))


class Checker(NamedTuple):
    """A function, as far as it may check something; a method's name begins with a dot."""

    asserts: bool
    calls: frozenset[str]


def functions(*paths: Path) -> dict[str, Checker]:
    """Return the functions of files by name."""
    found: dict[str, Checker] = {}
    for path in paths:
        nodes = list(statements(ast.parse(path.read_text("utf-8")).body))
        methods = {one for node in nodes if isinstance(node, ast.ClassDef) for one in node.body}
        defined = (node for node in nodes if isinstance(node, FunctionNode))
        found |= {("." if node in methods else "") + node.name: checker(node) for node in defined}
    return found


def checker(function: FunctionNode) -> Checker:
    below = list(ast.walk(function))
    called = (node.func for node in below if isinstance(node, ast.Call))
    names = (f".{one.attr}" if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called)
    return Checker(any(isinstance(node, ast.Assert) for node in below), frozenset(names))


def can_fail(name: str, known: Mapping[str, Checker], seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a function asserts something, itself or by a helper that it calls."""
    if name not in known or name in seen:
        return name in {".raises", ".warns", ".fail"} or name.startswith(".assert_")
    return known[name].asserts or any(can_fail(called, known, seen | {name}) for called in known[name].calls)


@pytest.fixture(scope="module")
def kit() -> dict[str, Checker]:
    """Return the functions of tests/kit."""
    return functions(*KIT)


@each("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_test_can_fail(path: Path, kit: dict[str, Checker]) -> None:
    own = functions(path)
    assert [name for name in own if name.startswith("test_") and not can_fail(name, kit | own)] == []


def test_a_test_without_an_assertion_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test_one.py"
    path.write_text(
        "def helper(): assert thing()\n"
        "def test_own(): assert thing()\n"
        "def test_helped(): helper()\n"
        "def test_raises():\n    with pytest.raises(ValueError): thing()\n"
        "def test_nothing(): thing()\n"
    )
    own = functions(path)
    assert [name for name in own if not can_fail(name, own)] == ["test_nothing"]
