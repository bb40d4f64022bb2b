"""Azure ML workspaces, and what Azure ML makes by itself when one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from azureml_arm import ids
from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import ACCEPTED, BY_LOCATION, PUT_ACCEPTED, LongRunning
from azureml_sandbox.model.resource import Body, Write, equal
from azureml_sandbox.services.authorization.assignments import provide_grant
from azureml_sandbox.services.machinelearning import hubs, network
from azureml_sandbox.services.machinelearning.system import provide_datastores
from azureml_sandbox.services.machinelearning.workspace_actions import WorkspaceActions

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

SYSTEM_ASSIGNED = {"type": "SystemAssigned"}
RETENTION = 14 * 86_400
"""Seconds for which a deleted workspace is kept
(https://learn.microsoft.com/azure/machine-learning/concept-soft-delete)."""
_DELETED_AT = "workspaces_deleted_at"


class Workspace(WorkspaceActions):
    """A workspace, hub, project or feature store. Deleted ones keep their name in the resource group for 14 days.

    Azure recovers them by its portal only: no API for it is published.
    """

    type = "Microsoft.MachineLearningServices/workspaces"
    tracked = True
    soft_delete = True
    system_data = True
    name_rule = RULES["workspace"]
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": PUT_ACCEPTED,
        "PATCH": PUT_ACCEPTED,
        "DELETE": ACCEPTED,
        **dict.fromkeys(("diagnose", "preparenotebook"), BY_LOCATION),
    }
    immutable = (
        "kind",
        "properties.hbiWorkspace",
        "properties.hubResourceId",
        "properties.storageAccount",
        "properties.keyVault",
    )
    references = (
        "properties.hubResourceId",
        "properties.storageAccount",
        "properties.keyVault",
        "properties.applicationInsights",
        "properties.containerRegistry",
    )

    def check(self, write: Write) -> None:
        """The registry is fixed once there is one, and the storage account must suit."""
        old, new = write.old_properties.get("containerRegistry"), write.properties.get("containerRegistry")
        if old and new and not equal(old, new):
            raise bad_request(
                f"The container registry of workspace '{write.id.name}' is '{old}' and can't be changed to '{new}': "
                "it would break the lineage of earlier jobs."
            )
        network.check(write)
        hubs.check(write)
        if write.created and not hubs.is_project(write):
            for name in ("storageAccount", "keyVault"):
                if not write.properties.get(name):
                    raise bad_request(f"Missing dependent resources in workspace json: '{name}'.", "ValidationError")
            _check_storage(write)

    def check_delete(self, azure: Azure, resource: Body) -> None:
        """A hub goes after its projects."""
        hubs.check_delete(azure, resource)

    def recreate(self, write: Write, gone: Body) -> None:
        """The name stays taken, for as long as deleted workspaces are kept."""
        if write.azure.events.enabled and write.azure.clock() - _deleted_at(write.azure, gone) >= RETENTION:
            write.azure.purge(gone["id"])
            return
        raise bad_request(
            f"Soft-deleted workspace exists: '{write.id.name}'. Please purge or recover it. https://aka.ms/wsoftdelete"
        )

    def defaults(self, write: Write) -> Body:
        """What a workspace has when nothing is said."""
        return {
            "allowPublicAccessWhenBehindVnet": False,
            "containerRegistry": write.old_properties.get("containerRegistry"),
            "description": "",
            "enableDataIsolation": False,
            "friendlyName": write.id.name,
            "hbiWorkspace": False,
            "publicNetworkAccess": "Enabled",
            "systemDatastoresAuthMode": "AccessKey",
            "v1LegacyMode": False,
            **hubs.inherited(write),
        }

    def computed(self, write: Write) -> Body:
        """Where the workspace answers."""
        region, own_id = write.location, (write.old or {}).get("id") or write.id.text
        workspace = workspace_guid(own_id)
        return {
            "discoveryUrl": f"https://{region}.api.azureml.ms/discovery",
            "mlFlowTrackingUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{own_id}",
            "notebookInfo": {
                "fqdn": f"ml-{write.id.name.lower()}-{region}-{workspace}.{region}.notebooks.azure.net",
                "isPrivateLinkEnabled": False,
                "resourceId": workspace.replace("-", ""),
            },
            "privateLinkCount": 0,
            "storageHnsEnabled": False,
            "tenantId": write.azure.tenant,
            "workspaceId": workspace,
        }

    def built(self, write: Write, resource: Body) -> Body:
        """A workspace has an identity and a SKU, whether or not the body says so."""
        resource.setdefault("identity", write.azure.identities.built(write.id, SYSTEM_ASSIGNED))
        resource.setdefault("kind", hubs.kind(write))
        resource.setdefault("sku", {"name": "Basic", "tier": "Basic"})
        return network.completed(write, resource)

    def after(self, write: Write, resource: Body) -> None:
        """The system datastores, and the roles of the workspace's own identity."""
        if write.created:
            provide_datastores(write.azure, resource)
            hubs.join(write.azure, resource)
        network.synchronise(write.azure, resource)
        _provide_roles(write.azure, resource)

    def deleted(self, azure: Azure, resource: Body) -> None:
        """The roles of its own identity, and its place in a hub."""
        hubs.leave(azure, resource)
        azure.store.set(_DELETED_AT, resource["id"].lower(), str(azure.clock()))
        principal = resource["identity"].get("principalId")
        for grant in azure.resources("Microsoft.Authorization/roleAssignments"):
            if principal and grant["properties"]["principalId"] == principal:
                azure.delete(grant["id"])


