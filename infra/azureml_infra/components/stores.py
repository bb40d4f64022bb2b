"""Where datastores are in Azure Storage: containers, and file systems of Data Lake Storage Gen2."""

from dataclasses import dataclass

import pulumi

from azureml_infra.components.known import part_of
from azureml_infra.components.scope import arm_id, text
from azureml_infra.components.workspace import DEFAULT_STORE, Workspace

ACCOUNT = "storage:StorageAccount"


@dataclass(frozen=True)
class LakeStore:
    """A container, or a file system of Data Lake Storage Gen2, and what has to be there before it is used."""

    label: str
    """What it is called in Pulumi."""
    account_id: pulumi.Input[str]
    account: pulumi.Input[str]
    container: pulumi.Input[str]
    lake: bool = False
    after: tuple[pulumi.Resource, ...] = ()

    @property
    def container_id(self) -> pulumi.Input[str]:
        """Return the container's ARM id."""
        return text("{a}/blobServices/default/containers/{c}", a=self.account_id, c=self.container)


def store_of(workspace: Workspace, name: str) -> LakeStore | None:
    """Return where a datastore of this program, of the workspace or of Azure is; None for one that isn't of blobs."""
    scope = workspace.scope
    known: LakeStore | None = scope.stores.get(name.lower())
    if known is not None:
        return known
    if name.lower() == DEFAULT_STORE[0]:
        account_id = workspace.foundation.ids["storage"] or ""
        container = workspace.container_of(*DEFAULT_STORE)
        return LakeStore(name, account_id, part_of(account_id, lambda one: one.name), container)
    live = scope.live("machinelearningservices:Datastore", scope.path(name=name)) or {}
    found = live.get("properties") or {}
    lake = found.get("datastoreType") == "AzureDataLakeGen2"
    if not lake and found.get("datastoreType") != "AzureBlob":
        return None
    group = found.get("resourceGroup") or scope.resource_group
    path = {"resourceGroupName": group, "accountName": found["accountName"]}
    account_id = arm_id(ACCOUNT, path, found.get("subscriptionId") or scope.subscription)
    return LakeStore(name, account_id, found["accountName"], found["filesystem" if lake else "containerName"], lake)
