"""A plain reading of Azure's rules, held against the evaluator."""

import re
from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import EVERYONE, Assignment, DenyAssignment, Permission, RoleDefinition, RoleFacts
from azureml_arm.rbac.patterns import matches, may_match
from azureml_policies.requester.model import Person
from kit.rbac import CLUSTER, CREATE, DANA, EVE, MANAGEMENT_GROUP, OTHER_TEAM, RG, TEAM, WORKSPACE, S


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


def paths(words: Sequence[str], longest: int) -> st.SearchStrategy[str]:
    """Return one to so many words with slashes between them: drawn as one number, not word by word."""

    def join(number: int) -> str:
        number, more = divmod(number, longest)
        found = []
        for _ in range(1 + more):
            number, at = divmod(number, len(words))
            found.append(words[at])
        return "/".join(found)

    return st.integers(0, longest * len(words) ** longest - 1).map(join)


WORDS = ("W", "computes", "jobs", "write", "read", "listKeys", "action")
PIECES = (*WORDS, "*", "*", "comp*", "*s", "W*", "c*t*s", "**")
actions = st.one_of(
    st.sampled_from(["W/computes/write", "W/write", "w/jobs/write", "W/computes/listKeys/action"]), paths(WORDS, 4)
)
patterns = st.one_of(
    st.sampled_from(
        ["*", "*/write", "W/*", "W/*/write", "W/computes/*/write", "W/computes/*", "*/read", "w/*/*/WRITE"]
    ),
    paths(PIECES, 5),
)
scopes = st.sampled_from(
    ["/", MANAGEMENT_GROUP, S, f"{S}/", S.upper(), RG, f"{RG}-2", RG.upper(), WORKSPACE, CLUSTER, f"{CLUSTER}2"]
)
targets = st.sampled_from([S, RG, f"{RG}-2", WORKSPACE, CLUSTER, CLUSTER.upper()])
principals = st.sampled_from([DANA.object_id, DANA.object_id, TEAM, OTHER_TEAM, EVE])
pattern_lists = st.lists(patterns, max_size=3).map(tuple)
blocks = st.lists(
    st.builds(Permission, st.lists(patterns, min_size=1, max_size=3).map(tuple), pattern_lists, pattern_lists),
    min_size=1,
    max_size=2,
).map(tuple)
definitions = st.builds(
    RoleDefinition,
    st.just("c"),
    st.just("Custom"),
    st.one_of(blocks, st.just((Permission(("*",)),))),
    known=st.sampled_from([True] * 5 + [False]),
)
assignments = st.builds(
    Assignment, st.just("id"), scopes, definitions, principals, condition=st.sampled_from([None] * 5 + ["c"])
)
broad_blocks = st.sampled_from([(Permission(("*",)),), (Permission(("*/write", "W/*")),)])
deny_assignments = st.builds(
    DenyAssignment,
    st.just("id"),
    st.just("Lock"),
    st.one_of(targets, scopes),
    st.one_of(broad_blocks, blocks),
    st.lists(st.one_of(principals, st.just(EVERYONE)), min_size=1, max_size=2).map(tuple),
    st.one_of(st.just(()), st.lists(principals, max_size=2).map(tuple)),
    st.sampled_from([False, False, True]),
    st.sampled_from([frozenset({EVE}), frozenset({EVE, DANA.object_id})]),
)
all_facts = st.builds(
    RoleFacts,
    st.lists(assignments, min_size=1, max_size=4).map(tuple),
    st.lists(deny_assignments, max_size=1).map(tuple),
)


@settings(max_examples=400)
@given(patterns, actions)
def test_patterns_match_as_read_letter_by_letter(pattern: str, action: str) -> None:
    assert matches(pattern, action) is plain_any([pattern], action, sure=True)
    assert may_match(pattern, action) is plain_any([pattern], action, sure=False)


def test_a_deny_of_a_management_group_alone_does_not_reach_a_subscription() -> None:
    above = "/providers/Microsoft.Management/managementGroups/contoso"
    lock = DenyAssignment("id", "Lock", above, (Permission(("*",)),), (EVERYONE,), not_for_children=True)
    owner = Assignment("id", "/", RoleDefinition("c", "All", (Permission(("*",)),)), DANA.object_id)
    assert decide(CREATE, S, DANA, RoleFacts((owner,), (lock,))).allowed
    assert not decide(CREATE, above, DANA, RoleFacts((owner,), (lock,))).allowed


@settings(max_examples=250)
@given(actions, targets, all_facts, st.sampled_from([frozenset[str](), frozenset({TEAM})]))
def test_decisions_are_those_of_a_plain_reading(
    action: str, scope: str, facts: RoleFacts, groups: frozenset[str]
) -> None:
    person = Person(DANA.object_id, "dana", groups)
    decision = decide(action, scope, person, facts)
    assert decision.allowed is plain_allowed(action, scope, person, facts)
    assert len(decision.reasons) == len(facts.assignments) + len(facts.denies)
