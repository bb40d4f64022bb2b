"""Hubs and their projects: workspaces that stand on what another one has.

https://learn.microsoft.com/azure/machine-learning/concept-hub-workspace
"""

from azureml_arm import ids
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request, conflict
from azureml_sandbox.model.resource import Cloud, Write

KINDS = ("Default", "FeatureStore", "Hub", "Project")
_HUB, _PROJECT = "hub", "project"
_SHARED = ("storageAccount", "keyVault", "applicationInsights", "containerRegistry", "systemDatastoresAuthMode")
"""What a project has from its hub."""


def kind(write: Write) -> str:
    """Return what kind of workspace it is, as it was first said."""
    return str(write.body.get("kind") or (write.old or {}).get("kind") or KINDS[0])


def is_project(write: Write) -> bool:
    """Return whether the workspace is one of a hub's."""
    return kind(write).lower() == _PROJECT


def _hub_id(write: Write) -> str:
    """Return the hub that is said, or that was."""
    return str(write.properties.get("hubResourceId") or write.old_properties.get("hubResourceId") or "")


def check(write: Write) -> None:
    """Refuse a project without a hub, and a hub for anything else."""
    if kind(write).lower() not in (known.lower() for known in KINDS):
        raise bad_request(f"'{kind(write)}' is no kind of workspace: expected {', '.join(KINDS)}.", "ValidationError")
    hub = _hub_id(write)
    if is_project(write) != bool(hub):
        problem = "needs properties.hubResourceId" if not hub else "is no Project and can't have a hubResourceId"
        raise bad_request(f"The workspace '{write.id.name}' {problem}.", "ValidationError")
    if write.created and hub and str(write.azure.get(hub).get("kind")).lower() != _HUB:
        raise bad_request(f"'{hub}' is no hub.", "ValidationError")


def inherit(write: Write) -> Body:
    """Return what a project has from its hub."""
    target = _hub_id(write)
    hub = write.azure.find(target) if target else None
    return {} if hub is None else {name: one for name, one in hub["properties"].items() if name in _SHARED}


def config(write: Write) -> Body:
    """Return where the projects of a hub are made."""
    if kind(write).lower() != _HUB:
        return {}
    return {"workspaceHubConfig": {"defaultWorkspaceResourceGroup": write.id.scope}}


def join(azure: Cloud, workspace: Body) -> None:
    """Add a project to its hub."""
    hub = _hub_of(azure, workspace)
    if hub is not None:
        _keep(azure, hub, [*_projects(hub), workspace["id"]])


def leave(azure: Cloud, workspace: Body) -> None:
    """Remove a deleted project from its hub."""
    hub = _hub_of(azure, workspace)
    if hub is not None:
        _keep(azure, hub, [one for one in _projects(hub) if not ids.same(one, workspace["id"])])


def check_delete(azure: Cloud, workspace: Body) -> None:
    """Refuse to delete a hub that has projects."""
    left = [one for one in _projects(workspace) if not azure.is_missing(one)]
    if left and str(workspace.get("kind")).lower() == _HUB:
        names = ", ".join(ids.parse(one).name for one in left)
        raise conflict(f"The hub '{workspace['name']}' has projects ({names}); delete them first.", "UserError")


def _hub_of(azure: Cloud, workspace: Body) -> Body | None:
    target = workspace["properties"].get("hubResourceId")
    return azure.find(target) if target else None


def _projects(hub: Body) -> list[str]:
    return list(hub["properties"].get("associatedWorkspaces") or [])


def _keep(azure: Cloud, hub: Body, projects: list[str]) -> None:
    hub["properties"]["associatedWorkspaces"] = projects
    azure.update(hub)
