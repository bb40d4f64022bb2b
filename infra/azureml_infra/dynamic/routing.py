"""Which deployment an endpoint's requests go to, set once the deployments exist.

ARM keeps this inside the endpoint, whose first PUT can't name deployments that don't exist yet; and a later PUT without
it would stop what flows. So one resource owns it and writes it alone: it reads the endpoint, changes the routing, and
writes the rest back as it was read. (ARM's PATCH of endpoints takes tags and identity only.)
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, UpdateResult

from azureml_infra.dynamic.clients import AzureRefusedError, api_version
from azureml_infra.dynamic.provider import DynamicResource, Provider
from azureml_infra.dynamic.rollout import is_staged, roll_out

SUFFIX = "/routing"
WRITABLE = ("location", "tags", "identity", "kind", "sku")
READ_ONLY = ("provisioningState", "scoringUri", "swaggerUri")


class RoutingProvider(Provider):
    """Sets, reads and clears the routing of the endpoint that `endpoint_id` names."""

    identity = ("endpoint_id",)
    settings = ("traffic", "mirror_traffic", "default_deployment")

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        """Return, besides what differs, an update where the endpoint has lost its routing."""
        found = super().diff(_id, _olds, _news)
        return DiffResult(changes=found.changes or bool(_news.get("lost")), replaces=found.replaces)

    def create(self, props: Any) -> CreateResult:
        """Set the routing."""
        self._write(props["endpoint_id"], _to_arm(props))
        return CreateResult(props["endpoint_id"] + SUFFIX, dict(props))

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        """Set another routing: online, in steps where there are any. What was there before is remembered, as the way
        back to it takes no steps.
        """
        endpoint_id, before, after = _news["endpoint_id"], _whole(_olds.get("traffic")), _whole(_news.get("traffic"))
        back = after == _whole(_olds.get("before"))
        if is_staged(_news.get("rollout"), before, after, _whole(_olds.get("before"))):
            roll_out(self.arm(), endpoint_id, _news["rollout"], before, after, lambda now: self._move(endpoint_id, now))
        self._write(endpoint_id, _to_arm(_news))
        if not _news.get("rollout") or before == after:
            return UpdateResult(dict(_news))
        return UpdateResult({**_news, "before": {} if back else before})

    def _move(self, endpoint_id: str, shares: Mapping[str, int]) -> None:
        """Set live traffic, and mirror none meanwhile."""
        self._write(endpoint_id, {"traffic": _whole(shares), "mirrorTraffic": {}})

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return the live routing, with an empty id when the endpoint no longer exists."""
        endpoint_id = id_.removesuffix(SUFFIX)
        endpoint = self.arm().get(endpoint_id, api_version(endpoint_id))
        if endpoint is None:
            return ReadResult("", {})
        return ReadResult(id_, {**(props or {}), "endpoint_id": endpoint_id, **from_arm(endpoint["properties"])})

    def delete(self, _id: str, _props: Any) -> None:
        """Route nothing, without which Azure deletes no deployment. Idempotent."""
        endpoint_id = _props["endpoint_id"]
        if self.arm().get(endpoint_id, api_version(endpoint_id)) is not None:
            self._write(endpoint_id, _to_arm({key: None for key in self.settings if key in _props}))

    def _write(self, endpoint_id: str, routing: dict[str, Any]) -> None:
        arm, version = self.arm(), api_version(endpoint_id)
        endpoint = arm.get(endpoint_id, version)
        if endpoint is None:
            raise AzureRefusedError(f"{endpoint_id}: the endpoint doesn't exist, so nothing can be routed to it")
        arm.put(endpoint_id, version, writable(endpoint, routing))


def writable(endpoint: dict[str, Any], routing: dict[str, Any]) -> dict[str, Any]:
    """Return the request body that changes an endpoint's routing and nothing else."""
    properties = {key: value for key, value in endpoint["properties"].items() if key not in READ_ONLY}
    kept = {key: endpoint[key] for key in WRITABLE if endpoint.get(key) is not None}
    if "identity" in kept:
        kept["identity"] = _writable_identity(kept["identity"])
    return {**kept, "properties": properties | routing}


def _writable_identity(identity: dict[str, Any]) -> dict[str, Any]:
    """Return an identity as ARM takes it: without the principals it reports, user-assigned ones as empty objects."""
    assigned = identity.get("userAssignedIdentities")
    return {"type": identity["type"]} | ({"userAssignedIdentities": {key: {} for key in assigned}} if assigned else {})


def _to_arm(props: Any) -> dict[str, Any]:
    if "default_deployment" in props:
        return {"defaults": {"deploymentName": props["default_deployment"]}}
    return {"traffic": _whole(props["traffic"]), "mirrorTraffic": _whole(props["mirror_traffic"])}


def from_arm(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the routing in an endpoint's ARM properties, in our words."""
    if "defaults" in properties:
        return {"default_deployment": (properties["defaults"] or {}).get("deploymentName")}
    return {
        "traffic": _whole(properties.get("traffic")),
        "mirror_traffic": _whole(properties.get("mirrorTraffic")),
    }


def _whole(split: Any) -> dict[str, int]:
    """Return percentages as ARM takes them; Pulumi passes every number as a float."""
    return {name: int(share) for name, share in sorted((split or {}).items())}


class Traffic(DynamicResource, module="azureml", name="Traffic"):
    """How an online endpoint's requests are split, in percent: ``{"blue": 90, "green": 10}``."""

    endpoint_id: pulumi.Output[str]
    traffic: pulumi.Output[dict[str, int]]
    mirror_traffic: pulumi.Output[dict[str, int]]

    def __init__(
        self,
        name: str,
        endpoint_id: pulumi.Input[str],
        traffic: pulumi.Input[dict[str, int]],
        mirror_traffic: pulumi.Input[dict[str, int]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        *,
        lost: bool = False,
        rollout: Mapping[str, Any] | None = None,
    ) -> None:
        """Register the split. `lost`: the endpoint no longer has it, so that it is to be set again. `rollout`: the
        steps in which a later change goes (``{"steps": [10, 100], "hold_minutes": 10, "failed_percent": 5}``).
        """
        steps = {} if rollout is None else {"rollout": rollout}
        props = {"endpoint_id": endpoint_id, "traffic": traffic, "mirror_traffic": mirror_traffic or {}, "lost": lost}
        super().__init__(RoutingProvider(), name, {**props, **steps}, opts)


class DefaultDeployment(DynamicResource, module="azureml", name="DefaultDeployment"):
    """The deployment that a batch endpoint calls when a request names none."""

    endpoint_id: pulumi.Output[str]
    default_deployment: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        endpoint_id: pulumi.Input[str],
        default_deployment: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        lost: bool = False,
    ) -> None:
        """Register the choice. `lost`: the endpoint no longer has it, so that it is to be set again."""
        props = {"endpoint_id": endpoint_id, "default_deployment": default_deployment, "lost": lost}
        super().__init__(RoutingProvider(), name, props, opts)
