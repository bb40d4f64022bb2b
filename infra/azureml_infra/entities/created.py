"""What a compute is attached to: given by its id, or made here by `create`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from azureml_infra.entities.base import refusal

if TYPE_CHECKING:
    from azureml_infra.entities.compute import Compute

C = TypeVar("C", bound="Compute")


def require_target(compute: C) -> C:
    """Return a compute that says what it is attached to, in one way: by `resource_id` or by `create`."""
    given, made = (getattr(compute, field, None) is not None for field in ("resource_id", "create"))
    if given != made:
        return compute
    what = "it is given by its id and made, too" if given else "nothing says what is attached"
    expected = "one of resource_id and create"
    raise refusal(what, expected, "create" if given else "name")


def give_identity(compute: Compute, body: dict[str, Any]) -> None:
    """Give a compute whose target is made here an identity of its own, where it says none."""
    if getattr(compute, "create", None) is not None and "identity" not in compute.model_fields_set:
        body["identity"] = {"type": "SystemAssigned"}
