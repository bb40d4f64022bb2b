"""The Azure names of a workspace and what it stands on: the same in every run, so that a preview shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pulumi

from azureml_arm import ids
from azureml_arm.names import azure_name
from azureml_infra.entities.words import snake
from azureml_infra.entities.workspace import WorkspaceArgs

if TYPE_CHECKING:
    from azureml_infra.entities.platform import PlatformDescription

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

    def path(self, **more: str) -> dict[str, str]:
        """Return the names in the path of the workspace, or of what is in it."""
        return {"resourceGroupName": self.resource_group, "workspaceName": self.workspace, **more}


def names(platform: str, subscription: str, resource_group: str | None = None, workspace: str | None = None) -> Names:
    """Return the names for a platform in this stack; a group or workspace that has a name keeps it."""
    stack = pulumi.get_stack()
    group = resource_group or azure_name("resource_group", platform, stack, "")
    made = {kind: azure_name(kind, platform, stack, f"{subscription}/{group}") for kind in KINDS}
    return Names(resource_group=group, **{**made, "workspace": workspace or made["workspace"]})


def names_of(platform: PlatformDescription, subscription: str) -> Names:
    """Return the names for what a platform.yml describes."""
    group = platform.resource_group.name if platform.resource_group else None
    made = names(platform.name, subscription, group, platform.workspace.name)
    return replace(made, registry=platform.registry.name or made.registry)


def path_of(workspace_id: str) -> dict[str, str]:
    """Return the names in the path of a workspace by its id."""
    parsed = ids.parse(workspace_id)
    return {"resourceGroupName": parsed.resource_group or "", "workspaceName": parsed.name}


_PARTS = {"storageAccount": "storage", "keyVault": "key_vault", "applicationInsights": "application_insights"}


def spelled_as(live: Mapping[str, Any] | None, given: Names) -> Names:
    """Return the names in the letter case of the first run, which Azure doesn't count but the engine compares.

    The workspace in Azure has it, in the ids of its parts as they were sent and else in its own, whose group ARM may
    spell as it likes (https://github.com/MicrosoftDocs/azure-docs/issues/98457).
    """
    if live is None:
        return given
    named = [one for part, one in _parts(live).items() if one.name.lower() == getattr(given, part)]
    sent = [one.resource_group or "" for one in (*named, ids.parse(str(live["id"])))]
    group = next((one for one in sent if one.lower() == given.resource_group.lower()), given.resource_group)
    return replace(given, resource_group=group, workspace=respell(given.workspace, str(live["name"])))


def respell(given: str, found: str) -> str:
    """Return a name as it is found where only letter case differs."""
    return found if given.lower() == found.lower() else given


def named_as(live: Mapping[str, Any], given: Names) -> Names:
    """Return the names with those of the parts that a workspace stands on, where they are in its own group."""
    group = given.resource_group.lower()
    found = {part: one.name for part, one in _parts(live).items() if (one.resource_group or "").lower() == group}
    return replace(given, **found)


def parts_elsewhere(live: Mapping[str, Any], args: WorkspaceArgs, group: str) -> dict[str, str]:
    """Return the parts of a workspace in other groups, in az ml's words: they are only used."""
    there = {snake(key): str(live[key]) for key in _PARTS if live.get(key) and getattr(args, snake(key)) is None}
    return {word: id_ for word, id_ in there.items() if (ids.parse(id_).resource_group or "").lower() != group.lower()}


def _parts(live: Mapping[str, Any]) -> dict[str, ids.ResourceId]:
    """Return what a workspace stands on, as it says itself."""
    given = {part: str(live.get(word) or "") for word, part in _PARTS.items()}
    return {part: ids.parse(one) for part, one in given.items() if ids.is_id(one)}


def factory_name(platform: str, salt: str) -> str:
    """Return the name of a platform's factory; `salt` is where it is."""
    return azure_name("data_factory", platform, pulumi.get_stack(), salt)
