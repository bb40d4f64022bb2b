"""Who may do what by Azure's rules: patterns, scopes, assignments, denies, and the rights that a config gives."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.rbac.builtin import definition, differences
from azureml_arm.rbac.evaluate import decide, roles_of
from azureml_arm.rbac.model import (
    EVERYONE,
    Assignment,
    Decision,
    DenyAssignment,
    Effect,
    Permission,
    RoleDefinition,
    RoleFacts,
)
from azureml_arm.rbac.patterns import matches, permits
from azureml_arm.roles import ROLES, find
from azureml_policies.rbac.given import GivenRoles, GivenRolesError
from azureml_policies.requester.model import Person
from azureml_policies.requests.unknown import UNKNOWN

S = "/subscriptions/11111111-0000-4000-8000-000000000001"
RG = f"{S}/resourceGroups/rg"
WORKSPACE = f"{RG}/providers/Microsoft.MachineLearningServices/workspaces/ws"
CLUSTER = f"{WORKSPACE}/computes/aml-cluster"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/contoso"
WS = "Microsoft.MachineLearningServices/workspaces"
CREATE = f"{WS}/computes/write"
DANA = Person("d0000000-0000-4000-8000-00000000da7a", "dana")
EVE = "e0000000-0000-4000-8000-0000000000ee"
TEAM = "a0000000-0000-4000-8000-0000000000aa"
OTHER_TEAM = "b0000000-0000-4000-8000-0000000000bb"


def builtin(name: str) -> RoleDefinition:
    role = find(name)
    assert role is not None, name
    return definition(role)


def custom(*actions: str, without: tuple[str, ...] = (), data: tuple[str, ...] = ()) -> RoleDefinition:
    return RoleDefinition("c", "Custom", (Permission(actions, without, data),), custom=True)


def holds(role: RoleDefinition, scope: str = S, principal: str = DANA.object_id, condition: str = "") -> Assignment:
    return Assignment("id", scope, role, principal, "User", condition or None)


def denies(
    *actions: str,
    scope: str = S,
    principals: Iterable[str] = (EVERYONE,),
    excluded: Iterable[str] = (),
    not_for_children: bool = False,
    individuals: Iterable[str] = (),
) -> DenyAssignment:
    block = (Permission(actions),)
    return DenyAssignment(
        "id", "Lock", scope, block, tuple(principals), tuple(excluded), not_for_children, frozenset(individuals)
    )


def asked(
    *assignments: Assignment,
    action: str = CREATE,
    scope: str = CLUSTER,
    deny: DenyAssignment | None = None,
    person: Person = DANA,
) -> Decision:
    return decide(action, scope, person, RoleFacts(assignments, (deny,) if deny else (), "test"))


def why(decision: Decision) -> str:
    return "\n".join(map(str, decision.reasons))


# Roles


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("Owner", CREATE, True),
        ("Owner", "Microsoft.Authorization/roleAssignments/write", True),
        ("Contributor", CREATE, True),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False),
        ("Contributor", "Microsoft.Authorization/roleDefinitions/delete", False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/read", True),
        ("Reader", f"{WS}/computes/read", True),
        ("Reader", CREATE, False),
        ("Reader", f"{WS}/listKeys/action", False),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleAssignments/write", True),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleDefinitions/write", False),
        ("User Access Administrator", "Microsoft.Authorization/roleDefinitions/write", True),
        ("User Access Administrator", CREATE, False),
        ("AzureML Compute Operator", CREATE, True),
        ("AzureML Compute Operator", f"{WS}/computes/start/action", True),
        ("AzureML Compute Operator", f"{WS}/jobs/write", False),
        ("AzureML Data Scientist", CREATE, False),
        ("AzureML Data Scientist", f"{WS}/computes/delete", False),
        ("AzureML Data Scientist", f"{WS}/computes/listKeys/action", False),
        ("AzureML Data Scientist", f"{WS}/listKeys/action", False),
        ("AzureML Data Scientist", f"{WS}/write", False),
        ("AzureML Data Scientist", f"{WS}/hubs/write", False),
        ("AzureML Data Scientist", f"{WS}/computes/start/action", True),
        ("AzureML Data Scientist", f"{WS}/jobs/write", True),
        ("AzureML Data Scientist", f"{WS}/onlineEndpoints/deployments/write", True),
        ("AzureML Data Scientist", f"{WS}/connections/listsecrets/action", True),
        ("Azure AI Developer", CREATE, True),
        ("Azure AI Administrator", f"{WS}/write", True),
        ("Storage Blob Data Owner", CREATE, False),
        ("Key Vault Data Access Administrator", "Microsoft.Authorization/roleAssignments/write", False),
        ("Key Vault Data Access Administrator", "Microsoft.Authorization/roleAssignments/read", False),
    ],
)
def test_built_in_roles(role: str, action: str, *, allowed: bool) -> None:
    assert asked(holds(builtin(role)), action=action).allowed is allowed


def test_two_roles_together_grant_what_the_not_actions_of_one_take_out() -> None:
    scientist, operator = holds(builtin("AzureML Data Scientist")), holds(builtin("AzureML Compute Operator"))
    assert not asked(scientist).allowed
    both = asked(scientist, operator)
    assert both.allowed
    assert [reason.effect for reason in both.reasons] == [Effect.NOTHING, Effect.GRANTS]


def test_reasons_say_what_was_looked_at() -> None:
    decision = asked(
        holds(builtin("AzureML Data Scientist"), WORKSPACE),
        holds(builtin("Reader"), S, TEAM),
        person=Person(DANA.object_id, "dana", frozenset({TEAM})),
    )
    assert why(decision) == (
        f"AzureML Data Scientist at {WORKSPACE}: its NotActions take {CREATE} out\n"
        f"Reader at {S}: its actions don't have {CREATE}"
    )
    granted = asked(holds(builtin("Owner"), S, TEAM), person=Person(DANA.object_id, "dana", frozenset({TEAM})))
    assert why(granted) == f"Owner at {S}: grants {CREATE} through group {TEAM}"


def test_nobody_without_an_assignment_may_do_anything() -> None:
    assert decide(CREATE, CLUSTER, DANA, RoleFacts()) == Decision(allowed=False, action=CREATE, scope=CLUSTER)


def test_each_block_of_a_role_has_its_own_not_actions() -> None:
    role = RoleDefinition(
        "c", "Two blocks", (Permission((f"{WS}/*",), (f"{WS}/computes/*",)), Permission((f"{WS}/computes/write",)))
    )
    assert asked(holds(role)).allowed
    assert not asked(holds(role), action=f"{WS}/computes/delete").allowed


def test_data_actions_never_grant_a_management_action() -> None:
    decision = asked(holds(custom("Microsoft.Storage/*", data=("*",))))
    assert not decision.allowed
    assert why(decision).endswith(f"it has {CREATE} only among its data actions")


def test_a_condition_does_not_grant_and_is_reported() -> None:
    decision = asked(holds(builtin("Owner"), condition="@Resource[x] StringEquals 'y'"))
    assert not decision.allowed
    assert why(decision) == (
        f"Owner at {S}: it holds only under a condition, which isn't evaluated here, so it isn't counted: "
        "@Resource[x] StringEquals 'y'"
    )
    assert asked(holds(builtin("Owner"), condition="c"), holds(builtin("Contributor"))).allowed


def test_a_condition_inside_a_role_does_not_grant_either() -> None:
    decision = asked(holds(builtin("Foundry Owner")), action="Microsoft.Authorization/roleAssignments/write")
    assert not decision.allowed
    assert "only under a condition in the role itself" in why(decision)


def test_a_role_that_is_not_known_does_not_grant() -> None:
    decision = asked(holds(RoleDefinition("abc", "role abc", (Permission(("*",)),), known=False)))
    assert not decision.allowed
    assert why(decision) == f"role abc at {S}: the definition of role abc isn't known, so it isn't counted"


def test_roles_of_names_what_someone_has_at_a_scope() -> None:
    facts = RoleFacts(
        (
            holds(builtin("AzureML Data Scientist")),
            holds(builtin("AzureML Data Scientist"), WORKSPACE),
            holds(builtin("Reader"), f"{S}/resourceGroups/other"),
            holds(builtin("Owner"), S, EVE),
            holds(builtin("Contributor"), condition="c"),
        )
    )
    assert roles_of(DANA, facts, CLUSTER) == ["AzureML Data Scientist", "Contributor (under a condition)"]
    assert roles_of(DANA, facts, "not a scope") == []


def test_roles_that_grant_an_action() -> None:
    granting = [role.name for role in ROLES if not role.conditional and permits(definition(role).permissions, CREATE)]
    assert granting == [
        "Owner",
        "Contributor",
        "AzureML Compute Operator",
        "Azure AI Administrator",
        "Azure AI Developer",
    ]


# Patterns


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


# Scopes


@pytest.mark.parametrize(
    "above",
    [
        "/",
        MANAGEMENT_GROUP,
        MANAGEMENT_GROUP.upper(),
        S,
        f"{S}/",
        RG,
        RG.replace("resourceGroups", "RESOURCEGROUPS").replace("/rg", "/RG"),
        WORKSPACE,
        f"{CLUSTER}//",
        f"{S}/resourceGroups/%72g",
    ],
)
def test_a_role_holds_at_its_scope_and_below(above: str) -> None:
    assert asked(holds(builtin("Owner"), above)).allowed


@pytest.mark.parametrize(
    "beside",
    [
        f"{RG}-2",
        RG[:-1],
        S[:-1] + "2",
        f"{WORKSPACE}2",
        f"{CLUSTER}/nodes/1",
        f"{RG}/providers/Microsoft.Storage/storageAccounts/ws",
        "",
        "rg",
        "subscriptions/11111111-0000-4000-8000-000000000001",
        f"{S}/resourceGroups/rg%2Fproviders",
        f"{S}/resourceGroups/../resourceGroups/rg",
        f"{S}/resourceGroups//rg",
        f"{MANAGEMENT_GROUP}/subscriptions/x",
    ],
)
def test_a_role_does_not_hold_beside_its_scope(beside: str) -> None:
    assert not asked(holds(builtin("Owner"), beside)).allowed


@pytest.mark.parametrize("group", ["rg", "RG", "%72g", "r%67"])
def test_the_scope_asked_for_is_read_as_azure_reads_it(group: str) -> None:
    scope = f"{S}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/c/"
    assert asked(holds(builtin("Owner"), RG), scope=scope).allowed


@pytest.mark.parametrize(
    "group", ["own/../rg", "own%2F..%2Frg", "%2e%2e", "own%252Frg", "own\\rg", "own?x=", "own%00", "", "own%"]
)
def test_a_scope_that_could_be_another_is_denied_to_all(group: str) -> None:
    scope = f"{S}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    decision = asked(holds(builtin("Owner")), scope=scope)
    assert not decision.allowed
    assert why(decision) == f"scope {scope!r}: it can't be read as an ARM id; write it as Azure shows it"


def test_what_is_no_single_action_is_denied() -> None:
    assert not asked(holds(builtin("Owner")), action="*").allowed
    assert not asked(holds(builtin("Owner")), action="").allowed


def test_a_management_group_is_above_subscriptions_only() -> None:
    other = "/providers/Microsoft.Management/managementGroups/other"
    assert asked(holds(builtin("Owner"), MANAGEMENT_GROUP), scope=MANAGEMENT_GROUP).allowed
    assert not asked(holds(builtin("Owner"), other), scope=MANAGEMENT_GROUP).allowed
    assert not asked(holds(builtin("Owner"), S), scope=MANAGEMENT_GROUP).allowed
    assert not asked(holds(builtin("Owner"), S), scope="/").allowed


# Principals and denies


def test_an_assignment_is_for_its_principal_unless_the_source_looked_groups_up() -> None:
    theirs = holds(builtin("Owner"), S, TEAM)
    assert not asked(theirs).allowed
    assert why(asked(theirs)).endswith(f"it is for {TEAM}, who is neither dana nor a known group of theirs")
    assert asked(theirs, person=Person(DANA.object_id, "dana", frozenset({TEAM.upper()}))).allowed
    assert decide(CREATE, CLUSTER, DANA, RoleFacts((theirs,), resolved=True)).allowed
    assert decide(CREATE, CLUSTER, DANA, RoleFacts((theirs,), groups=frozenset({TEAM}))).allowed
    assert not asked(holds(builtin("Owner"), S, ""), person=Person("", "nobody")).allowed


def test_a_deny_wins() -> None:
    decision = asked(holds(builtin("Owner")), deny=denies(f"{WS}/computes/*"))
    assert not decision.allowed
    assert str(decision.of(Effect.DENIES)[0]) == (
        f"deny assignment Lock at {S}: denies {CREATE} to everyone but those it excludes"
    )
    assert asked(holds(builtin("Owner")), deny=denies(f"{WS}/jobs/*")).allowed


@pytest.mark.parametrize(
    ("deny", "allowed"),
    [
        (denies("*", principals=[DANA.object_id]), False),
        (denies("*", principals=[TEAM]), False),
        (denies("*", principals=[OTHER_TEAM]), False),
        (denies("*", principals=[EVE], individuals=[EVE]), True),
        (denies("*", excluded=[DANA.object_id]), True),
        (denies("*", excluded=[TEAM]), True),
        (denies("*", excluded=[OTHER_TEAM]), False),
        (denies("*", scope=f"{RG}-2"), True),
        (denies("*", scope=MANAGEMENT_GROUP), False),
        (denies("*", scope=RG, not_for_children=True), True),
        (denies("*", scope=CLUSTER, not_for_children=True), False),
        (denies("*", scope="unreadable"), False),
        (denies("*/read"), True),
        (denies(), True),
    ],
)
def test_denies(deny: DenyAssignment, *, allowed: bool) -> None:
    person = Person(DANA.object_id, "dana", frozenset({TEAM}))
    assert asked(holds(builtin("Owner")), deny=deny, person=person).allowed is allowed


def test_not_actions_of_a_deny_are_spared() -> None:
    spares = DenyAssignment("id", "", S, (Permission(("*",), (f"{WS}/computes/*",)),), (EVERYONE,))
    assert asked(holds(builtin("Owner")), deny=spares).allowed
    assert not asked(holds(builtin("Owner")), deny=spares, action=f"{WS}/jobs/write").allowed


def test_a_deny_for_a_group_of_unknown_members_counts_and_says_so() -> None:
    decision = asked(holds(builtin("Owner")), deny=denies("*", principals=[OTHER_TEAM]))
    assert not decision.allowed
    assert why(decision).endswith(f"to {OTHER_TEAM}; whether dana is in there isn't known, so it counts")
    facts = RoleFacts(
        (holds(builtin("Owner")),), (denies("*", principals=[OTHER_TEAM]),), other_groups=frozenset({OTHER_TEAM})
    )
    assert decide(CREATE, CLUSTER, DANA, facts).allowed


def test_an_unknown_part_of_a_scope_could_be_where_a_deny_is() -> None:
    scope = f"{S}/resourceGroups/{UNKNOWN}/providers/Microsoft.MachineLearningServices/workspaces/ws"
    assert asked(holds(builtin("Owner")), scope=scope).allowed
    assert not asked(holds(builtin("Owner"), RG), scope=scope).allowed
    assert not asked(holds(builtin("Owner")), scope=scope, deny=denies("*", scope=RG)).allowed
    assert asked(holds(builtin("Owner")), scope=scope, deny=denies("*", scope=S[:-1] + "2")).allowed


# A plain reading of Azure's rules, held against the evaluator


def plain_match(pattern: str, action: str) -> bool:
    """Letter by letter: a star is nothing, or takes one letter and stays; ``/*/`` may be one slash."""
    if not pattern:
        return not action
    if pattern[0] == "*":
        return plain_match(pattern[1:], action) or bool(action and plain_match(pattern, action[1:]))
    if pattern.startswith("/*/") and plain_match(pattern[2:], action):
        return True
    return bool(action) and pattern[0].lower() == action[0].lower() and plain_match(pattern[1:], action[1:])


