"""Purging of soft-deleted names, for disposable stacks.

Azure keeps a deleted workspace for 14 days and a deleted vault for 90, and their names with them, so that a stack of
the same name can't come up again. azure-native's delete can't purge. This resource is made before the workspace and the
vault, hence deleted after them, and then purges both.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult

from azureml_arm import ids
from azureml_arm.types import by_type
from azureml_infra.dynamic.provider import DynamicResource, Provider

_VAULTS = "Microsoft.KeyVault"


class PurgeProvider(Provider):
    """Purges the soft-deleted workspace and vault of these ids; live ones are never touched."""

    identity = ("workspace_id", "vault_id", "location")

    def create(self, props: Any) -> CreateResult:
        """Purge the names that an earlier stack left soft-deleted."""
        self._purge(props)
        return CreateResult(f"{props['workspace_id']}/purge", dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return the state as it is: nothing of this resource is in Azure."""
        return ReadResult(id_, dict(props or {}))

    def delete(self, _id: str, _props: Any) -> None:
        """Purge what the deletions before this one left."""
        self._purge(_props)

    def _purge(self, props: Any) -> None:
        arm = self.arm()
        workspace = props["workspace_id"]
        if arm.get(workspace, _api(workspace)) is None:
            arm.delete(workspace, _api(workspace), forceToPurge="true")
        vault = deleted_vault(props["vault_id"], props["location"])
        if arm.get(vault, _api(props["vault_id"])) is not None:
            arm.post(f"{vault}/purge", _api(props["vault_id"]))


def deleted_vault(vault_id: str, location: str) -> str:
    """Return the ARM id of a soft-deleted vault."""
    parsed = ids.parse(vault_id)
    place = f"/subscriptions/{parsed.subscription}/providers/{_VAULTS}/locations/{location}"
    return f"{place}/deletedVaults/{parsed.name}"


def _api(resource_id: str) -> str:
    declared = by_type(ids.parse(resource_id).type)
    return declared.api_version if declared else ""


class Purge(DynamicResource, module="azureml", name="Purge"):
    """Frees the names of a workspace and a vault after they are deleted. What depends on it is deleted before it."""

    def __init__(
        self,
        name: str,
        *,
        workspace_id: pulumi.Input[str],
        vault_id: pulumi.Input[str],
        location: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"workspace_id": workspace_id, "vault_id": vault_id, "location": location}
        super().__init__(PurgeProvider(), name, props, opts)
