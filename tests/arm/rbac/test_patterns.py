"""Patterns of actions."""

from dataclasses import replace

from azureml_arm.rbac.model import Permission
from azureml_arm.rbac.patterns import matches, may_match
from kit.rbac import CREATE, WS, custom, decision_on, denies, holds, why
from kit.rows import each


@each(
    ("pattern", "action", "expected"),
    [
        ("*", CREATE, True),
        ("*/write", CREATE, True),
        ("*/write", "write", False),
        (f"{WS}/computes/*/write", f"{WS}/computes/a/b/write", True),
        (f"{WS}/computes/*/write", f"{WS}/computeswrite", False),
        (f"{WS}/computes/*", f"{WS}/computes", False),
        (f"{WS.upper()}/COMPUTES/WRITE", CREATE, True),
        ("Microsoft.*/workspaces/comp*/wr*e", CREATE, True),
        ("Microsoft.*Services/*s/write", CREATE, True),
        ("Microsoft.MachineLearningServices/workspaces/computes", CREATE, False),
        (f"{CREATE}/", CREATE, False),
        ("Microsoft?MachineLearningServices/workspaces/computes/write", CREATE, False),
        ("Microsoft-MachineLearningServices/workspaces/computes/write", CREATE, False),
        ("", CREATE, False),
    ],
)
def test_patterns(pattern: str, action: str, *, expected: bool) -> None:
    assert matches(pattern, action) is may_match(pattern, action) is expected


@each(
    ("pattern", "action"),
    [
        (f"{WS}/computes/*/write", CREATE),
        (f"{WS}/*/*/write", f"{WS}/write"),
        (f"{WS}/**/write", f"{WS}/write"),
        (f"{WS}/*/listKeys/action", f"{WS}/listKeys/action"),
        (f"{WS}/computes/*/delete", f"{WS}/computes/delete"),
    ],
)
def test_what_a_wildcard_between_slashes_perhaps_stands_for_is_taken_away_and_not_given(
    pattern: str, action: str
) -> None:
    assert not matches(pattern, action)
    assert may_match(pattern, action)
    assert not decision_on(holds(custom(pattern)), action=action).allowed
    assert not decision_on(holds(custom("*", without=(pattern,))), action=action).allowed
    assert not decision_on(holds(custom("*")), action=action, deny=denies(pattern)).allowed
    assert "wildcards may not stand for" in why(decision_on(holds(custom(pattern)), action=action))


def test_what_a_deny_perhaps_spares_is_denied() -> None:
    block = Permission(("*",), (f"{WS}/computes/*/write",))
    deny = replace(denies("*"), permissions=(block,))
    assert not decision_on(holds(custom("*")), deny=deny).allowed
    assert decision_on(holds(custom("*")), action=f"{WS}/computes/x/write", deny=deny).allowed


def test_a_wildcard_between_slashes_gives_reading() -> None:
    assert matches(f"{WS}/*/read", f"{WS}/read")
    assert matches("Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/read")


def test_a_pattern_of_many_wildcards_is_decided() -> None:
    assert not matches("*a" * 60 + "b", "a" * 5000)
    assert not matches("/" + "*/a/" * 60 + "b", "/a" * 2000)
