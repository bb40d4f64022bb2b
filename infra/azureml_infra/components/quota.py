"""Whether a region has room for a description's machines: quota by VM family and in total, sizes, computes.

https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azureml_arm import sizes
from azureml_arm.regions import canonical_region
from azureml_infra.description.located import Located
from azureml_infra.entities.body import Location
from azureml_infra.yaml.problems import Problem

UNFIT = "won't fit: "
"""How every finding begins."""
PAGE = "Quota in the studio: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas"
"""Where quota is seen and asked for."""
_HEADROOM = 1.2
"""What a managed online deployment needs, for one of its instances, so that it can be upgraded; some sizes don't."""
_ENDPOINTS = 100
"""Of a subscription in a region, online and batch together; Azure raises it on request."""
_WORKSPACES = 800
_COMPUTE = re.compile(r"(.+/workspaces/[^/]+/computes/([^/]+))/usages/", re.IGNORECASE)
_KIND = re.compile(r"/(vmFamily/dedicated|vmFamily/lowPriority|totalDedicated|totalLowPriority)Cores/usages$", re.I)
_COMMON = re.compile(r"cluster(dedicated|lowpriority)vcpus$|family$")


@dataclass(frozen=True)
class Demand:
    """The machines of one entity: `least` must be had at once, `kept` stay, `most` may be wanted one day."""

    located: Located
    size: str
    place: Location
    least: int
    kept: int
    most: int
    low_priority: bool = False
    kind: str = "online"

    @property
    def family(self) -> str:
        """Return what its quota is counted under; empty for a size that isn't known."""
        found = sizes.find(self.size)
        return family_name(found.family) if found else ""

    @property
    def vcpus(self) -> int:
        """Return the vCPUs of one machine."""
        found = sizes.find(self.size)
        return found.vcpus if found else 0


@dataclass(frozen=True)
class Quota:
    """One quota of a region; `taken` is what the entities before it need."""

    label: str
    limit: float
    used: float
    taken: float = 0

    @property
    def room(self) -> float:
        """Return what is left of it."""
        return max(0, self.limit - self.used - self.taken)

    def take(self, amount: float) -> Quota:
        """Return it with less room."""
        return replace(self, taken=self.taken + amount)

    def left_in(self, region: str) -> str:
        """Return in words what is left of it in its region."""
        before = f" and {self.taken:.15g} for what comes before" if self.taken else ""
        sum_ = f"{self.limit:.15g}, less {self.used:.15g} in use{before}"
        return f"{self.room:.15g} are left of {self.label} in {region} ({sum_})"


def machines_of(located: Located) -> Demand | None:
    """Return the machines that an entity rents by itself; None where it rents none, or only the run knows which."""
    entity = located.entity
    kind = (entity.family, getattr(entity, "type", ""))
    if kind == ("computes", "amlcompute"):
        least, most = entity.min_instances, entity.max_instances
        low = entity.tier == "low_priority"
        place = ("min_instances",) if least > 1 else ("size",)
        return Demand(located, str(entity.size), place, max(1, least), least, most, low, "AmlCompute")
    if kind == ("computes", "computeinstance"):
        return Demand(located, str(entity.size), ("size",), 1, 1, 1, kind="ComputeInstance")
    if kind == ("online_deployments", "managed"):
        count = entity.instance_count
        return Demand(located, str(entity.instance_type), ("instance_count",), count, count, count)
    return None


Elsewhere = Callable[[Demand], str]
"""Returns a region that has the machines of an entity; empty for none, or where nobody knows."""


def unfit_machines(
    wanted: Sequence[Demand], usages: Sequence[Mapping[str, Any]], region: str, elsewhere: Elsewhere
) -> Iterator[Problem]:
    """Yield a finding for each entity whose machines are more than its quota has left, after those before it."""
    left = _left(usages)
    for one in wanted:
        priority = "lowPriority" if one.low_priority else "dedicated"
        places = [place for place in ((priority, one.family), (priority, "")) if place in left and one.vcpus]
        judged = [found for place in places if (found := _judge(one, left[place], region)) is not None]
        yield from (_with_region(found, elsewhere(one)) for found in judged[:1])
        if judged:
            continue
        for place in places:
            left[place] = left[place].take(one.kept * one.vcpus)


def _with_region(found: Problem, region: str) -> Problem:
    more = f", or {region}, which is the nearest region with room for it" if region else ""
    return replace(found, expected=f"{found.expected}{more}")


