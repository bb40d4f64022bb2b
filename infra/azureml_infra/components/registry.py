"""Whether this run makes a container registry, and what the workspace's request says of it.

Azure ML makes a registry by itself when an image is first built in a workspace without one, under a random name, with
its admin account on. `lazy` gets there first, with a named and keyless one, and only when an entity needs an image. One
that Azure ML already attached is adopted: it is used and shown, never replaced and never drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.requests import Tags, merge_tags
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import entities_in
from azureml_infra.entities.references import parse, positions

if TYPE_CHECKING:
    from azureml_infra.entities.workspace import RegistryMode

SKU = "Basic"


@dataclass(frozen=True)
class RegistryPlan:
    """`make`: our registry is part of the stack. `attach`: the id in the workspace's request, None for none.

    `keep`: whatever the workspace has stays as it is, in the state as in Azure (`ignore_changes`).
    """

    make: bool
    attach: pulumi.Input[str] | None
    keep: bool


def plan(mode: RegistryMode, own_id: str, attached: str | None, *, needs_image: bool) -> RegistryPlan:
    """Decide from the mode, our registry's id, the one attached in Azure now, and what the entities need."""
    ours = ids.same(attached, own_id)
    if mode.mode == "existing":
        return RegistryPlan(make=False, attach=mode.id, keep=False)
    if mode.mode == "managed" and attached and not ours:
        raise pulumi.RunError(
            f"the workspace already uses the registry {attached}, and Azure ML can't move it to another one; "
            f"write `registry: {{mode: existing, id: {attached}}}` to keep it, or `registry: lazy` to adopt it"
        )
    if mode.mode == "managed" or ours or (needs_image and not attached):
        return RegistryPlan(make=True, attach=own_id, keep=False)
    return RegistryPlan(make=False, attach=attached, keep=True)


def body(mode: RegistryMode, location: pulumi.Input[str], tags: Tags) -> dict[str, Any]:
    """Return the request for a registry without keys: admin account and anonymous pulls off."""
    return {
        "location": location,
        "sku": {"name": mode.sku or SKU},
        "tags": merge_tags(tags, mode.tags or {}),
        "properties": {"adminUserEnabled": False, "anonymousPullEnabled": False},
    }


def needs_image(entity: Entity, entities: Sequence[Any]) -> bool:
    """Return whether Azure ML would have to build an image for it."""
    built = any(getattr(inner, "builds_image", False) for inner in entities_in(entity))
    return built or (getattr(entity, "serves_model", False) and _needs_own_image(entity, entities))


def _needs_own_image(deployment: Any, entities: Sequence[Any]) -> bool:
    """Return whether Azure ML builds an image for the model of a deployment that has no environment: an MLflow model's.

    Triton's models have a ready one. A model that isn't described here, served like that, is taken for an MLflow model:
    a registry too many costs less than the one that Azure ML would attach by itself, with its admin account on.
    """
    if deployment.environment is not None:
        return False
    model = deployment.model
    if isinstance(model, str):
        models = [one for one in entities if one.family == "models"]
        found = positions(models).find(("models",), parse(model))
        model = models[found] if found is not None else None
    return model is None or getattr(model, "type", None) == "mlflow_model"
