"""A Kubernetes cluster that is made for a compute: its pools change in place where Azure does."""

from pathlib import Path
from typing import Any

import pytest

from azureml_infra import Compute, KubernetesCompute
from azureml_sandbox.pulumi.stack import RunFailedError
from kit.platforms import SUBSCRIPTION, changes, live, stack, workspace
from kit.rows import each
from kit.scenarios import NETWORK, Copy

CLUSTER = "Microsoft.ContainerService/managedClusters"
EXTENSION = "Microsoft.KubernetesConfiguration/extensions"
IDENTITY = f"{NETWORK}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
SYSTEM = {"name": "system", "size": "standard_ds3_v2", "count": 1}


def scale(copy: Copy, pool: str, count: int) -> None:
    """Let the autoscaler have made nodes."""
    made = copy.all(f"{CLUSTER}/agentPools")[pool]
    said = ("vmSize", "enableAutoScaling", "minCount", "maxCount", "mode")
    copy.azure.put(made["id"], {"properties": {**{word: made["properties"][word] for word in said}, "count": count}})


def test_pools_change_in_place_and_the_cluster_goes_last(tmp_path: Path) -> None:
    copy = Copy("production-aks", tmp_path).ready()
    scale(copy, "gpu", 3)
    copy.edit("aks.yml", "max: 4", "max: 6\n      labels: {team: vision}")
    copy.edit("aks.yml", "count: 3", "count: 4")
    copy.edit("aks.yml", "extension:", "    - {name: batch, size: Standard_E8s_v5, count: 0}\nextension:")
    assert sorted(changes(copy.up())) == ["create aks-batch", "update aks-cluster", "update aks-gpu"]
    pools = copy.all(f"{CLUSTER}/agentPools")
    gpu = pools["gpu"]["properties"]
    assert (gpu["count"], gpu["maxCount"], gpu["nodeLabels"]) == (3, 6, {"team": "vision"})
    assert (pools["system"]["properties"]["count"], pools["batch"]["properties"]["vmSize"]) == (4, "Standard_E8s_v5")
    copy.edit("aks.yml", "Standard_NC24ads_A100_v4", "Standard_NC48ads_A100_v4")
    copy.edit("aks.yml", "    - {name: batch, size: Standard_E8s_v5, count: 0}\n", "")
    assert sorted(changes(copy.up())) == ["delete aks-batch", "replace aks-gpu"]
    gone = [word.partition(" ")[2] for word in changes(copy.sandbox.destroy())]
    order = ["pump-alarms-traffic", "pump-alarms", "aks", "aks-extension", "aks-access", "aks-gpu", "aks-cluster"]
    assert [name for name in gone if name in order] == order
    assert copy.all(CLUSTER) == copy.all(EXTENSION) == {}


ANOTHER = [
    ("size: Standard_D4ds_v5", "size: Standard_D8ds_v5", "size of a pool is fixed when it is made"),
    ("name: system", "name: first", "the pool first is first, and the cluster was made with another one"),
    ("private: true", "private: false", "private of a cluster is fixed when it is made"),
]


@pytest.fixture(scope="module")
def without_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return the example without what is served on the cluster, up."""
    copy = Copy("production-aks", tmp_path_factory.mktemp("copy"))
    copy.edit("platform.yml", "online_endpoints: [endpoint.yml]\nonline_deployments: [blue.yml, green.yml]\n", "")
    return copy.ready()


@each(("old", "new", "said"), ANOTHER)
def test_what_takes_another_cluster_is_refused_in_the_preview(
    without_endpoint: Copy, old: str, new: str, said: str
) -> None:
    without_endpoint.edit("aks.yml", old, new)
    with pytest.raises(RunFailedError, match=rf"aks\.yml:\d+:\d+: {said}"):
        without_endpoint.sandbox.preview(without_endpoint.program)
    without_endpoint.edit("aks.yml", new, old)


def test_a_program_makes_a_small_cluster_for_tests() -> None:
    settings: dict[str, Any] = {
        "create": {"pools": [SYSTEM], "version": "1.33.5", "local_accounts": True},
        "extension": {"allow_insecure_connections": True, "settings": {"domain": "contoso.com"}},
    }

    def program() -> None:
        identity = {"type": "user_assigned", "user_assigned_identities": [IDENTITY]}
        home = workspace(identity=identity, primary_user_assigned_identity=IDENTITY)
        Compute("aks", KubernetesCompute(name="aks", **settings), workspace=home)

    sandbox = stack()
    sandbox.azure.put(NETWORK, {"location": "westeurope"})
    sandbox.azure.put(IDENTITY, {"location": "westeurope"})
    made = [word.partition(" ")[2] for word in changes(sandbox.up(program))]
    roles = ["reader", "extensions", "admin", "contributor"]
    assert {name for name in made if name.startswith("aks-can-attach")} == {f"aks-can-attach-{role}" for role in roles}
    assert "aks-access" not in made
    extension = live(sandbox, EXTENSION)["properties"]["configurationSettings"]
    assert (extension["inferenceRouterHA"], extension["domain"]) == ("False", "contoso.com")
    assert "installNvidiaDevicePlugin" not in extension
    cluster = live(sandbox, CLUSTER)
    assert cluster["properties"]["autoUpgradeProfile"]["upgradeChannel"] == "none"
    assert cluster["properties"]["agentPoolProfiles"][0]["vmSize"] == "Standard_DS3_v2"
    assert cluster["id"].startswith(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/")
    assert changes(sandbox.preview(program)) == []
