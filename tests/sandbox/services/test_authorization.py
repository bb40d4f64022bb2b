"""Who may do what where, in the sandbox: its people, role assignments and definitions, groups, and denials."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pulumi_azure_native as azure_native
import pytest

from azureml_arm.roles import ROLES, definition_id
from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_sandbox import mock_azure
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.identities import CALLER, CLIENT
from azureml_sandbox.model.store import SqliteStore
from kit import arm_requests
from kit.arm_requests import access_token
from kit.clouds import GROUP, STORAGE, WORKSPACE, refused, workspace

SUB = f"/subscriptions/{SUBSCRIPTION}"
AUTHORIZATION = "providers/Microsoft.Authorization"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
DENIAL = "Microsoft.Authorization/denyAssignments"
NAMES = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(6)]
DANA, RITA = PEOPLE["dana"].object_id, PEOPLE["rita"].object_id
TEAM, COMPANY = "00000000-0000-4000-8000-0000000000f1", "00000000-0000-4000-8000-0000000000f2"
SOMEBODY = "00000000-0000-4000-8000-0000000000e1"


def ask(azure: Azure, path: str, query: str = "", method: str = "GET", given: Any = None) -> tuple[int, Any]:
    """Return the status and the JSON that come back of a request as official clients send it."""
    filtered = f"&$filter={quote(query)}" if query else ""
    return arm_requests.ask(azure, method, f"{path}?api-version=2022-04-01{filtered}", given)


def list_at(azure: Azure, scope: str, query: str = "", kind: str = "roleAssignments") -> list[dict[str, Any]]:
    status, answer = ask(azure, f"{scope}/{AUTHORIZATION}/{kind}", query)
    assert (status, set(answer)) == (200, {"value"}), answer
    found: list[dict[str, Any]] = answer["value"]
    return found


def roles(assignments: list[dict[str, Any]]) -> list[str]:
    """Return the roles that assignments give, by name."""
    names = {definition_id(role.id, SUBSCRIPTION).lower(): role.name for role in ROLES}
    return sorted(names[one["properties"]["roleDefinitionId"].lower()] for one in assignments)


def assign(azure: Azure, number: int, scope: str, role: str, principal: str = SOMEBODY) -> str:
    """Return a role assignment's id."""
    properties = {"roleDefinitionId": definition_id(role, SUBSCRIPTION), "principalId": principal}
    made = azure.put(f"{scope}/{AUTHORIZATION}/roleAssignments/{NAMES[number]}", {"properties": properties})
    return str(made["id"])


# -- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_people_have_their_roles_at_the_subscription_from_the_start(person: Any) -> None:
    found = list_at(Azure(), SUB, f"assignedTo('{person.object_id}')")
    assert roles(found) == [person.role]
    assert {one["properties"]["scope"] for one in found} == {SUB}
    assert {one["properties"]["principalType"] for one in found} == {"User"}


OWN = ["Owner", "Storage Blob Data Contributor", "Storage File Data Privileged Contributor"]


def test_who_signs_in_for_the_sandbox_owns_it_and_its_data() -> None:
    found = list_at(Azure(), SUB, f"assignedTo('{CALLER}')")
    assert sorted(roles(found)) == OWN
    assert {one["properties"]["principalType"] for one in found} == {"ServicePrincipal"}


def test_people_cost_nothing_and_are_no_resources_of_the_platform(azure: Azure) -> None:
    assert azure.resources(ASSIGNMENT) == []
    (found,) = list_at(azure, SUB, f"principalId eq '{DANA}'")
    assert azure.get(found["id"])["properties"].items() <= found["properties"].items()
    assert azure.exists(found["id"])


