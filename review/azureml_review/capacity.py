"""The machines that changed resources rent, before and after: how many, which, and whether one is always on."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azureml_arm.actions import COMPUTE, ONLINE_DEPLOYMENT
from azureml_arm.regions import canonical_region
from azureml_policies.machines import AUTOSCALE, Machines, growth, machines
from azureml_policies.requests.unknown import UnknownError, read, require_known
from azureml_policies.requests.write import Write
from azureml_review.changes import Planning
from azureml_review.model import Capacity, Change, ComputeChange, MachineFleet, Op
from azureml_review.paths import at

_LEAST = "properties.properties.scaleSettings.minNodeCount"
_IDLE = "properties.properties.idleTimeBeforeShutdown"
_PRIORITY = "properties.properties.vmPriority"
_GROUP, _CLUSTER = "Microsoft.ContainerInstance/containerGroups", "Microsoft.ContainerService/managedClusters"
_BY_USE = {"microsoft.datafactory/factories/pipelines": ("pipeline run", "pipeline copy")}
"""Type in lower case -> the meters of what it costs, and that is nothing by itself."""


def capacity_of(planning: Planning, changes: Iterable[Change]) -> Capacity:
    """Return the machines of everything that changes."""
    real = [change for change in changes if change.op is not Op.SAME and not change.is_noise]
    computes = [compute for change in real if (compute := _compute(planning, change)) is not None]
    meters = [meter for change in real if change.op is not Op.DELETE for meter in _BY_USE.get(change.type.lower(), ())]
    return Capacity(tuple(computes), _region(planning), by_use=tuple(dict.fromkeys(meters)))


def _compute(planning: Planning, change: Change) -> ComputeChange | None:
    old = next((planning.old(step) for step in planning.steps[change.urn] if step.old), None)
    new = planning.planned.get(change.urn)
    before = tuple(_fleets(planning, planning.writes(old))) if old and change.op is not Op.CREATE else ()
    after = tuple(_fleets(planning, planning.writes(new))) if new and change.op is not Op.DELETE else ()
    return ComputeChange(change, before, after) if before != after else None


def _fleets(planning: Planning, writes: Iterable[Write]) -> Iterator[MachineFleet]:
    for write in writes:
        every = (one for planned in planning.planned.values() for one in planning.writes(planned))
        scaled = every if write.is_a(AUTOSCALE) else ()
        try:
            found = [one for one in (*machines(write), *growth(write, scaled)) if one.rented]
            yield from (_fleet(write, one) for one in found)
            yield from _fleets_by_meter(write)
        except UnknownError:
            yield MachineFleet("", None, None, always_on=False)


def _fleet(write: Write, found: Machines) -> MachineFleet:
    try:
        size, count, floor = found.size, found.count, found.least
    except UnknownError:
        size, count, floor = "", None, None
    most = None if count is None else int(count)
    least = _least(write, most) if floor is None else int(floor)
    low = write.text_at(_PRIORITY) == "lowpriority"
    return MachineFleet(size, least, most, always_on=bool(least) and not _is_on_demand(write), low_priority=low)


def _fleets_by_meter(write: Write) -> Iterator[MachineFleet]:
    """Yield what costs by the hour and is no machine of a VM size."""
    if write.is_a(_GROUP):
        yield _group(write)
    tier = write.text_at("sku.tier") if write.is_a(_CLUSTER) else ""
    if tier in ("standard", "premium"):  # "free" is none of the price list's
        yield MachineFleet(f"API server, tier {tier}", 1, 1, always_on=True, meters=((f"aks {tier}", 1.0),))


def _group(write: Write) -> MachineFleet:
    """Return a container group as one machine, with the hours after which its command line ends it."""
    containers = _list_at(write.body, "properties.containers")
    cpu, gib = (sum(_amount(one, word) for one in containers) for word in ("cpu", "memoryInGB"))
    hours = _hours(containers) if write.text_at("properties.restartPolicy") == "never" else None
    meters = (("container vCPU", cpu), ("container GB", gib))
    name = f"container group of {cpu:g} vCPU and {gib:g} GiB" + (f", {hours} hours" if hours else "")
    return MachineFleet(name, 1, 1, always_on=hours is None, meters=meters, vcpus=cpu, hours=hours)


def _amount(container: Any, word: str) -> float:
    """Return how much a container asks for; UnknownError where that isn't known, or is no number."""
    path = f"properties.resources.requests.{word}"
    amount = read(require_known(container, "properties.containers"), path, 0)
    if not isinstance(amount, int | float):
        raise UnknownError(path)
    return amount


def _list_at(body: Any, path: str) -> list[Any]:
    """Return the list at a path, an empty one for anything else; UnknownError where it isn't known."""
    found = read(body, path)
    return found if isinstance(found, list) else []


def _hours(containers: Sequence[Any]) -> int | None:
    """Return after how many hours the first container's command line ends it: that of `timeout`."""
    command = _list_at(containers[0], "properties.command") if containers else []
    found = re.fullmatch(r"(\d+)h", str(command[1])) if len(command) > 1 else None
    return int(found[1]) if found else None


def _least(write: Write, most: int | None) -> int | None:
    """Return how many run when unused: a cluster's minimum, every machine of a deployment, one instance."""
    if write.is_a(COMPUTE):
        if write.text_at("properties.computeType") == "amlcompute":
            return _number(write.body, _LEAST, 0)
        return 0 if at(write.body, _IDLE) else most
    if write.is_a(AUTOSCALE):
        return 0
    if write.is_a(ONLINE_DEPLOYMENT):
        minimum = at(write.body, "properties.scaleSettings.minInstances")
        return int(minimum) if isinstance(minimum, int) else most
    return 0 if _is_on_demand(write) else most


def _is_on_demand(write: Write) -> bool:
    """Return whether machines are rented only during a run: by jobs, batch deployments and Spark pools, which cost
    nothing by themselves (https://learn.microsoft.com/azure/synapse-analytics/spark/apache-spark-pool-configurations).
    """
    return any(part in write.type.lower() for part in ("/jobs", "/batch", "/bigdatapools"))


def _number(body: Mapping[str, Any], path: str, default: int) -> int | None:
    value = at(body, path)
    if value is None:
        return default
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _region(planning: Planning) -> str:
    """Return the region that most of the plan is in, for the prices."""
    given = (item.inputs.get("location") for item in planning.planned.values())
    found = [canonical_region(str(location)) for location in given if location]
    return max(sorted(set(found)), key=found.count, default="")
