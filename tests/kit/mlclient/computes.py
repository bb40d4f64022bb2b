"""Computes of every kind by azure-ai-ml's MLClient."""

import pytest
from azure.ai.ml import entities as ml
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from kit.clients import Kit, put
from kit.mlclient.client import GROUP, REGION, names, suite

SUITE = suite("compute")
SIZE = "Standard_DS3_v2"


@SUITE.tries("compute.begin_create_or_update", "compute.get")
def cluster(kit: Kit) -> None:
    """Make a cluster, and read it."""
    group = kit.client.compute
    asked = ml.AmlCompute(name="cpu", size=SIZE, min_instances=0, max_instances=4, idle_time_before_scale_down=120)
    made = group.begin_create_or_update(asked).result()
    assert (made.size.lower(), made.max_instances, made.provisioning_state) == (SIZE.lower(), 4, "Succeeded")
    assert group.get("cpu").idle_time_before_scale_down == 120
    with pytest.raises(ResourceNotFoundError):
        group.get("nobody")
    with pytest.raises(HttpResponseError):
        group.begin_create_or_update(ml.AmlCompute(name="upside-down", min_instances=4, max_instances=1)).result()


@SUITE.tries("compute.begin_update", "compute.list_nodes")
def resize(kit: Kit) -> None:
    """Resize the cluster, and list its nodes."""
    group = kit.client.compute
    asked = group.get("cpu")
    asked.min_instances, asked.max_instances = 1, 6
    assert group.begin_update(asked).result().max_instances == 6
    assert (group.get("cpu").min_instances, group.get("cpu").max_instances) == (1, 6)
    (node,) = group.list_nodes("cpu")
    assert vars(node)["nodeState"] == "idle"


@SUITE.tries("compute.begin_create_or_update", "compute.enable_sso")
def instance(kit: Kit) -> None:
    """Make an instance, and switch its single sign-on off."""
    group = kit.client.compute
    asked = ml.ComputeInstance(
        name="ci-clients", size=SIZE, idle_time_before_shutdown_minutes=30, ssh_public_access_enabled=False
    )
    made = group.begin_create_or_update(asked).result()
    assert (made.state, made.size.lower()) == ("Running", SIZE.lower())
    group.enable_sso(name="ci-clients", enable_sso=False)
    assert group.get("ci-clients").enable_sso is False


@SUITE.tries("compute.begin_stop", "compute.begin_start", "compute.begin_restart")
def power(kit: Kit) -> None:
    """Stop, start and restart the instance."""
    group = kit.client.compute
    group.begin_stop("ci-clients").result()
    assert group.get("ci-clients").state == "Stopped"
    group.begin_start("ci-clients").result()
    assert group.get("ci-clients").state == "Running"
    group.begin_restart("ci-clients").result()
    found = group.get("ci-clients")
    assert (found.state, found.last_operation["operationName"]) == ("Running", "Restart")
    with pytest.raises(HttpResponseError):
        group.begin_stop("cpu").result()


@SUITE.tries("compute.begin_attach")
def attach(kit: Kit) -> None:
    """Attach a machine, a Spark pool and a Kubernetes cluster."""
    group = kit.client.compute
    base = f"/subscriptions/{kit.served.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{GROUP}/providers"
    login = ml.VirtualMachineSshSettings(admin_username="me", admin_password="pa55W0rd!", ssh_port=22)
    bodies = {
        "Microsoft.Compute/virtualMachines/vm": {},
        "Microsoft.Synapse/workspaces/syn": {},
        "Microsoft.Synapse/workspaces/syn/bigDataPools/pool": {},
        "Microsoft.ContainerService/managedClusters/aks": {},
        "Microsoft.ContainerService/managedClusters/aks/providers/Microsoft.KubernetesConfiguration/extensions/ml": {
            "properties": {"extensionType": "Microsoft.AzureML.Kubernetes"}
        },
    }
    for path, body in bodies.items():
        put(kit, f"{base}/{path}", {"location": REGION, **body})
    machine = f"{base}/Microsoft.Compute/virtualMachines/vm"
    spark = f"{base}/Microsoft.Synapse/workspaces/syn/bigDataPools/pool"
    cluster_id = f"{base}/Microsoft.ContainerService/managedClusters/aks"
    for one in (
        ml.VirtualMachineCompute(name="vm-mine", resource_id=machine, ssh_settings=login),
        ml.SynapseSparkCompute(name="spark-mine", resource_id=spark),
        ml.KubernetesCompute(name="k8s-mine", resource_id=cluster_id, namespace="ml"),
    ):
        made = group.begin_attach(one).result()
        assert (made.type, made.resource_id.lower()) == (one.type, one.resource_id.lower())
    assert group.get("k8s-mine").namespace == "ml"


@SUITE.tries("compute.list", "compute.list_sizes", "compute.list_usage")
def lists(kit: Kit) -> None:
    """List computes, sizes and what is used of quotas."""
    group = kit.client.compute
    assert names(group.list()) == ["ci-clients", "cpu", "k8s-mine", "spark-mine", "vm-mine"]
    assert names(group.list(compute_type="AMLCompute")) == ["cpu"]
    sizes = {one.name.lower(): one for one in group.list_sizes()}
    assert vars(sizes[SIZE.lower()])["vCPUs"] == 4
    used = {one.name["value"]: one for one in group.list_usage(location=REGION)}
    counts = [(vars(one)["currentValue"], one.limit) for one in used.values()]
    assert any(current > 0 for current, _ in counts)


@SUITE.tries("compute.begin_delete")
def delete(kit: Kit) -> None:
    """Delete computes, and detach those that were attached."""
    group = kit.client.compute
    for name in ("cpu", "ci-clients"):
        group.begin_delete(name).result()
    for name in ("k8s-mine", "vm-mine", "spark-mine"):
        group.begin_delete(name, action="Detach").result()
    assert names(group.list()) == []
    with pytest.raises(ResourceNotFoundError):
        group.get("cpu")
