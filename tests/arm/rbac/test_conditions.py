"""Conditions on role assignments: the form by which the portal delegates the management of roles."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.rbac.conditions import KIND, PRINCIPAL, ROLE, holds
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import Effect, RoleFacts
from kit.rbac import CLUSTER, CREATE, DANA, WORKSPACE, builtin
from kit.rbac import holds as assigned
from kit.rows import each

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
WRITE, DELETE = f"{ASSIGNMENTS}/write", f"{ASSIGNMENTS}/delete"
OWNER, UAA, RBAC = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
)
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
EVE = "e0000000-0000-4000-8000-0000000000ee"
SOURCES = {WRITE: "Request", DELETE: "Resource"}


def delegation(*tests: str, layout: str = "(({not_action}) OR ({tests}))", between: str = " AND ") -> str:
    """Return a condition of the portal's form, with a clause for each of the two actions."""
    clauses = []
    for action, source in SOURCES.items():
        inner = " AND ".join(f"@{source}[{ASSIGNMENTS}:{test}" for test in tests)
        clauses.append(layout.format(not_action=f"!(ActionMatches{{'{action}'}})", tests=inner))
    return between.join(clauses)


PRIVILEGED = f"{{{OWNER}, {UAA}, {RBAC}}}"
NO_PRIVILEGED = f"RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {PRIVILEGED}"
ONLY_READER = f"RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}}"
PEOPLE = "PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'User', 'Group'}"
ONLY_EVE = f"PrincipalId] ForAnyOfAnyValues:GuidEquals {{{EVE}}}"
MULTILINE = "(\n (\n  {not_action}\n )\n OR \n (\n  {tests}\n )\n)"

TO_EVE = {ROLE: READER, PRINCIPAL: EVE, KIND: "User"}


@each("action", [WRITE, DELETE, WRITE.upper()])
@each("layout", ["(({not_action}) OR ({tests}))", MULTILINE, "({not_action} || ({tests}))"])
@each(
    ("tests", "attributes", "expected"),
    [
        ([NO_PRIVILEGED], TO_EVE, True),
        ([NO_PRIVILEGED], TO_EVE | {ROLE: READER.upper()}, True),
        ([NO_PRIVILEGED], TO_EVE | {ROLE: OWNER}, False),
        ([NO_PRIVILEGED], TO_EVE | {ROLE: RBAC.upper()}, False),
        ([NO_PRIVILEGED], {PRINCIPAL: EVE}, None),
        ([NO_PRIVILEGED], {}, None),
        ([ONLY_READER], TO_EVE, True),
        ([ONLY_READER], TO_EVE | {ROLE: UAA}, False),
        ([ONLY_READER, PEOPLE], TO_EVE, True),
        ([ONLY_READER, PEOPLE], TO_EVE | {KIND: "group"}, True),
        ([ONLY_READER, PEOPLE], TO_EVE | {KIND: "ServicePrincipal"}, False),
        ([ONLY_READER, PEOPLE], {ROLE: READER}, None),
        ([ONLY_READER, PEOPLE], {ROLE: OWNER}, False),
        ([ONLY_READER, ONLY_EVE], TO_EVE, True),
        ([ONLY_READER, ONLY_EVE], TO_EVE | {PRINCIPAL: DANA.object_id}, False),
        (["RoleDefinitionId] ForAnyOfAnyValues:GuidNotEquals " + PRIVILEGED], TO_EVE | {ROLE: OWNER}, True),
        ([f"RoleDefinitionId] GuidEquals {READER}"], TO_EVE, True),
        (["PrincipalType] StringEquals 'User'"], TO_EVE | {KIND: "user"}, False),
        (["PrincipalType] StringNotEqualsIgnoreCase 'ServicePrincipal'"], TO_EVE, True),
    ],
)  # fmt: skip
def test_what_the_portal_writes(
    tests: Sequence[str], attributes: Mapping[str, str], expected: bool | None, layout: str, action: str
) -> None:
    condition = delegation(*tests, layout=layout, between=" && " if "||" in layout else "\nAND\n")
    assert holds(condition, action, attributes) is expected
    assert holds(condition, CREATE, attributes) is True


@each(
    "condition",
    [
        "@Resource[x] StringEquals 'y'",
        "",
        "()",
        "c",
        delegation(ONLY_READER) + ")",
        "(" + delegation(ONLY_READER),
        delegation(ONLY_READER) + " OR " + delegation(PEOPLE),
        delegation("RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {Reader}"),
        delegation("RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {}"),
        delegation("RoleDefinitionId] ForAnyOfAnyValues:StringLike {'a*'}"),
        delegation("Name] StringEquals 'x'"),
        f"(({'!' * 60}(ActionMatches{{'{WRITE}'}})))",
        "(" * 500 + f"ActionMatches{{'{CREATE}'}}" + ")" * 500,
        f"(!(ActionMatches{{'{WRITE}'}}) OR (@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'x'))",
        f"!(ActionMatches{{'{WRITE}'}}) AND SubOperationMatches{{'Blob.List'}}",
        f"!(ActionMatches{{'{WRITE}'}})" + " " * 9000,
    ],
)
def test_any_other_condition_grants_nothing_and_says_so(condition: str) -> None:
    assert holds(condition, WRITE, TO_EVE) is None
    assert holds(condition, CREATE, TO_EVE) is None
    if condition:
        facts = RoleFacts((assigned(builtin("Owner"), condition=condition),))
        (reason,) = decide(CREATE, CLUSTER, DANA, facts).reasons
        assert reason.effect is Effect.NOTHING
        assert "under a condition, which isn't evaluated here" in reason.why


