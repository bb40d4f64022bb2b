"""Ids and bodies of what is in a workspace."""

from azureml_sandbox.azure import Azure
from kit.clouds import REGION, WORKSPACE

KEY_ENDPOINT = {"location": REGION, "properties": {"authMode": "Key"}}


def ml(path: str) -> str:
    """Return an id in the workspace."""
    return f"{WORKSPACE}/{path}"


CONDA = {"properties": {"image": "mcr.microsoft.com/azureml/base", "condaFile": "dependencies: [python]"}}
IMAGE = {"properties": {"image": "mcr.microsoft.com/azureml/base"}}


def registry_of(azure: Azure) -> str | None:
    """Return the id of the workspace's container registry."""
    found = azure.get(WORKSPACE)["properties"].get("containerRegistry")
    return None if found is None else str(found)
