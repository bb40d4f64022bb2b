"""ARM's REST interface on the model: https://learn.microsoft.com/rest/api/resources/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azureml_arm import ids
from azureml_sandbox.faults import FaultError, Subject, effects
from azureml_sandbox.faults.rule import HEADER
from azureml_sandbox.http.arm import conditions, general, lists, polling, writes
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.checks import AUDIENCES, check_path, check_token, check_version, collapsed
from azureml_sandbox.http.arm.headers import with_headers
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.model.errors import ArmError, UserError

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

__all__ = ["AUDIENCES", "collapsed", "handle"]

METHODS = {
    "GET": lists.get,
    "HEAD": lists.head,
    "PUT": writes.put,
    "PATCH": writes.patch,
    "DELETE": writes.delete,
    "POST": writes.post,
}


def handle(azure: Azure, request: Request) -> Response:
    """Answer a request. DroppedConnectionError where a fault rule wants no answer at all."""
    request = collapsed(request)
    try:
        answer = _answered(azure, request)
    except FaultError as fault:
        refusal = Response.json(fault.status, fault.body)
        answer = Response(refusal.status, {**refusal.headers, **fault.headers}, refusal.body)
    except ArmError as error:
        if isinstance(error, UserError):
            error.region = _region(azure, request)
        answer = Response.json(error.status, error.body)
    if request.method == "HEAD":
        answer = Response(answer.status, answer.headers)
    return with_headers(request, answer)


def _answered(azure: Azure, request: Request) -> Response:
    check_path(request)
    if request.method not in METHODS:
        raise ArmError(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported.")
    check_token(request)
    check_version(request)
    call = Call(azure, request, Subject.of(request.method, request.path, request.header(HEADER)))
    effects.refuse(azure, call.subject)
    azure.operations.settle()
    answer = polling.poll(azure, request) or general.answer(call)
    return answer or conditions.told(call, METHODS[request.method](call))


def _region(azure: Azure, request: Request) -> str:
    """Where the service is that answers a request: the region of the nearest resource above."""
    path = request.path.rstrip("/")
    while path and not ids.is_id(path):
        path = path.rpartition("/")[0]
    return azure.location_above(ids.parse(path)) if path else ""
