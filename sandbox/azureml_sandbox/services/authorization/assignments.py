"""Role assignments: who has which role where."""

from collections.abc import Iterator
from typing import ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.roles import definition_id, find, is_guid
from azureml_sandbox.model import derived, people
from azureml_sandbox.model.bodies import Body, equal
from azureml_sandbox.model.errors import ArmError, bad_request, conflict
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.model.tables import GRANTS
from azureml_sandbox.services.authorization import listing, rights
from azureml_sandbox.services.authorization.definitions import RoleDefinition, assignable

FIXED = ("roleDefinitionId", "principalId")


class RoleAssignment(ResourceType):
    """A role for a principal at a scope. Azure allows one of each, whatever its name."""

    type = "Microsoft.Authorization/roleAssignments"
    state = None
    created_status = 201
    returns_deleted = True
    filled: ClassVar = {"principalType": "User"}

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return what the sandbox's people have from the start."""
        return people.assignment(azure, target.text)

    def check(self, write: Write) -> None:
        """Refuse names that aren't GUIDs, roles that don't exist, and a change of whom an assignment gives what."""
        if not is_guid(write.id.name):
            raise bad_request(
                f"The role assignment ID '{write.id.name}' is not valid. The role assignment ID must be a GUID.",
                "InvalidRoleAssignmentId",
            )
        principal = str(write.properties.get("principalId") or "")
        if not is_guid(principal):
            raise bad_request(f"The Principal ID '{principal}' is not valid. It must be a GUID.", "InvalidPrincipalId")
        self._check_role(write)
        self._check_principal(write, principal)
        if write.old is not None and any(
            not equal(write.old_properties[name], write.properties[name]) for name in FIXED
        ):
            raise bad_request(
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                "RoleAssignmentUpdateNotPermitted",
            )
        self._check_duplicate(write)

    def computed_properties(self, write: Write) -> Body:
        """Return the scope, which is part of the id."""
        made = people.authorship(write.caller, write.old_properties.get("createdBy"))
        return {"scope": write.id.scope or "/", **made}

    def after(self, write: Write, resource: Body) -> None:
        """Remember who has what where."""
        write.azure.store.set(GRANTS, _grant(write.id.scope, resource["properties"]), write.id.name.lower())
        rights.note_change(write.azure)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove its grant."""
        azure.store.remove(GRANTS, _grant(resource["properties"]["scope"], resource["properties"]))
        people.take_away(azure, resource["id"])
        rights.note_change(azure)

    def delete_virtual(self, azure: Cloud, target: ResourceId) -> bool:
        """Return what somebody has from the start can be taken away."""
        there = self.virtual(azure, target) is not None
        people.take_away(azure, target.text)
        rights.note_change(azure)
        return there

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body]:  # noqa: A002 - ARM's word
        """Return those that apply at a scope, and those below it."""
        chosen = listing.parse(filter, ("atScope", "assignedTo"), ("principalId",))
        stored = {one["id"].lower(): one for one in azure.resources(self.type)}
        found = listing.applying({**people.assignments(azure), **stored}.values(), scope, chosen)
        for wanted in _principals(azure, chosen):
            found = [one for one in found if one["properties"]["principalId"].lower() in wanted]
        return found

    def _check_role(self, write: Write) -> None:
        role = str(write.properties.get("roleDefinitionId") or "")
        name = role.rsplit("/", 1)[-1]
        is_role = ids.is_id(role) and ids.parse(role).type.lower() == RoleDefinition.type.lower()
        if not is_role or write.azure.is_missing(role):
            raise _no_role(
                name, "The sandbox knows the built-in roles of azureml_arm/roles.py; make a custom one first."
            )
        if write.azure.exists(role) and not assignable(write.azure.get(role), write.id.scope):
            raise _no_role(name, f"It can't be assigned at '{write.id.scope}': that isn't in its assignableScopes.")

    def _check_principal(self, write: Write, principal: str) -> None:
        """Refuse a principal that isn't there, unless its type is given: a new one may not be everywhere yet."""
        identities = write.azure.identities
        if write.properties.get("principalType") or not identities.has_directory or identities.is_known(principal):
            return
        text = (
            f"Principal {principal.replace('-', '')} does not exist in the directory {write.azure.tenant}. Check that "
            "you have the correct principal ID. If you are creating this principal and then immediately assigning a "
            "role, this error might be related to a replication delay. In this case, set the role assignment "
            "principalType property to a value, such as ServicePrincipal, User, or Group.  See "
            "https://aka.ms/docs-principaltype"
        )
        raise bad_request(text, "PrincipalNotFound")

    def _check_duplicate(self, write: Write) -> None:
        holder = _holder(write.azure, _grant(write.id.scope, write.properties))
        if holder is not None and holder != write.id.name.lower():
            raise conflict(
                "The role assignment already exists. The ID of the existing role assignment is "
                f"{holder.replace('-', '')}.",
                "RoleAssignmentExists",
            )


def provide_grant(azure: Cloud, scope: str, role: str, principal: str, seed: str) -> None:
    """Give a managed identity a built-in role, as a service does for its own; nothing happens if it has it."""
    properties = {
        "roleDefinitionId": definition_id(role, azure.subscription),
        "principalId": principal,
        "principalType": "ServicePrincipal",
    }
    if _holder(azure, _grant(scope, properties)) is None:
        name = derived.guid("grant", seed, scope, role)
        azure.provide(f"{scope}/providers/{RoleAssignment.type}/{name}", {"properties": properties})


def withdraw_grants(azure: Cloud, seed: str) -> None:
    """Delete what `provide_grant` gave in the name of `seed`; what others gave to its identity stays."""
    for one in azure.resources(RoleAssignment.type):
        role = find(one["properties"]["roleDefinitionId"])
        if role and one["name"] == derived.guid("grant", seed, one["properties"]["scope"], role.name):
            azure.delete(one["id"])


def _principals(azure: Cloud, chosen: listing.Filter) -> Iterator[set[str]]:
    """Yield the object ids that each part of a filter lets pass."""
    if "principalid" in chosen.equal:
        yield {chosen.equal["principalid"]}
    if chosen.assigned_to:
        yield {chosen.assigned_to, *azure.identities.groups(chosen.assigned_to)}


def _holder(azure: Cloud, grant: str) -> str | None:
    """Return the name of the assignment that gives something already, made or there from the start."""
    holder = azure.store.get(GRANTS, grant)
    if holder is not None:
        return str(holder)
    seeded = people.assignments(azure).values()
    return next((one["name"] for one in seeded if _grant(one["properties"]["scope"], one["properties"]) == grant), None)


def _no_role(name: str, why: str) -> ArmError:
    text = f"The specified role definition with ID '{name}' does not exist. ({why})"
    return ArmError(404, "RoleDefinitionDoesNotExist", text)


def _grant(scope: str, properties: Body) -> str:
    role = str(properties["roleDefinitionId"]).rsplit("/", 1)[-1]
    return f"{scope}|{role}|{properties['principalId']}".lower()
