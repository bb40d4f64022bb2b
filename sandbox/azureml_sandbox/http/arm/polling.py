"""Operations over http: how one is announced, and what its polls answer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from azureml_arm import ids
from azureml_sandbox.azure import Azure
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

_POLL = re.compile(
    r"/subscriptions/[^/]+/providers/[^/]+/locations/[^/]+/(operationStatuses|operationResults)/([^/]+)/?",
    re.IGNORECASE,
)
IN_PROGRESS = "InProgress"


def accept_operation(azure: Azure, request: Request, operation: Operation, how: LongRunning, status: int) -> Response:
    """Return the answer to a request whose work goes on."""
    places = {STATUS_HEADER: "operationStatuses", LOCATION_HEADER: "operationResults"}
    headers = {name: _url(request, operation, places[name]) for name in how.headers}
    headers |= azure.operations.wait(operation)
    if not how.body or azure.is_missing(operation.resource):
        return Response(status, headers)
    answer = Response.json(status, in_state(azure.get(operation.resource), operation))
    return Response(status, {**answer.headers, **headers}, answer.body)


def poll(azure: Azure, request: Request) -> Response | None:
    """Return the answer to a poll; None for a request that is none."""
    match = _POLL.fullmatch(request.path)
    if match is None or request.method not in ("GET", "HEAD"):
        return None
    operation = azure.operations.get(match[2])
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{match[2]}' was not found.")
    going_on = not operation.is_over(azure.clock()) or effects.hangs(azure, operation.method, operation.resource)
    if match[1].lower() == "operationstatuses":
        return _status(azure, request, operation, going_on=going_on)
    return _result(azure, request, operation, going_on=going_on)


def _status(azure: Azure, request: Request, operation: Operation, *, going_on: bool) -> Response:
    told: dict[str, Any] = {
        "id": request.path,
        "name": operation.id,
        "resourceId": operation.resource,
        "status": IN_PROGRESS if going_on else operation.outcome,
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


def _result(azure: Azure, request: Request, operation: Operation, *, going_on: bool) -> Response:
    """Return 202 until it is done, then what the request itself would have answered."""
    if going_on:
        here = f"{request.base}{request.encoded_path}?{request.raw_query}"
        return Response(202, {LOCATION_HEADER: here, **azure.operations.wait(operation)})
    if operation.outcome != SUCCEEDED:
        return Response.json(409, {"error": _error(operation)})
    if operation.result is not None:
        return Response.json(200, operation.result)
    if operation.method in ("PUT", "PATCH") and not azure.is_missing(operation.resource):
        return Response.json(200, azure.get(operation.resource))
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
