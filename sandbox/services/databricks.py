"""Microsoft.Databricks: workspaces that an ML workspace may attach."""

from __future__ import annotations

from sandbox import derived
from sandbox.resource import Body, ResourceType, Write


class Workspace(ResourceType):
    """A Databricks workspace, as far as something refers to it."""

    type = "Microsoft.Databricks/workspaces"
    tracked = True

    def computed(self, write: Write) -> Body:
        """Where it answers."""
        number = int(derived.guid("databricks", write.id.text)[:8], 16)
        return {"workspaceId": str(number), "workspaceUrl": f"adb-{number}.7.azuredatabricks.net"}
