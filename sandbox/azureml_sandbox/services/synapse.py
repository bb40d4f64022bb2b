"""Microsoft.Synapse: workspaces, and the Spark pools that an ML workspace may attach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Unique, Write


class Workspace(ResourceType):
    """A Synapse workspace, as far as something refers to it."""

    type = "Microsoft.Synapse/workspaces"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True
    unique = Unique("world", "WorkspaceNameNotAvailable", "The workspace name '{name}' is not available.")
    secrets = ("properties.sqlAdministratorLoginPassword",)

    def computed_properties(self, write: Write) -> Body:
        """Return where it answers."""
        name = write.id.name
        return {
            "workspaceUID": derived.guid("synapse", write.id.text),
            "connectivityEndpoints": {"dev": f"https://{name}.dev.azuresynapse.net"},
        }


class BigDataPool(ResourceType):
    """A Spark pool."""

    type = "Microsoft.Synapse/workspaces/bigDataPools"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True

    def computed_properties(self, _write: Write) -> Body:
        """Return when it was made."""
        return {"creationDate": derived.MOMENT}
