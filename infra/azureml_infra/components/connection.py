"""Connections to services outside of the workspace."""

from __future__ import annotations

from azureml_infra.components.inside import InWorkspace
from azureml_infra.entities import connection as entities


class Connection(InWorkspace):
    """A connection of a workspace: `ServiceConnection`, `AzureOpenAIConnection`, `AzureBlobConnection`, …

    What it signs in with is in the workspace's key vault. A change is sent as a whole, secrets included.
    """

    model = entities.Connection
    token = "machinelearningservices:WorkspaceConnection"  # noqa: S105  (a type's token)
    named = "connectionName"
