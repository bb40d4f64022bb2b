"""Which machines a request to ARM rents: of which VM size, and how many at most.

Paths and defaults are those of Microsoft's types of API 2025-12-01 (machine learning), 2025-09-01 (AKS), 2024-11-01
(compute), 2024-07-01 (Batch) and 2021-06-01 (Synapse): https://learn.microsoft.com/azure/templates.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, JOB, ONLINE_DEPLOYMENT, SCHEDULE
from azureml_policies.requests.serverless import CONTROL_FLOW, names_compute, rents
from azureml_policies.requests.unknown import require_known
from azureml_policies.requests.values import squash
from azureml_policies.requests.write import Write
from azureml_policies.text import word

_IN = "properties.properties"
_SERVED_ON = "Standard_F4s_v2"
"""What Azure takes for a managed online deployment that doesn't say its size."""


@dataclass(frozen=True)
class Machines:
    """Machines of one size. Values are read when they are asked for, as one may be known and the other not.

    `sizes` are the places of the VM size: none where machines of Kubernetes or a pool of another service are meant.
    `counts` are the places of what they may grow to: none for a single machine. `floor` is the place of what they
    shrink to, where they do. `times` is the place of how often all
    of them are there at once. `rented` is false for a share of machines that are counted where they are made.
    """

    body: Any
    at: str = ""
    sizes: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    times: str = ""
    default_size: str = ""
    default_count: float | None = 1
    rented: bool = True
    floor: str = ""

    @property
    def size_word(self) -> str:
        """Return what az ml calls the size."""
        return self._word(next((path for path in self.sizes if self._value(path)), "".join(self.sizes[:1])))

    @property
    def count_word(self) -> str:
        """Return what az ml calls the largest count."""
        given = {path: self._number(path) for path in self.counts if self._value(path) is not None}
        return self._word(max(given, key=lambda path: _or_most(given[path]), default="".join(self.counts[:1])))

    @property
    def size(self) -> str:
        """Return the VM size as it is written; empty where that is unknown."""
        value = next((found for path in self.sizes if (found := self._value(path))), self.default_size)
        return value if isinstance(value, str) else ""

    @property
    def count(self) -> float | None:
        """Return the most of them; None where that is unknown."""
        given = [self._number(path) for path in self.counts if self._value(path) is not None]
        most = None if None in given else max((one for one in given if one is not None), default=self.default_count)
        if most is None or not self.times or self._value(self.times) is None:
            return most
        times = self._number(self.times)
        return None if times is None else most * times

    @property
    def least(self) -> float | None:
        """Return the fewest of them, where they grow and shrink; None where they don't, or that is unknown."""
        return self._number(self.floor) if self.floor and self._value(self.floor) is not None else None

    def _word(self, path: str) -> str:
        at = self.at.removeprefix("properties.")
        return f"{at}{word(path)}" if path else ""

    def _number(self, path: str) -> float | None:
        return _count(self._value(path))

    def _value(self, path: str) -> Any:
        return _at(self.body, path, self.at)


def machines(write: Write) -> Iterator[Machines]:
    """Yield the machines of one request; UnknownError where it takes an unknown value to tell which there are."""
    reader = _READERS.get(write.type.lower())
    if reader is not None:
        yield from reader(write)


def _count(value: Any) -> float | None:
    """Return a count as a number; None for what is none."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _or_most(count: float | None) -> float:
    return math.inf if count is None else count


def _at(value: Any, path: str, before: str = "") -> Any:
    """Return what is at a path, in any spelling of its names: steps of a pipeline are in az ml's, all else is
    in ARM's."""
    walked = before.rstrip(".")
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        wanted = squash(step)
        value = value.get(step, next((item for key, item in value.items() if squash(str(key)) == wanted), None))
        walked = f"{walked}.{step}" if walked else step
        require_known(value, walked)
    return value


def _of_compute(write: Write) -> Iterator[Machines]:
    """Yield a compute's machines; one attached by its id is made, and counted, elsewhere."""
    kind = write.text_at("properties.computeType")
    attached = bool(write.read("properties.resourceId"))
    if kind == "amlcompute":
        yield Machines(write.body, "", (f"{_IN}.vmSize",), (f"{_IN}.scaleSettings.maxNodeCount",), default_count=None)
    elif kind == "computeinstance":
        yield Machines(write.body, "", (f"{_IN}.vmSize",))
    elif kind == "aks" and not attached:
        yield Machines(write.body, "", (f"{_IN}.agentVmSize",), (f"{_IN}.agentCount",), default_count=None)
    elif kind == "virtualmachine":
        yield Machines(write.body, "", (f"{_IN}.virtualMachineSize",), rented=False)
    elif kind == "synapsespark":
        counts = (f"{_IN}.autoScaleProperties.maxNodeCount", f"{_IN}.nodeCount")
        yield Machines(write.body, counts=counts, rented=False)


