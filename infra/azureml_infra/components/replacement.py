"""When a workspace may be replaced: only by the word `replace`, which names it, and then to the end.

Azure fixes some of a workspace at its creation, and a PUT that says otherwise is refused. A replacement loses the runs,
models and data assets of the old one, and Azure keeps the old one's name for 14 days unless it is deleted with
``forceToPurge=true`` while it is live
(https://learn.microsoft.com/azure/machine-learning/concept-soft-delete). So the change is refused in the preview, from
what Azure has now, until the word is there; then the old workspace is purged first.

A workspace under another name, or in another group, is another resource to Azure and a replacement to the engine. A
program doesn't know what it was called before, but the stack's state does: Pulumi's engine answers from it
(pulumi/pulumi, pkg/resource/deploy/builtins.go, `readStackResourceOutputs`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.foundation import GET_WORKSPACE, WORKSPACE
from azureml_infra.components.live import certain_changes, lookup, touching
from azureml_infra.components.names import path_of
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.state import PastWorkspace, past_workspaces
from azureml_infra.entities.body import marked_paths, words
from azureml_infra.entities.fields import same_id
from azureml_infra.entities.platform import PlatformDescription, ResourceGroup
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


def fixed_changes(args: WorkspaceArgs, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[str]:
    """Return the ARM paths of what a request says otherwise than the live workspace, and Azure can't change."""
    paths = marked_paths(type(args), "immutable")
    found = certain_changes(WORKSPACE, request, live, *paths) if live else []
    return [path for path in paths if touching(found, path)]


def refuse(name: str, found: list[str], args: WorkspaceArgs) -> None:
    """Raise where a workspace would have to be replaced and nothing says that it may be."""
    if "location" in found and args.location is None:
        raise pulumi.RunError(
            f"location: the platform of the workspace {name} can't move to another region: its storage account and key "
            "vault would be lost with it; describe another platform, under another `name`, and destroy this one"
        )
    if args.replace is None:
        fields = [words(type(args))[path] for path in found]
        raise RefusedChangeError(
            args,
            fields[0],
            f"{', '.join(f'workspace.{field}' for field in fields)}: Azure fixes this when it makes a workspace, so "
            f"{name} would have to be deleted and made anew, with the loss of its runs, models and data assets",
            f"the value that is there; or write `replace: {name}` below `workspace:` to replace it for good, or "
            "`name: NEW` and `replace: NEW` to have the new one under another name, while Azure keeps the old one for "
            "14 days",
        )


def predecessor(component: str, workspace_id: str) -> PastWorkspace | None:
    """Return the workspace of another id that a component had, if Azure still has it: what would give way to this."""
    had = (one for one in past_workspaces() if one.component == component)
    return next(_losses(had, workspace_id), None)


def refuse_move(old: PastWorkspace, workspace_id: str, args: WorkspaceArgs, group: ResourceGroup | None) -> None:
    """Raise RefusedChangeError: a workspace would give way to one under another id, and nothing says that it may."""
    new, gone = ids.parse(workspace_id), ids.parse(old.id)
    moves = _group(new) != _group(gone)
    where = f" in the resource group {gone.resource_group}" if moves else ""
    along = ", and of the storage account and key vault that were made with it" if moves else ""
    keep = f"`name: {gone.resource_group}` below `resource_group:`" if moves else f"`name: {gone.name}`"
    raise RefusedChangeError(
        group if moves and group is not None else args,
        "name",
        f"the stack's workspace is {gone.name}{where}, and Azure renames and moves none: it would be deleted, with "
        f"the loss of its runs, models and data assets{along}",
        f"{keep}, or another stack for another workspace; or write `replace: {new.name}` below `workspace:` to "
        "replace it",
    )


def refuse_other_platform(platform: PlatformDescription, workspace_id: str) -> None:
    """Raise RefusedChangeError where a stack's description is now that of another platform: all of the one before
    would be deleted, as all that Pulumi calls it by derives from its name.
    """
    for old in _losses((one for one in past_workspaces() if one.component != platform.name), workspace_id):
        raise RefusedChangeError(
            platform,
            "name",
            f"the stack has the platform {old.component}, which would be deleted with its workspace "
            f"{ids.parse(old.id).name} and all that is in it, for another one named {platform.name}",
            f"`name: {old.component}`, or another stack for another platform; or destroy this stack first",
        )


def _losses(past: Iterable[PastWorkspace], workspace_id: str) -> Iterator[PastWorkspace]:
    """Yield the workspaces, of those that a stack had, that Azure still has and that aren't this one."""
    for one in past:
        if not same_id(one.id, workspace_id) and _is_there(one.id, workspace_id):
            yield one


def _group(resource: ids.ResourceId) -> tuple[str, str]:
    return (resource.subscription or "").lower(), (resource.resource_group or "").lower()


def _is_there(resource_id: str, workspace_id: str) -> bool:
    """Return whether a workspace is in Azure; azure-native sees one subscription, so another's is taken to be."""
    if _group(ids.parse(resource_id))[0] != _group(ids.parse(workspace_id))[0]:
        return True
    return lookup(GET_WORKSPACE, path_of(resource_id)) is not None


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
