"""azapi: any ARM type by its name, and any POST (https://registry.terraform.io/providers/Azure/azapi/latest/docs).

``azapi:index/resource:Resource`` and ``updateResource`` have ``type`` (``Microsoft.X/y@version``), the parent's id, a
name and a body, which is an object or JSON; ``resourceAction`` sends a method to an id and a path below it. All three
merge ``sensitive_body`` into the body (github.com/Azure/terraform-provider-azapi, internal/services/azapi_resource.go,
azapi_update_resource.go and azapi_resource_action_resource.go). What a ``dataPlaneResource`` sends never reaches ARM.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.template.paths import clean, parse_json, resource_id, segments
from azureml_policies.requests.request import ArmRequest, PlannedView, Token, opaque
from azureml_policies.requests.unknown import UNKNOWN, has_unknown, is_unknown
from azureml_policies.requests.values import TWICE, has_twice, member, squash, text

VIA = "azapi"
_ENVELOPE = ("location", "identity", "tags")
_WRITES = frozenset({"put", "patch"})
_UPDATE = "updateresource"
_VERBS = {"delete": "delete", "get": "read", "head": "read"}
UNKNOWN_BODY: Mapping[str, Any] = dict.fromkeys(
    ("properties", "sku", "kind", "identity", "location", "tags", "zones", "plan"), UNKNOWN
)
"""A body that isn't known, so that whatever is read from it isn't."""


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return the request that a resource of azapi makes; opaque where its type isn't known."""
    if not is_azapi(asked.token):
        return None
    reader = _READERS.get(_kind(asked.token))
    if has_twice(asked.inputs):
        return (opaque(TWICE, _above(clean(asked.get("resource_id"))), VIA),)
    if reader is None:
        return (opaque(f"a request of azapi beside Azure Resource Manager ({asked.token.name})", asked.scope, VIA),)
    return (reader(asked),)


def is_azapi(token: Token) -> bool:
    """Return whether a token is one of azapi's, whichever package bridges it."""
    return "azapi" in token.package or token.name.startswith("azapi_")


def merges(token: Token) -> bool:
    """Return whether what a body leaves out stays as it is: azapi's update reads the resource, and puts what it has
    on top (https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/update_resource).
    """
    return is_azapi(token) and _kind(token) == _UPDATE


def _kind(token: Token) -> str:
    return squash(token.name).removeprefix("azapi")


def _resource(asked: PlannedView) -> ArmRequest:
    type_name = _type(asked)
    body = _body(asked)
    own = asked.get("resource_id")
    found = clean(own) if own else _child(clean(asked.get("parent_id") or asked.scope), type_name, asked)
    if is_unknown(type_name) and own:
        type_name = ids.type_of(found)
    if "/" not in type_name or has_unknown(type_name):
        return opaque("a resource whose type isn't known", _above(found), VIA)
    if body is None:
        return opaque("a body that can't be read as JSON", _above(found), VIA)
    return ArmRequest(type_name, found, body, VIA)


def _type(asked: PlannedView) -> str:
    return text(asked.get("type")).partition("@")[0].strip("/")


def _child(parent: str, type_name: str, asked: PlannedView) -> str:
    """Return the id below a parent: a nested type's parent is the resource above it, another's is a scope."""
    name = text(asked.get("name"))
    kinds = type_name.split("/")[1:]
    if len(kinds) > 1:
        return f"{parent}/{kinds[-1]}/{name}"
    return resource_id("" if parent == "/" else parent, type_name, [name])


def _body(asked: PlannedView) -> Mapping[str, Any] | None:
    """Return the request's body; None where it can't be read."""
    plain, secret = (
        parse_json(asked.get(key)) if asked.get(key) is not None else {} for key in ("body", "sensitive_body")
    )
    if is_unknown(plain) or is_unknown(secret):
        return UNKNOWN_BODY
    if not isinstance(plain, Mapping) or not isinstance(secret, Mapping):
        return None
    beside = {key: asked.get(key) for key in _ENVELOPE if asked.get(key) is not None}
    merged = _merge({**beside, **plain}, _doubtful(secret) if asked.get("sensitive_body_version") else secret)
    return merged if isinstance(merged, Mapping) else None


def _doubtful(secret: Any) -> Any:
    """Return a sensitive body with versions: of it, azapi sends only what has another version than the last time, which
    the plan doesn't show (`unmarshalSensitiveBody` in internal/services/resource.go).
    """
    if isinstance(secret, Mapping):
        return {key: _doubtful(value) for key, value in secret.items()}
    return UNKNOWN


def _merge(under: Any, over: Any) -> Any:
    """Return two values as azapi merges them: objects by name, lists item by item (`MergeObject` in utils/json.go)."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: _merge(under.get(key), value) for key, value in over.items()}}
    if isinstance(under, list) and isinstance(over, list) and under and over:
        return _merge_lists(under, over)
    return over


def _merge_lists(under: list[Any], over: list[Any]) -> list[Any]:
    names = [[item.get("name") if isinstance(item, Mapping) else None for item in items] for items in (under, over)]
    if not (names[0][0] and names[1][0]):
        return [_merge(*pair) for pair in zip(under, over, strict=True)] if len(under) == len(over) else over
    left = dict(enumerate(over))
    merged = []
    for name, item in zip(names[0], under, strict=True):
        at = next((index for index in left if names[1][index] == name), None)
        merged.append(item if at is None else _merge(item, left.pop(at)))
    return [*merged, *left.values()]


def _action(asked: PlannedView) -> ArmRequest:
    """Return a method on a path: PUT below a workspace makes a compute, POST below a compute starts it."""
    base, below = clean(asked.get("resource_id")), asked.get("action")
    steps = list(segments(below)) if isinstance(below, str) else [UNKNOWN] if below is not None else []
    method = text(member(asked.inputs, "method") or "POST").lower()
    if any(map(is_unknown, (method, *steps[:-1:2]))) or (steps and is_unknown(steps[-1]) and method == "post"):
        return opaque("an action that isn't known yet", base, VIA)
    post = steps.pop() if method == "post" and steps else ""
    type_name = _type_below(base, _type(asked), steps)
    if not type_name or has_unknown(type_name):
        return opaque("an action on a resource whose type isn't known", base, VIA)
    body = _body(asked)
    if body is None and method in _WRITES:
        return opaque("a body that can't be read as JSON", base, VIA)
    return ArmRequest(type_name, "/".join([base, *steps]), body or {}, VIA, _action_name(type_name, method, post))


def _action_name(type_name: str, method: str, post: str) -> str:
    """Return the ARM action of a method, where it isn't the type's own ``write``."""
    if method in _WRITES:
        return ""
    if method in _VERBS:
        return f"{type_name}/{_VERBS[method]}"
    return f"{type_name}/{post}/action" if post else f"{type_name}/action"


def _type_below(base: str, outer: str, steps: list[str]) -> str:
    """Return the type at a path below a resource, of which `outer` is the type; empty where it isn't known."""
    if not is_unknown(base):
        return ids.type_of("/".join([base, *steps]))
    at = ids.last_provider(steps)
    if at is not None:
        return ids.type_of("/".join(["", *steps[at:]]))
    return "" if len(steps) % 2 else "/".join([outer, *steps[::2]])


def _above(resource: str) -> str:
    return resource.rsplit("/", 2)[0] if resource.count("/") > 1 else ""


_READERS: Mapping[str, Callable[[PlannedView], ArmRequest]] = {
    "resource": _resource,
    _UPDATE: _resource,
    "resourceaction": _action,
}
