"""azapi: any ARM type by its name, and any POST (https://registry.terraform.io/providers/Azure/azapi/latest/docs).

``azapi:index/resource:Resource`` and ``updateResource`` have ``type`` (``Microsoft.X/y@version``), the parent's id, a
name and a body, which is an object or JSON; ``resourceAction`` sends a method to an id and a path below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.template.paths import clean, parse_json, resource_id, segments
from azureml_policies.requests.request import PlannedView, Request, opaque
from azureml_policies.requests.unknown import UNKNOWN, has_unknown, is_unknown
from azureml_policies.requests.values import member, squash, text

VIA = "azapi"
_ENVELOPE = ("location", "identity", "tags")
_WRITES = frozenset({"put", "patch"})
UNKNOWN_BODY: Mapping[str, Any] = dict.fromkeys(
    ("properties", "sku", "kind", "identity", "location", "tags", "zones", "plan"), UNKNOWN
)
"""A body that isn't known, so that whatever is read from it isn't."""


def requests(asked: PlannedView) -> Iterable[Request] | None:
    """Return the request that a resource of azapi makes; opaque where its type isn't known."""
    if "azapi" not in asked.token.package and not asked.token.name.startswith("azapi_"):
        return None
    name = squash(asked.token.name).removeprefix("azapi")
    if name in ("resource", "updateresource"):
        return (_resource(asked),)
    return (_action(asked),) if name == "resourceaction" else ()


def _resource(asked: PlannedView) -> Request:
    type_name = _type(asked)
    body = _body(asked)
    own = asked.get("resource_id")
    found = clean(own) if own else _child(clean(asked.get("parent_id") or asked.scope), type_name, asked)
    if is_unknown(type_name) and own:
        type_name = _type_of(found)
    if "/" not in type_name or has_unknown(type_name):
        return opaque("a resource whose type isn't known", _above(found), VIA)
    if body is None:
        return opaque("a body that can't be read as JSON", _above(found), VIA)
    return Request(type_name, found, body, VIA)


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
    bodies = [parse_json(asked.get(key)) if asked.get(key) is not None else {} for key in ("body", "sensitive_body")]
    if any(is_unknown(body) for body in bodies):
        return UNKNOWN_BODY
    if not all(isinstance(body, Mapping) for body in bodies):
        return None
    beside = {key: asked.get(key) for key in _ENVELOPE if asked.get(key) is not None}
    return _merge(beside, _merge(*bodies))


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _action(asked: PlannedView) -> Request:
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
    body = parse_json(asked.get("body"))
    found = "/".join([base, *steps])
    given = UNKNOWN_BODY if is_unknown(body) else body if isinstance(body, Mapping) else {}
    return Request(type_name, found, given, VIA, _name_parts(type_name, method, post))


def _name_parts(type_name: str, method: str, post: str) -> str:
    if method in _WRITES:
        return ""
    return (
        f"{type_name}/delete" if method == "delete" else f"{type_name}/{post}/action" if post else f"{type_name}/action"
    )


def _type_below(base: str, outer: str, steps: list[str]) -> str:
    """Return the type at a path below a resource, of which `outer` is the type; empty where it isn't known."""
    if not is_unknown(base):
        return _type_of("/".join([base, *steps]))
    lowered = [step.lower() for step in steps]
    if "providers" in lowered:
        return _type_of("/".join(["", *steps[len(steps) - 1 - lowered[::-1].index("providers") :]]))
    return "" if len(steps) % 2 else "/".join([outer, *steps[::2]])


def _type_of(resource: str) -> str:
    return ids.parse(resource).type if ids.is_id(resource) else ""


def _above(resource: str) -> str:
    return resource.rsplit("/", 2)[0] if resource.count("/") > 1 else ""
