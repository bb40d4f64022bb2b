"""A description that says the same in other letters changes nothing: Azure counts no letter case in names and ids."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from azureml_arm.roles import definition_id
from azureml_sandbox import Sandbox
from kit.given import put_account
from kit.platforms import SUBSCRIPTION, changes, platform_of, stack

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-given"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/contosoml"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-contoso"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-a"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
SUBNET = f"{NETWORK}/subnets/computes"
KUBERNETES = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
REGISTRY_ID = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crcontoso"
ROLE = definition_id("Contributor", SUBSCRIPTION)
PRINCIPAL = "5156aaaa-bbbb-4ccc-8ddd-eeeeffff0000"
Described = dict[str, Any]


def lower(resource_id: str) -> str:
    """Return an id as some az commands print it."""
    return resource_id.replace("resourceGroups", "resourcegroups").replace("rg-given", "RG-Given")


def access(**more: Any) -> Described:
    entry = {"role": "Contributor", "principal": PRINCIPAL, "principal_type": "user", **more}
    return {"access": [entry]}


def cluster(name: str = "cpu", **more: Any) -> Described:
    return {"computes": [{"name": name, "type": "amlcompute", **more}]}


def serve(endpoint: str = "scorer", deployment: str = "blue", model: str = "m") -> Described:
    shown = {"name": deployment, "endpoint_name": endpoint, "model": f"azureml:{model}:1"}
    return {
        "models": [{"name": model, "version": "1", "path": "azureml://datastores/d/paths/m", "type": "mlflow_model"}],
        "online_endpoints": [{"name": endpoint, "traffic": {deployment: 100}}],
        "online_deployments": [{**shown, "instance_type": "Standard_DS3_v2"}],
    }


def blobs(name: str) -> Described:
    return {"datastores": [{"name": name, "type": "azure_blob", "container_name": "raw", "account_name": "contosoml"}]}


def group(name: str, *, existing: bool) -> Described:
    return {"resource_group": {"name": name, "existing": existing}, **serve(), **access(scope="resource_group")}


def attach(resource_id: str) -> Described:
    return {"computes": [{"name": "k8s", "type": "kubernetes", "resource_id": resource_id}]}


def encrypt(vault: str) -> Described:
    key = {"key_vault": vault, "key_uri": "https://kv-contoso.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef"}
    return {"workspace": {"customer_managed_key": key}}


def registry(resource_id: str) -> Described:
    return {"registry": {"mode": "existing", "id": resource_id}}


def respell(resource_id: str) -> tuple[str, str]:
    return resource_id, lower(resource_id)


def at_once(spell: Callable[[str, str], str]) -> Described:
    """Return a platform in which each name and id is written in one of two ways."""
    parts = {
        "storage_account": spell(*respell(STORAGE)),
        **encrypt(spell(*respell(VAULT)))["workspace"],
        "key_vault": spell(*respell(VAULT)),
        "name": spell("mlw-a", "MLW-A"),
    }
    computes = [
        *cluster(spell("cpu", "CPU"))["computes"],
        *cluster("inside", network_settings={"subnet": spell(*respell(SUBNET))})["computes"],
        *attach(spell(KUBERNETES, lower(KUBERNETES).replace("Microsoft.C", "microsoft.c")))["computes"],
    ]
    entries = [
        *access(principal=spell(PRINCIPAL, PRINCIPAL.upper()))["access"],
        *access(role="Reader", scope=spell(*respell(STORAGE)))["access"],
        *access(role=spell(ROLE, ROLE.upper()), scope="resource_group")["access"],
    ]
    return {
        "workspace": parts,
        "computes": computes,
        "access": entries,
        **registry(spell(*respell(REGISTRY_ID))),
        **blobs(spell("raw", "Raw")),
        **serve(spell("scorer", "Scorer"), spell("blue", "Blue"), spell("m", "M")),
    }


RESPELLED: dict[str, tuple[Described, Described]] = {
    "all names and ids": (at_once(lambda one, _: one), at_once(lambda _, other: other)),
    "all names and ids, back": (at_once(lambda _, other: other), at_once(lambda one, _: one)),
    "a group that is made": (group("rg-ml", existing=False), group("RG-ML", existing=False)),
    "an existing group": (group("rg-given", existing=True), group("RG-Given", existing=True)),
    "an existing group, other than Azure has it": (
        group("RG-Given", existing=True),
        group("rg-given", existing=True),
    ),
}


def program(folder: Path, describe: Described) -> Callable[[], Any]:
    (folder / "platform.yml").write_text(yaml.safe_dump({"name": "research", "location": "westeurope"} | describe))
    return platform_of(folder)


@pytest.fixture
def sandbox() -> Sandbox:
    made = stack()
    place = {"location": "westeurope"}
    vault = {
        "tenantId": made.azure.tenant,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "enablePurgeProtection": True,
    }
    put_account(made.azure, STORAGE)
    made.azure.put(VAULT, {**place, "properties": vault})
    made.azure.put(IDENTITY, place)
    made.azure.put(REGISTRY_ID, {**place, "sku": {"name": "Basic"}})
    made.azure.put(KUBERNETES, {**place, "properties": {"dnsPrefix": "aks"}})
    subnets = [{"name": "computes", "properties": {"addressPrefix": "10.0.0.0/24"}}]
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets}
    made.azure.put(NETWORK, {**place, "properties": space})
    return made


@pytest.mark.parametrize("name", RESPELLED)
def test_other_letters_change_nothing(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    before, after = RESPELLED[name]
    sandbox.up(program(tmp_path, before))
    assert changes(sandbox.preview(program(tmp_path, after))) == []
    assert changes(sandbox.up(program(tmp_path, after))) == []
    assert changes(sandbox.up(program(tmp_path, before))) == []


def identity(resource_id: str) -> Described:
    given = {"type": "user_assigned", "user_assigned_identities": {resource_id: {}}}
    return {"workspace": {"identity": given, "primary_user_assigned_identity": resource_id}}


def test_an_identity_in_other_letters_replaces_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.up(program(tmp_path, identity(IDENTITY)))
    assert changes(sandbox.up(program(tmp_path, identity(lower(IDENTITY))))) == ["update research"]


def test_what_is_written_in_other_letters_than_in_azure_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.up(program(tmp_path, cluster("cpu")))
    said = [one.message for one in sandbox.preview(program(tmp_path, cluster("CPU"))).diagnostics]
    assert any(re.search(r"the compute cluster CPU is called cpu in Azure, .*: write it so", one) for one in said)


def test_another_group_is_another_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.up(program(tmp_path, {"workspace": {"protect": False}, "resource_group": "rg-ml"}))
    moved = {"workspace": {"replace": "mlw-research-dev"}, "resource_group": "rg-m1"}
    there = changes(sandbox.preview(program(tmp_path, moved)))
    assert "replace research" in there
