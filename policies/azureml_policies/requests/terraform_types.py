"""Every resource of azurerm by its ARM type, beside the few whose arguments `terraform_table` maps.

`azurerm_types.csv` has Terraform's name, the tokens of Pulumi's classic provider, ARM's type, and where the resource
is: ``group`` (the resource group that `resource_group_name` names), the argument with the id of what it is at or below,
or nothing for the subscription. The types are those of the ids that the resources are imported by
(hashicorp/terraform-provider-azurerm, ``website/docs/r/*.html.markdown``, ``## Import``) and the tokens those of
pulumi/pulumi-azure, ``provider/cmd/pulumi-resource-azure/bridge-metadata.json``, which also has the resources that
azurerm no longer has. It is read when a token is met that the smaller table doesn't have.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azureml_arm import ids
from azureml_arm.tables import read_table
from azureml_arm.template.paths import clean, resource_id
from azureml_policies.requests.request import ArmRequest, PlannedView
from azureml_policies.requests.unknown import UNKNOWN, has_unknown
from azureml_policies.requests.values import text

TABLE = Path(__file__).with_name("azurerm_types.csv")
GROUP = "group"
_SCOPES = frozenset({"scope", "resource_id", "target_resource_id", "cluster_id", "virtual_machine_id"})
"""Arguments with the id of a resource that an extension resource is written at."""


@dataclass(frozen=True)
class Typed:
    """One resource of azurerm: its ARM type, and the argument that says where it is."""

    terraform: str
    classic: tuple[str, ...]
    type: str
    at: str


@cache
def table() -> tuple[Typed, ...]:
    """Return every row."""
    return tuple(
        Typed(row["terraform"], tuple(row["classic"].split()), row["type"], row["at"]) for row in read_table(TABLE)
    )


def request(asked: PlannedView, row: Typed) -> ArmRequest:
    """Return the request of a resource that only its type is known of: its arguments are the body, as they are."""
    return ArmRequest(row.type, _id(asked, row), asked.inputs, f"`{asked.planned.type}`", raw=True)


def _id(asked: PlannedView, row: Typed) -> str:
    """Return the id, as far as the arguments say it: at least the scope."""
    kinds = row.type.split("/")[1:]
    names = [*[UNKNOWN] * (len(kinds) - 1), text(asked.get("name"))]
    if row.at == GROUP:
        return resource_id(f"{asked.scope}/resourceGroups/{text(asked.get('resource_group_name'))}", row.type, names)
    given = clean(asked.get(row.at)) if row.at else UNKNOWN
    if has_unknown(given) or not ids.is_id(given):
        return resource_id(asked.scope, row.type, names)
    here = ids.parse(given)
    if row.type.lower() == here.type.lower():
        return given
    if row.type.lower().startswith(f"{here.type.lower()}/"):
        below = zip(kinds[len(here.names) :], names[len(here.names) :], strict=True)
        return "/".join([given, *_flat(below)])
    at_a_resource = row.at in _SCOPES or not here.type.lower().startswith(row.type.partition("/")[0].lower())
    return resource_id(given if at_a_resource else given.partition("/providers/")[0], row.type, names)


def _flat(pairs: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (part for pair in pairs for part in pair)
