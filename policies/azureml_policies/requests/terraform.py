"""The classic provider (``azure:machinelearning/computeCluster:ComputeCluster``) and azurerm bridged by any package.

A bridged provider's tokens are made from Terraform's names: ``azurerm:index/machineLearningComputeCluster:…``
(https://www.pulumi.com/registry/packages/terraform-provider/); a Terraform module's resources keep them:
``PACKAGE:tf:azurerm_machine_learning_compute_cluster`` (https://github.com/pulumi/pulumi-terraform-module). The
package's name is the program's choice, so that a name that nobody else has is recognised in every package, and the
others in those whose name speaks of Azure.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from azureml_arm.template.paths import clean, resource_id
from azureml_policies.requests import terraform_types
from azureml_policies.requests.native import is_native
from azureml_policies.requests.request import ArmRequest, PlannedView, Token
from azureml_policies.requests.terraform_table import TABLE, Bridged
from azureml_policies.requests.terraform_types import Typed
from azureml_policies.requests.unknown import UNKNOWN, is_unknown
from azureml_policies.requests.values import member, squash, text

_PREFIX = "azurerm"
_OWN = "machinelearning"
_OTHERS = frozenset({"azuread", "azuredevops", "azureml"})
"""Packages whose names speak of Azure and that have nothing of azurerm; the last is this project's components."""


def _names(row: Bridged | Typed) -> tuple[str, ...]:
    """Return Terraform's name without underscores, and the classic provider's tokens, ``module:name``."""
    return squash(row.terraform), *row.classic


_MAPPED = {name: row for row in TABLE for name in _names(row)}


@cache
def _by_type_alone() -> Mapping[str, Typed]:
    """Return the rows of the larger table, which is read when a name is met that the smaller one doesn't have."""
    return {name: row for row in terraform_types.table() for name in _names(row)}


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return the request that a resource of azurerm makes; None for what isn't one of its resources."""
    found = None if is_native(asked.token) else _find(asked.token)
    if found is None:
        return None
    return (_request(asked, found) if isinstance(found, Bridged) else terraform_types.request(asked, found),)


def _find(token: Token) -> Bridged | Typed | None:
    """Return a token's row, of the table with arguments if it has one; the larger one is read where it may have it."""
    name = squash(token.name)
    bare = name.removeprefix(_PREFIX)
    if "azure" in token.package and token.package not in _OTHERS:
        return _row(f"{token.area}:{name}") or _row(bare)
    return _row(bare) if bare != name or bare.startswith(_OWN) else None


def _row(name: str) -> Bridged | Typed | None:
    return _MAPPED.get(name) or _by_type_alone().get(name)


def _request(asked: PlannedView, entry: Bridged) -> ArmRequest:
    body: dict[str, Any] = {}
    for path, value in (*entry.fixed.items(), *_map_block(asked.inputs, entry)):
        _put(body, path, value)
    return ArmRequest(entry.type, _id(asked, entry), body, f"`{asked.planned.type}`")


def _map_block(inputs: Mapping[str, Any], entry: Bridged) -> Iterator[tuple[str, Any]]:
    for argument, (place, convert) in entry.fields.items():
        value = _at(inputs, argument)
        if value is not None:
            yield place, UNKNOWN if is_unknown(value) else convert(value)


def _at(inputs: Mapping[str, Any], path: str) -> Any:
    """Return what is at a dotted argument: a block that may be there once is an object, or a list of one."""
    value: Any = inputs
    for step in path.split("."):
        value = member(value, step)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
            value = value[0]
    return value


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for step in outer:
        body = body.setdefault(step, {})
    body[last] = value


def _id(asked: PlannedView, entry: Bridged) -> str:
    name = text(asked.get(entry.name))
    if entry.parent:
        return f"{clean(asked.get(entry.parent))}/{entry.type.rsplit('/', 1)[-1]}/{name}"
    return resource_id(_scope(asked, entry), entry.type, [*(text(asked.get(outer)) for outer in entry.outer), name])


def _scope(asked: PlannedView, entry: Bridged) -> str:
    if entry.scope == "tenant":
        return ""
    if entry.scope == "subscription":
        return asked.scope
    if entry.beside:
        return clean(asked.get(entry.beside)).partition("/providers/")[0]
    if entry.scope:
        return clean(asked.get(entry.scope))
    return f"{asked.scope}/resourceGroups/{text(asked.get('resource_group_name'))}"
