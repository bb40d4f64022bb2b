"""When a workspace may be replaced: only by the word `replace`, which names it, and then to the end.

Azure fixes some of a workspace at its creation, and a PUT that says otherwise is refused. A replacement loses the runs,
models and data assets of the old one, and Azure keeps the old one's name for 14 days unless it is deleted with
``forceToPurge=true`` while it is live
(https://learn.microsoft.com/azure/machine-learning/concept-soft-delete). So the change is refused in the preview, from
what Azure has now, until the word is there; then the old workspace is purged first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from azureml_infra.components.foundation import WORKSPACE
from azureml_infra.components.live import certain_changes, touching
from azureml_infra.entities.body import marked_paths, words
from azureml_infra.entities.workspace import WorkspaceArgs

_BELOW = "azure-native:machinelearningservices:"
_ROUTING = tuple(f"pulumi-python:dynamic/azureml:{name}" for name in ("Traffic", "DefaultDeployment"))
_ASSIGNMENT = "azure-native:authorization:RoleAssignment"


def is_protected(args: WorkspaceArgs, name: str, *, disposable: bool) -> bool:
    """Return whether the engine shall refuse to delete or replace the workspace and what it stands on."""
    if args.replace is not None and args.replace.lower() != name.lower():
        raise pulumi.RunError(
            f"workspace.replace is {args.replace!r}, which isn't this workspace; to let Azure delete and make it anew, "
            f"with the loss of its history, write `replace: {name}`"
        )
    return args.protect and args.replace is None and not disposable


def fixed_changes(request: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[str]:
    """Return the ARM paths of what a request says otherwise than the live workspace, and Azure can't change."""
    paths = marked_paths(WorkspaceArgs, "immutable")
    found = certain_changes(WORKSPACE, request, live, *paths) if live else []
    return [path for path in paths if touching(found, path)]


def refuse(name: str, found: list[str], args: WorkspaceArgs) -> None:
    """Raise RunError where a workspace would have to be replaced and nothing says that it may be."""
    if "location" in found and args.location is None:
        raise pulumi.RunError(
            f"location: the platform of the workspace {name} can't move to another region: its storage account and key "
            "vault would be lost with it; describe another platform, under another `name`, and destroy this one"
        )
    if args.replace is None:
        fields = ", ".join(f"workspace.{words(WorkspaceArgs)[path]}" for path in found)
        raise pulumi.RunError(
            f"{fields}: Azure fixes this when it makes a workspace, so {name} would have to be deleted and made anew, "
            "with the loss of its runs, models and data assets; take the change back, or write "
            f"`replace: {name}` below `workspace:` to replace it for good, or `name: NEW` and `replace: NEW` to have "
            "the new one under another name, while Azure keeps the old one for 14 days"
        )


def options(found: list[str]) -> pulumi.ResourceOptions:
    """Return the options of a workspace that is replaced: azure-native would send a PUT for every change."""
    flat = [path.removeprefix("properties.") for path in found]
    return pulumi.ResourceOptions(replace_on_changes=flat, delete_before_replace=True)


class Following:
    """The resource transformation that has everything in a workspace made anew with it.

    What is in it goes with it, but names it by plain text, in which the engine sees no change.
    """

    def __init__(self, workspace: pulumi.Resource, workspace_id: pulumi.Input[str]) -> None:
        self._workspace = workspace
        self._id = str(workspace_id).lower()

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Return the resource's options with the replacement."""
        if not self._is_inside(args):
            return None
        more = pulumi.ResourceOptions(replace_with=[self._workspace], delete_before_replace=True)
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))

    def _is_inside(self, args: pulumi.ResourceTransformationArgs) -> bool:
        if args.type_ == _ASSIGNMENT:
            return str(args.props.get("scope")).lower().startswith(self._id)
        return (args.type_.startswith(_BELOW) and args.type_ != f"azure-native:{WORKSPACE}") or args.type_ in _ROUTING
