"""Tags by themselves: ``{scope}/providers/Microsoft.Resources/tags/default``, and the names that are in use.

https://learn.microsoft.com/rest/api/resources/tags
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from azureml_sandbox.azure import parse
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request

METHODS = ("GET", "PUT", "PATCH", "DELETE")


def handle(call: Call, match: re.Match[str]) -> Response:
    """Read, replace, merge or remove the tags of a resource or group."""
    resource = call.azure.get(match[1])
    method = call.request.method
    if method == "GET":
        return Response.json(200, _render(resource))
    if call.azure.operations.enabled:
        call.azure.operations.check_idle(parse(match[1]))
    changed = call.azure.patch(match[1], {"tags": _new(call, resource.get("tags") or {})}, call.caller)
    return Response(200) if method == "DELETE" else Response.json(200, _render(changed))


def names(call: Call, match: re.Match[str]) -> Response:
    """Return the names of tags that are in use, with their values."""
    scope = call.azure.get(match[1])["id"]
    used = Counter(pair for one in call.azure.below(scope) for pair in (one.get("tags") or {}).items())
    return Response.json(200, {"value": [_name(scope, name, used) for name in sorted({name for name, _ in used})]})


def _new(call: Call, old: dict[str, Any]) -> dict[str, Any]:
    if call.request.method == "DELETE":
        return {}
    given = dig(call.body, "properties.tags") or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise bad_request("'properties.tags' must be an object of texts.", "InvalidRequestContent")
    operation = "replace" if call.request.method == "PUT" else str(call.body.get("operation") or "").lower()
    if operation not in _OPERATIONS:
        raise bad_request(f"'operation' must be Merge, Replace or Delete, not '{call.body.get('operation')}'.")
    return _OPERATIONS[operation](old, given)


_OPERATIONS: Mapping[str, Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
    "merge": lambda old, given: {**old, **given},
    "replace": lambda _old, given: given,
    "delete": lambda old, given: {name: value for name, value in old.items() if given.get(name, ...) != value},
}


def _render(resource: Body) -> Body:
    document = {"id": f"{resource['id']}/providers/Microsoft.Resources/tags/default", "name": "default"}
    return {**document, "type": "Microsoft.Resources/tags", "properties": {"tags": resource.get("tags") or {}}}


def _name(scope: str, name: str, used: Counter[tuple[str, str]]) -> Body:
    values = {value: count for (own, value), count in used.items() if own == name}
    where = f"{scope}/tagNames/{name}"
    return {
        "id": where,
        "tagName": name,
        "count": {"type": "Total", "value": sum(values.values())},
        "values": [
            {"id": f"{where}/tagValues/{value}", "tagValue": value, "count": {"type": "Total", "value": count}}
            for value, count in sorted(values.items())
        ],
    }
