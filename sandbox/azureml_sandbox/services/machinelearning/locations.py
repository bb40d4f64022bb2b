"""What Azure ML reports of a region: sizes of machines, what is used of the quotas, and the limits of workspaces."""

from typing import Any

from azureml_arm import ids, sizes
from azureml_arm.ids import workspace_of
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, action
from azureml_sandbox.services.machinelearning import quotas
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.usages import Listed, Region

PROVIDER = "Microsoft.MachineLearningServices"
_COMPUTES = {"amlcompute": "AmlCompute", "computeinstance": "ComputeInstance", "online": "MIR", "spark": "AmlSpark"}
"""What a size can be for, as the service writes it."""
_MIB = 1024


class Location(Region):
    """A region, as far as Azure ML is concerned."""

    type = f"{PROVIDER}/locations"

    @action("updateQuotas")
    def update_quotas(self, azure: Cloud, _resource: Body, body: Any) -> Body:
        """Give workspaces a part of what the subscription has."""
        given = body.get("value") if isinstance(body, dict) else None
        if not isinstance(given, list) or not all(isinstance(one, dict) and _is_limit(one) for one in given):
            raise bad_request("updateQuotas needs value: a list of objects with id and limit.", "InvalidRequestContent")
        return {"value": [{**one, "status": quotas.set_limit(azure, one["id"], one["limit"])} for one in given]}


def _is_limit(one: Body) -> bool:
    number = one.get("limit")
    return isinstance(one.get("id"), str) and isinstance(number, int) and not isinstance(number, bool) and number >= 0


class VirtualMachineSize(Listed):
    """The sizes that computes can have."""

    type = f"{PROVIDER}/locations/vmSizes"

    def listing(self, _azure: Cloud, _scope: str, _filter: str) -> list[Body]:
        """Return those that Azure ML offers, in every region alike."""
        return [_size(size) for size in sizes.sizes() if size.is_listed]


def _size(size: sizes.Size) -> Body:
    return {
        "name": size.name,
        "family": size.family,
        "vCPUs": size.vcpus,
        "gpus": size.gpus,
        "osVhdSizeMB": 1023 * _MIB,
        "maxResourceVolumeMB": size.disk_gib * _MIB,
        "memoryGB": size.memory_gib,
        "lowPriorityCapable": size.low_priority,
        "premiumIO": size.premium_io,
        "supportedComputeTypes": [_COMPUTES[kind] for kind in size.computes],
        "generation": size.generation,
        "supportsIB": size.infiniband,
    }


class Usage(Listed):
    """What is used of the quotas."""

    type = f"{PROVIDER}/locations/usages"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return the use of the subscription, by family; then of each workspace and compute that uses any."""
        region, subscription = ids.parse(scope).name, f"/subscriptions/{azure.subscription}"
        used = quotas.usage(azure, region)
        dedicated = sum(one.cores for one in used if one.priority == quotas.DEDICATED)
        found = [
            _usage(subscription, "totalClusters", ("TotalClusters", "Total Clusters"), len(used), quotas.COMPUTES),
            _usage(subscription, "totalDedicatedCores", _TOTAL, dedicated, quotas.CORES),
        ]
        for priority in quotas.PRIORITIES:
            for family in sorted({size.family for size in sizes.sizes()} | {one.family for one in used if one.family}):
                name = quotas.name_of(family, priority)
                cores = sum(one.cores for one in used if one.name == name)
                place = f"{subscription}/usages/{quotas.key(name)}"
                texts = (name, quotas.label(family, priority))
                found.append(_usage(place, f"vmFamily/{_CORES[priority]}", texts, cores, quotas.CORES))
        return found + _by_workspace(azure, used)


_CORES = {quotas.DEDICATED: "dedicatedCores", quotas.LOW_PRIORITY: "lowPriorityCores"}
_TOTAL = ("TotalDedicatedCores", "Total Cluster Dedicated Regional vCPUs")


def _by_workspace(azure: Cloud, used: list[quotas.Use]) -> list[Body]:
    found = []
    for use in (one for one in used if one.cores):
        workspace, name = workspace_of(use.compute), use.name
        inside = sum(one.cores for one in used if one.name == name and workspace_of(one.compute) == workspace)
        most = quotas.limit(azure, workspace, name)
        shown = azure.get(use.compute)["id"]
        texts = (name, quotas.label(use.family, use.priority))
        for place, kind, cores in (
            (workspace_of(shown), "workspaces", inside),
            (shown, "workspaces/computes", use.cores),
        ):
            found.append(
                _usage(f"{place}/usages/{quotas.key(name)}", f"{kind}/{_CORES[use.priority]}", texts, cores, most)
            )
    return list({one["id"]: one for one in found}.values())


def _usage(place: str, kind: str, texts: tuple[str, str], current: int, limit: int) -> Body:
    return {
        "id": place,
        "type": f"{PROVIDER}/{kind}/usages",
        "currentValue": current,
        "limit": limit,
        "name": {"value": texts[0], "localizedValue": texts[1]},
        "unit": "Count",
    }


class Quota(Listed):
    """The limits of workspaces."""

    type = f"{PROVIDER}/locations/quotas"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return those of the subscription, and of each of the region's workspaces, by family."""
        region, subscription = ids.parse(scope).name.lower(), f"/subscriptions/{azure.subscription}"
        workspaces = [one for one in azure.resources(WORKSPACES) if one["location"] == region]
        set_ones, found = quotas.limits(azure), []
        for priority in quotas.PRIORITIES:
            for family in sorted({size.family for size in sizes.sizes()}):
                name = quotas.name_of(family, priority)
                texts, key = (name, quotas.label(family, priority)), quotas.key(name)
                kind = _CORES[priority]
                found.append(_quota(subscription, f"vmFamily/{kind}", texts, quotas.CORES, None))
                for workspace in workspaces:
                    most = set_ones.get(f"{workspace['id']}/quotas/{key}".lower(), quotas.CORES)
                    found.append(_quota(workspace["id"], f"workspaces/{kind}", texts, most, region))
        return found


def _quota(place: str, kind: str, texts: tuple[str, str], limit: int, region: str | None) -> Body:
    return {
        "id": f"{place}/quotas/{quotas.key(texts[0])}",
        "type": f"{PROVIDER}/{kind}/quotas",
        "limit": limit,
        "unit": "Count",
        "name": {"value": texts[0], "localizedValue": texts[1]},
        "location": region,
    }
