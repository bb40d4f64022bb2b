"""azure-mgmt-authorization against the sandbox."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2022_04_01 import operations as groups

from kit.clients import Kit, Suite

GROUP = "rg-clients"
PRINCIPAL = "9f2d6c1e-0000-4000-8000-00000000da7a"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

SUITE = Suite(
    "azure-mgmt-authorization",
    {
        "role_assignments": groups.RoleAssignmentsOperations,
        "role_definitions": groups.RoleDefinitionsOperations,
        "deny_assignments": groups.DenyAssignmentsOperations,
        "permissions": groups.PermissionsOperations,
    },
)
CLIENT = AuthorizationManagementClient


def _scope(kit: Kit) -> str:
    return f"/subscriptions/{kit.served.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{GROUP}"


def _grant(kit: Kit) -> dict[str, object]:
    role = f"/subscriptions/{kit.served.environment['AZURE_SUBSCRIPTION_ID']}"
    role += f"/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    return {"properties": {"roleDefinitionId": role, "principalId": PRINCIPAL, "principalType": "Group"}}


@SUITE.tries("role_assignments.create", "role_assignments.get", "role_assignments.get_by_id")
def assign(kit: Kit) -> None:
    """Grant a role, and read the assignment."""
    kit.kept["name"] = str(uuid.uuid4())
    made = kit.client.role_assignments.create(_scope(kit), kit.kept["name"], _grant(kit))
    assert made.principal_id == PRINCIPAL
    assert kit.client.role_assignments.get(_scope(kit), kit.kept["name"]).role_definition_id.endswith(READER)
    assert kit.client.role_assignments.get_by_id(made.id).name == kit.kept["name"]
    with pytest.raises(ResourceExistsError, match="RoleAssignmentExists"):
        kit.client.role_assignments.create(_scope(kit), str(uuid.uuid4()), _grant(kit))


@SUITE.tries(
    "role_assignments.list_for_scope",
    "role_assignments.list_for_subscription",
    "role_assignments.list_for_resource_group",
)
def lists(kit: Kit) -> None:
    """List assignments of a resource, a group and the subscription."""
    theirs = f"principalId eq '{PRINCIPAL}'"
    group = kit.client.role_assignments
    for found in (
        group.list_for_scope(_scope(kit), filter=theirs),
        group.list_for_subscription(filter=theirs),
        group.list_for_resource_group(GROUP, filter=theirs),
    ):
        assert kit.kept["name"] in {one.name for one in found}


@SUITE.tries("role_definitions.list", "role_definitions.get", "role_definitions.create_or_update")
def definitions(kit: Kit) -> None:
    """List and read role definitions, and write one."""
    (found,) = kit.client.role_definitions.list(_scope(kit), filter="roleName eq 'AzureML Data Scientist'")
    assert "Microsoft.MachineLearningServices/workspaces/write" in found.permissions[0].not_actions
    name = str(uuid.uuid4())
    body = {
        "properties": {
            "roleName": "Watcher",
            "type": "CustomRole",
            "assignableScopes": [_scope(kit)],
            "permissions": [{"actions": ["*/read"]}],
        }
    }
    assert kit.client.role_definitions.create_or_update(_scope(kit), name, body).role_name == "Watcher"
    assert kit.client.role_definitions.get(_scope(kit), name).permissions[0].actions == ["*/read"]
    kit.kept["role"] = name


@SUITE.tries("role_definitions.get_by_id", "role_definitions.delete", "deny_assignments.list_for_scope")
def others(kit: Kit) -> None:
    """Read a definition by its id, delete it, and list no deny assignments."""
    found = kit.client.role_definitions.get(_scope(kit), kit.kept["role"])
    assert kit.client.role_definitions.get_by_id(found.id).role_name == "Watcher"
    kit.client.role_definitions.delete(_scope(kit), kit.kept["role"])
    with pytest.raises(HttpResponseError, match="RoleDefinitionDoesNotExist"):
        kit.client.role_definitions.get(_scope(kit), kit.kept["role"])
    assert list(kit.client.deny_assignments.list_for_scope(_scope(kit))) == []


@SUITE.tries("permissions.list_for_resource_group")
def permissions(kit: Kit) -> None:
    """List the caller's own permissions."""
    assert any("*" in one.actions for one in kit.client.permissions.list_for_resource_group(GROUP))


@SUITE.tries("role_assignments.delete", "role_assignments.delete_by_id", "role_assignments.create_by_id")
def delete(kit: Kit) -> None:
    """Delete assignments, and grant one by its id."""
    kit.client.role_assignments.delete(_scope(kit), kit.kept["name"])
    with pytest.raises(ResourceNotFoundError):
        kit.client.role_assignments.get(_scope(kit), kit.kept["name"])
    one = f"{_scope(kit)}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    kit.client.role_assignments.create_by_id(one, _grant(kit))
    kit.client.role_assignments.delete_by_id(one)