def plain_above(outer: str, inner: str) -> bool:
    if outer == "/" or "managementGroups" in outer:
        return True
    return (inner.lower() + "/").startswith(outer.lower().rstrip("/") + "/")


def plain_has(blocks: Iterable[Permission], action: str) -> bool:
    """Several stars in a row are one."""
    for block in blocks:
        granted = [pattern for pattern in block.actions if plain_match(re.sub(r"\*+", "*", pattern), action)]
        taken = [pattern for pattern in block.not_actions if plain_match(re.sub(r"\*+", "*", pattern), action)]
        if granted and not taken:
            return True
    return False


def plain_allowed(action: str, scope: str, person: Person, facts: RoleFacts) -> bool:
    me = {person.object_id} | set(person.groups)
    for deny in facts.denies:
        here = deny.scope.lower().rstrip("/") == scope.lower()
        reaches = here if deny.not_for_children else plain_above(deny.scope, scope)
        for_me = EVERYONE in deny.principals or set(deny.principals) - deny.individuals or me & set(deny.principals)
        if reaches and for_me and not me & set(deny.excluded) and plain_has(deny.permissions, action):
            return False
    for item in facts.assignments:
        if item.principal_id not in me or item.condition or not item.role.known:
            continue
        if plain_above(item.scope, scope) and plain_has(item.role.permissions, action):
            return True
    return False


