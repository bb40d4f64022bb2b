"""One resource of azurerm as data, and the conversions of its values to ARM's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azureml_arm.template.paths import parse_json
from azureml_policies.requests.unknown import UNKNOWN, is_unknown
from azureml_policies.requests.values import member

Convert = Callable[[Any], Any]


def enabled_word(value: Any) -> Any:
    """Return ARM's word for a boolean."""
    return {True: "Enabled", False: "Disabled"}.get(value, UNKNOWN) if isinstance(value, bool) else UNKNOWN


def negate(value: Any) -> Any:
    """Return the opposite of a boolean."""
    return not value if isinstance(value, bool) else UNKNOWN


def template(value: Any) -> Any:
    """Return a template or its parameters in a text; unreadable, it stays the text that it is."""
    read = parse_json(value)
    return value if read is None else read


def values(value: Any) -> Any:
    """Return the old deployment's parameters: plain values by name."""
    return {key: {"value": item} for key, item in value.items()} if isinstance(value, Mapping) else UNKNOWN


def permissions(value: Any) -> Any:
    """Return a role's permissions in ARM's words."""
    if is_unknown(value):
        return UNKNOWN
    words = ("actions", "notActions", "dataActions", "notDataActions")
    given = value if isinstance(value, list) else [value]
    return [{word: member(item, word) or [] for word in words} for item in given if isinstance(item, Mapping)]


def pools(value: Any) -> Any:
    """Return a cluster's own node pool, among its pools."""
    if not isinstance(value, Mapping):
        return UNKNOWN
    found = {arm.partition(".")[2]: member(value, name) for name, arm in POOL.items()}
    return [{key: item for key, item in found.items() if item is not None}]


POOL = {
    "vm_size": "properties.vmSize",
    "node_count": "properties.count",
    "min_count": "properties.minCount",
    "max_count": "properties.maxCount",
    "auto_scaling_enabled": "properties.enableAutoScaling",
    "node_public_ip_enabled": "properties.enableNodePublicIP",
    "name": "properties.name",
}


@dataclass(frozen=True)
class Bridged:
    """One resource of azurerm.

    `parent` is the argument that holds the id of what it is below: the path to it is what ARM's type has beyond the
    parent's. Without one it is in the resource group that `resource_group_name` names. `outer` are arguments with the
    names of outer segments then. `fields` maps dotted arguments to places in ARM's body, with a conversion where the
    values differ; `fixed` is what the resource's kind says.
    """

    terraform: str
    classic: tuple[str, ...]
    type: str
    fields: Mapping[str, str | tuple[str, Convert]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    outer: tuple[str, ...] = ()
    scope: str = ""
    """Where it is, if neither in a resource group nor below a parent: ``subscription``, ``tenant``, or the argument
    that holds the scope's id."""
    beside: str = ""
    """The argument with the id of a resource in whose resource group it is."""
    name: str = "name"
