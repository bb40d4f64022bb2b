"""Whether this run makes a container registry, and what the workspace's request says of it.

Azure ML makes a registry by itself when an image is first built in a workspace without one, under a random name, with
its admin account on. `lazy` gets there first, with a named and keyless one, and only when an entity needs an image. One
that Azure ML already attached is adopted: it is used and shown, never replaced and never drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.requests import Tags, merge_tags

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
    adopted: bool = False


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
    return RegistryPlan(make=False, attach=attached, keep=True, adopted=attached is not None)


def body(mode: RegistryMode, location: pulumi.Input[str], tags: Tags) -> dict[str, Any]:
    """Return the request for a registry without keys: admin account and anonymous pulls off."""
    return {
        "location": location,
        "sku": {"name": mode.sku or SKU},
        "tags": merge_tags(tags, mode.tags or {}),
        "properties": {"adminUserEnabled": False, "anonymousPullEnabled": False},
    }
