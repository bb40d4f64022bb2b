"""What regions tell of quotas beside Azure ML's: vCPUs of virtual machines, and containers.

https://learn.microsoft.com/rest/api/compute/usage/list, https://learn.microsoft.com/rest/api/container-instances/location/list-usage
"""

from collections.abc import Iterator
from typing import Any

from azureml_arm import ids, sizes
from azureml_arm.ids import ResourceId
from azureml_arm.regions import canonical_region
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud, ResourceType

CORES = 350
"""vCPUs of a region, of each family and of all. Azure's own defaults differ by subscription."""
GROUPS = CONTAINER_CORES = 100
"""https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits"""


class Region(ResourceType):
    """A region, as far as a service is concerned: every one is there."""

    state = None
    service_only = True

    def virtual(self, _azure: Cloud, target: ResourceId) -> Body | None:
        """Return the region, which nobody has to make."""
        return {"id": target.text, "name": target.name, "type": self.type, "properties": {}}


class Listed(ResourceType):
    """A list of a region or a workspace, which nobody changes."""

    state = None
    service_only = True


class ComputeLocation(Region):
    """A region of virtual machines."""

    type = "Microsoft.Compute/locations"


class ComputeUsage(Listed):
    """What is used of the quotas of virtual machines: nodes of AKS are such."""

    type = "Microsoft.Compute/locations/usages"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return all vCPUs, then those of each family."""
        used: dict[str, int] = {}
        clusters = _in_region(azure, "Microsoft.ContainerService/managedClusters", ids.parse(scope).name)
        for pool in (pool for one in clusters for pool in one.get("agentPoolProfiles") or ()):
            size = sizes.find(str(pool.get("vmSize")))
            if size is not None:
                used[size.family] = used.get(size.family, 0) + size.vcpus * int(pool.get("count") or 0)
        families = sorted({size.family for size in sizes.sizes()})
        rows = [_row("cores", "Total Regional vCPUs", sum(used.values()), CORES)]
        return rows + [_row(one, f"{one} vCPUs", used.get(one, 0), CORES) for one in families]


def _in_region(azure: Cloud, type_name: str, region: str) -> Iterator[Any]:
    """Yield the properties of the resources of a type in a region."""
    for one in azure.resources(type_name):
        if canonical_region(one["location"]) == canonical_region(region):
            yield one["properties"]


class ContainerLocation(Region):
    """A region of container groups."""

    type = "Microsoft.ContainerInstance/locations"


class ContainerUsage(Listed):
    """What is used of the quotas of Container Instances."""

    type = "Microsoft.ContainerInstance/locations/usages"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return groups and cores."""
        groups = list(_in_region(azure, "Microsoft.ContainerInstance/containerGroups", ids.parse(scope).name))
        containers = (container["properties"] for group in groups for container in group["containers"])
        cores = sum(float(one.get("resources", {}).get("requests", {}).get("cpu") or 0) for one in containers)
        return [
            _row("ContainerGroups", "Container Groups", len(groups), GROUPS),
            _row("StandardCores", "Standard Cores", cores, CONTAINER_CORES),
        ]


def _row(name: str, label: str, current: float, limit: int) -> Body:
    said = {"value": name, "localizedValue": label}
    return {"name": said, "currentValue": int(current), "limit": limit, "unit": "Count"}
