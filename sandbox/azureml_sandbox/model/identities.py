"""Principals: those that Entra gives to resources, and the groups that principals are in."""

from typing import Any

from azureml_arm.ids import ResourceId
from azureml_arm.sandbox import PEOPLE
from azureml_sandbox.model import derived, people
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import DIRECTORY, IDENTITIES, MEMBERS

CLIENT = "5a4d0b0c-0000-4000-8000-00000000c11e"
CALLER = people.CALLER
"""The client id that the sandbox signs in with and the object id that goes with it: who asks, where nobody is named."""
SECRET = "sandbox"  # noqa: S105 - of every application in the sandbox: everybody may know it
"""The client secret that goes with any client id."""
ASSIGNED = "Microsoft.ManagedIdentity/userAssignedIdentities"


class Identities:
    """The principals of one tenant, derived from the ids of what they belong to."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def principal(self, resource_id: str) -> str:
        """Return the object id of a resource's system-assigned identity, or of a user-assigned identity by its
        own id.
        """
        return derived.guid("principal", resource_id, *self._deletions(resource_id))

    def client(self, resource_id: str) -> str:
        """Return the client id that goes with `principal`."""
        return derived.guid("client", resource_id, *self._deletions(resource_id))

    def retire(self, resource_id: str) -> None:
        """Delete the principal of a resource that is deleted; what is made in its place has another. Its role
        assignments stay, as Azure leaves them
        (https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#role-assignments-with-identity-not-found).
        """
        deleted = int(self._records.store.get(IDENTITIES, resource_id.lower()) or 0)
        self._records.store.set(IDENTITIES, resource_id.lower(), str(deleted + 1))

    def _deletions(self, resource_id: str) -> tuple[str, ...]:
        """Return how many principals of a resource were deleted, if any."""
        found = self._records.store.get(IDENTITIES, resource_id.lower())
        return () if found is None else (str(found),)

    def application(self, client: str) -> str:
        """Return the object id of who signs in with a client id: one of `people` with their name or object id, a
        user-assigned identity, or a service principal.
        """
        person = PEOPLE.get(client.lower()) or people.by_object_id(client)
        if person is not None:
            return person.object_id
        if client.lower() == CLIENT:
            return CALLER
        assigned = (one["id"] for one in self._records.resources(ASSIGNED) if self.client(one["id"]) == client.lower())
        return next((self.principal(one) for one in assigned), derived.guid("principal", client))

    def join(self, group: str, member: str) -> None:
        """Make a user, an application or a group a member of a group; all are object ids."""
        self._records.store.set(MEMBERS, f"{member}|{group}".lower(), "")

    def leave(self, group: str, member: str) -> None:
        """End a membership; nothing happens where there is none."""
        self._records.store.remove(MEMBERS, f"{member}|{group}".lower())

    def groups(self, member: str) -> frozenset[str]:
        """Return the object ids of the groups that somebody is in, also through other groups."""
        found: set[str] = set()
        waiting = [member.lower()]
        while waiting:
            prefix = f"{waiting.pop()}|"
            above = {key.removeprefix(prefix) for key, _ in self._records.store.scan(MEMBERS, prefix)} - found
            found |= above
            waiting += above
        return frozenset(found)

    @property
    def has_directory(self) -> bool:
        """Return whether roles are only for who is in the directory."""
        return self._records.store.get(DIRECTORY, "") is not None

    def keep_directory(self, *object_ids: str) -> None:
        """Let roles be only for who is in the directory, where these are, too."""
        with self._records.changing():
            for one in ("", *object_ids):
                self._records.store.set(DIRECTORY, one.lower(), "")

    def drop_directory(self) -> None:
        """Let any object id have roles again."""
        with self._records.changing():
            for key, _ in list(self._records.store.scan(DIRECTORY)):
                self._records.store.remove(DIRECTORY, key)

    def enrolled_ids(self) -> list[str]:
        """Return the object ids that somebody has put into the directory."""
        return [key for key, _ in self._records.store.scan(DIRECTORY) if key]

    def is_known(self, object_id: str) -> bool:
        """Return whether the directory has somebody: a person, an application, a group, or a resource's identity."""
        wanted = object_id.lower()
        if wanted in (CALLER, *self.enrolled_ids()) or people.by_object_id(wanted) is not None:
            return True
        if any(wanted in key.split("|") for key, _ in self._records.store.scan(MEMBERS)):
            return True
        return any(wanted in _principals(resource) for resource in self._records.resources())

    def with_principals(self, owner: ResourceId, identity: dict[str, Any]) -> dict[str, Any]:
        """Return an `identity` as ARM returns it: with the principals."""
        kind = str(identity.get("type") or "None")
        shown: dict[str, Any] = {"type": kind}
        if "systemassigned" in kind.lower():
            shown |= {"principalId": self.principal(owner.text), "tenantId": self._records.tenant}
        if "userassigned" in kind.lower():
            given = identity.get("userAssignedIdentities") or {}
            shown["userAssignedIdentities"] = {one: self._user_assigned(one) for one in given}
        return shown

    def _user_assigned(self, identity_id: str) -> dict[str, str]:
        return {"principalId": self.principal(identity_id), "clientId": self.client(identity_id)}


def _principals(resource: dict[str, Any]) -> tuple[Any, ...]:
    """Return the object ids that a resource is known by."""
    own = resource.get("properties") if resource["type"].lower() == ASSIGNED.lower() else resource.get("identity")
    return ((own or {}).get("principalId"),)
