"""Operations over http: how one is announced, and what its polls answer."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from azureml_arm import ids
from azureml_arm.clouds import PUBLIC
from azureml_arm.ids import workspace_of
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import effects
from azureml_sandbox.http.actions import required_action
from azureml_sandbox.http.arm.visible import principal_of
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import (
    ACCEPTED,
    CANCELED,
    FAILED,
    LOCATION_HEADER,
    STATE,
    STATUS_HEADER,
    SUCCEEDED,
    ArmOperation,
    LongRunning,
    in_state,
    iso,
)
from azureml_sandbox.services import answers
from azureml_sandbox.services.machinelearning.waiting import OF_ENDPOINTS

_POLL = re.compile(
    r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/(\w*Operations?(?:Status(?:es)?|Results?)?)/([^/]+)/?",
    re.IGNORECASE,
)
_POLL_BELOW = re.compile(r"(/subscriptions/.+)/operations/([^/]+)/?", re.IGNORECASE)
"""Where a service's `LongRunning` is `below`."""
IN_PROGRESS, _ACCEPTED = "InProgress", 202
NEVER = "0001-01-01T00:00:00+00:00"
"""The end of what hasn't ended, where a service says one."""
_NAMED = ("id", "name", "status")
_TIMED = (*_NAMED, "startTime", "endTime", "percentComplete")
_OF_RESOURCE = ("id", "status", "startTime", "properties")
POLLS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "whole": (("id", "name", "resourceId", "status", "startTime"), (*_TIMED, "resourceId")),
    "bare": (("status",), ("status",)),
    "short": (("status",), ("status", "percentComplete")),
    "named": (_NAMED, _NAMED),
    "address": (_NAMED, _NAMED),
    "dated": (("name", "status", "startTime"), ("name", "status", "startTime", "endTime")),
    "results": (_NAMED, (*_NAMED, "startTime", "endTime")),
    "timed": (_TIMED, _TIMED),
    "resource": (_OF_RESOURCE, _OF_RESOURCE),
}
"""`LongRunning.poll` -> what a poll answers while the operation goes on, and at its end."""


def accept_operation(
    azure: Azure, request: Request, operation: ArmOperation, how: LongRunning, status: int
) -> Response:
    """Return the answer to a request whose work goes on."""
    if request.verified is not None:
        azure.operations.asked_by(operation, str(request.verified.get("oid", "")).lower())
    headers = {name: _url(azure, request, operation, how, name) for name in how.headers}
    if how.at_itself:
        headers[LOCATION_HEADER] = request.url
    if how.timeout:
        headers["x-ms-async-operation-timeout"] = how.timeout
    headers |= azure.operations.wait(operation, how)
    found = azure.find(operation.resource) if how.body else None
    if found is None:
        return Response(status, headers)
    meanwhile = in_state(found, operation)
    shown = answers.render(meanwhile, request.query.get("api-version", ""), request.method)
    if how.members:
        shown = {name: shown[name] for name in how.members if name in shown}
    return Response.json(status, shown, headers)


def poll(azure: Azure, request: Request) -> Response | None:
    """Return the answer to a poll; None for a request that is none."""
    match = _POLL.fullmatch(request.path)
    if request.method not in ("GET", "HEAD"):
        return None
    if match is None:
        return _poll_below(azure, request)
    operation = azure.operations.get(unquote(match[2]).rpartition(":")[2])
    if operation is None or not _may_ask(azure, request, operation):
        raise ArmError(404, "OperationNotFound", f"The operation '{match[2]}' was not found.")
    going_on = _goes_on(azure, operation)
    if "result" not in match[1].lower() and request.query.get("type") != "location":
        return _status(azure, request, operation, going_on=going_on)
    return _result(azure, request, operation, going_on=going_on)


def _may_ask(azure: Azure, request: Request, operation: ArmOperation) -> bool:
    """Return whether a request is by who began an operation, or by somebody who may read what it is about."""
    needed = required_action("GET", operation.resource)
    if request.verified is None or needed is None:
        return True
    principal = principal_of(request.verified)
    return (
        operation.caller == principal.object_id or azure.rights.decide(needed.action, needed.scope, principal).allowed
    )


def _poll_below(azure: Azure, request: Request) -> Response | None:
    """Return the answer to a poll below the resource itself; None where no operation is there."""
    match = _POLL_BELOW.fullmatch(request.path)
    operation = azure.operations.get(unquote(match[2])) if match is not None else None
    if match is None or operation is None or not ids.same(match[1], operation.resource):
        return None
    if not _how(azure, operation).below or not _may_ask(azure, request, operation):
        return None
    return _status(azure, request, operation, going_on=_goes_on(azure, operation))


