"""Microsoft.KubernetesConfiguration: extensions of clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write


class Extension(ResourceType):
    """A cluster extension, such as Azure ML's (``Microsoft.AzureML.Kubernetes``)."""

    type = "Microsoft.KubernetesConfiguration/extensions"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    immutable = ("properties.extensionType", "properties.scope")
    secrets = ("properties.configurationProtectedSettings",)
    system_data = True

    def defaults(self, _write: Write) -> Body:
        """Return what an extension has when nothing is said."""
        return {"autoUpgradeMinorVersion": True, "releaseTrain": "Stable", "configurationSettings": {}}

    def computed_properties(self, write: Write) -> Body:
        """Return the version that runs."""
        return {"currentVersion": write.properties.get("version") or "1.1.65", "isSystemExtension": False}
