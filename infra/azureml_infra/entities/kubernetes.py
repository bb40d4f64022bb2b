"""A Kubernetes cluster that is made for a compute (`create:`). az ml has no words for it.

docs/kubernetes.md says what is made, what changes in place and what doesn't.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from azureml_arm import sizes
from azureml_infra.entities.base import LOCAL, TEXT, Arm, InputStr, Model, is_output, refusal
from azureml_infra.entities.body import Resolver, body
from azureml_infra.entities.fields import Guid, Subnet
from azureml_infra.entities.words import ANY_CASE, PASCAL, Check, TextMap, pascal
from azureml_infra.yaml.problems import quote

_SIZE = re.compile(r"Standard_[A-Za-z0-9_-]+", re.IGNORECASE)
_POOL = re.compile(r"[a-z][a-z0-9]{0,11}")
_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?")
_VERSION = re.compile(r"1\.\d+(\.\d+)?")
ROUTERS = 3
"""How many routers the extension runs for high availability, each on a node of its own
(https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension)."""


def _matching(pattern: re.Pattern[str], what: str, expected: str) -> Check:
    def check(given: Any) -> Any:
        if pattern.fullmatch(given):
            return given
        raise refusal(f"{quote(given)} is not {what}", expected)

    return Check(check, lambda: {"pattern": f"^({pattern.pattern})$"})


def _own_name(size: Any) -> Any:
    """Return the name of a size that Azure ML offers, too, in its own letters."""
    known = sizes.find(size)
    return known.name if known is not None else size


def _network(given: str) -> str:
    try:
        ipaddress.IPv4Network(given)
    except ValueError:
        raise refusal(f"{quote(given)} is not a range of addresses", "one such as 10.244.0.0/16") from None
    return given


Cidr = Annotated[str, AfterValidator(_network)]


class NodePool(Model):
    """Nodes of a Kubernetes cluster that are alike. Its number, labels, taints and mode change in place."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "properties.type": "VirtualMachineScaleSets",
        "properties.osType": "Linux",
        "properties.enableNodePublicIP": False,
    }

    name: Annotated[str, _matching(_POOL, "a pool's name", "up to 12 lower-case letters and digits"), LOCAL]
    """Its name; nodes have the label ``agentpool`` with it."""
    size: Annotated[
        InputStr,
        _matching(_SIZE, "a VM size", "one such as Standard_D4s_v5"),
        Check(_own_name),
        Arm("properties.vmSize", immutable=True),
    ]
    """VM size of the nodes: any that AKS has, also those that Azure ML's own computes don't have."""
    mode: Annotated[Literal["system", "user"] | None, ANY_CASE, LOCAL] = None
    """`system` for the cluster's own services, `user` for nothing but work. The first pool is a system pool, the others
    are user pools, by default."""
    count: Annotated[int | None, Field(ge=0, le=1000), Arm("properties.count")] = None
    """How many nodes there are; or `min` and `max`."""
    min: Annotated[int | None, Field(ge=0, le=1000), Arm("properties.minCount")] = None
    """Fewest nodes that the autoscaler keeps."""
    max: Annotated[int | None, Field(ge=1, le=1000), Arm("properties.maxCount")] = None
    """Most nodes that the autoscaler makes."""
    labels: Annotated[TextMap, Arm("properties.nodeLabels")] = Field(default_factory=dict)
    """Labels of the nodes, by which an instance type chooses them."""
    taints: Annotated[list[str], Arm("properties.nodeTaints")] = Field(default_factory=list)
    """Taints of the nodes. Azure ML's workloads tolerate its own only: ``ml.azure.com/amlarc=true:NoSchedule``."""
    zones: Annotated[list[Annotated[str, TEXT]], Arm("properties.availabilityZones", immutable=True)] = Field(
        default_factory=list
    )
    """Availability zones that the nodes are spread over: `[1, 2, 3]`."""
    disk_size_gb: Annotated[int | None, Field(ge=30, le=2048), Arm("properties.osDiskSizeGB", immutable=True)] = None
    """Size of each node's disk; Azure's default for the VM size if left out."""

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        """Refuse a pool of which nothing says how many nodes it has, or two things do."""
        scaled = (self.min, self.max)
        if self.count is None and None in scaled:
            what, expected = f"nothing says how many nodes the pool {self.name} has", "count, or min and max"
        elif self.count is not None and scaled != (None, None):
            what, expected = f"the pool {self.name} has a count and bounds of one", "count, or min and max"
        elif self.min is not None and self.max is not None and self.min > self.max:
            what, expected = f"min of the pool {self.name} is {self.min}, and max {self.max}", "min up to max"
        else:
            return self
        raise refusal(what, expected)

    @property
    def least(self) -> int:
        """Return how many nodes are always there."""
        return (self.min if self.count is None else self.count) or 0

    @property
    def has_gpus(self) -> bool:
        """Return whether its nodes have GPUs of NVIDIA's, whose driver needs a plugin of the cluster."""
        known = sizes.find(self.size) if isinstance(self.size, str) else None
        return known.gpus > 0 if known is not None else str(self.size).lower().startswith("standard_n")

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Say whether the autoscaler has a say; Azure then keeps the number that there is, as none is sent."""
        properties = body["properties"]
        properties["mode"] = pascal(self.mode or "user")
        if self.max is not None:
            properties["enableAutoScaling"] = True
        for word in ("nodeLabels", "nodeTaints", "availabilityZones"):
            if not properties[word]:
                del properties[word]


class KubernetesCluster(Model):
    """An AKS cluster: managed identity, Microsoft Entra and Azure RBAC, no local accounts, OIDC and workload identity,
    patches by itself.
    """

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "identity.type": "SystemAssigned",
        "sku.name": "Base",
        "properties.enableRBAC": True,
        "properties.aadProfile": {"managed": True, "enableAzureRBAC": True},
        "properties.oidcIssuerProfile.enabled": True,
        "properties.securityProfile.workloadIdentity.enabled": True,
        "properties.autoUpgradeProfile.nodeOSUpgradeChannel": "NodeImage",
        "properties.networkProfile.networkPlugin": "azure",
        "properties.networkProfile.networkPluginMode": "overlay",
        "properties.networkProfile.loadBalancerSku": "standard",
    }

    pools: Annotated[list[NodePool], Field(min_length=1), LOCAL]
    """Its nodes. The first pool is made with the cluster and stays as long as it; the others come and go."""
    name: Annotated[
        str | None, _matching(_NAME, "a cluster's name", "up to 63 letters, digits, dashes and underscores"), LOCAL
    ] = None
    """Its name in the workspace's resource group; ``aks-WORKSPACE-COMPUTE`` if left out."""
    version: Annotated[
        Annotated[str, TEXT, _matching(_VERSION, "a version of Kubernetes", "one such as 1.33 or 1.33.5")] | None,
        Arm("properties.kubernetesVersion"),
    ] = None
    """Version of Kubernetes: `1.33` gets its patches by itself, `1.33.5` stays. Azure's default if left out."""
    tier: Annotated[Literal["free", "standard", "premium"], PASCAL, Arm("sku.tier")] = "free"
    """`standard` has an SLA for the API server and costs by the hour."""
    network: Annotated[Subnet | None, LOCAL] = None
    """Subnet of the nodes: `VNET/SUBNET` of the workspace's resource group, or an id. Azure makes one if left out."""
    pod_cidr: Annotated[Cidr, Arm("properties.networkProfile.podCidr", immutable=True)] = "192.168.0.0/16"
    """Addresses of pods, which aren't the network's."""
    service_cidr: Annotated[Cidr, Arm("properties.networkProfile.serviceCidr", immutable=True)] = "172.16.0.0/16"
    """Addresses of services, which nothing else may have."""
    private: Annotated[bool, Arm("properties.apiServerAccessProfile.enablePrivateCluster", immutable=True)] = False
    """Whether the API server answers in the network alone, and scoring does so, too."""
    admins: Annotated[list[Guid] | None, Arm("properties.aadProfile.adminGroupObjectIDs")] = None
    """Groups of Microsoft Entra that administer it; others need a role of Azure's on it."""
    local_accounts: Annotated[bool, Arm("properties.disableLocalAccounts", lambda on: not on)] = False
    """Whether its administrator's certificate works, which Azure ML needs in Azure Government and Azure China."""

    @model_validator(mode="after")
    def _pools_fit(self) -> Self:
        """Refuse pools that AKS doesn't take together."""
        first, names = self.pools[0], [pool.name for pool in self.pools]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            what, expected = f"two pools have the name {twice}", "a name each"
        elif first.mode == "user":
            what, expected = f"the first pool, {first.name}, is no system pool", "mode: system, or no mode"
        elif not all(pool.least for pool in self.pools if pool is first or pool.mode == "system"):
            what, expected = "a system pool may have no nodes", "at least one: count: 1, or min: 1"
        else:
            return self
        raise refusal(what, expected, "pools")

    @property
    def least(self) -> int:
        """Return how many nodes are always there."""
        return sum(pool.least for pool in self.pools)

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Add the first pool, and what follows from other fields."""
        properties = body["properties"]
        fixed = self.version is not None and self.version.count(".") > 1
        properties["autoUpgradeProfile"]["upgradeChannel"] = "none" if fixed else "patch"
        services = ipaddress.IPv4Network(self.service_cidr)
        properties["networkProfile"]["dnsServiceIP"] = str(services[10])
        if self.private:  # Azure ML reaches a private cluster by its public name (docs/kubernetes.md)
            properties["apiServerAccessProfile"]["enablePrivateClusterPublicFQDN"] = True
        else:  # as Azure may leave it out of its answer
            del properties["apiServerAccessProfile"]
        properties["agentPoolProfiles"] = [
            {"name": self.pools[0].name, **self.pool(self.pools[0], resolver)["properties"], "mode": "System"}
        ]

    def pool(self, pool: NodePool, resolver: Resolver) -> dict[str, Any]:
        """Return the request body of a pool: in the cluster's subnet, and of its version."""
        made = body(pool, resolver)
        if self.version is not None:
            made["properties"]["orchestratorVersion"] = self.version
        if self.network is not None:
            made["properties"]["vnetSubnetID"] = self.subnet(resolver)
        return made

    def subnet(self, resolver: Resolver) -> Any:
        """Return the id of the nodes' subnet."""
        return self.network if is_output(self.network) else resolver.reference(("subnets",), str(self.network))
