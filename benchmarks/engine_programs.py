"""The same workspace with many datastores, as files of four programs: name -> text."""

import shutil
from collections.abc import Mapping
from pathlib import Path

_DATASTORE = "  - {{name: d{number}, type: azure_blob, account_name: contosolanding, container_name: raw}}"
_HEAD = "name: many\nlocation: westeurope\ndatastores:\n"
_RAW = """
import pulumi_azure_native as azure

group = azure.resources.ResourceGroup("group", resource_group_name="rg-many", location="westeurope")
at = {"resource_group_name": group.name, "location": "westeurope"}
storage = azure.storage.StorageAccount(
    "storage", account_name="stmany", kind="StorageV2", sku={"name": "Standard_LRS"}, **at)
vault = azure.keyvault.Vault(
    "vault", vault_name="kv-many",
    properties={"tenant_id": "5a4d0b0c-0000-4000-8000-00000000aaaa", "sku": {"family": "A", "name": "standard"}}, **at)
insights = azure.applicationinsights.Component(
    "insights", resource_name_="appi-many", kind="web", application_type="web", **at)
workspace = azure.machinelearningservices.Workspace(
    "workspace", workspace_name="mlw-many", identity={"type": "SystemAssigned"},
    storage_account=storage.id, key_vault=vault.id, application_insights=insights.id, **at)
for number in range(COUNT):
    azure.machinelearningservices.Datastore(
        f"d{number}", name=f"d{number}", resource_group_name=group.name, workspace_name=workspace.name,
        skip_validation=True,
        properties={"datastore_type": "AzureBlob", "account_name": "contosolanding", "container_name": "raw",
                    "endpoint": "core.windows.net", "credentials": {"credentials_type": "None"}})
"""
_BARE = """
from pulumi import CustomResource


def make(name, token, **properties):
    return CustomResource(f"azure-native:{token}", name, {"id": None, "name": None, **properties})


group = make("group", "resources:ResourceGroup", resourceGroupName="rg-many", location="westeurope")
at = {"resourceGroupName": group.name, "location": "westeurope"}
storage = make(
    "storage", "storage:StorageAccount", accountName="stmany", kind="StorageV2", sku={"name": "Standard_LRS"}, **at)
vault = make(
    "vault", "keyvault:Vault", vaultName="kv-many",
    properties={"tenantId": "5a4d0b0c-0000-4000-8000-00000000aaaa", "sku": {"family": "A", "name": "standard"}}, **at)
insights = make(
    "insights", "applicationinsights:Component", resourceName="appi-many", kind="web", applicationType="web", **at)
workspace = make(
    "workspace", "machinelearningservices:Workspace", workspaceName="mlw-many", identity={"type": "SystemAssigned"},
    storageAccount=storage.id, keyVault=vault.id, applicationInsights=insights.id, **at)
for number in range(COUNT):
    CustomResource(
        "azure-native:machinelearningservices:Datastore", f"d{number}",
        {"name": f"d{number}", "resourceGroupName": group.name, "workspaceName": workspace.name, "skipValidation": True,
         "properties": {"datastoreType": "AzureBlob", "accountName": "contosolanding", "containerName": "raw",
                        "endpoint": "core.windows.net", "credentials": {"credentialsType": "None"}}})
"""
_TERRAFORM = """
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}

data "azapi_client_config" "me" {}

resource "azapi_resource" "group" {
  type      = "Microsoft.Resources/resourceGroups@2024-03-01"
  name      = "rg-many"
  location  = "westeurope"
  parent_id = "/subscriptions/${data.azapi_client_config.me.subscription_id}"
}

resource "azapi_resource" "storage" {
  type      = "Microsoft.Storage/storageAccounts@2024-01-01"
  name      = "stmany"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body      = { kind = "StorageV2", sku = { name = "Standard_LRS" } }
}

resource "azapi_resource" "vault" {
  type      = "Microsoft.KeyVault/vaults@2024-11-01"
  name      = "kv-many"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body = {
    properties = {
      tenantId = data.azapi_client_config.me.tenant_id, sku = { family = "A", name = "standard" }
    }
  }
}

resource "azapi_resource" "insights" {
  type      = "Microsoft.Insights/components@2020-02-02"
  name      = "appi-many"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body      = { kind = "web", properties = { Application_Type = "web" } }
}

resource "azapi_resource" "workspace" {
  type      = "Microsoft.MachineLearningServices/workspaces@2025-12-01"
  name      = "mlw-many"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  identity { type = "SystemAssigned" }
  ignore_casing = true
  body = {
    properties = {
      storageAccount      = azapi_resource.storage.id
      keyVault            = azapi_resource.vault.id
      applicationInsights = azapi_resource.insights.id
    }
  }
}

resource "azapi_resource" "datastore" {
  count     = COUNT
  type      = "Microsoft.MachineLearningServices/workspaces/datastores@2025-12-01"
  name      = "d${count.index}"
  parent_id = azapi_resource.workspace.id
  body = {
    properties = {
      datastoreType = "AzureBlob"
      accountName   = "contosolanding"
      containerName = "raw"
      endpoint      = "core.windows.net"
      credentials   = { credentialsType = "None" }
    }
  }
}
"""


def description(count: int, program: str) -> Mapping[str, str]:
    """Return our program and a description."""
    rows = "\n".join(_DATASTORE.format(number=number) for number in range(count))
    return {"__main__.py": program, "many/platform.yml": f"{_HEAD}{rows}\n"}


def azure_native(count: int) -> Mapping[str, str]:
    """Return a program in azure-native's classes."""
    return {"__main__.py": _RAW.replace("COUNT", str(count))}


def bare(count: int) -> Mapping[str, str]:
    """Return a program that sends the same requests without azure-native's classes: the engine's floor."""
    return {"__main__.py": _BARE.replace("COUNT", str(count))}


def terraform(count: int) -> Mapping[str, str]:
    """Return a configuration of azapi's, and what leads terraform to the provider that is on PATH."""
    folder = Path(shutil.which("terraform-provider-azapi") or "").parent
    override = f'provider_installation {{\n dev_overrides {{ "azure/azapi" = "{folder}" }}\n direct {{}}\n}}\n'
    return {"main.tf": _TERRAFORM.replace("COUNT", str(count)), "terraformrc": override}
