"""Azure ML workspaces, and what Azure ML makes by itself when one is made."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from azureml_arm import ids
from azureml_arm.names import RULES
from azureml_sandbox.model.bodies import Body, equal
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, Write
from azureml_sandbox.model.tables import WORKSPACES_DELETED_AT
from azureml_sandbox.services.authorization.assignments import provide_grant, withdraw_grants
from azureml_sandbox.services.machinelearning import encryption_checks, hubs, network
from azureml_sandbox.services.machinelearning.system import WORKSPACES, provide_datastores, workspace_guid
from azureml_sandbox.services.machinelearning.waiting import PUT_WORKSPACE, WORKSPACE_ACTION
from azureml_sandbox.services.machinelearning.workspace_actions import WorkspaceActions

SYSTEM_ASSIGNED = {"type": "SystemAssigned"}
RETENTION = 14 * 86_400
"""Seconds for which a deleted workspace is kept
(https://learn.microsoft.com/azure/machine-learning/concept-soft-delete)."""
_SWITCHES = (
    "allowRecoverSoftDeletedWorkspace",
    "allowRoleAssignmentOnRG",
    "enableDataIsolation",
    "hbiWorkspace",
    "provisionNetworkNow",
    "softDeleteEnabled",
)
_OPTIONAL = (
    "allowRecoverSoftDeletedWorkspace",
    "existingWorkspaces",
    "imageBuildCompute",
    "primaryUserAssignedIdentity",
    "provisionNetworkNow",
    "serverlessComputeSettings",
    "workspaceHubConfig",
)
"""What is a boolean, and what isn't there rather than empty."""

_NEEDED = {"storageAccount": "Microsoft.Storage/storageAccounts", "keyVault": "Microsoft.KeyVault/vaults"}
"""What every workspace stands on -> its type."""


class Workspace(WorkspaceActions):
    """A workspace, hub, project or feature store. Deleted ones keep their name in the resource group for 14 days.

    Azure recovers them by its portal only: no API for it is published.
    """

    type = WORKSPACES
    tracked = True
    soft_delete = True
    system_data = True
    name_rule = RULES["workspace"]
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        **dict.fromkeys(("PUT", "DELETE"), PUT_WORKSPACE),
        "PATCH": replace(PUT_WORKSPACE, since="2022-01-01"),
        **dict.fromkeys(("diagnose", "preparenotebook"), WORKSPACE_ACTION),
    }
    immutable = (
        "kind",
        "properties.hbiWorkspace",
        "properties.hubResourceId",
        "properties.storageAccount",
        "properties.keyVault",
    )
    shapes: ClassVar = {
        "properties.managedNetwork.outboundRules{}": dict,
        "properties.managedNetwork.status": dict,
        "properties.serverlessComputeSettings": dict,
        "properties.notebookInfo": dict,
    }
    references = (
        "properties.hubResourceId",
        "properties.storageAccount",
        "properties.keyVault",
        "properties.applicationInsights",
        "properties.containerRegistry",
    )

    def check(self, write: Write) -> None:
        """Refuse another registry once there is one, and a storage account that doesn't suit."""
        old, new = write.old_properties.get("containerRegistry"), write.properties.get("containerRegistry")
        if old and new and not equal(old, new):
            raise bad_request(
                f"The container registry of workspace '{write.id.name}' is '{old}' and can't be changed to '{new}': "
                "it would break the lineage of earlier jobs."
            )
        network.check(write)
        encryption_checks.check(write)
        hubs.check(write)
        if write.created and not hubs.is_project(write):
            for name, of in _NEEDED.items():
                given = write.properties.get(name)
                if not given:
                    raise bad_request(f"Missing dependent resources in workspace json: '{name}'.", "ValidationError")
                if not ids.is_id(given) or ids.parse(given).type.lower() != of.lower():
                    raise bad_request(
                        f"'properties.{name}' is '{given}': expected the id of a {of}.", "ValidationError"
                    )
            _check_storage(write)

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete a hub that has projects."""
        hubs.check_delete(azure, resource)

    def recreate(self, write: Write, gone: Body) -> None:
        """Refuse a soft-deleted workspace's name, for as long as deleted workspaces are kept."""
        if write.azure.events.enabled and write.azure.clock() - _deleted_at(write.azure, gone) >= RETENTION:
            write.azure.purge(gone["id"])
            return
        raise bad_request(
            f"Soft-deleted workspace exists: '{write.id.name}'. Please purge or recover it. https://aka.ms/wsoftdelete"
        )

    def defaults(self, write: Write) -> Body:
        """Return what a workspace has when nothing is said."""
        return {
            "allowPublicAccessWhenBehindVnet": False,
            "containerRegistry": write.old_properties.get("containerRegistry"),
            "description": "",
            "enableDataIsolation": hubs.kind(write).lower() in ("hub", "project"),
            "friendlyName": "",
            "hbiWorkspace": False,
            "publicNetworkAccess": "Enabled",
            "systemDatastoresAuthMode": "AccessKey",
            "v1LegacyMode": False,
            **hubs.inherit(write),
            **hubs.config(write),
        }

    def computed_properties(self, write: Write) -> Body:
        """Return where the workspace answers."""
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

    def finish(self, write: Write, resource: Body) -> Body:
        """Give the workspace an identity and a SKU, whether or not the body has them."""
        resource.setdefault("identity", write.azure.identities.with_principals(write.id, SYSTEM_ASSIGNED))
        resource.setdefault("kind", hubs.kind(write))
        resource.setdefault("sku", {"name": "Basic", "tier": "Basic"})
        _drop_empty(resource)
        return network.complete(write, resource)

    def after(self, write: Write, resource: Body) -> None:
        """Make the system datastores, and the roles of the workspace's own identity."""
        if write.created:
            provide_datastores(write.azure, resource)
            hubs.join(write.azure, resource)
        network.synchronise(write.azure, resource)
        _provide_roles(write.azure, resource)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete the roles that Azure ML gave to its identity, and its place in a hub."""
        hubs.leave(azure, resource)
        azure.store.set(WORKSPACES_DELETED_AT, resource["id"].lower(), str(azure.clock()))
        withdraw_grants(azure, resource["id"])


def _drop_empty(resource: Body) -> None:
    """Take out what a template leaves empty, and read its texts "true" and "false", as Azure answers (azure-sdk-assets,
    workspace/e2etests/test_workspace.pyTestWorkspacetest_workspace_update.json, made by azure-ai-ml's template).
    """
    properties = resource["properties"]
    for name in _SWITCHES:
        if isinstance(properties.get(name), str):
            properties[name] = properties[name].lower() == "true"
    for name in _OPTIONAL:
        if not properties.get(name):
            properties.pop(name, None)
    if str((properties.get("encryption") or {}).get("status")).lower() == "disabled":
        del properties["encryption"]
    if str(resource["kind"]).lower() != "featurestore":
        properties.pop("featureStoreSettings", None)
    properties["systemDatastoresAuthMode"] = properties.get("systemDatastoresAuthMode") or "AccessKey"


def _deleted_at(azure: Cloud, gone: Body) -> float:
    return float(azure.store.get(WORKSPACES_DELETED_AT, gone["id"].lower()) or azure.clock())


def _check_storage(write: Write) -> None:
    """Check what the default account may be
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


def _provide_roles(azure: Cloud, workspace: Body) -> None:
    """Grant what Azure ML grants to a system-assigned identity by itself: the role on the resource group is Azure AI
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
