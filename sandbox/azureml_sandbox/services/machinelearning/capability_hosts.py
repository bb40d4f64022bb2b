"""Capability hosts: what agents of a hub or a project work with. State only."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_arm.ids import workspace_of
from azureml_arm.names import RULES
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Write
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import ACCEPTED, PUT_WITH_STATUS

_KINDS = ("hub", "project")
_FIXED = ("aiServicesConnections", "storageConnections", "threadStorageConnections", "vectorStoreConnections")


class CapabilityHost(FrontEndType):
    """What agents work with. None is changed once it is made, as azure-ai-ml says of the service."""

    type = f"{WORKSPACES}/capabilityHosts"
    system_data = True
    created_status = 201
    name_rule = RULES["workspace"]
    immutable = tuple(f"properties.{name}" for name in (*_FIXED, "capabilityHostKind"))
    shapes: ClassVar = {f"properties.{name}[]": str for name in _FIXED}
    long_running: ClassVar[Mapping[str, LongRunning]] = {"PUT": PUT_WITH_STATUS, "DELETE": ACCEPTED}
    filled: ClassVar = {"capabilityHostKind": "Agents"}

    def check(self, write: Write) -> None:
        """Refuse one in another kind of workspace, and a project's without models."""
        kind = str(write.azure.get(workspace_of(write.id.text)).get("kind")).lower()
        if kind not in _KINDS:
            raise bad_request(f"Invalid workspace kind: {kind}. Workspace kind should be either 'Hub' or 'Project'.")
        if kind == "project" and not write.properties.get("aiServicesConnections"):
            raise bad_request("For Project workspace kind, OpenAI service connections are required.")
