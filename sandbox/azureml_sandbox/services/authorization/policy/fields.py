"""The fields of a resource that a rule may name: https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#fields."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm import ids
from azureml_arm.regions import canonical_region
from azureml_arm.template.evaluate import Special, TemplateScope, look_up
from azureml_sandbox.model.bodies import dig
from azureml_sandbox.services.authorization.policy.aliases import ALIASES, value_of

_TAG = re.compile(r"tags(?:\.(?P<dotted>[\w-]+)|\['(?P<quoted>(?:[^']|'')+)'\])", re.IGNORECASE)


def _full_name(resource: Mapping[str, Any]) -> str:
    return "/".join(ids.parse(resource["id"]).names)


FIELDS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "name": lambda resource: resource["name"],
    "fullname": _full_name,
    "kind": lambda resource: resource.get("kind"),
    "type": lambda resource: resource["type"],
    "id": lambda resource: resource["id"],
    "location": lambda resource: canonical_region(resource.get("location") or "global"),
    "identity.type": lambda resource: dig(resource, "identity.type"),
    "tags": lambda resource: resource.get("tags"),
}
"""By name in lower case."""


def is_known(name: str) -> bool:
    """Return whether a rule may name this field."""
    return name.lower() in FIELDS or name.lower() in ALIASES or _TAG.fullmatch(name) is not None


def path_of(name: str) -> str:
    """Return where a field is in a body, as Azure reports it: ``properties.vmSize``, ``tags[owner]``."""
    tag = _TAG.fullmatch(name)
    if tag is not None:
        return f"tags[{_tag(tag)}]"
    return ALIASES[name.lower()][1] if name.lower() in ALIASES else name


def _tag(found: re.Match[str]) -> str:
    return str(found["dotted"] or found["quoted"].replace("''", "'"))


def read(name: str, resource: Mapping[str, Any]) -> Any:
    """Return the value of a field, or None."""
    tag = _TAG.fullmatch(name)
    if tag is not None:
        wanted = _tag(tag).lower()
        tags = resource.get("tags") or {}
        return next((value for key, value in tags.items() if key.lower() == wanted), None)
    if name.lower() in FIELDS:
        return FIELDS[name.lower()](resource)
    return value_of(name, resource)


@dataclass(frozen=True)
class PolicyRequest:
    """A resource as it is asked for, and the values of an assignment's parameters.

    It is the `Runtime` of a rule's expressions: what they can call beside the functions of templates.
    """

    resource: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def field(self, name: str) -> Any:
        """Return a field of the resource."""
        return read(name, self.resource)

    def find(self, name: str) -> Special | None:
        """Return a rule's own function by its name in lower case, or None."""
        return look_up(lambda _scope, field: self.field(field)) if name == "field" else None

    def value(self, written: Any) -> Any:
        """Return a value of the rule, computed where it is an expression; TemplateError where that fails."""
        given = {name: {"value": value} for name, value in self.parameters.items()}
        return TemplateScope(given=given, runtime=self).value(written)
