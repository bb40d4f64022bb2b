"""Workspaces that others made, by the requests of their clients, and what becomes of one that a stack adopts.

`tests/sandbox/clients` has the clients themselves make the same, where they are installed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from azureml_infra.__main__ import main
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.dynamic.purge import DISPOSABLE_TAG
from azureml_sandbox import Azure, Result
from azureml_sandbox.pulumi.transport import intercept
from kit.platforms import ML, SUBSCRIPTION, changes, platform_of, stack

PULUMIS = ("pulumi-python:dynamic", f"{PACKAGE}:", "pulumi:")
"""What is made in a state alone."""
QUIET = {"import", "unchanged", "read"}
HIDDEN = {"properties.credentials.secrets", f"tags.{DISPOSABLE_TAG}"}
"""What Azure never shows, and the mark of the stack that made it."""
REGION = "westeurope"
Body = dict[str, Any]
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"


def changes_in_azure(result: Result) -> dict[str, list[str]]:
    """Return the paths that a run changed in Azure, by resource."""
    done = (one for one in result.operations if not one.type.startswith(PULUMIS) and one.op.value not in QUIET)
    found = {one.name: [change.path for change in one.changes] for one in done}
    return {name: paths for name, paths in found.items() if not paths or set(paths) - HIDDEN}


def adopt_and_give_back(azure: Azure, workspace: str, folder: Path) -> None:
    """Export a workspace with a cluster, adopt it without a change, change a line of it, and give it back."""
    with intercept(azure):
        assert main(["export", "--workspace", workspace, "--into", str(folder)]) == 0
    before = {one["id"]: one for one in azure.resources()}
    own = stack(azure=azure)
    assert changes_in_azure(own.preview(platform_of(folder, adopt=True))) == {}
    assert changes_in_azure(own.up(platform_of(folder, adopt=True))) == {}
    assert {one["id"]: one for one in azure.resources()} == before
    bigger = own.up(platform_of(folder, retain=True, computes={"cpu": {"max_instances": 9}}))
    assert changes(bigger) == ["update cpu"]
    assert changes_in_azure(bigger) == {"cpu": ["properties.properties.scaleSettings.maxNodeCount"]}
    own.destroy()
    assert own.state.resources() == []
    after = {one["id"]: one for one in azure.resources()}
    cluster = f"{workspace}/computes/cpu"
    assert {one for one in after.keys() | before.keys() if after.get(one) != before.get(one)} == {cluster}
    assert after[cluster]["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 9


def put(azure: Azure, group: str, kind: str, name: str, body: Body) -> str:
    """Make a resource in a group, and return its id."""
    resource_id = f"{GROUP}/{group}/providers/{kind}/{name}"
    azure.put(resource_id, {"location": REGION, **body})
    return resource_id


def by_azapi(azure: Azure) -> str:
    """Make what `TERRAFORM` in tests/sandbox/clients/test_go.py makes by azapi, and return the workspace's id."""
    group = "rg-azapi"
    azure.put(f"{GROUP}/{group}", {"location": REGION})
    settings = {"allowSharedKeyAccess": False, "minimumTlsVersion": "TLS1_2"}
    account = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": settings}
    parts = {
        "storageAccount": put(azure, group, "Microsoft.Storage/storageAccounts", "stazapi", account),
        "keyVault": put(azure, group, "Microsoft.KeyVault/vaults", "kv-azapi", vault(azure)),
        "applicationInsights": put(
            azure,
            group,
            "Microsoft.Insights/components",
            "appi-azapi",
            {"kind": "web", "properties": {"Application_Type": "web"}},
        ),
    }
    body = {"identity": {"type": "SystemAssigned"}, "properties": {**parts, "systemDatastoresAuthMode": "Identity"}}
    workspace = put(azure, group, ML, "mlw-azapi", body)
    scale = {"minNodeCount": 0, "maxNodeCount": 2}
    cluster = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2", "scaleSettings": scale}}
    azure.put(f"{workspace}/computes/cpu", {"location": REGION, "properties": cluster})
    return workspace


