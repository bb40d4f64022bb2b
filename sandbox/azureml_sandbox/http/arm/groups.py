"""Lists of what is in a subscription or a resource group, of whatever type."""

import re

from azureml_arm import ids
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.filters import apply_filter
from azureml_sandbox.http.arm.lists import render_page
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body

SHOWN = ("id", "name", "type", "location", "kind", "sku", "identity", "tags", "managedBy", "plan")
"""What a list of everything shows of each resource: `properties` are for who asks for it."""
EXTRAS = {"createdtime": "createdAt", "changedtime": "lastModifiedAt"}
"""``$expand`` -> where it comes from."""


def groups(call: Call, match: re.Match[str]) -> Response:
    """Return the resource groups of a subscription."""
    return render_page(call, apply_filter(call.azure.list(match[1], ids.RESOURCE_GROUP), call.query.get("$filter", "")))


def resources(call: Call, match: re.Match[str]) -> Response:
    """Return the resources of a subscription or a group that stand in a group themselves, and what has a region below
    them.
    """
    scope = call.azure.get(match[1])["id"]
    inside = [found for found in call.azure.below(scope) if _is_tracked(found)]
    expanded = {name.strip().lower() for name in call.query.get("$expand", "").split(",")}
    found = apply_filter(inside, call.query.get("$filter", ""))
    return render_page(call, found, render=lambda resource: _render(resource, expanded))


def _is_tracked(resource: Body) -> bool:
    return "location" in resource and "/resourcegroups/" in resource["id"].lower() and not _is_group(resource)


def _is_group(resource: Body) -> bool:
    return str(resource["type"]).lower() == ids.RESOURCE_GROUP.lower()


def _render(resource: Body, expanded: set[str]) -> Body:
    document = {name: resource[name] for name in SHOWN if name in resource}
    if "provisioningstate" in expanded:
        document["provisioningState"] = resource.get("properties", {}).get("provisioningState", "Succeeded")
    system = resource.get("systemData") or {}
    for name, source in EXTRAS.items():
        if name in expanded and source in system:
            document[name.replace("time", "Time")] = system[source]
    return document