words = st.sampled_from(["W", "computes", "jobs", "write", "read", "listKeys", "action"])
actions = st.one_of(
    st.sampled_from(["W/computes/write", "W/write", "w/jobs/write", "W/computes/listKeys/action"]),
    st.lists(words, min_size=1, max_size=4).map("/".join),
)
pieces = st.one_of(words, st.sampled_from(["*", "*", "comp*", "*s", "W*", "c*t*s", "**"]))
patterns = st.one_of(
    st.sampled_from(
        ["*", "*/write", "W/*", "W/*/write", "W/computes/*/write", "W/computes/*", "*/read", "w/*/*/WRITE"]
    ),
    st.lists(pieces, min_size=1, max_size=5).map("/".join),
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


@settings(max_examples=400, deadline=None)
@given(patterns, actions)
def test_patterns_match_as_read_letter_by_letter(pattern: str, action: str) -> None:
    plain = pattern
    while "**" in plain:
        plain = plain.replace("**", "*")
    assert matches(pattern, action) is plain_match(plain, action)


def test_a_deny_of_a_management_group_alone_does_not_reach_a_subscription() -> None:
    above = "/providers/Microsoft.Management/managementGroups/contoso"
    lock = DenyAssignment("id", "Lock", above, (Permission(("*",)),), (EVERYONE,), not_for_children=True)
    owner = Assignment("id", "/", RoleDefinition("c", "All", (Permission(("*",)),)), DANA.object_id)
    assert decide(CREATE, S, DANA, RoleFacts((owner,), (lock,))).allowed
    assert not decide(CREATE, above, DANA, RoleFacts((owner,), (lock,))).allowed


@settings(max_examples=600, deadline=None)
@given(actions, targets, all_facts, st.sampled_from([frozenset[str](), frozenset({TEAM})]))
def test_decisions_are_those_of_a_plain_reading(
    action: str, scope: str, facts: RoleFacts, groups: frozenset[str]
) -> None:
    person = Person(DANA.object_id, "dana", groups)
    decision = decide(action, scope, person, facts)
    assert decision.allowed is plain_allowed(action, scope, person, facts)
    assert len(decision.reasons) == len(facts.assignments) + len(facts.denies)


# Rights given by a config


def entry(role: object = "Owner", scope: str = S, principal: str = DANA.object_id) -> dict[str, object]:
    return {"role": role, "scope": scope, "principal": principal}


def given_allows(source: GivenRoles, action: str = CREATE, person: Person = DANA) -> bool:
    return decide(action, CLUSTER, person, source.facts(person, S.rpartition("/")[2])).allowed


def test_given_roles_by_name_guid_and_definition() -> None:
    scientist = "F6C7C914-8DB3-469D-8CA1-694A8F32E121"
    assert given_allows(GivenRoles([entry("compute operator".replace("compute", "AzureML Compute"))]))
    assert not given_allows(GivenRoles([entry(scientist)]))
    assert given_allows(GivenRoles([entry(scientist)]), f"{WS}/jobs/write")
    own = {"name": "Job Runner", "actions": [f"{WS}/*"], "notActions": [f"{WS}/computes/*"]}
    assert not given_allows(GivenRoles([entry(own)]))
    assert given_allows(GivenRoles([entry(own)]), f"{WS}/jobs/write")
    assert not given_allows(GivenRoles([entry() | {"condition": "@Resource[x]"}]))
    assert not given_allows(GivenRoles([entry(principal=EVE)]))
    assert not given_allows(GivenRoles([]))


def test_given_groups_are_followed_through_groups() -> None:
    source = GivenRoles([entry(principal=OTHER_TEAM)], {OTHER_TEAM: [TEAM.upper()], TEAM: [DANA.object_id]})
    assert given_allows(source)
    assert not given_allows(source, person=Person(EVE, "eve"))
    assert source.members(TEAM) == {DANA.object_id}
    circle = GivenRoles([entry(principal=EVE)], {OTHER_TEAM: [TEAM], TEAM: [OTHER_TEAM, DANA.object_id]})
    assert not given_allows(circle)
    token = Person(EVE, "eve", frozenset({TEAM}))
    assert given_allows(source, person=token)


def test_given_denies() -> None:
    def allows(deny: dict[str, object], groups: dict[str, list[str]] | None = None) -> bool:
        return given_allows(GivenRoles([entry()], groups, [{"scope": S, "actions": ["*/write"]} | deny]))

    assert not allows({"principals": ["everyone"]})
    assert allows({"principals": ["everyone"], "excludePrincipals": [DANA.object_id]})
    assert not allows({"principals": [TEAM]})
    assert allows({"principals": [TEAM]}, {TEAM: [EVE]})
    assert not allows({"principals": [TEAM]}, {TEAM: [DANA.object_id]})
    assert allows({"principals": [{"id": EVE, "type": "User"}]})
    assert allows({"principals": ["everyone"], "doNotApplyToChildScopes": True})
    assert allows({"principals": ["everyone"], "notActions": [CREATE]})


def test_everyone_of_a_config() -> None:
    facts = GivenRoles([entry(), entry("Reader", principal=EVE)], {}, []).everyone("any")
    assert [(item.role.name, item.principal_id) for item in facts.assignments] == [
        ("Owner", DANA.object_id),
        ("Reader", EVE),
    ]


@pytest.mark.parametrize(
    ("assignments", "groups", "denied", "message"),
    [
        (
            [entry("AzureML DataScientist")],
            {},
            [],
            (
                "guardrails.assignments[0].role: 'AzureML DataScientist' is no built-in role that is known here; did "
                "you mean AzureML Data Scientist? give a built-in role by its name or GUID, a custom one as "
                '{"name": …, "actions": […], "notActions": […]}'
            ),
        ),
        (
            [entry(), entry(scope="rg")],
            {},
            [],
            (
                "guardrails.assignments[1].scope: 'rg' is no scope; give an ARM id such as "
                "/subscriptions/GUID/resourceGroups/NAME"
            ),
        ),
        (
            [entry(principal="dana@contoso.com")],
            {},
            [],
            (
                "guardrails.assignments[0].principal: 'dana@contoso.com' is no object id; give the GUID of a user, "
                "group or service principal"
            ),
        ),
        (
            ["Owner"],
            {},
            [],
            (
                "guardrails.assignments[0]: expected an object with role, scope, principal, condition, found 'Owner'\n"
                "guardrails.assignments[0].role: None is no built-in role that is known here; give a built-in role by "
                'its name or GUID, a custom one as {"name": …, "actions": […], "notActions": […]}'
            ),
        ),
        (
            [entry() | {"principle": EVE}],
            {},
            [],
            "guardrails.assignments[0].principle: there is no such field; did you mean principal?",
        ),
        (
            [entry({"name": "Empty", "actions": []})],
            {},
            [],
            "guardrails.assignments[0].role.actions: there are none; list actions, with * for any text",
        ),
        ([], {TEAM: EVE}, [], f"guardrails.groups.{TEAM}: expected a list, found {EVE!r}"),
        (
            [],
            {},
            [{"scope": S, "actions": ["*"]}],
            'guardrails.denies[0].principals: say for whom: object ids, or ["everyone"]',
        ),
        (
            [],
            {},
            [{"scope": S, "actions": ["*"], "principals": ["everyone"], "doNotApplyToChildScopes": "yes"}],
            "guardrails.denies[0].doNotApplyToChildScopes: expected true or false, found 'yes'",
        ),
    ],
)
def test_what_is_wrong_with_given_roles(
    assignments: list[object], groups: dict[str, object], denied: list[object], message: str
) -> None:
    with pytest.raises(GivenRolesError) as refused:
        GivenRoles(assignments, groups, denied)
    assert str(refused.value).startswith(message)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(GivenRolesError) as refused:
        GivenRoles([entry("x"), entry(scope="y"), entry(principal="z")])
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "guardrails.assignments[0].role",
        "guardrails.assignments[1].scope",
        "guardrails.assignments[2].principal",
    ]


