"""Every test has an assertion that can fail: its own, or one of a helper in its file or in tests/kit."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kit.paths import TESTS
from kit.rows import each

Function = ast.FunctionDef | ast.AsyncFunctionDef
KIT = sorted((TESTS / "kit").rglob("*.py"))
FILES = sorted(TESTS.rglob("test_*.py"))


def functions(*paths: Path) -> dict[str, Function]:
    """Return the functions of files by name; a method's begins with a dot."""
    found: dict[str, Function] = {}
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        methods = {one for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.body}
        nodes = (node for node in ast.walk(tree) if isinstance(node, Function))
        found |= {("." if node in methods else "") + node.name: node for node in nodes}
    return found


def calls(function: Function) -> Iterator[str]:
    """Yield the names of what a function calls; a method's begins with a dot."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def can_fail(name: str, known: Mapping[str, Function], seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a function asserts something, itself or by a helper that it calls."""
    if name not in known or name in seen:
        return name in {".raises", ".warns", ".fail"} or name.startswith(".assert_")
    if any(isinstance(node, ast.Assert) for node in ast.walk(known[name])):
        return True
    return any(can_fail(called, known, seen | {name}) for called in calls(known[name]))


@pytest.fixture(scope="module")
def kit() -> dict[str, Function]:
    """Return the functions of tests/kit."""
    return functions(*KIT)


@each("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_test_can_fail(path: Path, kit: dict[str, Function]) -> None:
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
