"""What Azure ML reports of a region: sizes of machines, what is used of the quotas, and the limits of workspaces."""

from __future__ import annotations

from typing import Any

from azureml_arm import ids, sizes
from azureml_arm.ids import ResourceId
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, ResourceType, action
from azureml_sandbox.services.machinelearning import quotas
from azureml_sandbox.services.machinelearning.system import workspace_of

PROVIDER = "Microsoft.MachineLearningServices"
_COMPUTES = {"amlcompute": "AmlCompute", "computeinstance": "ComputeInstance"}
_MIB = 1024


class Location(ResourceType):
    """A region, as far as Azure ML is concerned: every one is there."""

    type = f"{PROVIDER}/locations"
    state = None
    service_only = True

    def virtual(self, _azure: Cloud, target: ResourceId) -> Body | None:
        """Return the region, which nobody has to make."""
        return {"id": target.text, "name": target.name, "type": self.type, "properties": {}}

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


class Listed(ResourceType):
    """A list of a region or a workspace, which nobody changes."""

    state = None
    service_only = True


class VirtualMachineSize(Listed):
    """The sizes that computes can have."""

    type = f"{PROVIDER}/locations/vmSizes"

    def listing(self, _azure: Cloud, _scope: str, _filter: str) -> list[Body]:
        """Return those that Azure ML offers, in every region alike."""
        return [_size(size) for size in sizes.sizes() if set(size.computes) & set(_COMPUTES)]


def _size(size: sizes.Size) -> Body:
    return {
        "name": size.name,
        "family": size.family,
        "vCPUs": size.vcpus,
        "gpus": size.gpus,
        "osVhdSizeMB": 1023 * _MIB,
        "maxResourceVolumeMB": 0,
        "memoryGB": size.memory_gib,
        "lowPriorityCapable": size.low_priority,
        "premiumIO": "s" in size.name.lower().partition("_")[2].lstrip("bcdefghlmn0123456789"),
        "supportedComputeTypes": [_COMPUTES[kind] for kind in size.computes if kind in _COMPUTES],
    }


class Usage(Listed):
    """What is used of the quotas."""

    type = f"{PROVIDER}/locations/usages"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return the use of the subscription, by family; then of each workspace and compute that uses any."""
        region, subscription = ids.parse(scope).name, f"/subscriptions/{azure.subscription}"
        used = quotas.usage(azure, region)
        names = {quotas.label(size.family, priority): 0 for priority in _PRIORITIES for size in sizes.sizes()}
        for one in used:
            if one.family:
                names[one.name] = names.get(one.name, 0) + one.cores
        found = [_usage(f"{subscription}/usages", "totalCores", "Clusters", len(used), quotas.COMPUTES)]
        found += [
            _usage(f"{subscription}/usages/{quotas.key(name)}", "vmFamily", name, cores, quotas.CORES)
            for name, cores in names.items()
        ]
        return found + _by_workspace(azure, used)


_PRIORITIES = (quotas.DEDICATED, quotas.LOW_PRIORITY)


def _by_workspace(azure: Cloud, used: list[quotas.Use]) -> list[Body]:
    found = []
    for use in (one for one in used if one.cores):
        workspace, name = workspace_of(use.compute), use.name
        inside = sum(one.cores for one in used if one.name == name and workspace_of(one.compute) == workspace)
        most = quotas.limit(azure, workspace, name)
        shown = azure.get(use.compute)["id"]
        for place, kind, cores in (
            (workspace_of(shown), "workspaces", inside),
            (shown, "workspaces/computes", use.cores),
        ):
            found.append(_usage(f"{place}/usages/{quotas.key(name)}", kind, name, cores, most))
    return list({one["id"]: one for one in found}.values())


def _usage(place: str, kind: str, name: str, current: int, limit: int) -> Body:
    return {
        "id": place,
        "type": f"{PROVIDER}/{kind}/usages",
        "currentValue": current,
        "limit": limit,
        "name": {"value": name, "localizedValue": name},
        "unit": "Count",
    }


class Quota(Listed):
    """The limits of workspaces."""

    type = f"{PROVIDER}/locations/quotas"

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return those that were set, of the region's workspaces."""
        region = ids.parse(scope).name.lower()
        set_ones = [(place, most) for place, most in quotas.limits(azure).items() if _is_in(azure, place, region)]
        return [
            {
                "id": place,
                "type": f"{PROVIDER}/workspaces/quotas",
                "limit": most,
                "unit": "Count",
                "name": {"value": name, "localizedValue": name},
            }
            for place, most in set_ones
            for name in [place.rpartition("/")[2].replace("_", " ")]
        ]


def _is_in(azure: Cloud, place: str, region: str) -> bool:
    workspace = workspace_of(place)
    return not azure.is_missing(workspace) and azure.get(workspace)["location"] == region