def test_what_people_have_can_be_taken_away_for_good(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cloud.db")
    azure = Azure(store)
    (found,) = list_at(azure, SUB, f"assignedTo('{DANA}')")
    assert ask(azure, found["id"], method="DELETE") == (200, found)
    assert ask(azure, found["id"], method="DELETE") == (204, None)
    store.close()
    again = Azure(SqliteStore(tmp_path / "cloud.db"))
    assert list_at(again, SUB, f"assignedTo('{DANA}')") == []
    assert len(list_at(again, SUB)) == len(PEOPLE) - 1 + len(OWN)


def test_a_workspace_leaves_what_others_gave_its_identity_and_comes_again_as_another() -> None:
    azure = workspace(Azure())
    first = azure.get(WORKSPACE)["identity"]["principalId"]
    ours = assign(azure, 0, GROUP, "Reader", first)
    theirs = list_at(azure, GROUP, f"principalId eq '{first}'")
    assert len(theirs) == 4  # ours, and what Azure ML gives by itself
    azure.delete(WORKSPACE, {"forceToPurge": "true"})
    assert [one["id"] for one in list_at(azure, GROUP, f"principalId eq '{first}'")] == [ours]
    workspace(azure)
    second = azure.get(WORKSPACE)["identity"]["principalId"]
    assert second != first
    with refused("RoleAssignmentUpdateNotPermitted", 400):
        assign(azure, 0, GROUP, "Reader", second)


def test_a_directory_knows_whom_a_role_can_be_given(azure: Azure) -> None:
    stranger, named = "0d0d0d0d-0000-4000-8000-0000000000aa", "0d0d0d0d-0000-4000-8000-0000000000bb"
    assign(azure, 0, GROUP, "Reader", stranger)
    azure.identities.keep_directory(named)
    says = f"Principal {stranger.replace('-', '')} does not exist in the directory {azure.tenant}"
    with refused("PrincipalNotFound", 400, says=says):
        assign(azure, 1, GROUP, "Contributor", stranger)
    assign(azure, 2, GROUP, "Contributor", named)
    assign(azure, 3, GROUP, "Contributor", RITA)
    azure.identities.drop_directory()
    assign(azure, 1, GROUP, "Contributor", stranger)


def test_what_people_have_is_not_given_twice(azure: Azure) -> None:
    (found,) = list_at(azure, SUB, f"assignedTo('{RITA}')")
    with refused("RoleAssignmentExists", 409, says=found["name"].replace("-", "")):
        assign(azure, 0, SUB, "Reader", RITA)
    assign(azure, 0, GROUP, "Reader", RITA)


def test_an_assignment_of_theirs_that_is_put_again_is_one() -> None:
    azure = Azure()
    (found,) = list_at(azure, SUB, f"assignedTo('{RITA}')")
    wanted = ("roleDefinitionId", "principalId", "principalType")
    given = {"properties": {name: found["properties"][name] for name in wanted} | {"description": "reads"}}
    azure.put(found["id"], given)
    (now,) = list_at(azure, SUB, f"assignedTo('{RITA}')")
    assert now["properties"]["description"] == "reads"
    azure.delete(found["id"])
    assert list_at(azure, SUB, f"assignedTo('{RITA}')") == []


def test_a_person_signs_in_and_the_token_says_who_and_in_which_groups() -> None:
    azure = Azure()
    azure.identities.join(TEAM, DANA)
    claims = json.loads(base64.urlsafe_b64decode(access_token(azure, DANA, "x").split(".")[1] + "=="))
    assert (claims["oid"], claims["idtyp"], claims["name"], claims["groups"]) == (DANA, "user", "dana", [TEAM])
    assert claims["tid"] == azure.tenant
    app = json.loads(base64.urlsafe_b64decode(access_token(azure, CLIENT, "x").split(".")[1] + "=="))
    assert (app["oid"], app["idtyp"], "name" in app) == (CALLER, "app", False)


# -- lists of role assignments ---------------------------------------------------------------------------------------


@pytest.fixture
def spread(azure: Azure) -> Azure:
    """Somebody with a role at each level."""
    for number, (scope, role) in enumerate([(SUB, "Reader"), (GROUP, "AcrPull"), (STORAGE, "AcrPush")]):
        assign(azure, number, scope, role)
    return azure


@pytest.mark.parametrize(
    ("scope", "query", "expected"),
    [
        (SUB, f"assignedTo('{SOMEBODY}')", ["AcrPull", "AcrPush", "Reader"]),
        (SUB, f"atScope() and assignedTo('{SOMEBODY}')", ["Reader"]),
        (GROUP, f"principalId eq '{SOMEBODY}'", ["AcrPull", "AcrPush", "Reader"]),
        (GROUP, f"atScope() AND principalId eq '{SOMEBODY.upper()}'", ["AcrPull", "Reader"]),
        (STORAGE, f"principalId eq {SOMEBODY}", ["AcrPull", "AcrPush", "Reader"]),
        (STORAGE.upper(), f"assignedTo('{SOMEBODY}') and atScope()", ["AcrPull", "AcrPush", "Reader"]),
    ],
)
def test_a_list_holds_what_is_at_the_scope_above_and_below(
    spread: Azure, scope: str, query: str, expected: list[str]
) -> None:
    assert roles(list_at(spread, scope, query)) == expected


def test_a_sibling_with_a_longer_name_is_not_below(spread: Azure) -> None:
    spread.put(f"{GROUP}-2", {"location": "westeurope"})
    assert roles(list_at(spread, f"{GROUP}-2", f"principalId eq '{SOMEBODY}'")) == ["Reader"]


def test_without_a_filter_everybody_is_listed(spread: Azure) -> None:
    assert len(list_at(spread, SUB)) == len(PEOPLE) + len(OWN) + 3
    assert len(list_at(spread, SUB, "atScope()")) == len(PEOPLE) + len(OWN) + 1


def test_a_filter_that_arm_does_not_take_is_refused(azure: Azure) -> None:
    status, answer = ask(azure, f"{SUB}/{AUTHORIZATION}/roleAssignments", "roleName eq 'Owner'")
    assert (status, answer["error"]["code"]) == (400, "UnsupportedQuery")
    assert answer["error"]["message"] == (
        "The filter 'roleName eq 'Owner'' is not supported. Supported filters are either 'atScope()' or 'assignedTo()' "
        "or 'principalId eq '{value}''."
    )
    status, answer = ask(azure, f"{GROUP}/providers/Microsoft.Storage/storageAccounts", "name eq 'x'")
    assert (status, answer["error"]["code"]) == (400, "UnsupportedQuery")


def test_groups_count_for_assigned_to_and_only_for_it(azure: Azure) -> None:
    assign(azure, 0, GROUP, "AcrPull", COMPANY)
    azure.identities.join(COMPANY, TEAM)
    azure.identities.join(TEAM, SOMEBODY.upper())
    azure.identities.join(TEAM, COMPANY)  # a circle ends
    assert azure.identities.groups(SOMEBODY) == {TEAM, COMPANY}
    assert roles(list_at(azure, SUB, f"assignedTo('{SOMEBODY}')")) == ["AcrPull"]
    assert list_at(azure, SUB, f"principalId eq '{SOMEBODY}'") == []
    azure.identities.leave(TEAM, SOMEBODY)
    assert list_at(azure, SUB, f"assignedTo('{SOMEBODY}')") == []


def test_groups_are_kept_with_the_cloud(tmp_path: Path) -> None:
    first = Azure(SqliteStore(tmp_path / "cloud.db"))
    first.identities.join(TEAM, SOMEBODY)
    first.close()
    assert Azure(SqliteStore(tmp_path / "cloud.db")).identities.groups(SOMEBODY) == {TEAM}


# -- role definitions ------------------------------------------------------------------------------------------------


def custom(name: str = "Runs jobs", *, scopes: tuple[str, ...] = (SUB,), actions: tuple[str, ...] = ()) -> Any:
    permissions = [{"actions": list(actions or ("Microsoft.MachineLearningServices/workspaces/jobs/*",))}]
    return {"properties": {"roleName": name, "assignableScopes": list(scopes), "permissions": permissions}}


def role_id(number: int, scope: str = SUB) -> str:
    return f"{scope}/{AUTHORIZATION}/roleDefinitions/{NAMES[number]}"


def test_definitions_are_listed_with_what_they_permit(azure: Azure) -> None:
    azure.put(role_id(0), custom())
    found = {one["properties"]["roleName"]: one["properties"] for one in list_at(azure, SUB, kind="roleDefinitions")}
    assert set(found) == {role.name for role in ROLES if role.detailed} | {"Runs jobs"}
    scientist = found["AzureML Data Scientist"]["permissions"][0]
    assert "Microsoft.MachineLearningServices/workspaces/computes/*/write" in scientist["notActions"]
    assert found["Runs jobs"]["permissions"] == [
        {
            "actions": ["Microsoft.MachineLearningServices/workspaces/jobs/*"],
            "notActions": [],
            "dataActions": [],
            "notDataActions": [],
        }
    ]


@pytest.mark.parametrize(
    ("scope", "query", "expected"),
    [
        (SUB, "type eq 'CustomRole'", ["Everywhere"]),
        (SUB, "atScopeAndBelow() and type eq 'CustomRole'", ["Everywhere", "In the group"]),
        (GROUP, "type eq 'CustomRole'", ["Everywhere", "In the group"]),
        (STORAGE, "roleName eq 'in the group'", ["In the group"]),
        (SUB, "roleName eq 'Owner'", ["Owner"]),
        ("", "roleName eq 'Reader'", ["Reader"]),
    ],
)
def test_definitions_are_listed_where_they_may_be_assigned(
    azure: Azure, scope: str, query: str, expected: list[str]
) -> None:
    azure.put(role_id(0), custom("Everywhere"))
    azure.put(role_id(1), custom("In the group", scopes=(GROUP,)))
    found = list_at(azure, scope, query, "roleDefinitions")
    assert sorted(one["properties"]["roleName"] for one in found) == expected


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (custom(scopes=()), "InvalidRoleDefinition", "needs 'assignableScopes'"),
        (custom(scopes=(STORAGE,)), "InvalidRoleDefinition", "only management groups, subscriptions and resource"),
        (custom(name=""), "InvalidRoleDefinition", "needs 'roleName'"),
        (custom(actions=("computes/write",)), "InvalidActionOrNotAction", "'computes/write' does not match any"),
        (custom(actions=("Microsoft.Storage/accounts/look",)), "InvalidActionOrNotAction", "accounts/look"),
        (custom(name="contributor"), "RoleDefinitionWithSameNameExists", "'contributor'"),
        (custom(name="RUNS jobs"), "RoleDefinitionWithSameNameExists", "'RUNS jobs'"),
    ],
)
def test_a_role_that_azure_refuses_is_refused(azure: Azure, given: Any, code: str, says: str) -> None:
    azure.put(role_id(0), custom())
    with refused(code, says=says):
        azure.put(role_id(1), given)


