"""What a plan holds beside a resource: the diagnostic settings and private endpoints that point at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm import ids
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UnknownError, has_unknown, read
from azureml_policies.requests.write import Write
from azureml_policies.rule import Plan

_SETTINGS = "microsoft.insights/diagnosticsettings"
_ENDPOINTS = "microsoft.network/privateendpoints"
_PROVIDER = "/providers/microsoft.insights/diagnosticsettings/"


@dataclass(frozen=True)
class Pointing:
    """A resource that points at another one by its id, which may not be known yet."""

    target: str
    properties: Mapping[str, Any]


def diagnostic_settings(plan: Plan) -> list[Pointing]:
    """Return the diagnostic settings of a plan, whichever provider makes them."""
    found = [
        Pointing(write.id.lower().partition(_PROVIDER)[0], _mapping(write.body.get("properties")))
        for write in plan.writes
        if write.type.lower() == _SETTINGS
    ]
    for planned in _of(plan, "diagnosticsetting"):
        target = planned.inputs.get("resourceUri") or planned.inputs.get("targetResourceId")
        if isinstance(target, str):
            found.append(Pointing(target, planned.inputs))
    return found


def private_endpoints(plan: Plan) -> list[Pointing]:
    """Return the private endpoints of a plan, one entry for each connection, with its `groupIds`."""
    bodies = [_mapping(write.body.get("properties")) for write in plan.writes if write.type.lower() == _ENDPOINTS]
    bodies += [planned.inputs for planned in _of(plan, "privateendpoint")]
    return [pointing for body in bodies for pointing in _connections(body)]


def _connections(body: Mapping[str, Any]) -> Iterator[Pointing]:
    for name in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"):
        listed = read(body, name)
        for item in listed if isinstance(listed, list | tuple) else ():
            inner = item.get("properties", item) if isinstance(item, Mapping) else {}
            target = _mapping(inner).get("privateLinkServiceId")
            if isinstance(target, str):
                yield Pointing(target, _mapping(inner))


def _of(plan: Plan, name: str) -> Iterator[Planned]:
    """Yield the planned resources of a provider's type that no reader knows, so that they are no writes."""
    seen = {write.planned.urn for write in plan.writes}
    for planned in plan.planned:
        if planned.type.rpartition(":")[2].lower() == name and planned.urn not in seen:
            yield planned


def at(pointing: list[Pointing], write: Write) -> list[Pointing]:
    """Return those that point at a write. UnknownError where none is known to, and one isn't known yet to point
    anywhere.
    """
    here = [item for item in pointing if ids.canonical(item.target) == ids.canonical(write.id)]
    if not here and any(has_unknown(item.target) for item in pointing):
        raise UnknownError(f"what points at {write.name}")
    return here


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
