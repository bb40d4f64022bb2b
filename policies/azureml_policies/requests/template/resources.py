"""What a template's resources ask ARM for: loops, conditions, children, nested deployments and stacks included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azureml_arm.template import syntax
from azureml_arm.template.evaluate import TemplatePlace, TemplateScope, member
from azureml_arm.template.paths import clean, parse_json
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
from azureml_policies.requests import values
from azureml_policies.requests.request import ArmRequest, opaque
from azureml_policies.requests.tables import canonical
from azureml_policies.requests.template.allowed import hidden_by_parts, hidden_by_properties
from azureml_policies.requests.unknown import UNKNOWN, is_unknown

DEEPEST = 16
"""How deep deployments may nest before nothing more is read (ARM itself stops much earlier)."""
_STACK = "microsoft.resources/deploymentstacks"
_SCOPES = {"": False, "notspecified": False, "outer": False, "inner": True}
"""Where a nested template's expressions are evaluated, and whether that is its own scope
(https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates#expression-evaluation-scope-in-nested-templates)."""
_HOLDERS = frozenset({DEPLOYMENT.lower(), _STACK})


@dataclass(frozen=True)
class TemplateTarget:
    """Where a deployment's resources go: the id of its scope, and how messages call the deployment."""

    scope: str
    label: str
    stack: bool = False
    depth: int = 0

    def opaque(self, reason: str) -> ArmRequest:
        """Return that anything could be behind the deployment."""
        return opaque(reason, self.scope, self.label)


def holds_templates(type_name: str) -> bool:
    """Return whether resources of a type hold a template whose resources are deployed with them."""
    return type_name.lower() in _HOLDERS


def deployment_requests(request: ArmRequest, place: TemplatePlace, name: str) -> Iterator[ArmRequest]:
    """Yield what a request for a deployment, or for a stack of them, asks for in its turn."""
    scope = request.id.rpartition("/providers/")[0]
    target = TemplateTarget(scope, f"ARM template `{name}`", request.type.lower() == _STACK)
    properties = lower_names(values.member(request.body, "properties"))
    found = _requests_of(properties, target, place, None)
    yield from _compare(properties, target, place, found) if "resourcegroup" in str(properties).lower() else found


def _compare(
    properties: Any, target: TemplateTarget, place: TemplatePlace, found: Iterator[ArmRequest]
) -> Iterator[ArmRequest]:
    """Yield the requests, and that there may be others where they depend on what isn't sure of the group: its location,
    and the letter case of its name.
    """
    unsure = _requests_of(properties, target, replace(place, location=UNKNOWN, exact=False), None)
    for request in found:
        yield request
        other = next(unsure, None)
        if other is None or (request.type, request.opaque) != (other.type, other.opaque):
            break
    else:
        if next(unsure, None) is None:
            return
    yield target.opaque("a template whose resources depend on its group's location, or on how its name is written")
    yield from found


def _requests_of(
    properties: Any, target: TemplateTarget, place: TemplatePlace, outer: TemplateScope | None
) -> Iterator[ArmRequest]:
    """Yield the requests of a deployment with these properties (names in lower case).

    `outer` is the scope of the template that a nested deployment shares.
    """
    if not isinstance(properties, Mapping):
        yield target.opaque("a template that isn't known yet")
        return
    yield from map(target.opaque, hidden_by_properties(properties, stack=target.stack))
    if target.stack and properties.get("deploymentscope"):
        target = replace(target, scope=clean(properties["deploymentscope"]))
    if properties.get("templatelink"):
        return
    written = parse_json(properties.get("template"))
    template = lower_names(written)
    if is_unknown(template):
        yield target.opaque("a template that isn't known yet")
    elif not isinstance(template, Mapping) or "resources" not in template:
        yield target.opaque("a template that can't be read")
    elif target.depth > DEEPEST:
        yield target.opaque("deployments that are nested too deep")
    else:
        yield from map(target.opaque, hidden_by_parts(template))
        if not target.depth or isinstance(properties.get("template"), str):  # others were seen with the outer one
            yield from (target.opaque(f"a template with {name}") for name in [values.unclear_name(written)] if name)
        scope = outer or scope_of(template, _given_parameters(properties), place_of(target.scope, place))
        for found in template_resources(template, scope, target.scope, target.label):
            yield from _ask(found, target)


def _given_parameters(properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the parameters that are given; None where they are elsewhere or can't be known."""
    given = properties.get("parameters")
    if properties.get("parameterslink"):
        return None
    if given is None:
        return {}
    given = parse_json(given)
    if isinstance(given, Mapping) and member(given, "$schema") is not None:  # a parameters' file as a whole
        given = member(given, "parameters", {})
    return {name: _value(item) for name, item in given.items()} if isinstance(given, Mapping) else None


def _value(parameter: Any) -> Any:
    """Return a given parameter; an empty one, which isn't known, for one that comes from a vault or from outside."""
    names = {str(key).lower() for key in parameter} if isinstance(parameter, Mapping) else set()
    return {} if names & {"reference", "expression"} else parameter


def _ask(found: Declared | Puzzle, within: TemplateTarget) -> Iterator[ArmRequest]:
    if isinstance(found, Puzzle):
        yield opaque(found.reason, within.scope, found.label)
    elif found.ruled_out:
        return
    elif found.extension:
        yield opaque("a resource of a template's extension", within.scope, found.label)
    elif found.existing:
        return
    elif len(found.names) > found.type.count("/"):
        yield opaque(f"a name of more parts than the type {found.type} has", within.scope, found.label)
    elif holds_templates(found.type):
        yield from _nested_deployment(found, within)
    else:
        yield ArmRequest(canonical(found.type), found.id, values.settle(found.body), found.label)


def _nested_deployment(found: Declared, within: TemplateTarget) -> Iterator[ArmRequest]:
    """Yield a deployment or stack in a template: with names of its own, or (a deployment) with the outer template's."""
    properties, scope = lower_names(found.resource.get("properties")), found.scope
    name = found.names[-1] if found.names else UNKNOWN
    label = f"{within.label} > `{'?' if is_unknown(name) else name}`"
    target = TemplateTarget(found.base, label, found.type.lower() == _STACK, within.depth + 1)
    around = {key: scope.value(value) for key, value in mapping(properties).items() if key != "template"}
    yield ArmRequest(canonical(found.type), found.id, values.settle({"properties": around}), label)
    template = mapping(properties).get("template", UNKNOWN)
    if target.stack and _has_expression(template):
        yield target.opaque("a deployment stack in a template, whose expressions may be those of either")
    evaluation = around.get("expressionevaluationoptions")
    inner = member(evaluation, "scope") if isinstance(evaluation, Mapping) else evaluation
    written = "" if inner is None else str(inner).lower()
    if written not in _SCOPES:
        yield target.opaque("a nested template whose names aren't known yet")
        return
    own = target.stack or _SCOPES[written]
    given = {**around, "template": scope.value(template) if isinstance(template, str) else template}
    yield from _requests_of(given, target, replace(scope.place, location=UNKNOWN), None if own else scope)


def _has_expression(value: Any) -> bool:
    if isinstance(value, str):
        return syntax.is_expression(value)
    if isinstance(value, Mapping):
        return any(_has_expression(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(map(_has_expression, value))