def test_a_built_in_role_stays_as_it_is(azure: Azure) -> None:
    with refused("InvalidRoleDefinition"):
        azure.put(definition_id("Reader", SUBSCRIPTION), custom())
    assert not azure.delete(definition_id("Reader", SUBSCRIPTION))
    assert azure.exists(definition_id("Reader", SUBSCRIPTION))


def test_a_role_is_renamed_and_its_old_name_is_free(azure: Azure) -> None:
    assert ask(azure, role_id(0), method="PUT", given=custom())[0] == 201
    assert ask(azure, role_id(0), method="PUT", given=custom("Runs many jobs"))[0] == 201
    azure.put(role_id(1), custom("Runs jobs"))
    assert azure.get(role_id(0))["properties"]["type"] == "CustomRole"


def test_a_role_that_somebody_has_stays(azure: Azure) -> None:
    azure.put(role_id(0), custom())
    given = assign(azure, 1, GROUP, role_id(0))
    with refused("RoleDefinitionHasAssignments", 400):
        azure.delete(role_id(0))
    azure.delete(given)
    assert azure.delete(role_id(0))
    with refused("RoleDefinitionDoesNotExist", 404):
        assign(azure, 1, GROUP, role_id(0))


def test_a_role_is_assigned_only_where_it_may_be_and_found_at_each_scope(azure: Azure) -> None:
    azure.put(role_id(0, GROUP), custom(scopes=(GROUP,)))
    assert azure.get(role_id(0))["id"] == role_id(0, GROUP)
    with refused("RoleDefinitionDoesNotExist", says="isn't in its assignableScopes"):
        assign(azure, 1, SUB, role_id(0))
    assign(azure, 1, STORAGE, role_id(0))
    azure.delete(f"{STORAGE}/{AUTHORIZATION}/roleAssignments/{NAMES[1]}")
    assert azure.delete(role_id(0))
    assert not azure.exists(role_id(0, GROUP))


