"""Operations over http: how one is announced, and what its polls answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from azureml_arm import ids
from azureml_sandbox.faults import effects
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import (
    CANCELED,
    FAILED,
    LOCATION_HEADER,
    STATUS_HEADER,
    SUCCEEDED,
    LongRunning,
    Operation,
    in_state,
    iso,
)
from azureml_sandbox.services import answers

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

_POLL = re.compile(
    r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/(\w*Operations?(?:Status(?:es)?|Results?)?)/([^/]+)/?",
    re.IGNORECASE,
)
IN_PROGRESS, ACCEPTED = "InProgress", "Accepted"


def announced(azure: Azure, request: Request, operation: Operation, how: LongRunning, status: int) -> Response:
    """The answer to a request whose work goes on."""
    places = dict(zip((STATUS_HEADER, LOCATION_HEADER), how.places, strict=True))
    headers = {name: _url(request, operation, places[name]) for name in how.headers}
    if how.at_itself:
        headers[LOCATION_HEADER] = request.url
    if how.timeout:
        headers["x-ms-async-operation-timeout"] = how.timeout
    headers |= azure.operations.wait(operation)
    if not how.body or azure.is_missing(operation.resource):
        return Response(status, headers)
    meanwhile = in_state(azure.get(operation.resource), operation)
    answer = Response.json(status, answers.tell(meanwhile, request.query.get("api-version", ""), request.method))
    return Response(status, {**answer.headers, **headers}, answer.body)


def poll(azure: Azure, request: Request) -> Response | None:
    """The answer to a poll; None for a request that is none."""
    match = _POLL.fullmatch(request.path)
    if match is None or request.method not in ("GET", "HEAD"):
        return None
    operation = azure.operations.get(match[2])
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{match[2]}' was not found.")
    going_on = not operation.is_over(azure.clock()) or effects.hangs(azure, operation.method, operation.resource)
    if "result" not in match[1].lower():
        return _status(azure, request, operation, going_on=going_on)
    return _result(azure, request, operation, going_on=going_on)


def _status(azure: Azure, request: Request, operation: Operation, *, going_on: bool) -> Response:
    how = _how(azure, operation)
    if how is not None and how.poll == "short":
        return _short(azure, operation, going_on=going_on)
    if how is not None and how.poll in _FORMS:
        return _formed(azure, request, operation, how, going_on=going_on)
    going = operation.state if how is not None and how.poll == "state" else IN_PROGRESS
    told: dict[str, Any] = {
        "id": request.path,
        "name": operation.id,
        "resourceId": operation.resource,
        "status": going if going_on else operation.outcome,
        "startTime": iso(operation.started),
    }
    if going_on:
        return _with(Response.json(200, told), azure.operations.wait(operation))
    told |= {"endTime": iso(operation.ends), "percentComplete": 100.0}
    if operation.outcome != SUCCEEDED:
        told["error"] = _error(operation)
    elif operation.result is not None:
        told["properties"] = operation.result
    return Response.json(200, told)


def _how(azure: Azure, operation: Operation) -> LongRunning | None:
    """How the service of an operation's resource answers such requests."""
    ways = azure.kind(ids.parse(operation.resource)).long_running
    return ways.get(operation.method) or next(iter(ways.values()), None)


def _short(azure: Azure, operation: Operation, *, going_on: bool) -> Response:
    if going_on:
        return _with(Response.json(200, {"status": IN_PROGRESS}), azure.operations.wait(operation))
    told: dict[str, Any] = {"status": operation.outcome, "percentComplete": 100.0}
    if operation.outcome != SUCCEEDED:
        told["error"] = _error(operation)
    elif operation.result is not None:
        told["properties"] = operation.result
    return Response.json(200, told)


_FORMS = {"bare": ("status",), "running": ("status",), "accepted": ("status",), "named": ("id", "name", "status"),
          "timed": ("name", "status", "startTime", "endTime")}  # fmt: skip
"""Form of a poll -> what it tells."""


def _formed(azure: Azure, request: Request, operation: Operation, how: LongRunning, *, going_on: bool) -> Response:
    """A poll of a service that tells only some of what there is."""
    going = {"named": operation.state, "accepted": ACCEPTED, "running": "Running"}.get(how.poll, IN_PROGRESS)
    known = {
        "id": request.path,
        "name": operation.id,
        "status": going if going_on else operation.outcome,
        "startTime": iso(operation.started),
        **({} if going_on else {"endTime": iso(operation.ends)}),
    }
    told: dict[str, Any] = {name: known[name] for name in _FORMS[how.poll] if name in known}
    if not going_on:
        return Response.json(200, told if operation.outcome == SUCCEEDED else {**told, "error": _error(operation)})
    headers = azure.operations.wait(operation)
    if how.poll != "accepted":
        return _with(Response.json(200, told), headers)
    return _with(Response.json(202, told), {**headers, LOCATION_HEADER: request.url})


def _result(azure: Azure, request: Request, operation: Operation, *, going_on: bool) -> Response:
    """202 until it is done; then what the request itself would have answered."""
    if going_on:
        here = f"{request.base}{request.encoded_path}?{request.raw_query}"
        return Response(202, {LOCATION_HEADER: here, **azure.operations.wait(operation)})
    if operation.outcome != SUCCEEDED:
        return Response.json(409, {"error": _error(operation)})
    if operation.result is not None:
        return Response.json(200, operation.result)
    if operation.method in ("PUT", "PATCH") and not azure.is_missing(operation.resource):
        found = azure.get(operation.resource)
        return Response.json(200, answers.tell(found, request.query.get("api-version", "")))
    return Response(200 if operation.type == ids.RESOURCE_GROUP or operation.method == "POST" else 204)


def _error(operation: Operation) -> Any:
    return operation.error or DEFAULT_ERRORS[operation.outcome]


DEFAULT_ERRORS = {
    FAILED: {"code": "InternalServerError", "message": "The operation failed."},
    CANCELED: {"code": "OperationCanceled", "message": "The operation was canceled."},
}


def _url(request: Request, operation: Operation, kind: str) -> str:
    subscription = ids.parse(operation.resource).subscription or ""
    namespace = operation.type.partition("/")[0]
    parts = ("subscriptions", subscription, "providers", namespace, "locations", operation.region, kind, operation.id)
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{request.base}/{path}?api-version={quote(request.query.get('api-version', ''), safe='')}"


def _with(response: Response, headers: dict[str, str]) -> Response:
    return Response(response.status, {**response.headers, **headers}, response.body)
