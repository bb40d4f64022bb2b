"""Whether a region has room for what other services rent: nodes of AKS, containers of Container Instances.

Both tell their quota (https://learn.microsoft.com/rest/api/compute/usage/list,
https://learn.microsoft.com/rest/api/container-instances/location/list-usage). Machines of Databricks come with its own
clusters; Synapse counts cores for each of its workspaces, of which nothing can be asked before it is there.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azureml_arm import sizes
from azureml_infra.components.quota import UNFIT, Quota, family_name
from azureml_infra.description.located import Located
from azureml_infra.entities.body import Location
from azureml_infra.yaml.problems import Problem

COMPUTE, CONTAINERS = "Microsoft.Compute", "Microsoft.ContainerInstance"
VERSIONS = {COMPUTE: "2024-07-01", CONTAINERS: "2023-05-01"}
"""The services that are asked, and their APIs' versions."""
_PAGES = {
    COMPUTE: "https://learn.microsoft.com/azure/quotas/per-vm-quota-requests",
    CONTAINERS: "https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits",
}
_CORES = "cores"
"""All vCPUs of virtual machines in a region."""


@dataclass(frozen=True)
class ServiceDemand:
    """So much of some quotas of a service, by their names, each of which must have room for it."""

    located: Located
    service: str
    place: Location
    what: str
    amount: float
    quotas: tuple[str, ...]


def demands_of(located: Located) -> Iterator[ServiceDemand]:
    """Yield what an entity takes of other services' quotas as soon as it is made."""
    entity = located.entity
    if entity.family == "computes" and entity.type == "kubernetes" and entity.create is not None:
        for index, pool in enumerate(entity.create.pools):
            known = sizes.find(str(pool.size))
            if known is not None and pool.least:
                place = ("create", "pools", index, "min" if pool.count is None else "count")
                what = (
                    f"{pool.least} node{'s' * (pool.least > 1)} of {known.name} need {pool.least * known.vcpus} vCPUs"
                )
                names = (family_name(known.family), _CORES)
                yield ServiceDemand(located, COMPUTE, place, what, pool.least * known.vcpus, names)
    if entity.family == "test_deployments":
        what = f"a container group needs {entity.cpu:g} cores"
        yield ServiceDemand(located, CONTAINERS, ("cpu",), what, entity.cpu, ("standardcores",))
        yield ServiceDemand(located, CONTAINERS, ("name",), "it is another group", 1, ("containergroups",))


def unfit_demands(
    wanted: Sequence[ServiceDemand], usages: Mapping[str, Iterable[Mapping[str, Any]]], region: str
) -> Iterator[Problem]:
    """Yield a finding for each demand that is more than a quota has left, after those before it."""
    quotas = {(service, _name(service, one)): _quota(service, one) for service, some in usages.items() for one in some}
    for one in wanted:
        keys = [key for name in one.quotas if (key := (one.service, name)) in quotas]
        short = next((quotas[key] for key in keys if one.amount > quotas[key].room), None)
        if short is not None:
            what = f"{UNFIT}{one.what}, and {short.left_in(region)}"
            yield one.located.problem(one.place, what, f"less of it, or more quota ({_PAGES[one.service]})")
            continue
        for key in keys:
            quotas[key] = quotas[key].take(one.amount)


def _name(service: str, usage: Mapping[str, Any]) -> str:
    """Return what a demand calls a quota."""
    said = str((usage.get("name") or {}).get("value"))
    return family_name(said) if service == COMPUTE and said.lower() != _CORES else said.lower()


def _quota(service: str, usage: Mapping[str, Any]) -> Quota:
    """Return a quota; one whose limit isn't known has room for all."""
    label, limit = (usage.get("name") or {}).get("localizedValue") or _name(service, usage), usage.get("limit")
    known = isinstance(limit, int) and limit >= 0
    return Quota(label, limit if known and limit is not None else math.inf, usage.get("currentValue") or 0)
