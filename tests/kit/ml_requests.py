"""Requests for something in a workspace, and their answers."""

from typing import Any

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Response
from kit.arm_requests import read, send
from kit.clouds import WORKSPACE

PREVIEW = "2024-01-01-preview"
TRACKED: dict[str, Any] = {"location": "westeurope", "identity": {"type": "SystemAssigned"}}
NONE = {"credentials": {"credentialsType": "None"}}
WHERE_AND_WHEN = {"ComponentName", "Correlation", "Location", "Time"}
"""What Azure ML adds to each refusal."""


def ask(azure: Azure, method: str, path: str, body: Any = None, version: str = PREVIEW) -> Response:
    """Send a request for something in the workspace, in a version of the API."""
    return send(azure, method, f"{WORKSPACE}/{path}?api-version={version}", body)


def let_a_minute_pass(azure: Azure) -> None:
    """Move the clock to where an operation that began just now is over."""
    now = azure.clock() + 61
    azure.clock = lambda: now


def properties_of(answer: Response) -> Any:
    """Return the properties of an answer."""
    return read(answer)["properties"]


CLUSTER = {"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2}}
