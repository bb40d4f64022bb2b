"""What a template's resources ask ARM for: loops, conditions, children and nested deployments included.

Syntax is that of https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax and its pages on child
resources, linked templates and copies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arm.catalogue import ENVELOPE
from arm.template.evaluate import MOST_COPIES, Place, Scope
from arm.template.paths import clean, resource_id, segments
from policies.doors.request import Request, opaque
from policies.doors.tables import canonical
from policies.doors.values import member, parsed, settled, text
from policies.unknown import UNKNOWN, has_unknown, is_unknown

DEEPEST = 16
"""How deep deployments may nest before nothing more is read (ARM itself stops much earlier)."""
DEPLOYMENT = "Microsoft.Resources/deployments"
_BODY = {name.lower(): name for name in ENVELOPE}
_NO_BODY = frozenset(
    {
        *("type", "apiversion", "name", "comments", "dependson", "metadata", "import", "existing"),
        *("condition", "copy", "resources", "scope", "subscriptionid", "resourcegroup"),
    }
)


@dataclass(frozen=True)
class Target:
    """Where a deployment's resources go: the id of its scope, and how messages call the deployment."""

    scope: str
    label: str
    depth: int = 0

    def nested(self, scope: str, name: str) -> Target:
        """A deployment within this one."""
        return Target(scope, f"{self.label} > `{name}`", self.depth + 1)


def template_requests(
    properties: Mapping[str, Any], target: Target, place: Place, outer: Scope | None = None
) -> Iterator[Request]:
    """The requests of a deployment with these properties (names in lower case).

    `outer` is the scope of the template that a nested deployment shares.
    """
    template = lowered(parsed(properties.get("template")))
    if properties.get("templatelink"):
        yield opaque("a linked template or a template spec", target.scope, target.label)
    elif is_unknown(template):
        yield opaque("a template that isn't known yet", target.scope, target.label)
    elif not isinstance(template, Mapping) or "resources" not in template:
        yield opaque("a template that can't be read", target.scope, target.label)
    elif target.depth > DEEPEST:
        yield opaque("deployments that are nested too deep", target.scope, target.label)
    else:
        yield from _resources(template["resources"], target, outer or _scope(template, properties, place))


def _scope(template: Mapping[str, Any], properties: Mapping[str, Any], place: Place) -> Scope:
    return Scope(
        place,
        _given(properties),
        _mapping(template.get("parameters")),
        _mapping(template.get("variables")),
        dict(_functions(template.get("functions"))),
    )


