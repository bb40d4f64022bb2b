"""The traffic of an online endpoint, set once its deployments exist.

ARM keeps traffic inside the endpoint, whose first PUT can't name deployments that don't exist yet; and a later PUT
without it would stop what flows. So one resource owns the split and writes it alone: it reads the endpoint, changes the
split and writes the rest back as it was read.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from arm.types import BY_TOKEN
from infra.dynamic.clients import Arm, AzureRefusedError
from infra.dynamic.provider import DynamicResource, Provider

_API = BY_TOKEN["azure-native:machinelearningservices:OnlineEndpoint"].api_version
_WRITABLE = ("location", "tags", "identity", "kind", "sku")
_READ_ONLY = ("provisioningState", "scoringUri", "swaggerUri")


class TrafficProvider(Provider):
    """Sets, reads and clears the split; `endpoint_id` names it, `traffic` and `mirror_traffic` can change."""

    identity = ("endpoint_id",)
    settings = ("traffic", "mirror_traffic")

    def create(self, props: Any) -> CreateResult:
        """Set the split."""
        self._write(props["endpoint_id"], props["traffic"], props["mirror_traffic"])
        return CreateResult(f"{props['endpoint_id']}/traffic", dict(props))

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        """Set another split."""
        self._write(_news["endpoint_id"], _news["traffic"], _news["mirror_traffic"])
        return UpdateResult(dict(_news))

    def read(self, id_: str, props: Any) -> ReadResult:
        """The split that flows now; an empty id when the endpoint is gone."""
        endpoint = Arm(self.environment).get(id_.removesuffix("/traffic"), _API)
        if endpoint is None:
            return ReadResult("", {})
        live = endpoint["properties"]
        found = {"traffic": _whole(live.get("traffic")), "mirror_traffic": _whole(live.get("mirrorTraffic"))}
        return ReadResult(id_, {**(props or {}), "endpoint_id": id_.removesuffix("/traffic"), **found})

    def delete(self, _id: str, _props: Any) -> None:
        """Take the traffic off, without which Azure deletes no deployment. Nothing to do where the endpoint is gone."""
        arm = Arm(self.environment)
        if arm.get(_props["endpoint_id"], _API) is not None:
            self._write(_props["endpoint_id"], {}, {})

    def _write(self, endpoint_id: str, traffic: Any, mirror_traffic: Any) -> None:
        arm = Arm(self.environment)
        endpoint = arm.get(endpoint_id, _API)
        if endpoint is None:
            raise AzureRefusedError(f"{endpoint_id}: the endpoint doesn't exist, so no traffic can be set")
        properties = {key: value for key, value in endpoint["properties"].items() if key not in _READ_ONLY}
        properties |= {"traffic": _whole(traffic), "mirrorTraffic": _whole(mirror_traffic)}
        kept = {key: endpoint[key] for key in _WRITABLE if endpoint.get(key) is not None}
        if kept.get("identity"):
            kept["identity"] = _writable_identity(kept["identity"])
        arm.put(endpoint_id, _API, {**kept, "properties": properties})


def _whole(split: Any) -> dict[str, int]:
    """Percentages as ARM takes them; Pulumi hands every number over as a float."""
    return {name: int(share) for name, share in sorted((split or {}).items())}


def _writable_identity(identity: dict[str, Any]) -> dict[str, Any]:
    """An identity as ARM takes it: without the principals it reports, user-assigned ones as empty objects."""
    assigned = identity.get("userAssignedIdentities")
    return {"type": identity["type"]} | ({"userAssignedIdentities": {key: {} for key in assigned}} if assigned else {})


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
    ) -> None:
        props = {"endpoint_id": endpoint_id, "traffic": traffic, "mirror_traffic": mirror_traffic or {}}
        super().__init__(TrafficProvider(), name, props, opts)
