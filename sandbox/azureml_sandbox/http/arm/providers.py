"""Resource providers: what types they have, and whether the subscription is registered for them.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
"""

import re
from typing import Any

from azureml_arm.regions import REGIONS
from azureml_arm.types import TYPES as CATALOGUE
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.checks import namespace_of, supported_versions
from azureml_sandbox.http.arm.lists import render_page
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, NotRegisteredError, conflict
from azureml_sandbox.model.tables import UNREGISTERED
from azureml_sandbox.services import TYPES

_NAMES = {kind.type.partition("/")[0].lower(): kind.type.partition("/")[0] for kind in TYPES.values()}
_ALWAYS = frozenset({"microsoft.resources", "microsoft.authorization"})
"""Registered in every subscription, for good."""


def every(call: Call, match: re.Match[str]) -> Response:
    """Return all that the sandbox knows."""
    return render_page(call, [_render(call, match[1], name) for name in sorted(_NAMES)])


def one(call: Call, match: re.Match[str]) -> Response:
    """Return one provider."""
    return Response.json(200, _render(call, match[1], _namespace(match[2])))


def types(call: Call, match: re.Match[str]) -> Response:
    """Return a provider's types."""
    call.azure.get(match[1])
    return Response.json(200, {"value": _types(_namespace(match[2]))})


def register(call: Call, match: re.Match[str]) -> Response:
    """Have a provider serve the subscription; all do from the start."""
    name = _namespace(match[2])
    with call.azure.changing():
        call.azure.store.remove(UNREGISTERED, name)
    return Response.json(200, _render(call, match[1], name))


def unregister(call: Call, match: re.Match[str]) -> Response:
    """Have it no longer do so, once none of its resources is left."""
    name = _namespace(match[2])
    if name in _ALWAYS or any(resource["type"].lower().startswith(f"{name}/") for resource in call.azure.resources()):
        text = f"The provider '{_NAMES[name]}' can't be unregistered: there are resources of it in the subscription."
        raise conflict(text, "CannotUnregisterNamespace")
    with call.azure.changing():
        call.azure.store.set(UNREGISTERED, name, "NotRegistered")
    return Response.json(200, _render(call, match[1], name))


def check_registered(azure: Azure, path: str) -> None:
    """Refuse a write for which the subscription isn't registered."""
    name = namespace_of(path)
    if azure.store.get(UNREGISTERED, name) is not None:
        raise NotRegisteredError(_NAMES[name])


def _namespace(name: str) -> str:
    if name.lower() not in _NAMES:
        text = f"The resource namespace '{name}' is invalid: the sandbox models {', '.join(sorted(_NAMES.values()))}."
        raise ArmError(404, "InvalidResourceNamespace", text)
    return name.lower()


def _render(call: Call, scope: str, name: str) -> Body:
    if scope:
        call.azure.get(scope)
    body: dict[str, Any] = {"namespace": _NAMES[name], "resourceTypes": _types(name)}
    if scope:
        state = call.azure.store.get(UNREGISTERED, name) or "Registered"
        body |= {"id": f"{scope}/providers/{_NAMES[name]}", "registrationState": state}
        body["registrationPolicy"] = "RegistrationFree" if name in _ALWAYS else "RegistrationRequired"
    else:
        body["id"] = f"/providers/{_NAMES[name]}"
    return body


def _types(name: str) -> list[Body]:
    return [
        {
            "resourceType": kind.type.partition("/")[2],
            "locations": list(REGIONS.values()) if kind.tracked else [],
            "apiVersions": _versions(name, kind.type),
            "capabilities": "SupportsTags, SupportsLocation" if kind.tracked else "None",
        }
        for kind in TYPES.values()
        if kind.type.lower().startswith(f"{name}/")
    ]


def _versions(namespace: str, type_name: str) -> list[str]:
    declared = {entry.api_version for entry in CATALOGUE if entry.type.lower() == type_name.lower()}
    return sorted(declared | {*supported_versions(namespace)[:1]}, reverse=True)
