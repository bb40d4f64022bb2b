"""Each id that a description names may be an Output of what the same program makes, unknown in the first preview."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import resources

from azureml_infra import (
    Access,
    AccessEntry,
    AmlCompute,
    AzureAIServicesConnection,
    AzureOpenAIConnection,
    Compute,
    Connection,
    DatabricksCompute,
    FeatureStoreArgs,
    HubArgs,
    KubernetesCompute,
    ProjectArgs,
    RegistryMode,
    SynapseSparkCompute,
    VirtualMachineCompute,
    Workspace,
    WorkspaceArgs,
)
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import specs
from azureml_infra.entities.kinds import KINDS
from azureml_sandbox import Azure
from kit.platforms import SUBSCRIPTION, changes, stack

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-given"
PROVIDERS = f"{GROUP}/providers"
STORAGE = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/given"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-given"
INSIGHTS = f"{PROVIDERS}/Microsoft.Insights/components/appi-given"
REGISTRY = f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/crgiven"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-given"
NETWORK = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet-given"
SUBNET = f"{NETWORK}/subnets/nodes"
AKS = f"{PROVIDERS}/Microsoft.ContainerService/managedClusters/aks-given"
SYNAPSE = f"{PROVIDERS}/Microsoft.Synapse/workspaces/given"
POOL = f"{SYNAPSE}/bigDataPools/pool"
DATABRICKS = f"{PROVIDERS}/Microsoft.Databricks/workspaces/dbw-given"
MACHINE = f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm-given"
DELEGATED = [{"name": "databricks", "properties": {"serviceName": "Microsoft.Databricks/workspaces"}}]
COSMOS = f"{PROVIDERS}/Microsoft.DocumentDB/databaseAccounts/cosmos-given"
CONTAINER = f"{STORAGE}/blobServices/default/containers/features"
ACCOUNT = f"{PROVIDERS}/Microsoft.CognitiveServices/accounts/ai"
HUB = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/hub"
SEARCH = f"{PROVIDERS}/Microsoft.Search/searchServices/srch-given"

EXISTING: Mapping[str, Mapping[str, Any]] = {
    GROUP: {},
    STORAGE: {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}},
    VAULT: {
        "properties": {
            "tenantId": "5a4d0b0c-0000-4000-8000-00000000aaaa",
            "sku": {"family": "A", "name": "standard"},
            "enablePurgeProtection": True,
            "enableRbacAuthorization": True,
        }
    },
    CONTAINER: {},
    HUB: {
        "kind": "Hub",
        "properties": {"storageAccount": STORAGE, "keyVault": VAULT, "systemDatastoresAuthMode": "Identity"},
    },
    INSIGHTS: {"kind": "web", "properties": {"Application_Type": "web"}},
    REGISTRY: {"sku": {"name": "Premium"}, "properties": {}},
    IDENTITY: {},
    NETWORK: {
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [
                {"name": "nodes", "properties": {"addressPrefix": "10.0.0.0/24"}},
                *({"name": name, "properties": {"delegations": DELEGATED}} for name in ("hosts", "pods")),
            ],
        }
    },
    AKS: {"properties": {"dnsPrefix": "aks"}},
    SYNAPSE: {"identity": {"type": "SystemAssigned"}, "properties": {}},
    POOL: {"properties": {"nodeSize": "Small"}},
    DATABRICKS: {"properties": {"managedResourceGroupId": f"{GROUP}-dbw", "computeMode": "Hybrid"}},
    MACHINE: {"properties": {}},
}

Later = Callable[[str], Any]
"""Turns an id into an Output that is unknown until the run has made something."""


def at_workspace(**args: Any) -> Workspace:
    return Workspace("ml", WorkspaceArgs(**args), location="westeurope", needs_image=True)


def attach(compute: Any) -> None:
    Compute(compute.name, compute, workspace=at_workspace())


def with_key(later: Later, **more: str) -> None:
    key = {"key_vault": later(VAULT), "key_uri": "https://kv-given.vault.azure.net/keys/k/0123456789abcdef"}
    at_workspace(customer_managed_key={**key, **{word: later(given) for word, given in more.items()}})


def with_identity(later: Later, **more: Any) -> None:
    at_workspace(identity={"type": "user_assigned", "user_assigned_identities": [later(IDENTITY)]}, **more)


def with_rule(later: Later) -> None:
    destination = {"service_resource_id": later(STORAGE), "subresource_target": "blob"}
    rule = {"name": "lake", "type": "private_endpoint", "destination": destination}
    network = {"isolation_mode": "allow_only_approved_outbound", "outbound_rules": [rule]}
    with_identity(later, managed_network=network)


def with_subnet(later: Later) -> None:
    attach(AmlCompute(name="cpu", size="Standard_DS3_v2", network_settings={"subnet": later(SUBNET)}))


def with_cluster(later: Later) -> None:
    pools = [{"name": "system", "size": "Standard_D4ds_v5", "count": 3}]
    extension = {"allow_insecure_connections": True}
    given: Any = {"create": {"pools": pools, "network": later(SUBNET)}, "extension": extension}
    attach(KubernetesCompute(name="k8s", **given))


def with_scope(later: Later) -> None:
    who = "22222222-2222-4222-8222-222222222222"
    entry = AccessEntry(role="Reader", principal=who, principal_type="user", scope=later(STORAGE))
    Access("access", [entry], workspace=at_workspace())


def with_registry(later: Later) -> None:
    Workspace("ml", location="westeurope", registry=RegistryMode(mode="existing", id=later(REGISTRY)))


def with_stores(**stores: Any) -> None:
    given = {**stores, "materialization_identity": {"resource_id": IDENTITY}}
    Workspace("ml", FeatureStoreArgs.model_validate(given), location="westeurope")


def connect(connection: Any) -> None:
    Connection(connection.name, connection, workspace=at_workspace())


PROGRAMS: dict[str, Callable[[Later], object]] = {
    "WorkspaceArgs.storage_account": lambda later: at_workspace(storage_account=later(STORAGE)),
    "WorkspaceArgs.key_vault": lambda later: at_workspace(key_vault=later(VAULT)),
    "WorkspaceArgs.application_insights": lambda later: at_workspace(application_insights=later(INSIGHTS)),
    "WorkspaceArgs.container_registry": lambda later: at_workspace(container_registry=later(REGISTRY)),
    "WorkspaceArgs.primary_user_assigned_identity": lambda later: with_identity(
        later, primary_user_assigned_identity=later(IDENTITY)
    ),
    "UserAssignedIdentity.resource_id": with_identity,
    "PrivateEndpointDestination.service_resource_id": with_rule,
    "ServerlessCompute.custom_subnet": lambda later: at_workspace(serverless_compute={"custom_subnet": later(SUBNET)}),
    "CustomerManagedKey.key_vault": with_key,
    "CustomerManagedKey.cosmosdb_id": lambda later: with_key(later, cosmosdb_id=COSMOS),
    "CustomerManagedKey.storage_id": lambda later: with_key(later, storage_id=STORAGE),
    "CustomerManagedKey.search_id": lambda later: with_key(later, search_id=SEARCH),
    "KubernetesCompute.resource_id": lambda later: attach(KubernetesCompute(name="k8s", resource_id=later(AKS))),
    "SynapseSparkCompute.resource_id": lambda later: attach(SynapseSparkCompute(name="spark", resource_id=later(POOL))),
    "CreatedSparkPool.workspace": lambda later: attach(
        SynapseSparkCompute(name="spark", create={"workspace": later(SYNAPSE), "administrator": False})
    ),
    "CreatedSparkPool.lake": lambda later: attach(SynapseSparkCompute(name="spark", create={"lake": later(STORAGE)})),
    "DatabricksCompute.resource_id": lambda later: attach(
        DatabricksCompute(name="dbw", resource_id=later(DATABRICKS), access_token=pulumi.Output.secret("x"))
    ),
    "DatabricksVirtualNetwork.id": lambda later: attach(
        DatabricksCompute(
            name="dbw",
            create={"vnet": {"id": later(NETWORK), "public_subnet": "hosts", "private_subnet": "pods"}},
            access_token=pulumi.Output.secret("x"),
        )
    ),
    "VirtualMachineCompute.resource_id": lambda later: attach(
        VirtualMachineCompute(name="machine", resource_id=later(MACHINE))
    ),
    "RegistryMode.id": with_registry,
    "HubArgs.default_resource_group": lambda later: Workspace(
        "ml", HubArgs(default_resource_group=later(GROUP)), location="westeurope"
    ),
    "ProjectArgs.hub_id": lambda later: Workspace("ml", ProjectArgs(hub_id=later(HUB)), location="westeurope"),
    "OfflineStore.target": lambda later: with_stores(offline_store={"target": later(CONTAINER)}),
    "AzureOpenAIConnection.open_ai_resource_id": lambda later: connect(
        AzureOpenAIConnection(name="openai", azure_endpoint="https://a", open_ai_resource_id=later(ACCOUNT))
    ),
    "AzureAIServicesConnection.ai_services_resource_id": lambda later: connect(
        AzureAIServicesConnection(name="services", endpoint="https://a", ai_services_resource_id=later(ACCOUNT))
    ),
    "NetworkSettings.subnet": with_subnet,
    "KubernetesCluster.network": with_cluster,
    "AccessEntry.scope": with_scope,
}
"""A program that gives an Output to each field that holds an id."""


def id_fields() -> Iterator[str]:
    """Yield the fields whose values are held to the form of an ARM id."""
    models: list[type[Model]] = [*(kind.model for kind in KINDS), RegistryMode]
    seen: set[type[Model]] = set()
    while models:
        model = models.pop()
        if model not in seen:
            seen.add(model)
            models += [inner for spec in specs(model) for inner in spec.models]
            found = (spec.name for spec in specs(model) if _refuses_names(model, spec.name))
            yield from (f"{_home(model, name).__name__}.{name}" for name in found)


def _home(model: type[Model], field: str) -> type[Any]:
    """Return the model that has a field itself, and not from another."""
    return next(one for one in model.__mro__ if field in inspect.get_annotations(one))


def _refuses_names(model: type[Model], field: str) -> bool:
    try:
        model(**{field: "no-id"})
    except ValueError as error:
        return '"no-id" is not an ARM id' in str(error)
    return False


def test_each_field_that_holds_an_id_has_a_program() -> None:
    assert set(id_fields()) - set(PROGRAMS) == {"OnlineStore.target"}  # the sandbox has no caches


@pytest.mark.parametrize("field", PROGRAMS)
def test_an_output_will_do(field: str) -> None:
    def program() -> None:
        made = resources.ResourceGroup("made", resource_group_name="rg-made", location="westeurope")
        PROGRAMS[field](lambda text: made.id.apply(lambda _: text))

    azure = Azure(subscription=SUBSCRIPTION)
    for resource_id, given in EXISTING.items():
        azure.put(resource_id, given if resource_id == CONTAINER else {"location": "westeurope", **given})
    sandbox = stack(azure=azure)
    sandbox.preview(program)
    sandbox.up(program)
    assert changes(sandbox.preview(program)) == []