def workspace_guid(workspace_id: str) -> str:
    """The GUID that Azure ML calls `workspaceId`."""
    return derived.guid("workspace", workspace_id)


def _deleted_at(azure: Azure, gone: Body) -> float:
    return float(azure.store.get(_DELETED_AT, gone["id"].lower()) or azure.clock())


def _check_storage(write: Write) -> None:
    """What the default account may be
    (https://learn.microsoft.com/azure/machine-learning/how-to-manage-workspace#limitations); keys that are off with
    datastores that use them is terraform-provider-azurerm#22150.
    """
    account = write.azure.get(write.properties["storageAccount"])
    kind, properties = account.get("kind"), account["properties"]
    if account["sku"]["tier"] == "Premium" or kind == "BlobStorage":
        raise bad_request(f"'{account['name']}' can't be a workspace's default storage account: it is {kind}, premium.")
    of_features = str(write.body.get("kind")).lower() == "featurestore"  # azure-ai-ml makes it so
    if properties.get("isHnsEnabled") and not of_features:
        raise bad_request(
            f"'{account['name']}' can't be a workspace's default storage account: it has a hierarchical namespace."
        )
    mode = str(write.properties.get("systemDatastoresAuthMode") or "AccessKey")
    if not properties["allowSharedKeyAccess"] and mode.lower() == "accesskey":
        raise bad_request(
            f"Key based authentication is not permitted on storage account '{account['name']}'; set "
            "systemDatastoresAuthMode to 'Identity'.",
            "KeyBasedAuthenticationNotPermitted",
        )


def _provide_roles(azure: Azure, workspace: Body) -> None:
    """What Azure ML grants to a system-assigned identity by itself: the role on the resource group is Azure AI
    Administrator since 2024-11-19 (https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles), and blob
    access is seen in MicrosoftDocs/azure-docs#80040.
    """
    principal = workspace["identity"].get("principalId")
    if principal is None:
        return
    properties, own_id = workspace["properties"], workspace["id"]
    group = ids.parse(own_id).scope
    provide_grant(azure, group, "Azure AI Administrator", principal, own_id)
    provide_grant(azure, properties["storageAccount"], "Storage Blob Data Contributor", principal, own_id)
    if azure.get(properties["keyVault"])["properties"].get("enableRbacAuthorization"):
        provide_grant(azure, properties["keyVault"], "Key Vault Administrator", principal, own_id)
