"""The scenario folders of examples/ as programs, with what has to exist before each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi

from azureml_infra import Platform, load
from azureml_sandbox import Azure, Result, Sandbox
from kit.paths import EXAMPLES
from kit.platforms import SUBSCRIPTION, stack

REGION = "westeurope"
SHARED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared"
NETWORK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-network"
LAKE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/contosolake"
CUSTOM_ROLE = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    "/2c3d4e5f-0000-4000-8000-0000000000e1"
)
SECRETS = {
    "landing_key": "bGFuZGluZy1rZXktdGV4dA==",
    "landing_sas": "sv=2024-11-04&sig=landing-signature-text",
    "scans_key": "c2NhbnMta2V5LXRleHQ=",
    "lake_client_secret": "lake~client~secret~text",
    "lake_certificate": "-----BEGIN CERTIFICATE-----lake-certificate-text",
    "databricks_token": "dapi-databricks-token-text",
    "machine_key": "-----BEGIN OPENSSH PRIVATE KEY-----machine-key-text",
}
"""Every secret that an example asks for; none of the values is part of anything else."""

Bodies = dict[str, dict[str, Any]]


def _bodies(group: str, *, bodies: Bodies) -> Bodies:
    """A resource group and what is in it; each body gets its location."""
    return {
        group: {"location": REGION},
        **{f"{group}/providers/{path}": {"location": REGION, **body} for path, body in bodies.items()},
    }


def _account(**properties: Any) -> dict[str, Any]:
    return {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": properties}


def _cluster(name: str) -> Bodies:
    return {f"Microsoft.ContainerService/managedClusters/{name}": {"properties": {"dnsPrefix": name}}}


def _shared_parts(tenant: str) -> Bodies:
    vault = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    return {
        "Microsoft.Storage/storageAccounts/contosomldata": _account(allowSharedKeyAccess=False),
        "Microsoft.KeyVault/vaults/kv-contoso-ml": {"properties": vault},
        "Microsoft.Insights/components/appi-contoso-ml": {
            "kind": "web",
            "properties": {"Application_Type": "web"},
        },
        "Microsoft.ContainerRegistry/registries/contosoml": {"sku": {"name": "Premium"}},
    }


_MACHINES: Bodies = {
    **_cluster("aks-shared"),
    "Microsoft.Synapse/workspaces/contososynapse": {"identity": {"type": "SystemAssigned"}, "properties": {}},
    "Microsoft.Synapse/workspaces/contososynapse/bigDataPools/pool": {"properties": {"nodeSize": "Small"}},
    "Microsoft.Databricks/workspaces/dbw-shared": {
        "properties": {
            "managedResourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dbw",
            "computeMode": "Hybrid",
        },
    },
    "Microsoft.Compute/virtualMachines/vm-shared": {"properties": {}},
}

_PRIVATE: Bodies = {
    "Microsoft.ManagedIdentity/userAssignedIdentities/id-ml": {},
    "Microsoft.Storage/storageAccounts/contosolake": _account(isHnsEnabled=True),
    "Microsoft.Network/virtualNetworks/vnet-ml": {
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "nodes", "properties": {"addressPrefix": "10.0.0.0/24"}}],
        },
    },
}

_ROLE = {
    "properties": {
        "roleName": "Image Promoter",
        "type": "CustomRole",
        "assignableScopes": [SHARED],
        "permissions": [{"actions": ["Microsoft.ContainerRegistry/registries/importImage/action"]}],
    }
}


def _existing(azure: Azure) -> Bodies:
    claims = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-claims"
    return {claims: {"location": REGION}, **_bodies(SHARED, bodies=_shared_parts(azure.tenant))}


def _access(azure: Azure) -> Bodies:
    registry = "Microsoft.ContainerRegistry/registries/contosoml"
    parts = {registry: _shared_parts(azure.tenant)[registry]}
    return {**_bodies(SHARED, bodies=parts), CUSTOM_ROLE: _ROLE}


PREPARED: dict[str, Callable[[Azure], Bodies]] = {
    "access": _access,
    "attached-computes": lambda _: _bodies(SHARED, bodies=_MACHINES),
    "datastores": lambda _: _bodies(
        LAKE.split("/providers/", maxsplit=1)[0],
        bodies={"Microsoft.Storage/storageAccounts/contosolake": _account(isHnsEnabled=True)},
    ),
    "existing-resources": _existing,
    "kubernetes-endpoint": lambda _: _bodies(SHARED, bodies=_cluster("aks-edge")),
    "network": lambda _: _bodies(NETWORK, bodies=_PRIVATE),
}
"""What must exist in the cloud first: id -> body."""


@dataclass
class Scenario:
    """One example on an empty cloud with what must be there first."""

    name: str
    path: Path | None = None
    """A SQLite file for state and cloud; memory without."""

    @cached_property
    def sandbox(self) -> Sandbox:
        """The example's own stack, which may be destroyed."""
        made = stack(secrets=SECRETS, path=self.path, disposable="true")
        prepare = PREPARED.get(self.name)
        for resource_id, body in prepare(made.azure).items() if prepare else ():
            made.azure.put(resource_id, body)
        return made

    @property
    def azure(self) -> Azure:
        """Its cloud."""
        return self.sandbox.azure

    @property
    def folder(self) -> Path:
        """Where it is."""
        return EXAMPLES / self.name

    def program(self) -> None:
        """What `__main__.py` does for a project's own description."""
        Platform(load(self.folder)).export(pulumi.export)

    def up(self) -> Result:
        """Run it."""
        return self.sandbox.up(self.program)

    def ids(self) -> set[str]:
        """Everything in the cloud."""
        return {one["id"] for one in self.azure.resources()}

    def all(self, type_name: str) -> dict[str, dict[str, Any]]:
        """The resources of a type by name."""
        return {one["name"]: one for one in self.azure.resources(type_name)}


def scenarios() -> list[str]:
    """The names of the examples that are descriptions."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/platform.yml"))
