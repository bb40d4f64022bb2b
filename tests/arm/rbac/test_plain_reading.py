"""A plain reading of Azure's rules, held against the evaluator."""

import re
from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import EVERYONE, Assignment, DenyAssignment, Permission, RoleDefinition, RoleFacts
from azureml_arm.rbac.patterns import matches, may_match
from azureml_policies.requester.model import Person
from kit.rbac import CLUSTER, CREATE, DANA, EVE, MANAGEMENT_GROUP, OTHER_TEAM, RG, TEAM, WORKSPACE, S

Item = TypeVar("Item")


def plain_match(pattern: str, action: str, *, sure: bool) -> bool:
    """Letter by letter: a star is nothing, or takes one letter and stays; ``/*/`` may be one slash, unless that is to
    be sure.
    """
    if not pattern:
        return not action
    if pattern[0] == "*":
        return plain_match(pattern[1:], action, sure=sure) or bool(
            action and plain_match(pattern, action[1:], sure=sure)
        )
    if not sure and pattern.startswith("/*/") and plain_match(pattern[2:], action, sure=sure):
        return True
    same = bool(action) and pattern[0].lower() == action[0].lower()
    return same and plain_match(pattern[1:], action[1:], sure=sure)


def plain_any(patterns: Iterable[str], action: str, *, sure: bool) -> bool:
    """Several stars in a row are one; reading is given by ``/*/`` too."""
    exact = sure and not action.lower().endswith("/read")
    return any(plain_match(re.sub(r"\*+", "*", pattern), action, sure=exact) for pattern in patterns)


def plain_above(outer: str, inner: str) -> bool:
    if outer == "/" or "managementGroups" in outer:
        return True
    return (inner.lower() + "/").startswith(outer.lower().rstrip("/") + "/")


def plain_has(blocks: Iterable[Permission], action: str, *, denying: bool = False) -> bool:
    return any(
        plain_any(block.actions, action, sure=not denying) and not plain_any(block.not_actions, action, sure=denying)
        for block in blocks
    )


def plain_allowed(action: str, scope: str, person: Person, facts: RoleFacts) -> bool:
    me = {person.object_id} | set(person.groups)
    for deny in facts.denies:
        here = deny.scope.lower().rstrip("/") == scope.lower()
        reaches = here if deny.not_for_children else plain_above(deny.scope, scope)
        for_me = EVERYONE in deny.principals or set(deny.principals) - deny.individuals or me & set(deny.principals)
        if reaches and for_me and not me & set(deny.excluded) and plain_has(deny.permissions, action, denying=True):
            return False
    for item in facts.assignments:
        if item.principal_id not in me or item.condition or not item.role.known:
            continue
        if plain_above(item.scope, scope) and plain_has(item.role.permissions, action):
            return True
    return False


WORDS = ("W", "computes", "jobs", "write", "read", "listKeys", "action")
ACTIONS = ("W/computes/write", "W/write", "w/jobs/write", "W/computes/listKeys/action")
WILD = ("*", "*", "comp*", "*s", "W*", "c*t*s", "**")
PATTERNS = ("*", "*/write", "W/*", "W/*/write", "W/computes/*/write", "W/computes/*", "*/read", "w/*/*/WRITE")
SCOPES = ("/", MANAGEMENT_GROUP, S, f"{S}/", S.upper(), RG, f"{RG}-2", RG.upper(), WORKSPACE, CLUSTER, f"{CLUSTER}2")
TARGETS = (S, RG, f"{RG}-2", WORKSPACE, CLUSTER, CLUSTER.upper())
PRINCIPALS = (DANA.object_id, DANA.object_id, TEAM, OTHER_TEAM, EVE)
ALL = (Permission(("*",)),)


class Rights(Random):
    """Draws rights: by chance, as Hypothesis takes far longer to draw them than deciding takes."""

    def several(self, one: Callable[[], Item], least: int, most: int) -> tuple[Item, ...]:
        return tuple(one() for _ in range(self.randint(least, most)))

    def action(self) -> str:
        return self.choice((self.choice(ACTIONS), "/".join(self.several(lambda: self.choice(WORDS), 1, 4))))

    def pattern(self) -> str:
        pieces = self.several(lambda: self.choice(self.choice((WORDS, WILD))), 1, 5)
        return self.choice((self.choice(PATTERNS), "/".join(pieces)))

    def block(self) -> Permission:
        actions, without, data = (self.several(self.pattern, least, 3) for least in (1, 0, 0))
        return Permission(actions, without, data)

    def blocks(self, *others: tuple[Permission, ...]) -> tuple[Permission, ...]:
        return self.choice((self.several(self.block, 1, 2), self.choice(others)))

    def assignment(self) -> Assignment:
        role = RoleDefinition("c", "Custom", self.blocks(ALL), known=self.random() < 5 / 6)
        condition = self.choice((*[None] * 5, "c"))
        return Assignment("id", self.choice(SCOPES), role, self.choice(PRINCIPALS), condition=condition)

    def deny(self) -> DenyAssignment:
        return DenyAssignment(
            "id",
            "Lock",
            self.choice(self.choice((TARGETS, SCOPES))),
            self.blocks(ALL, (Permission(("*/write", "W/*")),)),
            self.several(lambda: self.choice((self.choice(PRINCIPALS), EVERYONE)), 1, 2),
            self.choice(((), self.several(lambda: self.choice(PRINCIPALS), 0, 2))),
            self.random() < 1 / 3,
            self.choice((frozenset({EVE}), frozenset({EVE, DANA.object_id}))),
        )


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_patterns_match_as_read_letter_by_letter(seed: int) -> None:
    rights = Rights(seed)
    for _ in range(10):
        pattern, action = rights.pattern(), rights.action()
        assert matches(pattern, action) is plain_any([pattern], action, sure=True)
        assert may_match(pattern, action) is plain_any([pattern], action, sure=False)


def test_a_deny_of_a_management_group_alone_does_not_reach_a_subscription() -> None:
    above = "/providers/Microsoft.Management/managementGroups/contoso"
    lock = DenyAssignment("id", "Lock", above, (Permission(("*",)),), (EVERYONE,), not_for_children=True)
    owner = Assignment("id", "/", RoleDefinition("c", "All", (Permission(("*",)),)), DANA.object_id)
    assert decide(CREATE, S, DANA, RoleFacts((owner,), (lock,))).allowed
    assert not decide(CREATE, above, DANA, RoleFacts((owner,), (lock,))).allowed


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_decisions_are_those_of_a_plain_reading(seed: int) -> None:
    rights = Rights(seed)
    for _ in range(10):
        facts = RoleFacts(rights.several(rights.assignment, 1, 4), rights.several(rights.deny, 0, 1))
        action, scope = rights.action(), rights.choice(TARGETS)
        person = Person(DANA.object_id, "dana", rights.choice((frozenset(), frozenset({TEAM}))))
        decision = decide(action, scope, person, facts)
        assert decision.allowed is plain_allowed(action, scope, person, facts)
        assert len(decision.reasons) == len(facts.assignments) + len(facts.denies)
