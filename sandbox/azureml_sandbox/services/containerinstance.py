"""Microsoft.ContainerInstance: groups of containers."""

import re
from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import ResourceType, Write

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SECONDS = 1800


class ContainerGroup(ResourceType):
    """A group. Its containers run as soon as it is there; what is fixed takes a new group."""

    type = "Microsoft.ContainerInstance/containerGroups"
    created_status = 201
    tracked = True
    returns_deleted = True
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(
            201,
            creating="Pending",
            places=("operations", "operationResults"),
            poll="resource",
            polled="Pending",
            retry_after=False,
        )
    }
    immutable = ("properties.osType", "properties.restartPolicy", "properties.subnetIds")
    shapes: ClassVar = {
        "properties.containers[]!": dict,
        "properties.containers[].name!": str,
        "properties.containers[].properties!": dict,
        "properties.containers[].properties.image": str,
        "properties.containers[].properties.resources": dict,
        "properties.imageRegistryCredentials[].server!": str,
        "properties.ipAddress.ports[]": dict,
        "properties.subnetIds[].id!": str,
    }
    filled: ClassVar = {
        "sku": "Standard",
        "provisioningTimeoutInSeconds": _SECONDS,
        "isCustomProvisioningTimeout": False,
        "initContainers": [],
    }

    def check(self, write: Write) -> None:
        """Refuse a name that can't be one, groups without containers, and identities that the group doesn't have."""
        if write.created and not _NAME.fullmatch(write.id.name):
            raise bad_request(f"The container group name '{write.id.name}' is invalid.", "InvalidContainerGroupName")
        if not write.properties.get("containers"):
            raise bad_request("The container group must have at least one container.", "InvalidContainerGroup")
        own = {one.lower() for one in (write.body.get("identity") or {}).get("userAssignedIdentities") or {}}
        for credential in write.properties.get("imageRegistryCredentials") or []:
            who = credential.get("identity")
            if who is not None and str(who).lower() not in own:
                text = f"The identity '{who}' of an image registry credential isn't one of the container group's."
                raise bad_request(text, "InvalidImageRegistryCredentialIdentity")
        for one in write.properties.get("subnetIds") or []:
            if write.azure.is_missing(one["id"]):
                raise bad_request(f"The subnet '{one['id']}' does not exist.", "LinkedResourceNotFound")

    def progress(self, resource: Body, *, done: bool) -> Body:
        """Return which images are pulled."""
        images = [str(one["properties"].get("image")) for one in resource["properties"]["containers"]]
        return {"events": [event for image in images if done for event in events(image)[:2]]}

    def finish(self, write: Write, resource: Body) -> Body:
        """Show that the containers run, and where they answer."""
        properties = resource["properties"]
        for container in properties["containers"]:
            inner = container["properties"]
            inner |= {
                "ports": inner.get("ports") or [],
                "environmentVariables": inner.get("environmentVariables") or [],
            }
            for variable in inner["environmentVariables"]:
                variable.pop("secureValue", None)
        properties["instanceView"] = {"events": [], "state": "Running"}
        address = properties.get("ipAddress")
        if address:
            last = int(derived.guid("address", write.id.text)[:2], 16)
            address["ip"] = f"20.0.0.{last}" if address.get("type") == "Public" else f"10.0.0.{last}"
        return resource


def events(image: str) -> list[Body]:
    """Return how a container came to run: its image is pulled, and it is started."""
    name = f"{re.sub(':[^/]*$', '', image)}@sha256:{derived.alphanumeric('image', image)}"
    said = {
        "Pulling": f'pulling image "{name}"',
        "Pulled": f'Successfully pulled image "{name}"',
        "Started": "Started container",
    }
    times = {"count": 1, "firstTimestamp": derived.MOMENT, "lastTimestamp": derived.MOMENT}
    return [{**times, "name": word, "message": text, "type": "Normal"} for word, text in said.items()]
