"""PUT, PATCH, DELETE and POST: done at once, or announced as an operation that goes on."""

from typing import Any

from azureml_arm.ids import ResourceId
from azureml_sandbox.azure import Azure, parse
from azureml_sandbox.faults import effects
from azureml_sandbox.http.arm import conditions, polling, providers
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.operations import DELETING, FAILED, LOCATION_HEADER, SUCCEEDED, ArmOperation, LongRunning

CREATED = 201
DELETION_PARAMETERS = {"forcetopurge": "forceToPurge"}
"""What the model knows of a deletion's query, by its name in lower case."""


def put(call: Call) -> Response:
    """Make or replace a resource."""
    azure, kind, target = call.azure, call.kind, call.target
    before = _before(call)
    effects.soft_delete(azure, call.subject, target, call.body)
    try:
        made = azure.put(call.path, call.body, call.query["api-version"], call.caller)
    except ArmError as error:
        if not _is_kept(call, error):
            raise
        made, failure = azure.get(target.text), error
        return _begin(call, before, error=failure.body["error"])
    effects.after_write(azure, call.subject, before)
    how, status = _how(call, "PUT", created=before is None)
    if how is not None:
        return _begin(call, before)
    status = kind.created_status if before is None else kind.updated_status
    located = kind.located and status == CREATED
    return Response.json(status, call.render(made), {LOCATION_HEADER: call.request.url} if located else None)


def patch(call: Call) -> Response:
    """Change some of a resource."""
    before = _before(call)
    changed = call.azure.patch(call.target.text, call.body, call.caller)
    effects.after_write(call.azure, call.subject, before)
    how, _ = _how(call, "PATCH", created=False)
    return Response.json(200, call.render(changed)) if how is None else _begin(call, before)


def delete(call: Call) -> Response:
    """Delete a resource; what takes time is deleted at its operation's end."""
    azure, target = call.azure, call.target
    before = _before(call)
    query = {DELETION_PARAMETERS.get(name, name): value for name, value in call.query.items()}
    how = _slow(call, "DELETE")
    forced = call.kind.forced if call.query.get("forcedelete", "").lower() == "true" else None
    if how is None or before is None or forced:
        existed = azure.delete(target.text, query)
        effects.after_write(azure, call.subject, before)
        if before is not None and forced:
            return Response.json(200, forced)
        if before is not None and call.kind.returns_deleted:
            return Response.json(200, call.render(before))
        return Response(200 if existed else 204)
    call.kind.check_delete(azure, before)
    return _announce(call, how, how.status, DELETING, query=query)


def post(call: Call) -> Response:
    """Do an action."""
    azure = call.azure
    resource_id, _, name = call.path.rpartition("/")
    target = parse(resource_id)
    how = azure.kind(target).long_running.get(name.lower()) if azure.operations.enabled else None
    if how is not None:
        azure.operations.check_idle(target)
    result = azure.action(resource_id, name, call.body if call.request.body else None, call.caller)
    if how is not None:
        return _announce(call, how, how.status, how.updating_state, target=target, result=result)
    return Response(200) if result is None else Response.json(200, call.render(result))


def _before(call: Call) -> Body | None:
    """Return what is there before a write, once nothing forbids the write."""
    azure, target = call.azure, call.target
    if call.request.method in ("PUT", "PATCH") and not call.request.body:
        raise bad_request("The request content is empty: expected a JSON object.", "InvalidRequestContent")
    before = azure.find(target.text)
    conditions.check(call, before)
    providers.check_registered(azure, target.text)
    if azure.operations.enabled:
        azure.operations.check_idle(target)
    return before


def _is_kept(call: Call, error: ArmError) -> bool:
    """Return True if creation failed but the resource was kept; its operation then reports the error."""
    kept = call.azure.find(call.target.text) if _slow(call, "PUT") is not None else None
    failure = call.kind.failure(kept) if kept is not None else None
    return failure is not None and failure.body == error.body


def _slow(call: Call, method: str) -> LongRunning | None:
    return call.kind.long_running.get(method) if call.azure.operations.enabled else None


def _how(call: Call, method: str, *, created: bool) -> tuple[LongRunning | None, int]:
    """Return how a request is answered whose work goes on, and with which status; None where it is done."""
    how = _slow(call, method)
    if how is not None and call.query.get("api-version", "") < how.since:
        return None, 0
    if how is not None and how.regional and _region(call.azure, call.target) == "global":
        return None, 0
    status = how.answer(created=created) if how else None
    return (None, 0) if status is None else (how, status)


def _begin(call: Call, before: Body | None, *, error: Body | None = None) -> Response:
    created = before is None
    how, status = _how(call, call.request.method, created=created)
    if how is None:
        how, status = call.kind.long_running["PUT"], call.kind.long_running["PUT"].status
    more: Body = {} if error is None else {"outcome": FAILED, "error": error}
    if before is not None and call.kind.delayed:
        more["meanwhile"] = {name: before["properties"].get(name) for name in call.kind.delayed}
    return _announce(call, how, status, how.creating if created else how.updating_state, **more)


def _region(azure: Azure, target: ResourceId) -> str:
    own = azure.find(target.text) or {}
    return str(own.get("location") or azure.location_above(target) or "global")


def _announce(call: Call, how: LongRunning, status: int, state: str, **more: Any) -> Response:
    azure, target = call.azure, more.pop("target", None) or call.target
    if more.get("outcome", SUCCEEDED) == SUCCEEDED:
        outcome, error = effects.outcome(azure, call.subject)
        more |= {"outcome": outcome, "error": error}
    seconds = effects.ENDLESS if effects.endless(azure, call.subject) else None
    with azure.changing():
        more["region"] = _region(azure, target)
        operation: ArmOperation = azure.begin(target, call.request.method, state, seconds=seconds, **more)
    return polling.accept_operation(azure, call.request, operation, how, status)
