"""Microsoft.ContainerService: Kubernetes clusters that a workspace may attach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write


class ManagedCluster(ResourceType):
    """An AKS cluster, as far as something refers to it or extends it."""

    type = "Microsoft.ContainerService/managedClusters"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True
    immutable = ("properties.dnsPrefix",)

    def defaults(self, write: Write) -> Body:
        """Return what a cluster has when nothing is said."""
        group = f"MC_{write.id.resource_group}_{write.id.name}_{write.location}"
        return {"nodeResourceGroup": group, "enableRBAC": True, "kubernetesVersion": "1.33"}

    def computed_properties(self, write: Write) -> Body:
        """Return where its API answers."""
        prefix = write.properties.get("dnsPrefix") or write.id.name
        suffix = derived.alphanumeric("aks", write.id.text)[1:9]
        return {"fqdn": f"{prefix}-{suffix}.hcp.{write.location}.azmk8s.io", "powerState": {"code": "Running"}}