def _goes_on(azure: Azure, operation: ArmOperation) -> bool:
    return not operation.is_over(azure.clock()) or effects.hangs(azure, operation.method, operation.resource)


def _status(azure: Azure, request: Request, operation: ArmOperation, *, going_on: bool) -> Response:
    how = _how(azure, operation)
    meanwhile, after = POLLS[how.poll]
    going = operation.state if how.polled == STATE else how.polled or IN_PROGRESS
    known: dict[str, Any] = {
        "id": request.path.replace(OF_ENDPOINTS[0], OF_ENDPOINTS[1]) if how.poll == "results" else request.path,
        "name": request.path.rstrip("/").rpartition("/")[2],
        "resourceId": operation.resource,
        "status": going if going_on else operation.outcome,
        "startTime": iso(operation.started),
        "endTime": NEVER if going_on else iso(operation.ends),
        "percentComplete": 0.0 if how.poll == "timed" else 100.0,
    }
    if how.poll == "address":
        known["id"] = f"{PUBLIC.resource_manager}{request.path}?api-version={request.query.get('api-version', '')}"
    if how.poll == "resource":
        kind, resource = azure.kind(ids.parse(operation.resource)), azure.get(operation.resource)
        known |= {"id": operation.resource, "properties": kind.progress(resource, done=not going_on)}
    body = {name: known[name] for name in (meanwhile if going_on else after)}
    if going_on:
        headers = {LOCATION_HEADER: request.url} if how.poll_status == _ACCEPTED else {}
        return Response.json(how.poll_status, body, {**headers, **azure.operations.wait(operation, how)})
    if operation.outcome != SUCCEEDED:
        body["error"] = _error(operation)
    elif operation.result is not None:
        body["properties"] = operation.result
    return Response.json(200, body)


def _how(azure: Azure, operation: ArmOperation) -> LongRunning:
    """Return how the service of an operation's resource answers such requests."""
    ways = azure.kind(ids.parse(operation.resource)).long_running
    return ways.get(operation.method) or next(iter(ways.values()), ACCEPTED)


def _result(azure: Azure, request: Request, operation: ArmOperation, *, going_on: bool) -> Response:
    """Return 202 until it is done, then what the request itself would have answered."""
    if going_on:
        headers = {LOCATION_HEADER: f"{request.base}{request.encoded_path}?{request.raw_query}"}
        how = _how(azure, operation)
        if how.places[0] == how.places[1]:
            headers[STATUS_HEADER] = _url(azure, request, operation, how, STATUS_HEADER)
        return Response(202, {**headers, **azure.operations.wait(operation, how)})
    if operation.outcome != SUCCEEDED:
        return Response.json(409, {"error": _error(operation)})
    if operation.result is not None:
        return Response.json(200, operation.result)
    found = azure.find(operation.resource) if operation.method in ("PUT", "PATCH") else None
    if found is not None:
        return Response.json(200, answers.render(found, request.query.get("api-version", "")))
    return Response(200 if operation.type == ids.RESOURCE_GROUP or operation.method == "POST" else 204)


def _error(operation: ArmOperation) -> Any:
    return operation.error or DEFAULT_ERRORS[operation.outcome]


DEFAULT_ERRORS = {
    FAILED: {"code": "InternalServerError", "message": "The operation failed."},
    CANCELED: {"code": "OperationCanceled", "message": "The operation was canceled."},
}


def _url(azure: Azure, request: Request, operation: ArmOperation, how: LongRunning, header: str) -> str:
    """Return the address to poll that a header has; where both have one path, the query says which is which."""
    if how.below:
        version = quote(request.query.get("api-version", ""), safe="")
        return f"{request.base}{quote(operation.resource)}/operations/{operation.id}?api-Version={version}"
    subscription = ids.parse(operation.resource).subscription or ""
    namespace = operation.type.partition("/")[0]
    place = how.places[0 if header == STATUS_HEADER else 1]
    name = ":".join((how.prefix, _workspace(azure, operation), operation.id)) if how.prefix else operation.id
    parts = ("subscriptions", subscription, "providers", namespace, "locations", operation.region, place, name)
    path = "/".join(quote(part, safe=":") for part in parts)
    kind = f"&type={'async' if header == STATUS_HEADER else 'location'}" if how.places[0] == how.places[1] else ""
    return f"{request.base}/{path}?api-version={quote(request.query.get('api-version', ''), safe='')}{kind}"


def _workspace(azure: Azure, operation: ArmOperation) -> str:
    """Return the GUID of the workspace that an operation goes on in."""
    return str(azure.get(workspace_of(operation.resource))["properties"]["workspaceId"])
