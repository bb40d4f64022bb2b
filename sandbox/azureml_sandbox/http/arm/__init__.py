"""ARM's REST interface on the model: https://learn.microsoft.com/rest/api/resources/."""

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import FaultError, Subject, effects
from azureml_sandbox.faults.rule import HEADER
from azureml_sandbox.http.arm import conditions, general, lists, polling, writes
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.arm.checks import (
    AUDIENCES,
    ROOTS,
    check_path,
    check_subscription,
    check_token,
    check_version,
    collapse,
    first_segment,
)
from azureml_sandbox.http.arm.headers import with_headers
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import ARM_HOSTS, Addresses, Authorizer, Found, Plane, Site
from azureml_sandbox.model.errors import ArmError, SilentError, UserError

__all__ = ["AUDIENCES", "PLANE", "collapse", "handle"]

METHODS = {
    "GET": lists.get,
    "HEAD": lists.head,
    "PUT": writes.put,
    "PATCH": writes.patch,
    "DELETE": writes.delete,
    "POST": writes.post,
}


def _match(site: Site, request: Request) -> Found | None:
    """Match ARM's address; what is polled stands below Azure ML's, and a server's own has ARM's paths only."""
    elsewhere = site.is_ml(request) and first_segment(request) in ROOTS
    return Found(site, collapse(request)) if request.host in ARM_HOSTS or elsewhere else None


def _authorise(access: Authorizer, found: Found) -> Request:
    return access.for_arm(found.request, f"https://{found.request.authority}", *found.site.own)


def _handle(found: Found) -> Response:
    return handle(found.azure, found.request)


def _render(addresses: Addresses, body: bytes) -> bytes:
    return addresses.rewrite(body)


def handle(azure: Azure, request: Request) -> Response:
    """Answer a request. DroppedConnectionError where a fault rule wants no answer at all."""
    request = collapse(request)
    try:
        answer = _answer(azure, request)
    except FaultError as fault:
        answer = Response.refusal(fault, fault.headers)
    except ArmError as error:
        if isinstance(error, UserError):
            error.region = _region(azure, request)
        answer = Response(error.status) if isinstance(error, SilentError) else Response.refusal(error)
    if request.method == "HEAD":
        answer = Response(answer.status, answer.headers)
    return with_headers(request, answer)


def _answer(azure: Azure, request: Request) -> Response:
    check_path(request)
    if request.method not in METHODS:
        raise ArmError(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported.")
    check_token(request)
    check_version(request)
    check_subscription(request, azure.subscription)
    call = Call(azure, request, Subject.of(request.method, request.path, request.header(HEADER)))
    effects.refuse(azure, call.subject)
    azure.settle()
    answer = polling.poll(azure, request) or general.answer(call)
    return answer or conditions.with_etag(call, METHODS[request.method](call))


PLANE = Plane("resource manager", _match, _handle, _authorise, render=_render, in_process=True)


def _region(azure: Azure, request: Request) -> str:
    """Return where the service is that answers a request: the region of the nearest resource above."""
    path = request.path.rstrip("/")
    while path and not ids.is_id(path):
        path = path.rpartition("/")[0]
    return azure.location_above(ids.parse(path)) if path else ""
