"""What a template's resources ask ARM for: loops, conditions, children and nested deployments included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azureml_arm.template.evaluate import Place, Scope
from azureml_arm.template.paths import clean, parse_json, resource_id
from azureml_arm.template.resources import (
    DEPLOYMENT,
    Declared,
    Puzzle,
    lower_names,
    mapping,
    place_of,
    scope_of,
    template_resources,
)
from azureml_policies.requests.request import Request, opaque
from azureml_policies.requests.tables import canonical
from azureml_policies.requests.unknown import UNKNOWN, has_unknown, is_unknown
from azureml_policies.requests.values import member, settle

DEEPEST = 16
"""How deep deployments may nest before nothing more is read (ARM itself stops much earlier)."""


@dataclass(frozen=True)
class TemplateTarget:
    """Where a deployment's resources go: the id of its scope, and how messages call the deployment."""

    scope: str
    label: str
    depth: int = 0

    def inner(self, scope: str, name: str) -> TemplateTarget:
        """Return a deployment within this one."""
        return TemplateTarget(scope, f"{self.label} > `{name}`", self.depth + 1)


def template_requests(
    properties: Mapping[str, Any], target: TemplateTarget, place: Place, outer: Scope | None = None
) -> Iterator[Request]:
    """Yield the requests of a deployment with these properties (names in lower case).

    `outer` is the scope of the template that a nested deployment shares.
    """
    template = lower_names(parse_json(properties.get("template")))
    if properties.get("templatelink"):
        yield opaque("a linked template or a template spec", target.scope, target.label)
    elif is_unknown(template):
        yield opaque("a template that isn't known yet", target.scope, target.label)
    elif not isinstance(template, Mapping) or "resources" not in template:
        yield opaque("a template that can't be read", target.scope, target.label)
    elif target.depth > DEEPEST:
        yield opaque("deployments that are nested too deep", target.scope, target.label)
    else:
        scope = outer or scope_of(template, _given_parameters(properties), place)
        for found in template_resources(template["resources"], scope, target.scope, target.label):
            yield from _ask(found, target)


def _given_parameters(properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the parameters that are given; None where they are elsewhere or not known yet."""
    given = parse_json(properties.get("parameters"))
    if properties.get("parameterslink") or is_unknown(given):
        return None
    if isinstance(given, Mapping) and "$schema" in given:  # a parameters' file as a whole
        given = given.get("parameters")
    return given if isinstance(given, Mapping) else {}


def _ask(found: Declared | Puzzle, within: TemplateTarget) -> Iterator[Request]:
    if isinstance(found, Puzzle):
        yield opaque(found.reason, within.scope, found.label)
    elif found.existing or found.ruled_out:
        return
    elif found.is_deployment:
        yield from _nested_deployment(found, within)
    else:
        yield Request(canonical(found.type), found.id, settle(found.body), found.label)


def _nested_deployment(found: Declared, within: TemplateTarget) -> Iterator[Request]:
    """Yield a deployment in a template: with names of its own (inner), or with the outer template's."""
    properties = lower_names(found.resource.get("properties"))
    name = found.names[-1] if found.names else UNKNOWN
    target = within.inner(found.base, "?" if is_unknown(name) else name)
    scope = found.scope
    around = {key: scope.value(value) for key, value in mapping(properties).items() if key != "template"}
    yield Request(DEPLOYMENT, resource_id(found.base, DEPLOYMENT, [name]), settle({"properties": around}), target.label)
    inner = member(around.get("expressionevaluationoptions") or {}, "scope")
    template = mapping(properties).get("template", UNKNOWN)
    given = {**around, "template": scope.value(template) if isinstance(template, str) else template}
    if _completes(around):
        yield opaque(COMPLETE, found.base, target.label)
    if has_unknown(inner):
        yield opaque("a nested template whose names aren't known yet", found.base, target.label)
        return
    place = replace(place_of(found.base, scope.place), location=UNKNOWN)
    yield from template_requests(given, target, place, None if str(inner).lower() == "inner" else scope)


COMPLETE = "a deployment in mode Complete, which deletes what its template doesn't list"


def _completes(properties: Mapping[str, Any]) -> bool:
    """Return whether a deployment deletes what isn't in it, or may for all that is known."""
    mode = properties.get("mode")
    return mode is not None and (has_unknown(mode) or str(mode).lower() == "complete")


def deployment_requests(request: Request, place: Place, name: str) -> Iterator[Request]:
    """Yield what a request for a deployment, or for a stack of them, asks for in its turn."""
    properties = lower_names(member(request.body, "properties"))
    scope = request.id.rpartition("/providers/")[0]
    target = TemplateTarget(scope, f"ARM template `{name}`")
    if not isinstance(properties, Mapping):
        yield opaque("a template that isn't known yet", scope, target.label)
        return
    if _completes(properties):
        yield opaque(COMPLETE, scope, target.label)
    if _unmanages(properties):
        yield opaque("a deployment stack, which deletes what its template no longer lists", scope, target.label)
    if properties.get("deploymentscope"):
        target = replace(target, scope=clean(properties["deploymentscope"]))
    yield from template_requests(properties, target, place_of(target.scope, place))


def _unmanages(properties: Mapping[str, Any]) -> bool:
    action = properties.get("actiononunmanage")
    return action is not None and (has_unknown(action) or "delete" in str(action).lower())
