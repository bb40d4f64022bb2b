"""Microsoft.ContainerService: Kubernetes clusters that a workspace may attach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import BY_LOCATION, OF_NETWORK, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write

_VERSION, _PATCH = "1.33", "1.33.5"
_DISK = 128
"""GiB of a node's disk, where 0 or nothing is said."""
_POOL: Body = {
    "osDiskType": "Managed",
    "kubeletDiskType": "OS",
    "maxPods": 30,
    "type": "VirtualMachineScaleSets",
    "powerState": {"code": "Running"},
    "osType": "Linux",
    "osSKU": "Ubuntu",
    "nodeImageVersion": "AKSUbuntu-2204containerd-202511.20.0",
    "enableFIPS": False,
}
_ON: Body = {"enabled": True}


class ManagedCluster(ResourceType):
    """An AKS cluster, as far as something refers to it or extends it."""

    type = "Microsoft.ContainerService/managedClusters"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(201, 200, places=OF_NETWORK, poll="dated"),
        "DELETE": BY_LOCATION,
    }
    tracked = True
    immutable = ("properties.dnsPrefix",)
    secrets = ("properties.servicePrincipalProfile.secret", "properties.windowsProfile.adminPassword")
    shapes: ClassVar = {
        "properties.agentPoolProfiles[].name!": str,
        "properties.networkProfile.loadBalancerProfile": dict,
        "properties.networkProfile.loadBalancerSku": str,
        "properties.nodeResourceGroup": str,
    }

    def defaults(self, write: Write) -> Body:
        """Return what a cluster has when nothing is said."""
        group = f"MC_{write.id.resource_group}_{write.id.name}_{write.location}"
        return {
            "nodeResourceGroup": group,
            "enableRBAC": True,
            "kubernetesVersion": _VERSION,
            "supportPlan": "KubernetesOfficial",
            "maxAgentPools": 100,
            "windowsProfile": {"adminUsername": "azureuser", "enableCSIProxy": True},
            "networkProfile": {
                "networkPlugin": "azure",
                "networkDataplane": "azure",
                "loadBalancerSku": "standard",
                "loadBalancerProfile": {"managedOutboundIPs": {"count": 1}},
                "serviceCidr": "10.0.0.0/16",
                "dnsServiceIP": "10.0.0.10",
                "outboundType": "loadBalancer",
                "serviceCidrs": ["10.0.0.0/16"],
                "ipFamilies": ["IPv4"],
            },
            "securityProfile": {},
            "storageProfile": {"diskCSIDriver": _ON, "fileCSIDriver": _ON, "snapshotController": _ON},
            "oidcIssuerProfile": {"enabled": False},
            "workloadAutoScalerProfile": {},
        }

    def computed_properties(self, write: Write) -> Body:
        """Return where its API answers."""
        prefix = write.properties.get("dnsPrefix") or write.id.name
        host = f"{prefix}-{derived.alphanumeric('aks', write.id.text)[1:9]}"
        where = f"hcp.{write.location}.azmk8s.io"
        return {
            "fqdn": f"{host}.{where}",
            "azurePortalFQDN": f"{host}.portal.{where}",
            "powerState": {"code": "Running"},
            "currentKubernetesVersion": _patch(write.properties.get("kubernetesVersion")),
        }

    def finish(self, _write: Write, resource: Body) -> Body:
        """Fill in all that pools have; a cluster with an identity has no service principal."""
        properties = resource["properties"]
        version = properties["kubernetesVersion"]
        versions = {"orchestratorVersion": version, "currentOrchestratorVersion": _patch(version)}
        pools = properties.get("agentPoolProfiles") or []
        properties["agentPoolProfiles"] = [
            {**_POOL, **versions, **pool, "osDiskSizeGB": pool.get("osDiskSizeGB") or _DISK} for pool in pools
        ]
        if "identity" in resource:
            properties["servicePrincipalProfile"] = {"clientId": "msi"}
        sku = {"name": "Base", "tier": "Free", **(resource.get("sku") or {})}
        return {**resource, "sku": sku}


def _patch(version: object) -> str:
    """Return the version that runs where one is asked for."""
    asked = str(version or _VERSION)
    return _PATCH if asked == _VERSION else asked
