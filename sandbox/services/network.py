"""Microsoft.Network: what others are put into."""

from __future__ import annotations

from sandbox.resource import Body, ResourceType, Write


class VirtualNetwork(ResourceType):
    """A virtual network; subnets in its body are made with it."""

    type = "Microsoft.Network/virtualNetworks"
    tracked = True

    def after(self, write: Write, resource: Body) -> None:
        """The subnets that the body lists."""
        for subnet in resource["properties"].get("subnets") or []:
            write.azure.provide(f"{resource['id']}/subnets/{subnet['name']}", {"properties": subnet.get("properties")})


class Subnet(ResourceType):
    """A subnet of a virtual network."""

    type = "Microsoft.Network/virtualNetworks/subnets"

    def defaults(self, _write: Write) -> Body:
        """What a subnet has when nothing is said."""
        return {"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