def _of_online(write: Write) -> Iterator[Machines]:
    """Yield an online deployment's machines; on Kubernetes, instances are a share of the cluster's machines."""
    counts = ("sku.capacity", "properties.scaleSettings.maxInstances")
    if write.text_at("properties.endpointComputeType", "managed") == "kubernetes":
        yield Machines(write.body, counts=counts, rented=False)
    else:
        yield Machines(write.body, "", ("properties.instanceType",), counts, default_size=_SERVED_ON)


def _of_batch(write: Write) -> Iterator[Machines]:
    """Yield a batch deployment's machines; on one of the workspace's computes, they are a share of its nodes."""
    resources = "properties.resources"
    if rents(write) is None:
        yield Machines(write.body, counts=(f"{resources}.instanceCount",), rented=False)
    else:
        yield Machines(write.body, "", (f"{resources}.instanceType",), (f"{resources}.instanceCount",))


def _of_job(write: Write) -> Iterator[Machines]:
    yield from _of_definition(write.read("properties"), "properties.")


def _of_schedule(write: Write) -> Iterator[Machines]:
    at = "properties.action"
    if write.text_at(f"{at}.actionType") == "createmonitor":
        yield Machines(write.body, "", (f"{at}.monitorDefinition.computeConfiguration.instanceType",))
    else:
        yield from _of_definition(write.read(f"{at}.jobDefinition"), f"{at}.jobDefinition.")


def _of_definition(job: Any, at: str, default: str = "") -> Iterator[Machines]:
    """Yield a job's machines, or those of each step of a pipeline, which inherits the pipeline's default compute."""
    if not isinstance(job, Mapping):
        return
    kind = str(_at(job, "jobType", at) or _at(job, "type", at) or "").lower()
    steps = _at(job, "jobs", at)
    if kind == "pipeline" or isinstance(steps, Mapping):
        below = _text(job, "settings.defaultCompute", at) or _text(job, "computeId", at) or default
        for name, step in steps.items() if isinstance(steps, Mapping) else ():
            yield from _of_definition(require_known(step, f"{at}jobs.{name}"), f"{at}jobs.{name}.", below)
        return
    if kind not in CONTROL_FLOW:
        yield _share(job, at, default) or _serverless(job, at, kind)


def _serverless(job: Mapping[str, Any], at: str, kind: str) -> Machines:
    """Return a serverless job's machines; a Spark job has its driver's and one for each executor."""
    machines = Machines(job, at, _places("instanceType"), _places("instanceCount"), _times(job))
    return replace(machines, default_count=_executors(_at(job, "conf", at), at)) if kind == "spark" else machines


def _executors(conf: Any, at: str) -> float | None:
    settings = conf if isinstance(conf, Mapping) else {}
    given = [require_known(settings[name], f"{at}conf.{name}") for name in _EXECUTORS if settings.get(name) is not None]
    counts = [_count(value) for value in given] or [_SPARK_EXECUTORS]
    return None if None in counts else 1 + max(count for count in counts if count is not None)


_EXECUTORS = ("spark.executor.instances", "spark.dynamicAllocation.maxExecutors")
_SPARK_EXECUTORS: float | None = 2
"""What Spark starts where nothing is set (https://spark.apache.org/docs/latest/running-on-yarn.html)."""


def _share(job: Any, at: str, default: str) -> Machines | None:
    """Return the nodes of a compute that a job asks for; None where it runs on serverless compute."""
    named = next((text for name in ("computeId", "compute", "target") if (text := _text(job, name, at))), default)
    if not names_compute(named):
        return None
    return Machines(job, at, counts=_places("instanceCount"), rented=False)


def _text(job: Any, path: str, at: str) -> str:
    return str(_at(job, path, at) or "")


def _places(name: str) -> tuple[str, ...]:
    """Return where a job may state a resource; a sweep has it below `trial`."""
    return f"resources.{name}", f"trial.resources.{name}"


