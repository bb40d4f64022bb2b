"""Each id that a description names may be an Output of what the same program makes, unknown in the first preview."""

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


def with_all_parts(later: Later) -> None:
    destination = {"service_resource_id": later(STORAGE), "subresource_target": "blob"}
    rule = {"name": "lake", "type": "private_endpoint", "destination": destination}
    at_workspace(
        storage_account=later(STORAGE),
        key_vault=later(VAULT),
        application_insights=later(INSIGHTS),
        container_registry=later(REGISTRY),
        identity={"type": "user_assigned", "user_assigned_identities": [later(IDENTITY)]},
        primary_user_assigned_identity=later(IDENTITY),
        managed_network={"isolation_mode": "allow_only_approved_outbound", "outbound_rules": [rule]},
    )


def with_key(later: Later) -> None:
    stores = {"cosmosdb_id": COSMOS, "storage_id": STORAGE, "search_id": SEARCH}
    key = {"key_vault": later(VAULT), "key_uri": "https://kv-given.vault.azure.net/keys/k/0123456789abcdef"}
    at_workspace(
        customer_managed_key={**key, **{word: later(given) for word, given in stores.items()}},
        serverless_compute={"custom_subnet": later(SUBNET)},
    )


def with_all_in_it(later: Later) -> None:
    """Make a workspace with everything in it that names something by its id."""
    secret = pulumi.Output.secret("x")
    pools = [{"name": "system", "size": "Standard_D4ds_v5", "count": 3}]
    cluster: Any = {"create": {"pools": pools, "network": later(SUBNET)}, "extension": ALLOWED}
    hosts = {"vnet": {"id": later(NETWORK), "public_subnet": "hosts", "private_subnet": "pods"}}
    spark: Any = {"workspace": later(SYNAPSE), "administrator": False}
    made = at_workspace()
    computes: list[Any] = [
        AmlCompute(name="cpu", size="Standard_DS3_v2", network_settings={"subnet": later(SUBNET)}),
        KubernetesCompute(name="k8s", resource_id=later(AKS)),
        KubernetesCompute(name="k8s-made", **cluster),
        SynapseSparkCompute(name="spark", resource_id=later(POOL)),
        SynapseSparkCompute(name="spark-made", create=spark),
        SynapseSparkCompute(name="spark-lake", create={"lake": later(STORAGE)}),
        DatabricksCompute(name="dbw", resource_id=later(DATABRICKS), access_token=secret),
        DatabricksCompute(name="dbw-made", create=hosts, access_token=secret),
        VirtualMachineCompute(name="machine", resource_id=later(MACHINE)),
    ]
    for compute in computes:
        Compute(compute.name, compute, workspace=made)
    connections: list[Any] = [
        AzureOpenAIConnection(name="openai", azure_endpoint="https://a", open_ai_resource_id=later(ACCOUNT)),
        AzureAIServicesConnection(name="services", endpoint="https://a", ai_services_resource_id=later(ACCOUNT)),
    ]
    for connection in connections:
        Connection(connection.name, connection, workspace=made)
    who = "22222222-2222-4222-8222-222222222222"
    entry = AccessEntry(role="Reader", principal=who, principal_type="user", scope=later(STORAGE))
    Access("access", [entry], workspace=made)


ALLOWED = {"allow_insecure_connections": True}


def with_registry(later: Later) -> None:
    Workspace("ml", location="westeurope", registry=RegistryMode(mode="existing", id=later(REGISTRY)))


def with_stores(later: Later) -> None:
    given = {"offline_store": {"target": later(CONTAINER)}, "materialization_identity": {"resource_id": IDENTITY}}
    Workspace("ml", FeatureStoreArgs.model_validate(given), location="westeurope")


def as_hub(later: Later) -> None:
    Workspace("ml", HubArgs(default_resource_group=later(GROUP)), location="westeurope")


def as_project(later: Later) -> None:
    Workspace("ml", ProjectArgs(hub_id=later(HUB)), location="westeurope")


PROGRAMS: dict[Callable[[Later], None], str] = {
    with_all_parts: """
        WorkspaceArgs.storage_account WorkspaceArgs.key_vault WorkspaceArgs.application_insights
        WorkspaceArgs.container_registry WorkspaceArgs.primary_user_assigned_identity UserAssignedIdentity.resource_id
        PrivateEndpointDestination.service_resource_id
    """,
    with_key: """
        CustomerManagedKey.key_vault CustomerManagedKey.cosmosdb_id CustomerManagedKey.storage_id
        CustomerManagedKey.search_id ServerlessCompute.custom_subnet
    """,
    with_all_in_it: """
        NetworkSettings.subnet KubernetesCompute.resource_id KubernetesCluster.network SynapseSparkCompute.resource_id
        CreatedSparkPool.workspace CreatedSparkPool.lake DatabricksCompute.resource_id DatabricksVirtualNetwork.id
        VirtualMachineCompute.resource_id AzureOpenAIConnection.open_ai_resource_id
        AzureAIServicesConnection.ai_services_resource_id AccessEntry.scope
    """,
    with_registry: "RegistryMode.id",
    with_stores: "OfflineStore.target",
    as_hub: "HubArgs.default_resource_group",
    as_project: "ProjectArgs.hub_id",
}
"""Programs that give an Output to each field that holds an id, and the fields."""


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
    given = {field for fields in PROGRAMS.values() for field in fields.split()}
    assert set(id_fields()) - given == {"OnlineStore.target"}  # the sandbox has no caches


@pytest.mark.parametrize("declare", PROGRAMS, ids=lambda one: one.__name__)
def test_an_output_will_do(declare: Callable[[Later], None]) -> None:
    def program() -> None:
        made = resources.ResourceGroup("made", resource_group_name="rg-made", location="westeurope")

        def later(text: str) -> Any:
            named.append(text)
            return made.id.apply(lambda _: text)

        declare(later)

    named: list[str] = []
    azure = Azure(subscription=SUBSCRIPTION)
    for resource_id, given in EXISTING.items():
        azure.put(resource_id, given if resource_id == CONTAINER else {"location": "westeurope", **given})
    sandbox = stack(azure=azure)
    sandbox.preview(program)
    assert len(named) == len(PROGRAMS[declare].split())
    sandbox.up(program)
    assert changes(sandbox.preview(program)) == []