def _given(properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The parameters that are given; None where they are elsewhere or not known yet."""
    given = parsed(properties.get("parameters"))
    if properties.get("parameterslink") or is_unknown(given):
        return None
    if isinstance(given, Mapping) and "$schema" in given:  # a parameters' file as a whole
        given = given.get("parameters")
    return given if isinstance(given, Mapping) else {}


def _functions(declared: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in declared if isinstance(declared, list) else ():
        for name, function in _mapping(_mapping(group).get("members")).items():
            yield f"{_mapping(group).get('namespace')}.{name}".lower(), _mapping(function)


def lowered(value: Any) -> Any:
    """An object with its names in lower case, as ARM reads them; UNKNOWN where two differ in nothing else."""
    if not isinstance(value, Mapping):
        return value
    found = {str(key).lower(): item for key, item in value.items()}
    return found if len(found) == len(value) else UNKNOWN


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True)
class _Parent:
    """The resource that a child is written in."""

    type: str
    names: tuple[str, ...]


def _resources(resources: Any, target: Target, scope: Scope, parent: _Parent | None = None) -> Iterator[Request]:
    if not isinstance(resources, Mapping | list):
        yield opaque("a template's resources, which aren't known yet", target.scope, target.label)
        return
    numbered: Sequence[tuple[Any, Any]] = (
        list(resources.items()) if isinstance(resources, Mapping) else list(enumerate(resources, 1))
    )
    for called, resource in numbered:
        door = f"{target.label}, resource {called}"
        found = lowered(resource)
        if isinstance(found, Mapping):
            yield from _copies(found, replace(target, label=door), scope, parent, target)
        else:
            yield opaque("a template's resource that isn't known yet", target.scope, door)


def _copies(
    resource: Mapping[str, Any], at: Target, scope: Scope, parent: _Parent | None, within: Target
) -> Iterator[Request]:
    if resource.get("existing") is True:
        return
    loop = resource.get("copy")
    rounds = scope.looped(loop) if isinstance(loop, Mapping) else [scope]
    for one in rounds:
        if not _ruled_out(resource, one):
            yield from _resource(resource, at, one, parent, within)
    if isinstance(loop, Mapping) and _beyond(scope.value(loop.get("count"))):
        yield opaque(f"more than {MOST_COPIES} copies of a resource", within.scope, at.label)


def _beyond(count: Any) -> bool:
    return isinstance(count, int | float) and count > MOST_COPIES


def _ruled_out(resource: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a resource's condition is false for sure."""
    condition = scope.value(resource.get("condition", True))
    return condition is False or (isinstance(condition, str) and condition.lower() == "false")


def _resource(
    resource: Mapping[str, Any], at: Target, scope: Scope, parent: _Parent | None, within: Target
) -> Iterator[Request]:
    type_name = text(scope.value(resource.get("type"))).partition("@")[0].strip("/")
    if "/" not in (f"{parent.type}/{type_name}" if parent else type_name) or has_unknown(type_name):
        yield opaque("a resource whose type isn't known", within.scope, at.label)
        return
    names = _names(scope.value(resource.get("name")))
    if parent and not _is_whole(type_name):
        type_name, names = f"{parent.type}/{type_name}", (*parent.names, *names[-1 * len(type_name.split("/")) :])
    base = _base(resource, scope, within.scope)
    if type_name.lower() == DEPLOYMENT.lower():
        yield from _nested(resource, names, base, scope, within)
    else:
        body = {_BODY.get(key, key): scope.value(value) for key, value in resource.items() if key not in _NO_BODY}
        yield Request(canonical(type_name), resource_id(base, type_name, names), settled(body), at.label)
    if resource.get("resources"):
        inner = _Parent(type_name, _filled(type_name, names))
        yield from _resources(resource["resources"], replace(within, label=at.label), scope, inner)


def _is_whole(type_name: str) -> bool:
    """Whether a child's type is written from its namespace on."""
    return "." in type_name.partition("/")[0] and "/" in type_name


def _names(name: Any) -> tuple[str, ...]:
    return tuple(segments(name)) if isinstance(name, str) else (UNKNOWN,)


def _filled(type_name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = type_name.count("/")
    return (UNKNOWN,) * (wanted - len(names)) + names[-wanted:]


def _base(resource: Mapping[str, Any], scope: Scope, own: str) -> str:
    """The id that a resource hangs on: the deployment's scope, another group or subscription, or what it extends."""
    extended = resource.get("scope")
    if extended is not None:
        given = scope.value(extended)
        if not isinstance(given, str) or is_unknown(given):
            return UNKNOWN
        return clean(given) if given.startswith("/") else _relative(given, own)
    return _elsewhere(resource, scope, own)


def _relative(scope: str, own: str) -> str:
    """``Microsoft.X/kind/name``, seen from a deployment's scope."""
    namespace, *pairs = [*segments(scope)] or [""]
    kind = "/".join([namespace, *pairs[::2]])
    above = "" if namespace.lower() == "microsoft.management" else own
    return resource_id(above, kind, pairs[1::2]) if pairs else UNKNOWN


def _elsewhere(resource: Mapping[str, Any], scope: Scope, own: str) -> str:
    subscription, group = resource.get("subscriptionid"), resource.get("resourcegroup")
    if subscription is None and group is None:
        return own
    root = f"/subscriptions/{text(scope.value(subscription)) if subscription else scope.place.subscription}"
    return f"{root}/resourceGroups/{text(scope.value(group))}" if group else root


def _nested(
    resource: Mapping[str, Any], names: tuple[str, ...], base: str, scope: Scope, within: Target
) -> Iterator[Request]:
    """A deployment in a template: with names of its own (inner), or with the outer template's."""
    written = lowered(resource.get("properties"))
    name = names[-1] if names else UNKNOWN
    target = within.nested(base, "?" if is_unknown(name) else name)
    around = {key: scope.value(value) for key, value in _mapping(written).items() if key != "template"}
    yield Request(DEPLOYMENT, resource_id(base, DEPLOYMENT, [name]), settled({"properties": around}), target.label)
    inner = member(around.get("expressionevaluationoptions") or {}, "scope")
    template = _mapping(written).get("template", UNKNOWN)
    given = {**around, "template": scope.value(template) if isinstance(template, str) else template}
    if _completes(around):
        yield opaque(COMPLETE, base, target.label)
    if has_unknown(inner):
        yield opaque("a nested template whose names aren't known yet", base, target.label)
        return
    place = replace(_place(base, scope.place), location=UNKNOWN)
    yield from template_requests(given, target, place, None if str(inner).lower() == "inner" else scope)


COMPLETE = "a deployment in mode Complete, which deletes what its template doesn't list"


def _completes(properties: Mapping[str, Any]) -> bool:
    """Whether a deployment deletes what isn't in it, or may for all that is known."""
    mode = properties.get("mode")
    return mode is not None and (has_unknown(mode) or str(mode).lower() == "complete")


def _place(scope: str, known: Place) -> Place:
    """What `resourceGroup()` and `subscription()` say at a scope."""
    parts = dict(zip(scope.lower().split("/")[1::2], scope.split("/")[2::2], strict=False))
    return Place(parts.get("subscriptions", known.subscription), parts.get("resourcegroups", ""), known.location)


def deployment_requests(request: Request, place: Place, name: str) -> Iterator[Request]:
    """What a request for a deployment, or for a stack of them, asks for in its turn."""
    properties = lowered(member(request.body, "properties"))
    scope = request.id.rpartition("/providers/")[0]
    target = Target(scope, f"ARM template `{name}`")
    if not isinstance(properties, Mapping):
        yield opaque("a template that isn't known yet", scope, target.label)
        return
    if _completes(properties):
        yield opaque(COMPLETE, scope, target.label)
    if _unmanages(properties):
        yield opaque("a deployment stack, which deletes what its template no longer lists", scope, target.label)
    if properties.get("deploymentscope"):
        target = replace(target, scope=clean(properties["deploymentscope"]))
    yield from template_requests(properties, target, _place(target.scope, place))


def _unmanages(properties: Mapping[str, Any]) -> bool:
    action = properties.get("actiononunmanage")
    return action is not None and (has_unknown(action) or "delete" in str(action).lower())
