"""GET and HEAD: a resource by its id, and the lists that a path names which ends in a type."""

from __future__ import annotations

import json
from collections.abc import Callable

from azureml_arm import ids
from azureml_sandbox.azure import parse
from azureml_sandbox.faults import effects
from azureml_sandbox.http.arm import pages
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Body


def get(call: Call) -> Response:
    """A resource, or a list."""
    if ids.is_id(call.path):
        return Response.json(200, call.tell(_resource(call)))
    named = _listed(call)
    kind = call.azure.kind(named)
    scope = named.scope if len(named.names) == 1 else (named.parent or "")
    answer = paged(call, kind.found(call.azure, scope, call.query), kind.page_size, kind.page_token)
    return answer if not kind.null_link else Response.json(200, {"nextLink": None, **json.loads(answer.body)})


def head(call: Call) -> Response:
    """Whether a resource is there."""
    there: Body | None = {} if call.azure.exists(call.path) else None
    return Response(404 if effects.seen(call.azure, call.path, there) is None else 204)


def paged(
    call: Call,
    found: list[Body],
    size: int = 1000,
    token: str = pages.SKIP_TOKEN,
    told: Callable[[Body], Body] = lambda resource: resource,
) -> Response:
    """A page of resources, as they are seen meanwhile; `told` is what this list tells of each."""
    seen = effects.seen_in_list(call.azure, found)
    shown = call.azure.operations.shown if call.azure.operations.is_any else None
    return pages.page(call.request, seen, size, token, lambda one: told(call.tell(shown(one) if shown else one)))


def _resource(call: Call) -> Body:
    azure = call.azure
    if not effects.is_stale(azure, call.path):
        return azure.operations.shown(azure.get(call.path))
    before = effects.seen(azure, call.path, None)
    if before is None:
        raise azure.missing(call.target)
    return before


def _listed(call: Call) -> ids.ResourceId:
    if "/providers/" not in f"{call.path.rpartition('/')[0]}/".lower():
        raise bad_request(f"'{call.path}' is neither a resource nor a list of resources.", "InvalidResourceId")
    return parse(f"{call.path}/any")
