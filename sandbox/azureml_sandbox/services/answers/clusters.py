"""Kubernetes clusters as Azure shows them (recorded 2023-05 and 2025-12)."""

from typing import Any

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, lower_group_word
from azureml_sandbox.model.operations import SUCCEEDED

_NEWER = "2025"
"""From when on a cluster shows all of this."""
_POOL: Body = {
    "enableAutoScaling": False,
    "scaleDownMode": "Delete",
    "enableNodePublicIP": False,
    "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
    "securityProfile": {"sshAccess": "LocalUser", "enableVTPM": False, "enableSecureBoot": False},
}
_CLUSTER: Body = {
    "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"},
    "nodeProvisioningProfile": {"mode": "Manual", "defaultNodePools": "Auto"},
    "bootstrapProfile": {"artifactSource": "Direct"},
}


def cluster(answer: Body, version: str) -> None:
    """Render a cluster in the service's spelling, its pools in its own state, and what comes only at its end."""
    answer["id"] = lower_group_word(answer["id"])
    answer["type"] = "Microsoft.ContainerService/ManagedClusters"
    properties = answer["properties"]
    is_made = properties.get("provisioningState") == SUCCEEDED
    pools: list[Body] = properties.get("agentPoolProfiles") or []
    for one in pools:
        one["provisioningState"] = properties["provisioningState"]
    network: Body = properties.setdefault("networkProfile", {"loadBalancerProfile": {}})
    if is_made and "nodeResourceGroup" in properties:
        address = f"{answer['id'].partition('/resourcegroups/')[0]}/resourceGroups/{properties['nodeResourceGroup']}"
        name = derived.guid("outbound", answer["id"])
        ips = [{"id": f"{address}/providers/Microsoft.Network/publicIPAddresses/{name}"}]
        network["loadBalancerProfile"] = {**network["loadBalancerProfile"], "effectiveOutboundIPs": ips}
    if version >= _NEWER:
        _newer(answer, pools, is_made=is_made)
    elif is_made:
        network["loadBalancerSku"] = str(network["loadBalancerSku"]).capitalize()


def pool(answer: Body, version: str) -> None:
    """Render a pool by itself."""
    answer["id"] = lower_group_word(answer["id"])
    if version >= _NEWER:
        _newer_pool(answer["properties"], is_made=answer["properties"].get("provisioningState") == SUCCEEDED)


def _newer_pool(shown: Body, *, is_made: bool) -> None:
    shown.update({**_POOL, **shown})
    if not is_made:
        shown.setdefault("nodeLabels", {})


def _newer(answer: Body, pools: list[Body], *, is_made: bool) -> None:
    properties = answer["properties"]
    answer["kind"] = "Base"
    for one in pools:
        _newer_pool(one, is_made=is_made)
    properties.update({**_CLUSTER, "resourceUID": derived.alphanumeric("uid", answer["id"])[:24], **properties})
    network: dict[str, Any] = properties["networkProfile"]
    network.setdefault("networkPolicy", "none")
    network["loadBalancerProfile"]["backendPoolType"] = "nodeIPConfiguration"
    for assigned in ((answer.get("identity") or {}).get("userAssignedIdentities") or {}).values():
        if not is_made:
            assigned.pop("clientId", None)
