"""azure-mgmt-machinelearningservices (its newest stable release, of API 2020-08-01) against the sandbox."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient, models
from azure.mgmt.machinelearningservices import operations as groups

from kit.clients import Kit, Suite, put

GROUP, WORKSPACE = "rg-clients", "ws-clients"

SUITE = Suite(
    "azure-mgmt-machinelearningservices",
    {
        "workspaces": groups.WorkspacesOperations,
        "machine_learning_compute": groups.MachineLearningComputeOperations,
        "usages": groups.UsagesOperations,
        "virtual_machine_sizes": groups.VirtualMachineSizesOperations,
        "quotas": groups.QuotasOperations,
    },
    {"virtual_machine_sizes.list": "this client's version of the API calls the list `amlCompute`, newer ones `value`"},
)
CLIENT = MachineLearningServicesMgmtClient


def _parts(kit: Kit) -> dict[str, Any]:
    """Make what a workspace stands on, by ARM alone."""
    group = f"/subscriptions/{kit.served.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{GROUP}/providers"
    tenant = kit.served.environment["AZURE_TENANT_ID"]
    vault = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    bodies: dict[str, dict[str, Any]] = {
        "Microsoft.Storage/storageAccounts/stwsclients": {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
        "Microsoft.KeyVault/vaults/kv-wsclients": {"properties": vault},
        "Microsoft.Insights/components/appi-ws": {"kind": "web", "properties": {"Application_Type": "web"}},
    }
    for path, body in bodies.items():
        put(kit, f"{group}/{path}", {"location": "westeurope", **body})
    account, vault_id, insights = (f"{group}/{path}" for path in bodies)
    return {"storage_account": account, "key_vault": vault_id, "application_insights": insights}


@SUITE.tries("workspaces.begin_create_or_update", "workspaces.get")
def create(kit: Kit) -> None:
    """Make a workspace, and read it."""
    asked = models.Workspace(
        location="westeurope", identity=models.Identity(type="SystemAssigned"), friendly_name="Clients", **_parts(kit)
    )
    made = kit.client.workspaces.begin_create_or_update(GROUP, WORKSPACE, asked).result()
    assert made.provisioning_state == "Succeeded"
    assert made.identity.principal_id
    assert kit.client.workspaces.get(GROUP, WORKSPACE).friendly_name == "Clients"
    with pytest.raises(ResourceNotFoundError):
        kit.client.workspaces.get(GROUP, "ws-nobody")


@SUITE.tries("workspaces.list_by_resource_group", "workspaces.list_by_subscription", "workspaces.update")
def changes(kit: Kit) -> None:
    """List workspaces, and change one."""
    assert [one.name for one in kit.client.workspaces.list_by_resource_group(GROUP)] == [WORKSPACE]
    assert [one.name for one in kit.client.workspaces.list_by_subscription()] == [WORKSPACE]
    asked = models.WorkspaceUpdateParameters(tags={"team": "ml"}, description="changed")
    changed = kit.client.workspaces.update(GROUP, WORKSPACE, asked)
    assert (changed.tags, changed.description) == ({"team": "ml"}, "changed")


@SUITE.tries("workspaces.list_keys", "workspaces.resync_keys")
def keys(kit: Kit) -> None:
    """Read the keys of a workspace, and synchronise them."""
    found = kit.client.workspaces.list_keys(GROUP, WORKSPACE)
    assert found.user_storage_key
    assert found.app_insights_instrumentation_key
    kit.client.workspaces.resync_keys(GROUP, WORKSPACE)


def _cluster(most: int) -> models.ComputeResource:
    scale = models.ScaleSettings(max_node_count=most, min_node_count=0)
    settings = models.AmlComputeProperties(vm_size="Standard_DS3_v2", scale_settings=scale)
    return models.ComputeResource(location="westeurope", properties=models.AmlCompute(properties=settings))


@SUITE.tries("machine_learning_compute.begin_create_or_update", "machine_learning_compute.get")
def cluster(kit: Kit) -> None:
    """Make a cluster, and read it."""
    group = kit.client.machine_learning_compute
    made = group.begin_create_or_update(GROUP, WORKSPACE, "cpu", _cluster(4)).result()
    assert made.properties.provisioning_state == "Succeeded"
    assert group.get(GROUP, WORKSPACE, "cpu").properties.properties.scale_settings.max_node_count == 4
    with pytest.raises(HttpResponseError):
        group.begin_create_or_update(GROUP, WORKSPACE, "1-no-name", _cluster(4)).result()


@SUITE.tries(
    "machine_learning_compute.begin_update",
    "machine_learning_compute.list_by_workspace",
    "machine_learning_compute.list_nodes",
)
def cluster_changes(kit: Kit) -> None:
    """Resize the cluster, and list its nodes."""
    group = kit.client.machine_learning_compute
    asked = models.ClusterUpdateParameters(scale_settings=models.ScaleSettings(max_node_count=6, min_node_count=1))
    group.begin_update(GROUP, WORKSPACE, "cpu", asked).result()
    assert group.get(GROUP, WORKSPACE, "cpu").properties.properties.scale_settings.max_node_count == 6
    assert [one.name for one in group.list_by_workspace(GROUP, WORKSPACE)] == ["cpu"]
    list(group.list_nodes(GROUP, WORKSPACE, "cpu"))


@SUITE.tries("usages.list", "quotas.list")
def quotas(kit: Kit) -> None:
    """List quotas and what is used of them."""
    assert any(one.unit == "Count" for one in kit.client.usages.list("westeurope"))
    assert {one.unit for one in kit.client.quotas.list("westeurope")} == {"Count"}


@SUITE.tries("machine_learning_compute.begin_delete", "workspaces.begin_delete")
def delete(kit: Kit) -> None:
    """Delete the cluster and the workspace."""
    group = kit.client.machine_learning_compute
    group.begin_delete(GROUP, WORKSPACE, "cpu", "Delete").result()
    with pytest.raises(ResourceNotFoundError):
        group.get(GROUP, WORKSPACE, "cpu")
    kit.client.workspaces.begin_delete(GROUP, WORKSPACE).result()
    assert list(kit.client.workspaces.list_by_resource_group(GROUP)) == []
