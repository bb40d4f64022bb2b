"""Rights that a config gives."""

import pytest

from azureml_arm.rbac.evaluate import decide
from azureml_policies.rbac.given import GivenRoles, GivenRolesError
from azureml_policies.requester.model import Person
from kit.rbac import CLUSTER, CREATE, DANA, EVE, OTHER_TEAM, TEAM, WS, S
from kit.rows import each


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


@each(
    ("assignments", "groups", "denied", "message"),
    [
        pytest.param(
            [entry("AzureML DataScientist")],
            {},
            [],
            "guardrails.assignments[0].role: 'AzureML DataScientist' is no built-in role that is known here; did "
            "you mean AzureML Data Scientist? give a built-in role by its name or GUID, a custom one as "
            '{"name": …, "actions": […], "notActions": […]}',
        ),
        pytest.param(
            [entry(), entry(scope="rg")],
            {},
            [],
            "guardrails.assignments[1].scope: 'rg' is no scope; give an ARM id such as "
            "/subscriptions/GUID/resourceGroups/NAME",
        ),
        pytest.param(
            [entry(principal="dana@contoso.com")],
            {},
            [],
            "guardrails.assignments[0].principal: 'dana@contoso.com' is no object id; give the GUID of a user, "
            "group or service principal",
        ),
        pytest.param(
            ["Owner"],
            {},
            [],
            "guardrails.assignments[0]: expected an object with role, scope, principal, condition, found 'Owner'\n"
            "guardrails.assignments[0].role: None is no built-in role that is known here; give a built-in role by "
            'its name or GUID, a custom one as {"name": …, "actions": […], "notActions": […]}',
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
