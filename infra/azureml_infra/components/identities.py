"""User-assigned identities: the object id that roles are given to."""

from __future__ import annotations

import pulumi

from azureml_arm import ids
from azureml_infra.components.live import lookup
from azureml_infra.entities.fields import UserAssignedIdentity


def find_principal(given: UserAssignedIdentity) -> pulumi.Input[str] | None:
    """Return an identity's object id, as described or as Azure has it; None where neither is known."""
    if given.principal is not None or not isinstance(given.resource_id, str):
        return given.principal  # type: ignore[no-any-return]
    parsed = ids.parse(given.resource_id)
    path = {"resourceGroupName": parsed.resource_group or "", "resourceName": parsed.name}
    found = lookup("managedidentity:getUserAssignedIdentity", path)
    return None if found is None else str(found["principalId"])
