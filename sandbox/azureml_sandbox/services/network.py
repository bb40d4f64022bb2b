"""Microsoft.Network: what others are put into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write


class VirtualNetwork(ResourceType):
    """A virtual network; subnets in its body are made with it."""

    type = "Microsoft.Network/virtualNetworks"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    etag = True
    tracked = True
    shapes: ClassVar = {"properties.subnets[].name!": str, "properties.subnets[].properties": dict}

    def after(self, write: Write, resource: Body) -> None:
        """Make the subnets that the body lists."""
        for subnet in resource["properties"].get("subnets") or []:
            write.azure.provide(f"{resource['id']}/subnets/{subnet['name']}", {"properties": subnet.get("properties")})


class Subnet(ResourceType):
    """A subnet of a virtual network."""

    type = "Microsoft.Network/virtualNetworks/subnets"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    etag = True

    def defaults(self, _write: Write) -> Body:
        """Return what a subnet has when nothing is said."""
        return {"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