def test_a_program_makes_a_role_and_gives_it() -> None:
    with mock_azure() as azure:
        role = azure_native.authorization.RoleDefinition(
            "role",
            scope=SUB.removeprefix("/"),
            role_name="Runs jobs",
            role_type="CustomRole",
            assignable_scopes=[SUB],
            permissions=[{"actions": ["*/read"], "not_actions": []}],
        )
        azure_native.authorization.RoleAssignment(
            "grant", scope=SUB, role_definition_id=role.id, principal_id=SOMEBODY, principal_type="User"
        )
    (made,) = azure.resources("Microsoft.Authorization/roleDefinitions")
    assert (made["properties"]["roleName"], made["properties"]["type"]) == ("Runs jobs", "CustomRole")
    (grant,) = azure.cloud.list(SUB, ASSIGNMENT, f"principalId eq '{SOMEBODY}'")
    assert grant["properties"]["roleDefinitionId"] == made["id"]


# -- deny assignments ------------------------------------------------------------------------------------------------


def deny(azure: Azure, number: int, scope: str, *principals: str) -> None:
    properties = {
        "denyAssignmentName": f"deny {number}",
        "permissions": [{"actions": ["*/delete"]}],
        "principals": [{"id": principal, "type": "User"} for principal in principals],
    }
    azure.provide(f"{scope}/{AUTHORIZATION}/denyAssignments/{NAMES[number]}", {"properties": properties})


