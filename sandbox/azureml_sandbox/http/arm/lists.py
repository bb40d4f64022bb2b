"""GET and HEAD: a resource by its id, and the lists that a path names which ends in a type."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from azureml_arm import ids
from azureml_sandbox.azure import Azure, parse
from azureml_sandbox.faults import effects
from azureml_sandbox.http.arm import pages
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import ResourceType


def get(call: Call) -> Response:
    """Return a resource, or a list."""
    if ids.is_id(call.path):
        return Response.json(200, call.render(_resource(call)))
    named = _list_target(call)
    kind = call.azure.kind(named)
    if _follows_from_records(kind) and not call.azure.operations.is_any and not effects.are_reads_stale(call.azure):
        return _keep(call, lambda: _list(call, named, kind))
    return _list(call, named, kind)


def _list(call: Call, named: ids.ResourceId, kind: ResourceType) -> Response:
    scope = named.scope if len(named.names) == 1 else (named.parent or "")
    found = kind.query_list(call.azure, scope, call.query)
    size = pages.number(call.request, kind.page_parameter) or kind.page_size
    return render_page(call, found, size, kind.page_token, whole=kind.top_is_all, null_link=kind.null_link)


def _follows_from_records(kind: ResourceType) -> bool:
    """Return whether a type's lists are what is stored, and nothing else such as the time."""
    made = type(kind)
    return made.query_list is ResourceType.query_list and made.listing is ResourceType.listing


_KEPT: WeakKeyDictionary[Azure, dict[str, tuple[tuple[int, int], Response]]] = WeakKeyDictionary()
_MOST = 16
"""Lists that are kept: one may be of a thousand resources."""


def _keep(call: Call, make: Callable[[], Response]) -> Response:
    """Return an answer as it was made before, where nothing has changed since. Who may have it is asked before that."""
    kept = _KEPT.setdefault(call.azure, {})
    version = call.azure.store.version()
    found = kept.get(call.request.url)
    if found is None or found[0] != version:
        if len(kept) >= _MOST:
            kept.clear()
        found = kept[call.request.url] = version, make()
    return found[1]


def head(call: Call) -> Response:
    """Return whether a resource is there."""
    there: Body | None = {} if call.azure.exists(call.path) else None
    return Response(404 if effects.as_read(call.azure, call.path, there) is None else 204)


def render_page(
    call: Call,
    found: list[Body],
    size: int = 1000,
    token: str = pages.SKIP_TOKEN,
    render: Callable[[Body], Body] = lambda resource: resource,
    *,
    whole: bool = False,
    null_link: bool = False,
) -> Response:
    """Return one page of resources, including in-progress state; `render` renders each."""
    seen = effects.as_listed(call.azure, found)
    shown = call.azure.operations.view if call.azure.operations.is_any else None
    return pages.page(
        call.request,
        seen,
        size,
        token,
        lambda one: render(call.render(shown(one) if shown else one, listed=True)),
        whole=whole,
        null_link=null_link,
    )


def _resource(call: Call) -> Body:
    azure = call.azure
    if not effects.is_stale(azure, call.path):
        return azure.operations.view(azure.get(call.path))
    before = effects.as_read(azure, call.path, None)
    if before is None:
        raise azure.missing(call.target)
    return before


def _list_target(call: Call) -> ids.ResourceId:
    if "/providers/" not in f"{call.path.rpartition('/')[0]}/".lower():
        raise bad_request(f"'{call.path}' is neither a resource nor a list of resources.", "InvalidResourceId")
    return parse(f"{call.path}/any")
