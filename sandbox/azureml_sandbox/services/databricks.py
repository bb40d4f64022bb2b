"""Microsoft.Databricks: workspaces that an ML workspace may attach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write


class Workspace(ResourceType):
    """A Databricks workspace, as far as something refers to it."""

    type = "Microsoft.Databricks/workspaces"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True

    def computed_properties(self, write: Write) -> Body:
        """Return where it answers."""
        number = int(derived.guid("databricks", write.id.text)[:8], 16)
        return {"workspaceId": str(number), "workspaceUrl": f"adb-{number}.7.azuredatabricks.net"}
