"""Deny assignments, which only Azure's own services make (deployment stacks, managed applications)."""

from azureml_arm.roles import is_guid
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.services.authorization import listing, rights

EVERYONE = "00000000-0000-0000-0000-000000000000"
"""The principal that stands for all of them, with the type SystemDefined."""


class DenyAssignment(ResourceType):
    """What principals may not do at a scope, whatever their roles say; `Azure.provide` makes one."""

    type = "Microsoft.Authorization/denyAssignments"
    state = None
    service_only = True

    def check(self, write: Write) -> None:
        """Refuse one that does not name whom it denies what."""
        if not is_guid(write.id.name):
            raise bad_request(f"The deny assignment ID '{write.id.name}' is not valid: it must be a GUID.")
        for needed in ("permissions", "principals"):
            if not write.properties.get(needed):
                raise bad_request(f"A deny assignment needs '{needed}'.")

    def defaults(self, write: Write) -> Body:
        """Return that it holds below its scope too."""
        return {
            "denyAssignmentName": write.id.name,
            "doNotApplyToChildScopes": False,
            "excludePrincipals": [],
            "isSystemProtected": True,
        }

    def computed_properties(self, write: Write) -> Body:
        """Return the scope, which is part of the id."""
        return {"scope": write.id.scope or "/", "createdOn": derived.MOMENT, "updatedOn": derived.MOMENT}

    def after(self, write: Write, _resource: Body) -> None:
        """Make it hold from now on."""
        rights.note_change(write.azure)

    def after_delete(self, azure: Cloud, _resource: Body) -> None:
        """Note that rights have changed."""
        rights.note_change(azure)

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body]:  # noqa: A002 - ARM's word
        """Return those that apply at a scope."""
        chosen = listing.parse(filter, ("atScope", "assignedTo"), ("principalId", "denyAssignmentName"))
        found = listing.applying(azure.resources(self.type), scope, chosen)
        name = chosen.equal.get("denyassignmentname")
        if name is not None:
            found = [one for one in found if one["properties"]["denyAssignmentName"].lower() == name]
        if "principalid" in chosen.equal:
            found = [one for one in found if _names(one, {chosen.equal["principalid"]})]
        if chosen.assigned_to:
            wanted = {chosen.assigned_to, *azure.identities.groups(chosen.assigned_to), EVERYONE}
            found = [one for one in found if _names(one, wanted)]
        return found


def _names(denial: Body, principals: set[str]) -> bool:
    return any(str(one.get("id")).lower() in principals for one in denial["properties"]["principals"])
