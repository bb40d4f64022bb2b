"""Microsoft.Network: what others are put into."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import DELETE_NETWORK, PUT_NETWORK, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.services import inside

_WRITES: Mapping[str, LongRunning] = {"PUT": PUT_NETWORK, "DELETE": DELETE_NETWORK}


class VirtualNetwork(ResourceType):
    """A virtual network; subnets in its body are made with it."""

    type = "Microsoft.Network/virtualNetworks"
    long_running: ClassVar[Mapping[str, LongRunning]] = _WRITES
    etag = True
    exclusive = True
    tracked = True
    shapes: ClassVar = {"properties.subnets[].name!": str, "properties.subnets[].properties": dict}
    filled: ClassVar = {"subnets": [], "virtualNetworkPeerings": [], "enableDdosProtection": False}

    def computed_properties(self, write: Write) -> Body:
        """Return its GUID."""
        return {"resourceGuid": derived.guid("network", write.id.text)}

    def finish(self, write: Write, resource: Body) -> Body:
        """Give subnets ids and options of DHCP a list of servers; a PUT that names no subnet keeps them."""
        properties = resource["properties"]
        if "subnets" not in write.properties:
            properties["subnets"] = write.old_properties.get("subnets") or []
        properties["subnets"] = [_render(resource["id"], subnet) for subnet in properties["subnets"]]
        if isinstance(properties.get("dhcpOptions"), dict):
            properties["dhcpOptions"].setdefault("dnsServers", [])
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Make the subnets that the body lists."""
        for subnet in resource["properties"].get("subnets") or []:
            write.azure.provide(f"{resource['id']}/subnets/{subnet['name']}", {"properties": subnet.get("properties")})


class Subnet(ResourceType):
    """A subnet of a virtual network."""

    type = "Microsoft.Network/virtualNetworks/subnets"
    long_running: ClassVar[Mapping[str, LongRunning]] = _WRITES
    etag = True
    filled: ClassVar = {
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }

    def after(self, write: Write, resource: Body) -> None:
        """List the subnet in its network."""
        own = {"name": resource["name"], "properties": resource["properties"]}
        inside.show(write.azure, resource, "subnets", [_render(write.id.parent or "", own)])

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Take the subnet from its network's list."""
        inside.show(azure, resource, "subnets", [])


def _render(network: str, subnet: Body) -> Body:
    """Return a subnet as its network shows it."""
    properties: dict[str, Any] = {"delegations": [], **(subnet.get("properties") or {})}
    own = {"id": f"{network}/subnets/{subnet['name']}", "type": Subnet.type}
    return {**subnet, **own, "properties": {**properties, "provisioningState": Subnet.state}}


class PrivateEndpoint(ResourceType):
    """A private endpoint; its connections are approved at once."""

    type = "Microsoft.Network/privateEndpoints"
    long_running: ClassVar[Mapping[str, LongRunning]] = _WRITES
    etag = True
    tracked = True
    shapes: ClassVar = {
        "properties.subnet.id": str,
        "properties.privateLinkServiceConnections[].name!": str,
        "properties.privateLinkServiceConnections[].properties": dict,
    }
    references = ("properties.subnet.id",)
    filled: ClassVar = {"privateLinkServiceConnections": [], "manualPrivateLinkServiceConnections": []}

    def computed_properties(self, write: Write) -> Body:
        """Return its GUID, and the network interface that is made for it."""
        guid = derived.guid("privateendpoint", write.id.text)
        group = write.id.text.partition("/providers/")[0]
        interface = f"{group}/providers/Microsoft.Network/networkInterfaces/{write.id.name}.nic.{guid}"
        return {"resourceGuid": guid, "networkInterfaces": [{"id": interface}]}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Give connections ids, and mark them approved."""
        properties = resource["properties"]
        connections = properties["privateLinkServiceConnections"]
        properties["privateLinkServiceConnections"] = [_connection(resource["id"], one) for one in connections]
        return resource


def _connection(endpoint: str, given: Body) -> Body:
    approved = {"status": "Approved", "description": "", "actionsRequired": "None"}
    properties = {**(given.get("properties") or {}), "privateLinkServiceConnectionState": approved}
    return {
        **given,
        "id": f"{endpoint}/privateLinkServiceConnections/{given['name']}",
        "type": f"{PrivateEndpoint.type}/privateLinkServiceConnections",
        "properties": {**properties, "provisioningState": PrivateEndpoint.state},
    }
