"""AKS clusters, their pools, and what other services may do in them: what is refused, and what stays."""

from typing import Any

import pytest

from azureml_sandbox import ArmError, Azure
from kit.platforms import SUBSCRIPTION

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
POOL = f"{CLUSTER}/agentPools/gpu"
BINDING = f"{CLUSTER}/trustedAccessRoleBindings/azureml"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
ML = "Microsoft.MachineLearningServices/workspaces"
SYSTEM = {"name": "system", "count": 1, "vmSize": "Standard_D4ds_v5", "mode": "System"}
SCALED = {"enableAutoScaling": True, "minCount": 1, "maxCount": 3, "vmSize": "Standard_NC4as_T4_v3"}


@pytest.fixture(scope="module")
def azure() -> Azure:
    made = Azure()
    made.put(GROUP, {"location": "westeurope"})
    made.put(CLUSTER, cluster())
    made.put(POOL, {"properties": SCALED})
    return made


def cluster(*pools: dict[str, Any], **system: str) -> dict[str, Any]:
    every = [{**SYSTEM, **system}, *pools]
    return {"location": "westeurope", "properties": {"dnsPrefix": "aks", "agentPoolProfiles": every}}


def test_the_autoscaler_keeps_its_number(azure: Azure) -> None:
    assert azure.get(POOL)["properties"]["count"] == 1
    azure.put(POOL, {"properties": {**SCALED, "count": 3}})
    azure.put(POOL, {"properties": {**SCALED, "maxCount": 5}})
    azure.put(CLUSTER, cluster())
    shown = {pool["name"]: pool["count"] for pool in azure.get(CLUSTER)["properties"]["agentPoolProfiles"]}
    assert (azure.get(POOL)["properties"]["count"], shown) == (3, {"system": 1, "gpu": 3})


@pytest.mark.parametrize(
    ("target", "body", "said"),
    [
        (CLUSTER, cluster({**SYSTEM, "name": "more"}), "A new agent pool was introduced"),
        (CLUSTER, cluster(vmSize="Standard_D8ds_v5"), "vmSize"),
        (POOL, {"properties": {**SCALED, "vmSize": "Standard_NC8as_T4_v3"}}, "vmSize"),
        (POOL, {"properties": {**SCALED, "minCount": 4}}, "minCount 4 of the agent pool 'gpu' is above maxCount 3"),
        (f"{POOL}2", {"properties": {**SCALED, "vnetSubnetID": f"{NETWORK}/subnets/no"}}, "does not exist"),
        (
            BINDING,
            {"properties": {"sourceResourceId": CLUSTER, "roles": [f"{ML}/mlworkload"]}},
            "is none of the source",
        ),
    ],
)
def test_what_aks_takes_for_wrong_is_refused(azure: Azure, target: str, body: dict[str, Any], said: str) -> None:
    with pytest.raises(ArmError, match=said):
        azure.put(target, body)
