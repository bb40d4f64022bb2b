"""Datastores, and the containers, shares and file systems that they ask for."""

from operator import attrgetter
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_arm.clouds import AzureCloud
from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.grants import Grant, grant
from azureml_infra.components.known import part_of, wait_for
from azureml_infra.components.scope import arm_id
from azureml_infra.components.stores import LakeStore
from azureml_infra.components.versions import take_back
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities import datastore as entities
from azureml_infra.entities.body import body, put
from azureml_infra.entities.fields import same_id

TOKEN = "machinelearningservices:Datastore"  # noqa: S105  (a type's token)
_BY_TENANT = ("ServicePrincipal", "Certificate")
_BLOBS = ("storage:BlobContainer", "containerName", "Storage Blob Data Contributor")
_PLACES: dict[type[entities.Datastore], tuple[str, str, str, str]] = {
    entities.AzureBlobDatastore: (*_BLOBS, "container_name"),
    entities.AzureDataLakeGen2Datastore: (*_BLOBS, "filesystem"),
    entities.AzureFileDatastore: (
        "storage:FileShare",
        "shareName",
        "Storage File Data Privileged Contributor",
        "file_share_name",
    ),
}
"""What `create` makes: the resource, the argument with its name, the role that reads and writes it, az ml's field."""


class Datastore(SingleResource):
    """A datastore of a workspace: `AzureBlobDatastore`, `AzureFileDatastore`, `AzureDataLakeGen2Datastore`, ….

    Without `account_name` it lies in the workspace's own storage account. With `create` its container, share or file
    system is made first, and the workspace's identity may read and write it. It stays in Azure when the datastore
    leaves the description: data is not the description's to delete.
    """

    id: pulumi.Output[str]
    datastore_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        datastore: entities.Datastore,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        refuse_foreign("Datastore", "datastore", datastore, entities.Datastore)
        workspace = use(workspace)
        super().__init__("Datastore", name, workspace.inside(opts))
        scope = workspace.scope
        resolution = workspace.resolution()
        request = body(datastore, resolution)
        own = workspace.target("storage") or ""
        if type(datastore) in _PLACES and getattr(datastore, "account_name", None) is None:
            put(request, "properties.accountName", part_of(own, attrgetter("name")))
        _fill_in_cloud(request["properties"], datastore, workspace.foundation.azure.cloud)
        made = self._place(name, datastore, own, workspace) if getattr(datastore, "create", False) else []
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, *made],
            replace_on_changes=["properties.datastoreType"],
            delete_before_replace=True,
        )
        _, path = scope.find(TOKEN, scope.path(name=datastore.name))
        # The service would try the credentials out, from a network that may not reach the account.
        self.make(TOKEN, name, {**path, "skipValidation": True}, request, options)
        self.id = wait_for(scope.add("datastores", str(path["name"]), self.resource), self.resource)
        self.datastore_name = wait_for(datastore.name, self.resource)
        self._note_store(datastore, own, workspace)

    def _note_store(self, datastore: entities.Datastore, own: pulumi.Input[str], workspace: Workspace) -> None:
        """Remember where it is, for what writes there."""
        lake = isinstance(datastore, entities.AzureDataLakeGen2Datastore)
        if not lake and not isinstance(datastore, entities.AzureBlobDatastore):
            return
        token, argument, _, field = _PLACES[type(datastore)]
        path = self._path(datastore, own, argument, field)
        container_id = _place_id(token, path, datastore, workspace)
        account_id = part_of(container_id, lambda found: str(ids.parse(found.parent or "").parent))
        store = LakeStore(datastore.name, account_id, path["accountName"], path[argument], lake, (self.resource,))
        workspace.scope.stores[datastore.name.lower()] = store

    def _place(self, name: str, datastore: Any, own: pulumi.Input[str], workspace: Workspace) -> list[pulumi.Resource]:
        token, argument, role, field = _PLACES[type(datastore)]
        path = self._path(datastore, own, argument, field)
        request = body(datastore.create, workspace.resolution()) if not isinstance(datastore.create, bool) else {}
        kept = pulumi.ResourceOptions(
            depends_on=[workspace.resource, *workspace.foundation.resources], retain_on_delete=True
        )
        ours = workspace.scope.subscription
        elsewhere = datastore.subscription_id is not None and not same_id(datastore.subscription_id, ours)
        back = pulumi.ResourceOptions() if elsewhere else take_back(workspace.scope, token, path, request)
        place = self.child(token, f"{name}-place", path, request, pulumi.ResourceOptions.merge(kept, back))
        if datastore.credentials is not None:
            return [place]
        where, whom = _place_id(token, path, datastore, workspace), workspace.principal
        given = Grant("can-use", role, where, whom, seed=workspace.principal_seed)
        return [place, *grant(self, name, workspace.granted, given, [place])]

    @staticmethod
    def _path(datastore: Any, own: pulumi.Input[str], argument: str, field: str) -> dict[str, Any]:
        return {
            "resourceGroupName": datastore.resource_group or part_of(own, attrgetter("resource_group")),
            "accountName": datastore.account_name or part_of(own, attrgetter("name")),
            argument: getattr(datastore, field),
        }


def _fill_in_cloud(properties: dict[str, Any], datastore: entities.Datastore, cloud: AzureCloud) -> None:
    """Set the hosts that a description leaves to the cloud."""
    if type(datastore) in _PLACES:
        properties.setdefault("endpoint", cloud.storage)
    if properties["credentials"]["credentialsType"] in _BY_TENANT:
        properties["credentials"].setdefault("authorityUrl", cloud.authority_url)


def _place_id(token: str, path: dict[str, Any], datastore: Any, workspace: Workspace) -> pulumi.Input[str]:
    return arm_id(token, path, datastore.subscription_id or workspace.scope.subscription)
