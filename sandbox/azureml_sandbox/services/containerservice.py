"""Microsoft.ContainerService: Kubernetes clusters that a workspace may attach."""

import re
from collections.abc import Mapping
from typing import ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.operations import BY_LOCATION, OF_NETWORK, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.services import inside

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
_FIXED = ("vmSize", "vnetSubnetID", "osDiskSizeGB", "osDiskType", "osType", "maxPods", "availabilityZones")
"""What a pool is made with (https://learn.microsoft.com/azure/aks/use-node-pools, "Limitations")."""
_BINDING = re.compile(r"[A-Za-z0-9-]{1,24}")
_ON: Body = {"enabled": True}
_WRITES: Mapping[str, LongRunning] = {
    "PUT": LongRunning(201, 200, places=OF_NETWORK, poll="dated"),
    "DELETE": BY_LOCATION,
}


class ManagedCluster(ResourceType):
    """An AKS cluster, as far as something refers to it, extends it or is attached to it."""

    type = "Microsoft.ContainerService/managedClusters"
    long_running = _WRITES
    tracked = True
    immutable = ("properties.dnsPrefix",)
    secrets = ("properties.servicePrincipalProfile.secret", "properties.windowsProfile.adminPassword")
    shapes: ClassVar = {
        "properties.agentPoolProfiles[].name!": str,
        "properties.networkProfile.loadBalancerProfile": dict,
        "properties.networkProfile.loadBalancerSku": str,
        "properties.nodeResourceGroup": str,
        "properties.oidcIssuerProfile": dict,
        "properties.agentPoolProfiles[].count": int,
        "properties.agentPoolProfiles[].minCount": int,
    }

    def check(self, write: Write) -> None:
        """Refuse pools that come through the cluster, or change in what is fixed
        (pulumi/pulumi-azure-native#579).
        """
        pools = write.properties.get("agentPoolProfiles") or []
        old = {pool["name"]: pool for pool in write.old_properties.get("agentPoolProfiles") or []}
        for pool in pools:
            if old and pool["name"] not in old:
                raise bad_request(
                    "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through "
                    "managed cluster operations. For agent pool specific change, please use per agent pool operations: "
                    "https://aka.ms/agent-pool-rest-api",
                    "BadRequest",
                )
            _check_fixed(old.get(pool["name"]), pool)
            _check_pool(write, pool)

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

    def finish(self, write: Write, resource: Body) -> Body:
        """Fill in all that pools have, and keep those made beside the cluster; one with an identity has no service
        principal.
        """
        properties = resource["properties"]
        pools = properties.get("agentPoolProfiles") or []
        given = {pool["name"] for pool in pools}
        before = {pool["name"]: pool for pool in write.old_properties.get("agentPoolProfiles") or []}
        filled = [_pool(pool, properties["kubernetesVersion"], before.get(pool["name"])) for pool in pools]
        properties["agentPoolProfiles"] = filled + [pool for name, pool in before.items() if name not in given]
        network = properties["networkProfile"]
        network["serviceCidrs"] = [network["serviceCidr"]]
        if properties["oidcIssuerProfile"].get("enabled"):
            issuer = f"https://{write.location}.oic.prod-aks.azure.com/{derived.guid('issuer', write.id.text)}/"
            properties["oidcIssuerProfile"] = {**properties["oidcIssuerProfile"], "issuerURL": issuer}
        if "identity" in resource:
            properties["servicePrincipalProfile"] = {"clientId": "msi"}
        sku = {"name": "Base", "tier": "Free", **(resource.get("sku") or {})}
        return {**resource, "sku": sku}

    def after(self, write: Write, resource: Body) -> None:
        """Make the pools that the body lists."""
        for pool in resource["properties"]["agentPoolProfiles"]:
            place = f"{resource['id']}/agentPools/{pool['name']}"
            properties = {name: value for name, value in pool.items() if name != "name"}
            stored = {"id": place, "name": pool["name"], "type": AgentPool.type}
            write.azure.update({**stored, "properties": {**properties, "provisioningState": AgentPool.state}})


