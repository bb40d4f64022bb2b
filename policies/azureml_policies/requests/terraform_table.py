"""azurerm's resources that the policies know: Terraform's name, the classic provider's tokens, ARM's type.

Resources and arguments are those of https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs and
https://www.pulumi.com/registry/packages/azure/; the two have the same arguments, in snake_case and in camelCase. Only
what the guards read is mapped: what isn't in the table is left out of the body.

`terraform_resources.csv` has the resources, `terraform_arguments.csv` their arguments with the place of each in ARM's
body and, where the values differ, the conversion. Lists in a cell stand between blanks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml_arm.tables import read_table
from azureml_arm.template.paths import parse_json
from azureml_policies.requests.unknown import UNKNOWN, is_unknown
from azureml_policies.requests.values import member

Convert = Callable[[Any], Any]
_HERE = Path(__file__).parent


def as_is(value: Any) -> Any:
    """Return the value: azurerm and ARM have the same."""
    return value


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
    places = {"name": "properties.name"} | {
        name: place for name, (place, _) in _FIELDS["kubernetes_cluster_node_pool"].items()
    }
    found = {place.partition(".")[2]: member(value, name) for name, place in places.items()}
    return [{key: item for key, item in found.items() if item is not None}]


_CONVERSIONS: Mapping[str, Convert] = {
    one.__name__: one for one in (enabled_word, negate, template, values, permissions, pools)
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
    fields: Mapping[str, tuple[str, Convert]]
    fixed: Mapping[str, str]
    parent: str
    outer: tuple[str, ...]
    scope: str
    """Where it is, if neither in a resource group nor below a parent: ``subscription``, ``tenant``, or the argument
    that holds the scope's id."""
    beside: str
    """The argument with the id of a resource in whose resource group it is."""
    name: str


def _fields() -> dict[str, dict[str, tuple[str, Convert]]]:
    """Return the arguments of each resource, with their places and conversions."""
    found: dict[str, dict[str, tuple[str, Convert]]] = {}
    for row in read_table(_HERE / "terraform_arguments.csv"):
        for resource in row["resources"].split():
            target = row["place"], _CONVERSIONS.get(row["convert"], as_is)
            found.setdefault(resource, {})[row["argument"]] = target
    return found


def _bridge(row: dict[str, str]) -> Bridged:
    return Bridged(
        row["terraform"],
        tuple(row["classic"].split()),
        row["type"],
        _FIELDS.get(row["terraform"], {}),
        dict(entry.split("=") for entry in row["fixed"].split()),
        row["parent"],
        tuple(row["outer"].split()),
        row["scope"],
        row["beside"],
        row["name"] or "name",
    )


_FIELDS = _fields()
TABLE = tuple(map(_bridge, read_table(_HERE / "terraform_resources.csv")))
