"""Role definitions: the built-in roles are there at every scope, custom ones can be made."""

import re
from typing import ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.roles import ROLES, Role, definition_id, find, is_guid
from azureml_sandbox.model import people
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request, conflict
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.tables import CUSTOM_ROLES, GRANTS, ROLE_NAMES
from azureml_sandbox.services.authorization import listing, rights
from azureml_sandbox.services.authorization.policy.enforcement import at_or_below

PERMISSIONS = ("actions", "notActions", "dataActions", "notDataActions")
CUSTOM, BUILT_IN = "CustomRole", "BuiltInRole"
_ACTION = re.compile(r"\*|(\*|[\w*-]+(\.[\w*-]+)+)(/[\w.*-]+)*/(\*|read|write|delete|action)", re.IGNORECASE)
"""``*``, or a namespace or ``*``, types, and what is done; a ``*`` may stand in every part."""
_SCOPES = (ids.SUBSCRIPTION, ids.RESOURCE_GROUP, "Microsoft.Management/managementGroups")


class RoleDefinition(ResourceType):
    """A role. Custom ones are found by their GUID at every scope where they may be assigned, as built-in ones are."""

    type = "Microsoft.Authorization/roleDefinitions"
    state = None
    created_status = 201
    updated_status = 201
    shapes: ClassVar = {
        "properties.roleName": str,
        "properties.type": str,
        "properties.assignableScopes[]": str,
        **{f"properties.permissions[].{name}[]": str for name in PERMISSIONS},
    }
    filled: ClassVar = {"type": CUSTOM, "description": "", "permissions": []}

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return a built-in role by its GUID, or a custom one that was put at another scope."""
        if not is_guid(target.name):
            return None
        role = find(target.name)
        if role is not None:
            return _built_in(azure, role)
        home = azure.store.get(CUSTOM_ROLES, target.name.lower())
        return azure.get(str(home)) if home is not None and not ids.same(str(home), target.text) else None

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the service's own refusal: roles belong to no group."""
        text = f"The specified role definition with ID '{target.name}' does not exist."
        return ArmError(404, "RoleDefinitionDoesNotExist", text)

    def check(self, write: Write) -> None:
        """Refuse names that aren't GUIDs, and a role that doesn't say what it permits and where it may be assigned."""
        if not is_guid(write.id.name):
            raise _invalid(f"The role definition ID '{write.id.name}' is not valid: it must be a GUID.")
        if find(write.id.name) is not None or (write.properties.get("type") or CUSTOM).lower() != CUSTOM.lower():
            raise _invalid(f"'{write.id.name}': built-in roles can't be made or changed; 'type' must be '{CUSTOM}'.")
        if not write.properties.get("roleName"):
            raise _invalid("A role definition needs 'roleName'.")
        _check_scopes(write)
        _check_permissions(write)
        self._check_unique(write)

    def computed_properties(self, write: Write) -> Body:
        """Return who made it."""
        return people.authorship(write.caller, write.old_properties.get("createdBy"))

    def finish(self, _write: Write, resource: Body) -> Body:
        """Give each permission all four lists."""
        given = resource["properties"]["permissions"]
        shown = [{name: one.get(name) or [] for name in PERMISSIONS} for one in given]
        return {**resource, "properties": {**resource["properties"], "permissions": shown}}

    def after(self, write: Write, resource: Body) -> None:
        """Remember where it is, and its name."""
        store, old = write.azure.store, write.old_properties.get("roleName")
        if old:
            store.remove(ROLE_NAMES, old.lower())
        store.set(CUSTOM_ROLES, write.id.name.lower(), resource["id"].lower())
        store.set(ROLE_NAMES, resource["properties"]["roleName"].lower(), write.id.name.lower())
        rights.note_change(write.azure)

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete a role that somebody has."""
        if any(f"|{resource['name']}|".lower() in key for key, _ in azure.store.scan(GRANTS)):
            text = "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)."
            raise bad_request(text, "RoleDefinitionHasAssignments")

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Forget it."""
        azure.store.remove(CUSTOM_ROLES, resource["name"].lower())
        azure.store.remove(ROLE_NAMES, resource["properties"]["roleName"].lower())
        rights.note_change(azure)

    def delete_virtual(self, azure: Cloud, target: ResourceId) -> bool:
        """Return a custom role may be deleted by its id at any scope."""
        home = azure.store.get(CUSTOM_ROLES, target.name.lower())
        return home is not None and azure.delete(str(home))

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body]:  # noqa: A002 - ARM's word
        """Return the roles that may be assigned at a scope, or also those for something below it."""
        chosen = listing.parse(filter, ("atScope", "atScopeAndBelow"), ("roleName", "type"))
        below = "atscopeandbelow" in chosen.functions
        custom = [one for one in azure.resources(self.type) if _assignable(one, scope, below=below)]
        found = [*(_built_in(azure, role) for role in ROLES if role.detailed), *custom]
        return [
            one
            for one in found
            if all(one["properties"][_SHOWN[key]].lower() == value for key, value in chosen.equal.items())
        ]

    def _check_unique(self, write: Write) -> None:
        name = str(write.properties.get("roleName") or "")
        holder = write.azure.store.get(ROLE_NAMES, name.lower())
        taken = holder is not None and holder != write.id.name.lower()
        if taken or (find(name) is not None and not is_guid(name)):
            raise conflict(
                f"A custom role with the same name already exists in this directory. Use a different name. ('{name}')",
                "RoleDefinitionWithSameNameExists",
            )