def test_an_owner_who_may_give_some_roles_only() -> None:
    facts = RoleFacts((assigned(builtin("Owner"), condition=delegation(NO_PRIVILEGED)),))
    scope = f"{WORKSPACE}/providers/{ASSIGNMENTS}/x"
    assert decide(CREATE, CLUSTER, DANA, facts).allowed
    assert decide(WRITE, scope, DANA, facts, TO_EVE).allowed
    assert decide(DELETE, scope, DANA, facts, TO_EVE).allowed
    refused = decide(WRITE, scope, DANA, facts, TO_EVE | {ROLE: OWNER})
    assert not refused.allowed
    assert "under a condition, which isn't met" in refused.reasons[0].why
    assert not decide(WRITE, scope, DANA, facts).allowed


@each("kind", ["Assignment", "Eligibility"])
def test_a_role_for_some_time_takes_what_the_role_takes(kind: str) -> None:
    action = f"Microsoft.Authorization/role{kind}ScheduleRequests/write"
    assert holds(delegation(NO_PRIVILEGED), action, TO_EVE) is True
    assert holds(delegation(NO_PRIVILEGED), action, TO_EVE | {ROLE: OWNER}) is False
    assert holds(delegation(NO_PRIVILEGED), action) is None


# A plain reading: a condition as nested tuples, rendered to text and evaluated by Python's own logic

LEAVES = [
    ("action", WRITE),
    ("action", DELETE),
    ("action", f"{ASSIGNMENTS}/*"),
    ("Request", "RoleDefinitionId", "Any", False, (READER, OWNER)),
    ("Request", "RoleDefinitionId", "All", True, (UAA, OWNER)),
    ("Request", "RoleDefinitionId", "Any", True, (UAA, OWNER)),
    ("Resource", "PrincipalId", "Any", False, (EVE,)),
    ("Request", "PrincipalType", "All", True, ("User", "Group")),
    ("Resource", "PrincipalType", "Any", False, ("ServicePrincipal",)),
]

trees = st.recursive(
    st.sampled_from(LEAVES).map(lambda leaf: ("leaf", leaf)),
    lambda inner: st.one_of(
        inner.map(lambda one: ("not", one)),
        st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def render(tree: Any, space: str) -> str:
    kind, inside = tree
    if kind == "not":
        return f"!{space}({render(inside, space)})"
    if kind != "leaf":
        return f"({space}" + f" {space}{kind} ".join(render(one, space) for one in inside) + f"{space})"
    if inside[0] == "action":
        return f"ActionMatches{{'{inside[1]}'}}"
    source, name, of, differs, values = inside
    is_guid = name != "PrincipalType"
    operation = f"{'Guid' if is_guid else 'String'}{'Not' if differs else ''}Equals"
    shown = ", ".join(one if is_guid else f"'{one}'" for one in values)
    return f"@{source}[{ASSIGNMENTS}:{name}]{space} ForAnyOf{of}Values:{operation} {{{shown}}}"


def sources(tree: Any) -> set[str]:
    kind, inside = tree
    if kind == "leaf":
        return {inside[0]} - {"action"}
    return sources(inside) if kind == "not" else set[str]().union(*map(sources, inside))


def plain(tree: Any, action: str, attributes: Mapping[str, str]) -> bool:
    kind, inside = tree
    if kind == "not":
        return not plain(inside, action, attributes)
    if kind != "leaf":
        return (all if kind == "AND" else any)(plain(one, action, attributes) for one in inside)
    if inside[0] == "action":
        return action == inside[1] or (inside[1].endswith("*") and action.startswith(inside[1][:-1]))
    _source, name, of, differs, values = inside
    found = [(attributes[name.lower()] == one) is not differs for one in values]
    return all(found) if of == "All" else any(found)


VALUES = {ROLE: (READER, OWNER, UAA), PRINCIPAL: (EVE, DANA.object_id), KIND: ("User", "Group", "ServicePrincipal")}


@settings(max_examples=400)
@given(trees, st.sampled_from(["", " ", "\n  "]), st.data())
def test_conditions_are_those_of_a_plain_reading(tree: Any, space: str, data: st.DataObject) -> None:
    """What isn't known makes True or False only where every value gives that."""
    action = data.draw(st.sampled_from([WRITE, DELETE, CREATE]))
    known = {name: data.draw(st.sampled_from(values)) for name, values in VALUES.items() if data.draw(st.booleans())}
    answer = holds(render(tree, space), action, known)
    if answer is None:
        assert set(known) != set(VALUES) or sources(tree) - {SOURCES.get(action)}
        return
    open_ = [name for name in VALUES if name not in known]
    for values in itertools.product(*(VALUES[name] for name in open_)):
        assert plain(tree, action, {**known, **dict(zip(open_, values, strict=True))}) is answer


@settings(max_examples=300)
@given(st.text(alphabet="(){}!'@[]:,&| AND OR NOTActionMatchesRequest", max_size=60))
def test_no_text_is_taken_for_a_condition_that_lets_through(text: str) -> None:
    assert holds(text, WRITE, TO_EVE) in (None, True, False)
    assert holds(f"{text} x y", WRITE, TO_EVE) is None