def by_azure_ai_ml(azure: Azure) -> str:
    """Make what azure-ai-ml's template and its cluster's request make, and return the workspace's id.

    The texts "true" and "false" are the template's, as is the empty mode of the datastores.
    """
    group, tags = "rg-clients", {"tags": {"createdByToolkit": "sdk-v2-1.35.2"}}
    azure.put(f"{GROUP}/{group}", {"location": REGION})
    services = {"blob": {"enabled": True}, "file": {"enabled": True}}
    settings = {
        "encryption": {"services": services, "keySource": "Microsoft.Storage"},
        "supportsHttpsTrafficOnly": True,
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": "Enabled",
        "isHnsEnabled": False,
        "minimumTlsVersion": "TLS1_2",
    }
    account: Body = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": settings, **tags}
    web: Body = {"kind": "web", "properties": {"Application_Type": "web"}, **tags}
    logs = put(azure, group, "Microsoft.OperationalInsights/workspaces", "wsclientlogalyti", web)
    insights = {**web, "properties": {**web["properties"], "WorkspaceResourceId": logs}}
    parts = {
        "storageAccount": put(azure, group, "Microsoft.Storage/storageAccounts", "wsclientstorage", account),
        "keyVault": put(azure, group, "Microsoft.KeyVault/vaults", "wsclientkeyvault", {**vault(azure), **tags}),
        "applicationInsights": put(azure, group, "Microsoft.Insights/components", "wsclientinsights", insights),
    }
    off = ("enableDataIsolation", "hbiWorkspace", "softDeleteEnabled", "allowRecoverSoftDeletedWorkspace")
    key = {"keyVaultProperties": {"keyVaultArmId": "", "keyIdentifier": ""}}
    properties = {
        **parts,
        **dict.fromkeys((*off, "provisionNetworkNow"), "false"),
        "description": "ws-clients",
        "friendlyName": "ws-clients",
        "publicNetworkAccess": "Enabled",
        "systemDatastoresAuthMode": "",
        "imageBuildCompute": "",
        "encryption": {"status": "Disabled", **key, "cosmosDbArmId": "", "storageAccountArmId": ""},
        "primaryUserAssignedIdentity": "",
        "allowRoleAssignmentOnRG": "true",
        "managedNetwork": {"isolationMode": "Disabled", "outboundRules": {}},
        "featureStoreSettings": {"computeruntime": {"SparkRuntimeVersion": ""}},
        "workspaceHubConfig": {},
        "existingWorkspaces": [],
        "serverlessComputeSettings": {},
    }
    body = {"kind": "default", "identity": {"type": "SystemAssigned"}, "properties": properties, **tags}
    workspace = put(azure, group, ML, "ws-clients", body)
    scale = {"minNodeCount": 0, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    nodes: Body = {"vmSize": "Standard_DS3_v2", "scaleSettings": scale, "remoteLoginPortPublicAccess": "NotSpecified"}
    nodes |= {"enableNodePublicIp": True, "osType": "Linux"}
    cluster = {"computeType": "AmlCompute", "properties": nodes, "disableLocalAuth": True}
    azure.put(f"{workspace}/computes/cpu", {"location": REGION, "properties": cluster})
    return workspace


def vault(azure: Azure) -> Body:
    """Return a vault as most clients make it."""
    sku = {"family": "A", "name": "standard"}
    return {"properties": {"tenantId": azure.tenant, "sku": sku, "enableRbacAuthorization": True}}


TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.Storage/storageAccounts",
            "apiVersion": "2023-05-01",
            "name": "stbicep0042",
            "location": "westeurope",
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "properties": {"allowBlobPublicAccess": False},
        },
        {
            "type": "Microsoft.KeyVault/vaults",
            "apiVersion": "2023-07-01",
            "name": "kv-bicep-0042",
            "location": "westeurope",
            "properties": {
                "tenantId": "[subscription().tenantId]",
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
            },
        },
        {
            "type": "Microsoft.Insights/components",
            "apiVersion": "2020-02-02",
            "name": "appi-bicep",
            "location": "westeurope",
            "kind": "web",
            "properties": {"Application_Type": "web"},
        },
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "apiVersion": "2024-10-01",
            "name": "mlw-bicep",
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "storageAccount": "[resourceId('Microsoft.Storage/storageAccounts', 'stbicep0042')]",
                "keyVault": "[resourceId('Microsoft.KeyVault/vaults', 'kv-bicep-0042')]",
                "applicationInsights": "[resourceId('Microsoft.Insights/components', 'appi-bicep')]",
            },
            "dependsOn": ["stbicep0042", "kv-bicep-0042", "appi-bicep"],
        },
        {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "apiVersion": "2024-10-01",
            "name": "mlw-bicep/cpu",
            "location": "westeurope",
            "properties": {
                "computeType": "AmlCompute",
                "disableLocalAuth": True,
                "properties": {
                    "vmSize": "Standard_DS3_v2",
                    "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 6},
                    "remoteLoginPortPublicAccess": "Disabled",
                },
            },
            "dependsOn": ["mlw-bicep"],
        },
    ],
}


def by_a_template(azure: Azure) -> str:
    """Make what a template deployment makes, and return the workspace's id."""
    group = f"{GROUP}/rg-bicep"
    azure.put(group, {"location": "westeurope"})
    deployment = {"properties": {"mode": "Incremental", "template": TEMPLATE}}
    azure.put(f"{group}/providers/Microsoft.Resources/deployments/platform", deployment)
    return f"{group}/providers/{ML}/mlw-bicep"


MAKERS: dict[str, Callable[[Azure], str]] = {
    "azapi": by_azapi,
    "azure-ai-ml": by_azure_ai_ml,
    "template": by_a_template,
}
"""Client -> what makes a workspace as it does, with a cluster ``cpu``, and returns the workspace's id."""


def shapes(azure: Azure) -> dict[str, Body]:
    """Return what is in a cloud by type, without what names, times and the cloud's own numbers make of it."""
    return {one["type"]: _shape(one) for one in azure.resources() if one["type"] in SHAPED}


SHAPED = (
    ML,
    f"{ML}/computes",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Insights/components",
)
OF_THE_NAME = frozenset(
    (
        "AppId",
        "ApplicationId",
        "ConnectionString",
        "CreationDate",
        "InstrumentationKey",
        "Name",
        "WorkspaceResourceId",
        "allocationStateTransitionTime",
        "applicationInsights",
        "createdOn",
        "creationTime",
        "discoveryUrl",
        "etag",
        "id",
        "keyCreationTime",
        "keyVault",
        "lastEnabledTime",
        "mlFlowTrackingUri",
        "modifiedOn",
        "name",
        "notebookInfo",
        "primaryEndpoints",
        "principalId",
        "storageAccount",
        "systemData",
        "vaultUri",
        "workspaceId",
    )
)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items() if key not in OF_THE_NAME}
    return value
