"""Patterns of actions."""

from __future__ import annotations

import pytest

from azureml_arm.rbac.patterns import matches
from kit.rbac import CREATE, WS


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", CREATE, True),
        ("*/write", CREATE, True),
        ("*/write", "write", False),
        (f"{WS}/computes/*/write", CREATE, True),
        (f"{WS}/computes/*/write", f"{WS}/computes/a/b/write", True),
        (f"{WS}/computes/*/write", f"{WS}/computeswrite", False),
        (f"{WS}/*/*/write", f"{WS}/write", True),
        (f"{WS}/computes/*", f"{WS}/computes", False),
        (f"{WS.upper()}/COMPUTES/WRITE", CREATE, True),
        ("Microsoft.*/workspaces/comp*/wr*e", CREATE, True),
        ("Microsoft.*Services/*s/write", CREATE, True),
        ("Microsoft.MachineLearningServices/workspaces/computes", CREATE, False),
        (f"{CREATE}/", CREATE, False),
        ("Microsoft?MachineLearningServices/workspaces/computes/write", CREATE, False),
        ("Microsoft-MachineLearningServices/workspaces/computes/write", CREATE, False),
        (f"{WS}/**/write", f"{WS}/write", True),
        ("", CREATE, False),
    ],
)
def test_patterns(pattern: str, action: str, *, expected: bool) -> None:
    assert matches(pattern, action) is expected


def test_a_pattern_of_many_wildcards_is_decided() -> None:
    assert not matches("*a" * 60 + "b", "a" * 5000)
    assert not matches("/" + "*/a/" * 60 + "b", "/a" * 2000)
