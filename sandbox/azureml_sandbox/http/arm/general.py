"""ARM's own endpoints, which belong to no resource: tenants, regions, providers, lists of everything, tags, names."""

import json
import re
from collections.abc import Callable

from azureml_arm.regions import REGIONS
from azureml_arm.template.hashing import template_hash
from azureml_arm.template.resources import DEPLOYMENT
from azureml_sandbox.http.arm import groups, metrics, names, permissions, providers, restrictions, tags
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.lists import render_page
from azureml_sandbox.http.arm.visible import is_listed, principal_of
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.errors import ArmError

Handler = Callable[[Call, re.Match[str]], Response]
_S, _G, _N = "/subscriptions/[^/]+", "/subscriptions/[^/]+/resourcegroups/[^/]+", r"([\w.]+)"


def answer(call: Call) -> Response | None:
    """Return the answer to a request to one of these endpoints; None for any other."""
    path = call.path
    for pattern, handler in _TABLE.get(call.request.method, ()):
        match = pattern.fullmatch(path)
        if match is not None:
            return handler(call, match)
    return None


def _subscriptions(call: Call, _match: re.Match[str]) -> Response:
    subscription, claims = f"/subscriptions/{call.azure.subscription}", call.request.verified
    if claims is not None and not is_listed(call.azure, subscription, principal_of(claims)):
        return render_page(call, [])
    return render_page(call, [call.azure.get(subscription)])


def _tenants(call: Call, _match: re.Match[str]) -> Response:
    tenant = call.azure.tenant
    body = {"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Sandbox", "tenantCategory": "Home"}
    return Response.json(200, {"value": [body]})


def _locations(call: Call, match: re.Match[str]) -> Response:
    above = call.azure.get(match[1])["id"]
    regions = [
        {
            "id": f"{above}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": shown,
            "regionalDisplayName": shown,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
        }
        for name, shown in REGIONS.items()
    ]
    return Response.json(200, {"value": regions})


def _deployment_operations(call: Call, match: re.Match[str]) -> Response:
    """Return what a deployment did, or one thing of it, by the path from before there were providers."""
    deployment = f"{match[1]}/providers/{DEPLOYMENT}/{match[2]}"
    if match[3]:
        return Response.json(200, call.azure.get(f"{deployment}/operations/{match[3]}"))
    return render_page(call, call.azure.list(deployment, f"{DEPLOYMENT}/operations"))


def _template_hash(call: Call, _match: re.Match[str]) -> Response:
    minified = json.dumps(call.body, separators=(",", ":"))
    return Response.json(200, {"minifiedTemplate": minified, "templateHash": template_hash(call.body)})


def _not_modelled(call: Call, match: re.Match[str]) -> Response:
    text = (
        f"The sandbox doesn't model '{match[1]}': add a handler to sandbox/http/arm/, and its line to the table of "
        "azureml_sandbox/http/arm/general.py."
    )
    raise ArmError(501, "NotImplemented", f"{call.request.method} {call.path}: {text}")


_PATTERNS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/subscriptions", _subscriptions),
    ("GET", "/tenants", _tenants),
    ("GET", f"({_S})/locations", _locations),
    ("GET", f"({_S})/resourcegroups", groups.groups),
    ("GET", f"({_S})/resources", groups.resources),
    ("GET", f"({_G})/resources", groups.resources),
    ("GET", f"({_S})/tagnames", tags.names),
    ("GET", f"({_G})/deployments/([^/]+)/operations(?:/([^/]+))?", _deployment_operations),
    ("GET", f"(|{_S})/providers", providers.every),
    ("GET", f"(|{_S})/providers/{_N}", providers.one),
    ("GET", f"({_S})/providers/{_N}/resourcetypes", providers.types),
    ("POST", f"({_S})/providers/{_N}/register", providers.register),
    ("POST", f"({_S})/providers/{_N}/unregister", providers.unregister),
    ("POST", f"({_S})/providers/{_N}/checknameavailability", names.availability),
    ("POST", "/providers/microsoft.resources/checkresourcename", names.resource_name),
    ("POST", "/providers/microsoft.resources/calculatetemplatehash", _template_hash),
    *((method, "(.*)/providers/microsoft.resources/tags/default", tags.handle) for method in tags.METHODS),
    ("GET", "(.*)/providers/microsoft.authorization/permissions", permissions.permissions),
    ("GET", "(.*)/providers/microsoft.insights/metrics", metrics.metrics),
    ("POST", f"({_S}|{_G})/providers/microsoft.policyinsights/checkpolicyrestrictions", restrictions.check),
    ("POST", f"{_G}/(moveresources|validatemoveresources|exporttemplate)", _not_modelled),
    ("PUT", f"{_S}/(tagnames)/.*", _not_modelled),
    ("DELETE", f"{_S}/(tagnames)/.*", _not_modelled),
    ("GET", "/providers/[^/]+/(operations)", _not_modelled),
)
_TABLE = {
    verb: tuple(
        (re.compile(pattern, re.IGNORECASE), handler) for method, pattern, handler in _PATTERNS if method == verb
    )
    for verb in {method for method, _, _ in _PATTERNS}
}