_SHOWN = {"rolename": "roleName", "type": "type"}
_CONDITIONAL = {
    "condition": "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}))",
    "conditionVersion": "2.0",
}
"""What stands for the longer condition that Azure has on some roles: which roles they may grant, and to whom."""
_MADE = "2015-02-02T21:55:09.8806423Z"
"""When Azure's first built-in roles were made: the sandbox knows no other time of any."""


def _built_in(azure: Cloud, role: Role) -> Body:
    permissions = {
        "actions": role.actions,
        "notActions": role.not_actions,
        "dataActions": role.data_actions,
        "notDataActions": role.not_data_actions,
        **(_CONDITIONAL if role.conditional else {}),
    }
    return {
        "id": definition_id(role.id, azure.subscription),
        "name": role.id,
        "type": RoleDefinition.type,
        "properties": {
            "roleName": role.name,
            "type": BUILT_IN,
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [{name: list(patterns) for name, patterns in permissions.items()}],
            "createdOn": _MADE,
            "updatedOn": _MADE,
            "createdBy": None,
            "updatedBy": None,
        },
    }


def assignable(role: Body, scope: str) -> bool:
    """Return whether a role may be assigned at a scope."""
    return any(at_or_below(one, scope) for one in role["properties"]["assignableScopes"])


def _assignable(role: Body, scope: str, *, below: bool) -> bool:
    scopes = role["properties"]["assignableScopes"]
    return assignable(role, scope) or (below and any(at_or_below(scope, one) for one in scopes))


def _check_scopes(write: Write) -> None:
    scopes = write.properties.get("assignableScopes") or []
    if not scopes:
        raise _invalid("A role definition needs 'assignableScopes': at least one subscription or resource group.")
    for scope in scopes:
        if not ids.is_id(scope) or ids.parse(scope).type not in _SCOPES:
            raise _invalid(
                f"'{scope}' can't be an assignable scope of a custom role: only management groups, subscriptions and "
                "resource groups can."
            )


def _check_permissions(write: Write) -> None:
    for permission in write.properties.get("permissions") or []:
        for name in PERMISSIONS:
            for action in permission.get(name) or []:
                if not _ACTION.fullmatch(action):
                    raise bad_request(
                        f"'{action}' does not match any of the actions supported by the providers. (In '{name}': "
                        "write {Company}.{Provider}/{type}/{read|write|delete|action}, with * for any part.)",
                        "InvalidActionOrNotAction",
                    )


def _invalid(text: str) -> ArmError:
    return bad_request(text, "InvalidRoleDefinition")
