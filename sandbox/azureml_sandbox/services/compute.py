"""Microsoft.Compute: machines that a workspace may attach."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import WRITES, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write


class VirtualMachine(ResourceType):
    """A virtual machine, as far as something refers to it."""

    type = "Microsoft.Compute/virtualMachines"
    long_running: ClassVar[Mapping[str, LongRunning]] = WRITES
    tracked = True
    secrets = ("properties.osProfile.adminPassword",)

    def computed_properties(self, write: Write) -> Body:
        """Return its GUID."""
        return {"vmId": derived.guid("vm", write.id.text), "timeCreated": derived.MOMENT}
