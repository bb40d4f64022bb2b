"""The people whom the sandbox knows from the start, and the roles they have at its subscription.

Their role assignments aren't stored: they are there as built-in roles are, until somebody takes them away.
"""

from functools import cache
from typing import Any

from azureml_arm.roles import definition_id
from azureml_arm.sandbox import PEOPLE, SandboxPerson
from azureml_sandbox.model import derived
from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import UNASSIGNED

CALLER = "5a4d0b0c-0000-4000-8000-00000000ca11"
"""The object id of the application that the sandbox itself signs in with."""
_ITS_ROLES = ("Owner", "Storage Blob Data Contributor", "Storage File Data Privileged Contributor")
"""What whoever runs `up` needs on Azure: an Owner has nothing of the data
(https://learn.microsoft.com/azure/storage/blobs/authorize-data-operations-cli)."""
DOMAIN = "sandbox.example"


def by_object_id(object_id: str) -> SandboxPerson | None:
    """Return the person with an object id."""
    return next((person for person in PEOPLE.values() if person.object_id == object_id.lower()), None)


def upn(person: SandboxPerson) -> str:
    """Return the name that a person signs in with."""
    return f"{person.name}@{DOMAIN}"


def assignments(records: Records) -> dict[str, dict[str, Any]]:
    """Return the role assignments that are there from the start and not taken away, by their ids in lower case."""
    gone = {key for key, _ in records.store.scan(UNASSIGNED)}
    return {key: _assignment(*seed) for key, seed in _seeds(records.subscription).items() if key not in gone}


def assignment(records: Records, assignment_id: str) -> dict[str, Any] | None:
    """Return one of them by its id."""
    seed = _seeds(records.subscription).get(assignment_id.lower())
    gone = seed is None or records.store.get(UNASSIGNED, assignment_id.lower()) is not None
    return None if seed is None or gone else _assignment(*seed)


def take_away(records: Records, assignment_id: str) -> None:
    """Delete one of them; nothing happens for another assignment's id."""
    if assignment_id.lower() in _seeds(records.subscription):
        records.store.set(UNASSIGNED, assignment_id.lower(), "")


Seed = tuple[str, str, str, str]


@cache
def _seeds(subscription: str) -> dict[str, Seed]:
    """Map an id in lower case to the subscription, the object id, its type and the role."""
    everyone = [(person.object_id, "User", person.role) for person in PEOPLE.values()]
    itself = [(CALLER, "ServicePrincipal", role) for role in _ITS_ROLES]
    seeds = [(subscription, *one) for one in (*everyone, *itself)]
    return {_id(*seed).lower(): seed for seed in seeds}


def _id(subscription: str, principal: str, _kind: str, role: str) -> str:
    name = derived.guid("person", subscription, principal, role)
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments/{name}"


def authorship(caller: str, author: str | None = None) -> dict[str, Any]:
    """Return who made a role or an assignment, who changed it last, and when."""
    return {
        "createdOn": derived.MOMENT,
        "updatedOn": derived.MOMENT,
        "createdBy": author or caller,
        "updatedBy": caller,
    }


def _assignment(subscription: str, principal: str, kind: str, role: str) -> dict[str, Any]:
    own_id = _id(subscription, principal, kind, role)
    return {
        "id": own_id,
        "name": own_id.rpartition("/")[2],
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": definition_id(role, subscription),
            "principalId": principal,
            "principalType": kind,
            "scope": f"/subscriptions/{subscription}",
            **authorship(CALLER),
        },
    }
