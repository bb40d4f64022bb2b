"""Purging of names that Azure would keep, for disposable stacks and for workspaces that are replaced.

Azure keeps a deleted workspace for 14 days and a deleted vault for 90, and their names with them, so that a stack of
the same name can't come up again. azure-native's delete can't purge: it sends no query (pulumi-azure-native,
provider/pkg/provider/provider.go, `Delete`).

A vault is purged after its deletion, so `Purge` is made before it and goes after it. A workspace is purged by its
deletion: once it is soft-deleted, `forceToPurge` doesn't find it, and its name stays taken
(https://github.com/Azure/azure-cli/issues/33756). So `WorkspacePurge` depends on the workspace and goes before it;
azure-native's own delete then meets a 404, which it takes as done (provider/pkg/azure/client_azcore.go, `Delete`).
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult

from azureml_arm import ids
from azureml_infra.dynamic.clients import ArmClient, api_version
from azureml_infra.dynamic.provider import DynamicResource, Provider

DISPOSABLE_TAG = "azureml-infra-disposable"
"""The tag of a workspace that goes for good with its stack."""
_VAULTS = "Microsoft.KeyVault"


class PurgeProvider(Provider):
    """Purges the soft-deleted workspace and vault of these ids; live ones are never touched. None of it is in Azure."""

    identity = ("workspace_id", "vault_id", "location")

    def create(self, props: Any) -> CreateResult:
        """Purge the names that an earlier stack left soft-deleted."""
        self._purge(props)
        return CreateResult(f"{props['workspace_id']}/purge", dict(props))

    def delete(self, _id: str, _props: Any) -> None:
        """Purge what the deletions before this one left."""
        self._purge(_props)

    def _purge(self, props: Any) -> None:
        arm = self.arm()
        workspace = props["workspace_id"]
        if arm.get(workspace, api_version(workspace)) is None:
            _purge(arm, workspace)
        vault = deleted_vault(props["vault_id"], props["location"])
        gone = arm.get(vault, api_version(props["vault_id"]))
        if gone is not None and not gone["properties"].get("purgeProtectionEnabled"):
            arm.post(f"{vault}/purge", api_version(props["vault_id"]))


class WorkspacePurgeProvider(Provider):
    """Deletes the live workspace of an id for good: on creation where `at_once` says so, otherwise on deletion."""

    identity = ("workspace_id",)
    settings = ("at_once",)

    def create(self, props: Any) -> CreateResult:
        """Purge the workspace that another one is to replace."""
        if props["at_once"]:
            _purge(self.arm(), props["workspace_id"])
        return CreateResult(f"{props['workspace_id']}/purge", dict(props))

    def delete(self, _id: str, _props: Any) -> None:
        """Purge the workspace, if it is still tagged as disposable: a stack that no longer is loses nothing by this."""
        arm, workspace = self.arm(), _props["workspace_id"]
        live = None if _props["at_once"] else arm.get(workspace, api_version(workspace))
        if live is not None and DISPOSABLE_TAG in (live.get("tags") or {}):
            _purge(arm, workspace)


def _purge(arm: ArmClient, workspace_id: str) -> None:
    arm.delete(workspace_id, api_version(workspace_id), forceToPurge="true")


def deleted_vault(vault_id: str, location: str) -> str:
    """Return the ARM id of a soft-deleted vault."""
    parsed = ids.parse(vault_id)
    place = f"/subscriptions/{parsed.subscription}/providers/{_VAULTS}/locations/{location}"
    return f"{place}/deletedVaults/{parsed.name}"


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


class WorkspacePurge(DynamicResource, module="azureml", name="WorkspacePurge"):
    """Deletes a live workspace for good: ahead of its successor (`at_once`), or as its stack is destroyed."""

    def __init__(
        self,
        name: str,
        workspace_id: pulumi.Input[str],
        *,
        at_once: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(WorkspacePurgeProvider(), name, {"workspace_id": workspace_id, "at_once": at_once}, opts)
