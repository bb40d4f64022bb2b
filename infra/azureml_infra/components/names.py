"""The Azure names of a workspace and what it stands on: the same in every run, so that a preview shows them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from azureml_arm.names import azure_name

KINDS = ("workspace", "storage", "key_vault", "registry", "log_analytics", "application_insights")


@dataclass(frozen=True)
class Names:
    """Legal, deterministic names; the globally unique ones end in a hash of where they live."""

    resource_group: str
    workspace: str
    storage: str
    key_vault: str
    registry: str
    log_analytics: str
    application_insights: str


def names(platform: str, subscription: str, resource_group: str | None = None, workspace: str | None = None) -> Names:
    """The names for a platform in this stack; a group or workspace that has a name keeps it."""
    stack = pulumi.get_stack()
    group = resource_group or azure_name("resource_group", platform, stack, "")
    made = {kind: azure_name(kind, platform, stack, f"{subscription}/{group}") for kind in KINDS}
    return Names(resource_group=group, **{**made, "workspace": workspace or made["workspace"]})
