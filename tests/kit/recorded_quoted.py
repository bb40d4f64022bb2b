"""Refusals that people quote from the real service: what has to be there, and what to ask, to be refused so.

Of such an exchange only the error is known, so its request and what stands before it are ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox import faults
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import parse
from azureml_sandbox.model.tables import UNREGISTERED
from kit.recorded_before import GROUP

Bodies = Mapping[str, Mapping[str, Any]]
_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"
_ELSEWHERE = f"{_SUBSCRIPTION}/resourceGroups/OTHER"
_NOBODY = "00000000-0000-0000-0000-000000000000"
_ROLES = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments"
_READER = f"{_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
_ASSIGNED = {"properties": {"roleDefinitionId": _READER, "principalId": "22222222-2222-4222-8222-222222222222"}}
_PLACE = {"location": "eastus"}
_ACCOUNT = {**_PLACE, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
_POLICIES = f"{_SUBSCRIPTION}/providers/Microsoft.Authorization"
_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
_TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
}
_POLICY = "Storage Account Creation Denied When Shared Access Key Is Enabled"


def _vault(**more: Any) -> dict[str, Any]:
    sku = {"family": "A", "name": "standard"}
    return {**_PLACE, "properties": {"tenantId": TENANT, "sku": sku, "accessPolicies": [], **more}}


def _in(group: str, kind: str, name: str, body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {group: _PLACE, f"{group}/providers/{kind}/{name}": body}


@dataclass(frozen=True)
class Quoted:
    """How to be refused so."""

    path: str = ""
    """The path to ask, where the quoted one has no names that are taken."""
    body: Any = None
    there: Bodies | None = None
    """What is there: id -> body."""
    gone: str = ""
    """What of it is deleted before."""
    prepare: Callable[[Azure], object] | None = None


_DENIED = {
    "displayName": _POLICY,
    "version": "1.0.0",
    "policyRule": {
        "if": {
            "allOf": [
                {"field": "type", "equals": "Microsoft.Storage/storageAccounts"},
                {"field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "exists": "false"},
                {"not": {"field": "name", "like": "system*"}},
                {"not": {"field": "name", "like": "elastic*"}},
                {"not": {"field": "name", "like": "*azscripts"}},
            ]
        },
        "then": {"effect": "deny"},
    },
}


def _policies(*names: str) -> Bodies:
    """Return policies that deny identities, and their assignments."""
    rule = {"if": {"field": "type", "equals": _IDENTITY}, "then": {"effect": "deny"}}
    made: dict[str, Mapping[str, Any]] = {}
    for name in names:
        definition = f"{_POLICIES}/policyDefinitions/{name}"
        made[definition] = {"properties": {"policyRule": rule}}
        made[f"{_POLICIES}/policyAssignments/{name}"] = {"properties": {"policyDefinitionId": definition}}
    return made


def _deployment(*names: str) -> dict[str, Any]:
    """Return the body of a deployment of identities."""
    resources = [{"type": _IDENTITY, "apiVersion": "2023-01-31", "name": name, **_PLACE} for name in names]
    return {"properties": {"mode": "Incremental", "template": {**_TEMPLATE, "resources": resources}}}


QUOTED: Mapping[str, Quoted] = {
    "access-registration-location-5": Quoted(
        body={**_PLACE, "sku": {"name": "Basic"}},
        prepare=lambda azure: azure.store.set(UNREGISTERED, "microsoft.containerregistry", "NotRegistered"),
    ),
    "keyVault-lifecycle-11": Quoted(
        body=_vault(), there=_in(GROUP, "Microsoft.KeyVault", "vaults/VAULT", _vault()), gone="vaults/VAULT"
    ),
    "keyVault-lifecycle-12": Quoted(
        body=_vault(), there=_in(_ELSEWHERE, "Microsoft.KeyVault", "vaults/VAULT", _vault())
    ),
    "keyVault-lifecycle-13": Quoted(
        path=f"{_SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/VAULT/purge",
        there=_in(GROUP, "Microsoft.KeyVault", "vaults/VAULT", _vault(enablePurgeProtection=True)),
        gone="vaults/VAULT",
    ),
    "names-2": Quoted(
        body={"name": "account", "type": "Microsoft.Storage/storageAccounts"},
        there=_in(GROUP, "Microsoft.Storage", "storageAccounts/account", _ACCOUNT),
    ),
    "names-3": Quoted(body=_ACCOUNT, there=_in(_ELSEWHERE, "Microsoft.Storage", "storageAccounts/account", _ACCOUNT)),
    "names-5": Quoted(
        body={"name": "testkv", "type": "Microsoft.KeyVault/vaults"},
        there=_in(GROUP, "Microsoft.KeyVault", "vaults/testkv", _vault()),
    ),
    "policy-denials-1": Quoted(
        body=_ACCOUNT,
        there={
            f"{_POLICIES}/policyDefinitions/DEFINITION": {"properties": _DENIED},
            f"{_POLICIES}/policyAssignments/ASSIGNMENT": {
                "properties": {
                    "displayName": _POLICY,
                    "policyDefinitionId": f"{_POLICIES}/policyDefinitions/DEFINITION",
                }
            },
        },
    ),
    "policy-denials-2": Quoted(body=_deployment("RESOURCE"), there=_policies("A", "B")),
    "policy-denials-3": Quoted(body=_deployment("RESOURCE", "ANOTHER"), there=_policies("A")),
    "quota-sku-throttling-6": Quoted(
        path=f"{GROUP}/providers/Microsoft.Compute/virtualMachines/VM/providers/Microsoft.Insights/metrics",
        prepare=lambda azure: faults.add(azure, parse("throttle; path=*/metrics; seconds=0")),
    ),
    "roleDefinitions-roleAssignments-8": Quoted(
        path=f"{_ROLES}/11111111-0000-4000-8000-000000000001",
        body={"properties": {**_ASSIGNED["properties"], "principalId": _NOBODY}},
        prepare=lambda azure: azure.identities.keep_directory("22222222-2222-4222-8222-222222222222"),
    ),
    "roleDefinitions-roleAssignments-9": Quoted(
        path=f"{_ROLES}/11111111-0000-4000-8000-000000000001",
        body=_ASSIGNED,
        there={f"{_ROLES}/00000000-0000-0000-0000-000000000000": _ASSIGNED},
    ),
    "resourceGroups-lifecycle-7": Quoted(path=GROUP, body=_PLACE, there={GROUP: _PLACE}, gone="GROUP"),
}