class AgentPool(ResourceType):
    """A pool of a cluster's nodes, which the cluster shows, too (azure-powershell, NodePoolTests, 2023-05)."""

    type = f"{ManagedCluster.type}/agentPools"
    long_running = _WRITES
    filled: ClassVar = {"scaleDownMode": "Delete"}

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the refusal in the service's own form."""
        return AgentPoolError(target)

    def check(self, write: Write) -> None:
        """Refuse a change of what is fixed, and nodes in no subnet."""
        properties = write.properties
        _check_fixed(write.old_properties or None, properties)
        _check_pool(write, {"name": write.id.name, **properties})

    def finish(self, write: Write, resource: Body) -> Body:
        """Fill in all that pools have."""
        version = write.parent["properties"]["kubernetesVersion"]
        return {**resource, "properties": _pool(resource["properties"], version, write.old_properties)}

    def after(self, write: Write, resource: Body) -> None:
        """Show the pool in its cluster."""
        properties = {name: value for name, value in resource["properties"].items() if name != "provisioningState"}
        inside.show(write.azure, resource, "agentPoolProfiles", [{"name": resource["name"], **properties}])

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Take the pool from its cluster."""
        inside.show(azure, resource, "agentPoolProfiles", [])


class TrustedAccessRoleBinding(ResourceType):
    """What another service may do in a cluster (https://learn.microsoft.com/azure/aks/trusted-access-feature)."""

    type = f"{ManagedCluster.type}/trustedAccessRoleBindings"
    long_running = _WRITES
    immutable = ("properties.sourceResourceId",)
    shapes: ClassVar = {"properties.sourceResourceId!": str, "properties.roles!": list}

    def check(self, write: Write) -> None:
        """Refuse a name that can't be one, and a role of another service than the source is of."""
        if write.created and not _BINDING.fullmatch(write.id.name):
            raise bad_request(f"The name '{write.id.name}' of a trusted access role binding is invalid.", "InvalidName")
        source = ids.parse(str(write.properties["sourceResourceId"])).type.lower()
        for role in write.properties["roles"]:
            if str(role).rpartition("/")[0].lower() != source:
                raise bad_request(f"The role '{role}' is none of the source resource.", "InvalidRole")


class AgentPoolError(ArmError):
    """The refusal of a pool that isn't there, which has no ``error`` around it."""

    def __init__(self, target: ResourceId) -> None:
        cluster, pool = target.names
        where = f"subscription: {target.subscription}, resourceGroup: {target.resource_group}, resourceName: {cluster}"
        super().__init__(404, "NotFound", f"Could not find the agentpool: {pool} in {where}.")

    @property
    def body(self) -> Body:
        """Return the error as the service sends it."""
        detail = {"code": "Unspecified", "message": "rpc error: code = NotFound desc = Agent Pool not found"}
        own = {"code": self.code, "message": self.message, "subcode": "GetAgentPool_NotFound"}
        return {**own, "details": [detail]}


def _check_fixed(old: Body | None, new: Body) -> None:
    """Refuse another value of what is fixed when a pool is made."""
    for word in _FIXED:
        before, after = (old or {}).get(word), new.get(word)
        if before and after and str(before).lower() != str(after).lower():
            raise bad_request(f"Changing property 'properties.{word}' is not allowed.", "PropertyChangeNotAllowed")


def _check_pool(write: Write, pool: Body) -> None:
    """Refuse bounds that contradict each other, and a subnet that isn't there."""
    subnet = pool.get("vnetSubnetID")
    if subnet and write.azure.is_missing(str(subnet)):
        raise bad_request(f"The subnet '{subnet}' of the agent pool '{pool['name']}' does not exist.", "SubnetNotFound")
    least, most = pool.get("minCount"), pool.get("maxCount")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        text = f"minCount {least} of the agent pool '{pool['name']}' is above maxCount {most}."
        raise bad_request(text, "InvalidParameter")


def _pool(given: Body, version: str, before: Body | None = None) -> Body:
    """Return a pool with all that pools have, of its cluster's version where nothing else is said; the autoscaler's
    number stays where none is said (kubernetes-sigs/cluster-api-provider-azure#1991).
    """
    if given.get("enableAutoScaling") and given.get("count") is None:
        given = {**given, "count": max((before or {}).get("count") or 0, given.get("minCount") or 0)}
    asked = given.get("orchestratorVersion") or version
    versions = {"orchestratorVersion": asked, "currentOrchestratorVersion": _patch(asked)}
    return {**_POOL, **given, **versions, "osDiskSizeGB": given.get("osDiskSizeGB") or _DISK}


def _patch(version: object) -> str:
    """Return the version that runs where one is asked for."""
    asked = str(version or _VERSION)
    return _PATCH if asked == _VERSION else asked