def test_denials_are_listed_as_role_assignments_are(azure: Azure) -> None:
    azure.identities.join(TEAM, SOMEBODY)
    deny(azure, 0, SUB, SOMEBODY)
    deny(azure, 1, GROUP, TEAM)
    deny(azure, 2, STORAGE, "00000000-0000-0000-0000-000000000000")
    deny(azure, 3, SUB, DANA)

    def names(scope: str, query: str = "") -> list[str]:
        found = list_at(azure, scope, query, "denyAssignments")
        return sorted(one["properties"]["denyAssignmentName"] for one in found)

    assert names(SUB) == ["deny 0", "deny 1", "deny 2", "deny 3"]
    assert names(SUB, f"assignedTo('{SOMEBODY}')") == ["deny 0", "deny 1", "deny 2"]
    assert names(SUB, f"principalId eq '{SOMEBODY}'") == ["deny 0"]
    assert names(GROUP, "atScope()") == ["deny 0", "deny 1", "deny 3"]
    assert names(SUB, "denyAssignmentName eq 'deny 1'") == ["deny 1"]


def test_nobody_but_azure_makes_a_denial(azure: Azure) -> None:
    with refused("MethodNotAllowed", 405) as refusal:
        azure.put(f"{GROUP}/{AUTHORIZATION}/denyAssignments/{NAMES[0]}", {"properties": {}})
    assert refusal.value.message == f"{DENIAL}: only Azure's own services make these."
    with refused("BadRequest"):
        azure.provide(f"{GROUP}/{AUTHORIZATION}/denyAssignments/{NAMES[0]}", {"properties": {"principals": []}})
