"""Templates of ARM and their deployments, as tests write them."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
STORAGE, IDENTITY = "Microsoft.Storage/storageAccounts", "Microsoft.ManagedIdentity/userAssignedIdentities"
DEPLOYMENT = "Microsoft.Resources/deployments"
INNER = {"expressionEvaluationOptions": {"scope": "inner"}}


def group(azure: Azure, name: str = "rg") -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{azure.subscription}/resourceGroups/{name}"


def at(azure: Azure, name: str = "d") -> str:
    """Return the id of a deployment in the group."""
    return f"{group(azure)}/providers/{DEPLOYMENT}/{name}"


def template(*resources: Any, **more: Any) -> dict[str, Any]:
    """Return a template of resources."""
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources), **more}


def body(written: Any, parameters: Any = None, mode: str = "Incremental", **more: Any) -> dict[str, Any]:
    """Return a deployment's body."""
    return {"properties": {"mode": mode, "template": written, "parameters": parameters or {}, **more}}


def account(name: Any = "stone", **more: Any) -> dict[str, Any]:
    """Return a storage account of a template."""
    return {
        "type": STORAGE,
        "apiVersion": "2024-01-01",
        "name": name,
        "location": "[resourceGroup().location]",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        **more,
    }


def identity(name: Any = "idone", **more: Any) -> dict[str, Any]:
    """Return an identity of a template."""
    return {"type": IDENTITY, "apiVersion": "2023-01-31", "name": name, "location": "westeurope", **more}


def container(name: Any = "stone/default/data", **more: Any) -> dict[str, Any]:
    """Return a blob container of a template."""
    return {"type": f"{STORAGE}/blobServices/containers", "apiVersion": "2024-01-01", "name": name, **more}


def nest(name: str, inner: Any, **more: Any) -> dict[str, Any]:
    """Return a deployment inside a template."""
    properties = {"mode": "Incremental", "template": inner, **more.pop("properties", {})}
    return {"type": DEPLOYMENT, "apiVersion": "2024-03-01", "name": name, "properties": properties, **more}


def deploy(azure: Azure, written: Any, parameters: Any = None, **more: Any) -> dict[str, Any]:
    """Deploy a template and return the deployment's properties."""
    found: dict[str, Any] = azure.put(at(azure), body(written, parameters, **more))["properties"]
    return found


def refusal(azure: Azure, written: Any, parameters: Any = None, **more: Any) -> ArmError:
    """Deploy a template that is refused, and return the error."""
    with pytest.raises(ArmError) as raised:
        deploy(azure, written, parameters, **more)
    return raised.value


def names(azure: Azure) -> list[str]:
    """Return the names of what is in the group, without the deployments."""
    aside = ("Microsoft.Resources/resourceGroups", DEPLOYMENT)
    return [one["name"] for one in azure.resources() if one["type"] not in aside]


P = {"p": {"type": "string"}}
