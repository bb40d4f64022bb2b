"""Microsoft.Authorization: who has which role where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arm.ids import ResourceId
from arm.roles import definition_id, find, is_guid
from sandbox import derived
from sandbox.errors import ArmError, bad_request, conflict
from sandbox.resource import Body, ResourceType, Write, equal

if TYPE_CHECKING:
    from sandbox.azure import Azure

FIXED = ("roleDefinitionId", "principalId")


class RoleDefinition(ResourceType):
    """A role: the built-in ones are there at every scope, custom ones can be made."""

    type = "Microsoft.Authorization/roleDefinitions"
    state = None

    def virtual(self, azure: Azure, target: ResourceId) -> Body | None:
        """A built-in role by its GUID."""
        role = find(target.name) if is_guid(target.name) else None
        if role is None:
            return None
        permissions = {
            "actions": role.actions,
            "notActions": role.not_actions,
            "dataActions": role.data_actions,
            "notDataActions": role.not_data_actions,
        }
        return {
            "id": definition_id(role.id, azure.subscription),
            "name": role.id,
            "type": self.type,
            "properties": {
                "roleName": role.name,
                "type": "BuiltInRole",
                "assignableScopes": ["/"],
                "permissions": [{name: list(patterns) for name, patterns in permissions.items()}],
            },
        }


class RoleAssignment(ResourceType):
    """A role for a principal at a scope. Azure allows one of each, whatever its name."""

    type = "Microsoft.Authorization/roleAssignments"
    state = None
    created_status = 201

    def check(self, write: Write) -> None:
        """Names are GUIDs, roles exist, and an assignment never changes whom it gives what."""
        if not is_guid(write.id.name):
            raise bad_request(
                f"The role assignment ID '{write.id.name}' is not valid. The role assignment ID must be a GUID.",
                "InvalidRoleAssignmentId",
            )
        principal = str(write.properties.get("principalId") or "")
        if not is_guid(principal):
            raise bad_request(f"The Principal ID '{principal}' is not valid. It must be a GUID.", "InvalidPrincipalId")
        self._check_role(write)
        if write.old is not None and any(
            not equal(write.old_properties[name], write.properties[name]) for name in FIXED
        ):
            raise bad_request(
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                "RoleAssignmentUpdateNotPermitted",
            )
        self._check_duplicate(write)

    def defaults(self, _write: Write) -> Body:
        """Whom Azure takes the principal for when nothing is said."""
        return {"principalType": "User"}

    def computed(self, write: Write) -> Body:
        """The scope is part of the id."""
        return {
            "scope": write.id.scope,
            "createdOn": derived.MOMENT,
            "updatedOn": derived.MOMENT,
            "createdBy": write.old_properties.get("createdBy") or write.caller,
            "updatedBy": write.caller,
        }

    def after(self, write: Write, resource: Body) -> None:
        """Remember who has what where."""
        write.azure.store.set("grants", _grant(write.id.scope, resource["properties"]), write.id.name.lower())

    def deleted(self, azure: Azure, resource: Body) -> None:
        """Forget it."""
        azure.store.remove("grants", _grant(resource["properties"]["scope"], resource["properties"]))

    def _check_role(self, write: Write) -> None:
        role = str(write.properties.get("roleDefinitionId") or "")
        if not role.startswith("/") or write.azure.is_missing(role):
            name = role.rsplit("/", 1)[-1]
            text = (
                f"The specified role definition with ID '{name}' does not exist. (The sandbox knows the built-in roles "
                "of arm/roles.py; make a custom one with a PUT first.)"
            )
            raise ArmError(404, "RoleDefinitionDoesNotExist", text)

    def _check_duplicate(self, write: Write) -> None:
        holder = write.azure.store.get("grants", _grant(write.id.scope, write.properties))
        if holder is not None and holder != write.id.name.lower():
            raise conflict(
                f"The role assignment already exists. The ID of the existing role assignment is {holder!s}.",
                "RoleAssignmentExists",
            )


def provide_grant(azure: Azure, scope: str, role: str, principal: str, seed: str) -> None:
    """Give a managed identity a built-in role, as a service does for its own; nothing happens if it has it."""
    properties = {
        "roleDefinitionId": definition_id(role, azure.subscription),
        "principalId": principal,
        "principalType": "ServicePrincipal",
    }
    if azure.store.get("grants", _grant(scope, properties)) is None:
        name = derived.guid("grant", seed, scope, role)
        azure.provide(f"{scope}/providers/{RoleAssignment.type}/{name}", {"properties": properties})


def _grant(scope: str, properties: Body) -> str:
    role = str(properties["roleDefinitionId"]).rsplit("/", 1)[-1]
    return f"{scope}|{role}|{properties['principalId']}".lower()
