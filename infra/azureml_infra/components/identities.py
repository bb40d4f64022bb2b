"""Identities: the object id that roles are given to."""

from collections.abc import Mapping
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.live import lookup, read_later
from azureml_infra.entities.fields import UserAssignedIdentity
from azureml_infra.entities.reverse import at as value_at

_TOKEN = "managedidentity:getUserAssignedIdentity"  # noqa: S105  (a function's token)


def system_principal(resource: Any, live: Mapping[str, Any] | None) -> pulumi.Input[str]:
    """Return the object id of a resource's own identity: as it is in Azure, so that a preview knows it, else what it
    will be.
    """
    known = value_at(live, "identity.principalId")
    if known:
        return str(known)
    later: pulumi.Output[str] = resource.identity.apply(lambda given: given["principal_id"])
    return later


def find_principal(given: UserAssignedIdentity) -> pulumi.Input[str] | None:
    """Return an identity's object id, as described or as Azure has it; None where Azure doesn't have the identity."""
    return given.principal if given.principal is not None else _ask(given, "principalId")


def find_client(given: UserAssignedIdentity) -> pulumi.Input[str] | None:
    """Return an identity's client id, as described or as Azure has it; None where Azure doesn't have the identity."""
    return given.client_id if given.client_id is not None else _ask(given, "clientId")


def _ask(given: UserAssignedIdentity, word: str) -> pulumi.Input[str] | None:
    if not isinstance(given.resource_id, str):
        made = read_later(_TOKEN, _path, after=given.resource_id)
        later: pulumi.Output[str] = made.apply(lambda found: str(found[word]))
        return later
    found = lookup(_TOKEN, _path(given.resource_id))
    return None if found is None else str(found[word])


def _path(resource_id: str) -> dict[str, str]:
    parsed = ids.parse(resource_id)
    return {"resourceGroupName": parsed.resource_group or "", "resourceName": parsed.name}
