"""Microsoft.KubernetesConfiguration: extensions of clusters; and the clusters elsewhere that Azure Arc connects."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import BY_LOCATION, LOCATION_HEADER, STATE, STATUS_HEADER, WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write

_NAMESPACES = {"microsoft.azureml.kubernetes": "azureml", "microsoft.dapr": "dapr-system"}
"""Extension type in lower case -> the namespace that it is installed in; others: `kube-system`."""
_FORCED: Body = {
    "content": None,
    "statusCode": 200,
    "headers": [],
    "version": "1.1",
    "reasonPhrase": "OK",
    "trailingHeaders": [],
    "requestMessage": None,
    "isSuccessStatusCode": True,
}
"""What the service answers to a forced deletion: what it was answered itself (azure-cli-extensions, 2022-03)."""


class ConnectedCluster(ResourceType):
    """A cluster that Azure Arc connects, as far as something extends it."""

    type = "Microsoft.Kubernetes/connectedClusters"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True


class Extension(ResourceType):
    """A cluster extension, such as Azure ML's (``Microsoft.AzureML.Kubernetes``)."""

    type = "Microsoft.KubernetesConfiguration/extensions"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(
            201, 200, headers=(STATUS_HEADER, LOCATION_HEADER), at_itself=True, below=True, poll="named", polled=STATE
        ),
        "DELETE": BY_LOCATION,
    }
    immutable = ("properties.extensionType", "properties.scope")
    secrets = ("properties.configurationProtectedSettings",)
    system_data = True
    null_link = True
    forced = _FORCED

    def defaults(self, write: Write) -> Body:
        """Return what an extension has by default; one whose version is given gets no upgrades."""
        namespace = _NAMESPACES.get(str(write.properties.get("extensionType")).lower(), "kube-system")
        return {
            "autoUpgradeMinorVersion": not write.properties.get("version"),
            "releaseTrain": "Stable",
            "version": "1.1.65",
            "scope": {"cluster": {"releaseNamespace": namespace}},
            "configurationSettings": {},
            "statuses": [],
        }

    def computed_properties(self, write: Write) -> Body:
        """Return the version that runs."""
        return {"currentVersion": write.properties.get("version") or "1.1.65", "isSystemExtension": False}
