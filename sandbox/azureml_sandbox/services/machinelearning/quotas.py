"""How many vCPUs Azure ML's computes may have and do have, by region, VM family and priority.

https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas; names and ids are those
that the service was recorded to answer (2025-11); low priority's are those of the REST specification's examples.
"""

import json
import re
from dataclasses import dataclass

from azureml_arm import ids, sizes
from azureml_arm.ids import workspace_of
from azureml_arm.regions import canonical_region
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import COMPUTE_CORES, COMPUTE_LIMITS
from azureml_sandbox.services.machinelearning.system import SETTINGS

COMPUTES = 500
"""Computes of a subscription in a region."""
CORES = 300
"""vCPUs of a family in a region, of either priority. Azure's own defaults differ by subscription, from 24 up."""
DEDICATED, LOW_PRIORITY = "Dedicated", "LowPriority"
_HELP = "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas"


@dataclass(frozen=True)
class Use:
    """What one compute has of a family's quota."""

    compute: str
    family: str
    priority: str
    cores: int

    @property
    def name(self) -> str:
        """Return what the quota is called."""
        return name_of(self.family, self.priority)


def name_of(family: str, priority: str) -> str:
    """Return what a quota is called: a family's own name, as sizes have it, for dedicated machines."""
    return family if priority == DEDICATED else label(family, priority)


def label(family: str, priority: str) -> str:
    """Return the quota's name: ``Standard DSv2 Family Cluster Dedicated vCPUs`` for ``standardDSv2Family``."""
    series = re.sub(r"(?i)^standard|family$", "", family)
    return f"Standard {series} Family Cluster {priority} vCPUs"


def key(name: str) -> str:
    """Return a quota's name as the last part of an id."""
    return name.replace(" ", "_")


def record(azure: Cloud, compute: Body) -> None:
    """Keep what a compute has now. A compute instance has its vCPUs also when it is stopped."""
    forget(azure, compute)
    family, priority, each = _machine(compute)
    settings = dig(compute, SETTINGS) or {}
    count = settings.get("currentNodeCount") or 0 if _kind(compute) == "AmlCompute" else 1
    use = json.dumps([family, priority, each * int(count)])
    azure.store.set(COMPUTE_CORES, f"{_region(compute)}|{compute['id']}".lower(), use)


def forget(azure: Cloud, compute: Body) -> None:
    """Free the cores of a deleted compute."""
    azure.store.remove(COMPUTE_CORES, f"{_region(compute)}|{compute['id']}".lower())


def usage(azure: Cloud, region: str) -> list[Use]:
    """Return what every compute of a region has."""
    found = azure.store.scan(COMPUTE_CORES, f"{canonical_region(region)}|")
    return [Use(place.partition("|")[2], *json.loads(text)) for place, text in found]


def check_count(azure: Cloud, region: str) -> None:
    """Refuse one compute too many."""
    if len(usage(azure, region)) >= COMPUTES:
        raise bad_request(
            f"The subscription has {COMPUTES} computes in {region}, which is its limit for resources of type "
            f"computes in a region. Delete some, or see {_HELP}.",
            "ClusterQuotaReached",
        )


def check_room(azure: Cloud, compute: Body, nodes: int) -> None:
    """Refuse a compute of which a number of nodes would be more than the quota."""
    family, priority, each = _machine(compute)
    left = room(azure, compute)
    if left is not None and nodes * each > left:
        raise ArmError(
            400,
            "ClusterCoreQuotaReached",
            f"The specified subscription has {left} vCPUs left of its quota '{label(family, priority)}' in "
            f"{_region(compute)}, which doesn't hold the {nodes} nodes that are requested at least: they have "
            f"{nodes * each} vCPUs. Request more, or delete computes: {_HELP}",
        )


def holds(azure: Cloud, compute: Body, nodes: int) -> bool:
    """Return whether the quota holds a number of nodes of a compute."""
    left = room(azure, compute)
    return left is None or nodes * _machine(compute)[2] <= left


def room(azure: Cloud, compute: Body) -> int | None:
    """Return how many vCPUs a compute may have at most now; None for a machine without a known family."""
    family, priority, each = _machine(compute)
    if not each:
        return None
    others = [one for one in usage(azure, _region(compute)) if one.name == name_of(family, priority)]
    others = [one for one in others if one.compute != compute["id"].lower()]
    workspace = workspace_of(compute["id"]).lower()
    inside = sum(one.cores for one in others if workspace_of(one.compute) == workspace)
    own = limit(azure, workspace, name_of(family, priority))
    return min(CORES - sum(one.cores for one in others), own - inside)


def limit(azure: Cloud, workspace: str, name: str) -> int:
    """Return what a workspace may have of a quota."""
    return int(azure.store.get(COMPUTE_LIMITS, f"{workspace}|{key(name)}".lower()) or CORES)


def limits(azure: Cloud) -> dict[str, int]:
    """Return every limit that was set for a workspace, by its id in lower case."""
    found = azure.store.scan(COMPUTE_LIMITS)
    return {"/quotas/".join(place.split("|")): int(value) for place, value in found}


def set_limit(azure: Cloud, quota_id: str, wanted: int) -> str:
    """Set what a workspace may have of a quota; how that went, in the API's words."""
    workspace, _, name = quota_id.partition("/quotas/")
    if not ids.is_id(workspace) or azure.is_missing(workspace):
        return "Failure"
    known = {key(name_of(size.family, priority)).lower() for size in sizes.sizes() for priority in PRIORITIES}
    if name.lower() not in known:
        return "InvalidVMFamilyName"
    if wanted > CORES:
        return "InvalidQuotaExceedsSubscriptionLimit"
    azure.store.set(COMPUTE_LIMITS, f"{workspace}|{name}".lower(), str(wanted))
    return "Success"


PRIORITIES = (DEDICATED, LOW_PRIORITY)


def _machine(compute: Body) -> tuple[str, str, int]:
    """Return family, priority and vCPUs of a compute's machine; empty where it is no machine of Azure ML's."""
    settings = dig(compute, SETTINGS) or {}
    size = sizes.find(str(settings.get("vmSize") or ""))
    priority = str(settings.get("vmPriority") or DEDICATED)
    if size is None or _kind(compute) not in ("AmlCompute", "ComputeInstance"):
        return "", DEDICATED, 0
    return size.family, LOW_PRIORITY if priority.lower() == LOW_PRIORITY.lower() else DEDICATED, size.vcpus


def _kind(compute: Body) -> str:
    return str(dig(compute, "properties.computeType"))


def _region(compute: Body) -> str:
    return canonical_region(str(compute.get("location") or ""))