def _times(job: Mapping[str, Any]) -> str:
    """Return where a sweep or an AutoML job states how many trials run at once."""
    names = {squash(str(key)) for key in job}
    places = {"limits": "limits", "limitSettings": "limitSettings", "taskDetails": "taskDetails.limitSettings"}
    return next((f"{place}.maxConcurrentTrials" for name, place in places.items() if squash(name) in names), "")


def _of_cluster(write: Write) -> Iterator[Machines]:
    pools = write.read("properties.agentPoolProfiles")
    for index, pool in enumerate(pools if isinstance(pools, list | tuple) else ()):
        at = f"properties.agentPoolProfiles[{index}]"
        yield _pool(require_known(pool, at), f"{at}.")


def _pool(pool: Any, at: str) -> Machines:
    return Machines(pool, at, ("vmSize",), ("count", "maxCount"), floor="minCount")


def _of_spark_pool(write: Write) -> Iterator[Machines]:
    """Yield the nodes that a Spark pool may grow to; which are there only while something runs on it."""
    counts = ("properties.autoScale.maxNodeCount", "properties.nodeCount")
    yield Machines(write.body, "", ("properties.nodeSize",), counts, default_count=None)


def _of_batch_pool(write: Write) -> Iterator[Machines]:
    """Yield a Batch pool's machines; one that scales by a formula may grow to any number."""
    scale = "properties.scaleSettings"
    if write.read(f"{scale}.autoScale") is not None:
        yield Machines(write.body, "", ("properties.vmSize",), (f"{scale}.autoScale.formula",), default_count=None)
        return
    for name in ("targetDedicatedNodes", "targetLowPriorityNodes"):
        yield Machines(write.body, "", ("properties.vmSize",), (f"{scale}.fixedScale.{name}",), default_count=0)


AUTOSCALE = "Microsoft.Insights/autoscaleSettings"


def _of_autoscale(write: Write) -> Iterator[Machines]:
    """Yield what each profile of an autoscale setting may grow its target to: machines that are rented elsewhere."""
    if write.read("properties.enabled", default=True) is False:
        return
    profiles = write.read("properties.profiles")
    for index, profile in enumerate(profiles if isinstance(profiles, list | tuple) else ()):
        at = f"properties.profiles[{index}]"
        most = _at(require_known(profile, at), "capacity.maximum", at)
        yield Machines({"max": most}, "autoscale.", counts=("max",), default_count=None, rented=False)


def growth(write: Write, planned: Iterable[Write]) -> Iterator[Machines]:
    """Yield the machines that an autoscale setting may add to those of its target, where that is planned, too."""
    if not write.is_a(AUTOSCALE):
        return
    target = write.text_at("properties.targetResourceUri")
    counts = [one.count for one in machines(write)]
    scaled = [one for other in planned if other.id.lower() == target for one in machines(other) if one.rented]
    for one in scaled if counts else ():
        own = one.count or 0
        most = None if None in counts else max(0, *(count - own for count in counts if count is not None))
        body = {"size": one.size, "max": most}
        yield Machines(body, "autoscale.", ("size",), ("max",), default_count=None)


_BY_TYPE: Mapping[str, Callable[[Write], Iterable[Machines]]] = {
    COMPUTE: _of_compute,
    ONLINE_DEPLOYMENT: _of_online,
    BATCH_DEPLOYMENT: _of_batch,
    JOB: _of_job,
    SCHEDULE: _of_schedule,
    "Microsoft.Compute/virtualMachines": lambda write: [
        Machines(write.body, "", ("properties.hardwareProfile.vmSize",))
    ],
    "Microsoft.Compute/virtualMachineScaleSets": lambda write: [
        Machines(write.body, "", ("sku.name",), ("sku.capacity",))
    ],
    "Microsoft.ContainerService/managedClusters": _of_cluster,
    "Microsoft.ContainerService/managedClusters/agentPools": lambda write: [
        _pool(write.read("properties"), "properties.")
    ],
    "Microsoft.Batch/batchAccounts/pools": _of_batch_pool,
    "Microsoft.Synapse/workspaces/bigDataPools": _of_spark_pool,
    AUTOSCALE: _of_autoscale,
}
_READERS = {name.lower(): reader for name, reader in _BY_TYPE.items()}
RENTING: tuple[str, ...] = tuple(_BY_TYPE)
"""The ARM types whose machines are known here."""
