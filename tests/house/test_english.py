"""The English of the code (docs/style.md), as far as a program can tell: docstrings begin with a verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kit.paths import ROOT, TESTS

FOLDERS = (*(ROOT / name for name in ("arm", "fleet", "infra", "policies", "review", "sandbox")), TESTS / "kit")
NO_VERB = re.compile(
    r"(?:An?|The|What|Whether|Wh(?:o|ere|en|ich)|How|Its?|Th(?:is|ese)|All|Any|Every\w*|One|Two|Only|No(?:thing|ne|t)?"
    r"|Nobody|Never|Always|Below|From|Of|For|GET|PUT|POST|PATCH|DELETE)\b|[`'\"\d(]"
)
"""How a docstring begins that says what something is, and not what it does."""


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and docstring of each function of a file that has one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (found := ast.get_docstring(node)):
            yield node.name, found


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}: {text.splitlines()[0]}"
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.py"))
        for name, text in docstrings(path)
        if NO_VERB.match(text)
    ]
    assert found == []
