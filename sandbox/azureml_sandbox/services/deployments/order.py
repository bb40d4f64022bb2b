"""A deployment as it is asked for: the request's body, read and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.template.evaluate import TemplateError, TemplateScope
from azureml_arm.template.paths import parse_json
from azureml_arm.template.resources import lower_names, mapping
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.deployments.refusals import invalid, not_here

INCREMENTAL, COMPLETE = "Incremental", "Complete"
DEEPEST = 5
"""How deep deployments nest at most."""
_SCHEMA = re.compile(r"https?://schema\.management\.azure\.com/schemas/[\w-]+/(\w*)deploymentTemplate\.json#?", re.I)
_SCHEMAS = {ids.RESOURCE_GROUP: "", ids.SUBSCRIPTION: "subscription"}
"""The type of a deployment's scope -> how the name of its templates' schema begins."""


@dataclass(frozen=True)
class Order:
    """A deployment to be made. `template` has its names in lower case; `written` is as it was sent."""

    id: ResourceId
    template: Mapping[str, Any]
    written: Any
    given: Mapping[str, Any]
    mode: str
    caller: str
    outer: TemplateScope | None = None
    """The scope of the template that this one shares, as nested templates do unless they say otherwise."""
    depth: int = 0
    properties: Mapping[str, Any] = field(default_factory=dict)
    """What else was asked for, names in lower case."""

    @property
    def scope(self) -> str:
        """Return the id of the group or subscription that is deployed to."""
        return self.id.scope

    @property
    def symbolic(self) -> bool:
        """Return whether resources have names by which the template refers to them."""
        return isinstance(self.template.get("resources"), Mapping)


def order(azure: Cloud, target: ResourceId, body: Mapping[str, Any], caller: str) -> Order:
    """Read a request's body; ArmError says what is wrong with it."""
    _check_scope(target)
    scope = azure.get(target.scope)["id"]
    target = ids.parse(f"{scope}{target.text[len(target.scope) :]}")
    properties = lower_names(body.get("properties"))
    if not isinstance(properties, Mapping):
        raise _content("Required property 'properties' not found in JSON, or it isn't an object with distinct names.")
    if target.scope.lower().count("/") == 2 and not isinstance(body.get("location"), str):  # noqa: PLR2004
        text = f"The 'location' property must be specified for '{target.name}': where the deployment's data is kept."
        raise ArmError(400, "LocationRequired", text)
    made = read(target, properties, caller)
    _check_schema(made)
    return made


def read(target: ResourceId, properties: Mapping[str, Any], caller: str, **more: Any) -> Order:
    """Return the same for a deployment within a template, whose names may be the outer one's."""
    mode = str(properties.get("mode") or "")
    found = next((one for one in (INCREMENTAL, COMPLETE) if one.lower() == mode.lower()), None)
    if found is None:
        raise _content(f"Required property 'mode' must be '{INCREMENTAL}' or '{COMPLETE}', not '{mode}'.")
    if properties.get("templatelink"):
        what = "put the template itself into 'template' (`az bicep build` and `az deployment … --template-file` do)."
        raise not_here("linked templates and template specs", what)
    if properties.get("parameterslink"):
        raise not_here("linked parameters", "put their values into 'parameters'.")
    written = parse_json(properties.get("template"))
    template = lower_names(written)
    if not isinstance(template, Mapping) or not isinstance(template.get("resources"), Mapping | list):
        raise invalid("The template has no 'resources', or two names that differ in letter case only.")
    depth = int(more.get("depth", 0))
    if depth > DEEPEST:
        raise invalid(f"Deployments are nested deeper than {DEEPEST} levels.")
    return Order(target, template, written, _lower_keys(properties), found, caller, properties=properties, **more)


def _lower_keys(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    given = parse_json(properties.get("parameters"))
    if isinstance(given, Mapping) and "$schema" in given:
        raise _content("'parameters' holds a whole parameters' file: send what is in its 'parameters'.")
    if given is not None and not isinstance(given, Mapping):
        raise _content("'parameters' must be an object of {name: {value: …}}.")
    return mapping(given)


def _check_scope(target: ResourceId) -> None:
    try:
        kind = ids.parse(target.scope).type
    except ValueError:
        kind = ""
    if kind not in _SCHEMAS:
        where = target.scope or "the tenant"
        raise not_here(f"to {where}", "it has one subscription; deploy to that or to a resource group of it.")


def _check_schema(order: Order) -> None:
    schema = str(order.template.get("$schema") or "")
    match = _SCHEMA.fullmatch(schema)
    wanted = _SCHEMAS[ids.parse(order.scope).type]
    if match is None or match[1].lower() != wanted:
        name = f"{wanted}{'D' if wanted else 'd'}eploymentTemplate.json#"
        raise invalid(f"The template schema '{schema}' is not supported for this scope: it must end in '{name}'.")
    if not isinstance(order.template.get("contentversion"), str):
        raise invalid("The template's 'contentVersion' is missing: a text such as '1.0.0.0'.")


def as_refusal(error: TemplateError) -> ArmError:
    """Return what ARM says of a mistake in a template."""
    return invalid(str(error))


def _content(message: str) -> ArmError:
    text = f"The request content was invalid and could not be deserialized: '{message}'"
    return bad_request(text, "InvalidRequestContent")
