"""Computes: what can be changed, and which names are free."""

from azureml_sandbox.azure import Azure
from kit.clouds import BODIES, CLUSTER, REGION, WORKSPACE, compute, refused
from kit.ml_paths import KEY_ENDPOINT, ml


def test_a_cluster_tells_its_nodes_and_scales_in_place(azure: Azure) -> None:
    scale = {"minNodeCount": 1, "maxNodeCount": 4}
    made = azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2", scaleSettings=scale))
    assert made["location"] == REGION
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["computeLocation"] == REGION
    settings = made["properties"]["properties"]
    assert (settings["allocationState"], settings["currentNodeCount"]) == ("Steady", 1)
    assert len(azure.action(ml("computes/cpu"), "listNodes")["nodes"]) == 1
    bigger = {"minNodeCount": 0, "maxNodeCount": 8}
    changed = azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="standard_ds3_v2", scaleSettings=bigger))
    assert changed["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 8


def test_a_clusters_machines_are_for_good(azure: Azure) -> None:
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("BadRequest", says="vmSize"):
        azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_NC6S_V3"))


def test_an_instance_can_be_stopped_and_stays_so(azure: Azure) -> None:
    target = ml("computes/anna-ci")
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    states = []
    for action in ("stop", "start", "restart", "stop"):
        azure.action(target, action)
        states.append(azure.get(target)["properties"]["properties"]["state"])
    assert states == ["Stopped", "Running", "Running", "Stopped"]
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    assert azure.get(target)["properties"]["properties"]["state"] == "Stopped"
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("BadRequest"):
        azure.action(ml("computes/cpu"), "stop")


def _second_workspace(azure: Azure) -> str:
    second = WORKSPACE.replace("mlw-acme", "mlw-second")
    azure.put(second, BODIES[WORKSPACE])
    return second


def test_names_of_instances_and_endpoints_are_unique_in_a_region_and_those_of_clusters_are_not(azure: Azure) -> None:
    second = _second_workspace(azure)
    for inside in (WORKSPACE, second):
        azure.put(f"{inside}/computes/cpu", compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    for path, given in (
        ("computes/anna-ci", compute("ComputeInstance", vmSize="STANDARD_DS3_V2")),
        ("onlineEndpoints/scores", KEY_ENDPOINT),
        ("batchEndpoints/nightly", {"location": REGION, "properties": {"authMode": "AADToken"}}),
    ):
        azure.put(ml(path), given)
        with refused("BadRequest", says=f"'{path.rpartition('/')[2]}'"):
            azure.put(f"{second}/{path}", given)
        azure.delete(ml(path))
        azure.put(f"{second}/{path}", given)


def test_a_cluster_of_kubernetes_is_attached_once_it_has_the_extension(azure: Azure) -> None:
    request = compute("Kubernetes", CLUSTER, namespace="default")
    with refused("LinkedResourceNotFound"):
        azure.put(ml("computes/k8s"), request)
    azure.put(CLUSTER, {"location": REGION, "properties": {"dnsPrefix": "acme"}})
    with refused("KubernetesExtensionNotFound"):
        azure.put(ml("computes/k8s"), request)
    azure.put(
        f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/azureml",
        {"properties": {"extensionType": "Microsoft.AzureML.Kubernetes"}},
    )
    assert azure.put(ml("computes/k8s"), request)["properties"]["isAttachedCompute"] is True
    with refused("PropertyChangeNotAllowed"):
        azure.put(ml("computes/k8s"), compute("VirtualMachine", CLUSTER))