def has_room(one: Demand, usages: Sequence[Mapping[str, Any]], offered: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a region has the size and the quota of an entity's machines."""
    if next(unfit_sizes([one], offered, "", lambda _: ""), None) is not None or not usages:
        return False
    return next(unfit_machines([one], usages, "", lambda _: ""), None) is None


def _judge(one: Demand, quota: Quota, region: str) -> Problem | None:
    needed = one.least * one.vcpus
    upgraded = math.ceil(_HEADROOM * one.least) * one.vcpus if one.kind == "online" else needed
    if upgraded <= quota.room:
        return None
    count = f"{one.least} machine{'s' * (one.least > 1)} of {one.size}"
    more = "" if needed > quota.room else " with the 20% that Azure ML keeps for upgrades of most sizes"
    needed = upgraded if more else needed
    what = f"{UNFIT}{count} need {needed} vCPUs{more}, and {quota.left_in(region)}"
    return one.located.problem(one.place, what, f"fewer, another size, or more quota ({PAGE})")


def _left(usages: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Quota]:
    """Return each quota, by priority and family, and by priority alone for the total."""
    found = {}
    for one in usages:
        kind = _KIND.search(str(one.get("type")))
        limit = one.get("limit")
        if kind is None or not isinstance(limit, int) or limit < 0:
            continue
        name = one.get("name") or {}
        priority = "lowPriority" if "lowpriority" in kind[1].lower() else "dedicated"
        family = family_name(str(name.get("value"))) if kind[1].lower().startswith("vmfamily") else ""
        label = re.sub(" +", " ", str(name.get("localizedValue") or name.get("value")))
        found[(priority, family)] = Quota(label, limit, int(one.get("currentValue") or 0))
    return found


def family_name(name: str) -> str:
    """Return a family's name without what all have: ``dsv2`` for ``standardDSv2Family`` and for what is displayed."""
    bare = re.sub(r"[\W_]", "", name).lower().removeprefix("standard")
    return _COMMON.sub("", _COMMON.sub("", bare))


def too_many_computes(wanted: Sequence[Demand], usages: Sequence[Mapping[str, Any]], region: str) -> Iterator[Problem]:
    """Yield a finding for each compute above the number that a region may have."""
    total = next((one for one in usages if str(one.get("type")).lower().endswith("/totalclusters/usages")), None)
    if total is None or int(total.get("limit", -1)) < 0:
        return
    limit, used = int(total["limit"]), int(total.get("currentValue") or 0)
    computes = [one for one in wanted if one.kind != "online"]
    for one in computes[max(0, limit - used) :]:
        what = f"{UNFIT}{region} has {used} of the {limit} computes that the subscription may have there"
        yield one.located.problem(("name",), what, f"one deleted, or more quota ({PAGE})")


def too_many_endpoints(
    wanted: Sequence[Located], others: Sequence[Mapping[str, Any]], region: str
) -> Iterator[Problem]:
    """Yield a finding for each endpoint, online or batch, above the number that a subscription has in a region."""
    used = sum(canonical_region(str(one.get("location"))) == region for one in others)
    for located in wanted[max(0, _ENDPOINTS - used) :] if used <= _ENDPOINTS else ():
        what = f"{UNFIT}{region} has {used} of the {_ENDPOINTS} endpoints that a subscription has there by default"
        yield located.problem(("name",), what, f"fewer, or a higher limit ({PAGE})")


def too_many_workspaces(platform: Located, used: int) -> Iterator[Problem]:
    """Yield a finding for a workspace above the number of a resource group; Azure has no number of a region's."""
    if used >= _WORKSPACES:
        what = f"{UNFIT}the resource group has {used} workspaces, and may have {_WORKSPACES}"
        yield platform.problem(("resource_group",), what, f"another resource group ({PAGE})")


def instances_of_others(
    wanted: Sequence[Demand], usages: Sequence[Mapping[str, Any]], workspace: str
) -> dict[str, list[Demand]]:
    """Return the computes of other workspaces, by id, that have the name of a compute instance: it is the region's."""
    there = {found[1]: found[2].lower() for one in usages if (found := _COMPUTE.match(str(one.get("id"))))}
    instances = [one for one in wanted if one.kind == "ComputeInstance"]
    named = {
        id_: [one for one in instances if str(one.located.entity.name).lower() == name]
        for id_, name in there.items()
        if not id_.lower().startswith(f"{workspace.lower()}/")
    }
    return {id_: found for id_, found in named.items() if found}


def unfit_sizes(
    wanted: Sequence[Demand], offered: Sequence[Mapping[str, Any]], region: str, elsewhere: Elsewhere
) -> Iterator[Problem]:
    """Yield a finding for each compute whose size the region doesn't offer, for it or at low priority."""
    known = {str(one.get("name")).lower(): one for one in offered}
    remedy = f"one of `az ml compute list-sizes --location {region}`"
    for one in wanted:
        found = known.get(one.size.lower())
        if one.kind == "online" or not known:
            continue  # the list lacks sizes that managed online endpoints have
        kinds = [str(kind).lower() for kind in (found or {}).get("supportedComputeTypes") or [one.kind]]
        if found is None or one.kind.lower() not in kinds:
            what = f"{UNFIT}Azure ML has no {one.size} in {region} for a {one.located.entity.kind}"
            yield _with_region(one.located.problem(("size",), what, remedy), elsewhere(one))
        elif one.low_priority and found.get("lowPriorityCapable") is False:
            what = f"{UNFIT}{one.size} isn't to be had at low priority"
            yield one.located.problem(("tier",), what, "tier: dedicated, or another size")
