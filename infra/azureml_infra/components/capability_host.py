"""Capability hosts of hubs and projects."""

from __future__ import annotations

from typing import Any

from azureml_infra.components.inside import InWorkspace
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.body import put
from azureml_infra.entities.capability_host import CapabilityHostArgs
from azureml_infra.entities.references import Reference
from azureml_infra.entities.workspace_kinds import ProjectArgs


class CapabilityHost(InWorkspace):
    """What agents of a hub or project work with. Azure changes none: another one takes its place."""

    model = CapabilityHostArgs
    token = "machinelearningservices:CapabilityHost"  # noqa: S105  (a type's token)

    def request(self, entity: Any, workspace: Workspace, resolution: Resolution) -> dict[str, Any]:
        """Return ARM's request body; it waits for the connections that this program makes."""
        for word in ("ai_services", "storage", "vector_store", "thread_storage"):
            for name in getattr(entity, f"{word}_connections") or ():
                built = workspace.scope.built.find(("connections",), Reference(name, "workspace", name=name))
                resolution.dependencies += [built.resource] if built is not None else []
        request = super().request(entity, workspace, resolution)
        if isinstance(workspace.args, ProjectArgs) and not entity.storage_connections:
            put(request, "properties.storageConnections", [f"{workspace.scope.workspace}/workspaceblobstore"])
        return request