# Our table against Azure's definitions


def live() -> list[dict[str, object]]:
    """The table as ARM would return it, in other letter case and order."""
    return [
        {
            "name": role.id.upper(),
            "properties": {
                "roleName": role.name,
                "type": "BuiltInRole",
                "permissions": [
                    {
                        "actions": [action.upper() for action in reversed(role.actions)],
                        "notActions": list(role.not_actions),
                        "dataActions": list(role.data_actions) or None,
                        "notDataActions": list(role.not_data_actions),
                        "condition": "c" if role.conditional else None,
                    }
                ],
            },
        }
        for role in ROLES
    ]


def test_no_differences_where_azure_says_the_same() -> None:
    unknown = {"name": "x", "properties": {"roleName": "New", "type": "BuiltInRole", "permissions": []}}
    assert differences([*live(), unknown]) == []


def test_differences_are_reported_action_by_action() -> None:
    bodies = {body["name"]: body for body in live()}
    scientist = bodies["F6C7C914-8DB3-469D-8CA1-694A8F32E121"]["properties"]
    assert isinstance(scientist, dict)
    scientist["roleName"] = "ML Scientist"
    block = scientist["permissions"][0]
    block["notActions"].remove(f"{WS}/listKeys/action")
    block["notActions"].append(f"{WS}/jobs/write")
    block["condition"] = "c"
    del bodies["ACDD72A7-3385-48EF-BD42-F606FBA81AE7"]
    where = "AzureML Data Scientist (f6c7c914-8db3-469d-8ca1-694a8f32e121)"
    assert differences(bodies.values()) == [
        (
            "Reader (acdd72a7-3385-48ef-bd42-f606fba81ae7): Azure returns no such role; take it out of arm/roles.json "
            "if Azure has retired it"
        ),
        f"{where}: Azure calls it 'ML Scientist'; rename it in arm/roles.json",
        f"{where}: notActions: Azure has {WS}/jobs/write; add it in arm/roles.json",
        f"{where}: notActions: Azure has no {WS}/listKeys/action; take it out of arm/roles.json",
        f"{where}: Azure has a condition on it; correct `conditional` in arm/roles.json",
    ]
