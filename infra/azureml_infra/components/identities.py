"""User-assigned identities: the object id that roles are given to."""

from __future__ import annotations

import pulumi

from azureml_arm import ids
from azureml_infra.components.live import lookup, read_later
from azureml_infra.entities.fields import UserAssignedIdentity

_TOKEN = "managedidentity:getUserAssignedIdentity"  # noqa: S105  (a function's token)


def find_principal(given: UserAssignedIdentity) -> pulumi.Input[str] | None:
    """Return an identity's object id, as described or as Azure has it; None where Azure doesn't have the identity."""
    if given.principal is not None:
        return given.principal  # type: ignore[no-any-return]
    if not isinstance(given.resource_id, str):
        made = read_later(_TOKEN, _path, after=given.resource_id)
        principal: pulumi.Output[str] = made.apply(lambda found: str(found["principalId"]))
        return principal
    found = lookup(_TOKEN, _path(given.resource_id))
    return None if found is None else str(found["principalId"])


def _path(resource_id: str) -> dict[str, str]:
    parsed = ids.parse(resource_id)
    return {"resourceGroupName": parsed.resource_group or "", "resourceName": parsed.name}
