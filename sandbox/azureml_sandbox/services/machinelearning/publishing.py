"""Copying an asset of a workspace into a registry."""

from typing import Any

from azureml_arm import ids
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.resource import Cloud

REGISTRIES = "Microsoft.MachineLearningServices/registries"


def publish(azure: Cloud, resource: Body, body: Any) -> None:
    """Copy a version to where a DestinationAsset (`registryName`, `destinationName`, `destinationVersion`) says."""
    registry = find(azure, str(body.get("registryName") or ""))
    copy(azure, resource, registry, body.get("destinationName"), body.get("destinationVersion"))


def copy(azure: Cloud, source: Body, registry: Body, name: object = None, version: object = None) -> Body:
    """Return a version in a registry with the content of one in a workspace; ArmError (409) where there is one."""
    own = ids.parse(source["id"])
    plural = own.type.split("/")[-2]
    target = f"{registry['id']}/{plural}/{name or own.names[-2]}/versions/{version or own.name}"
    if azure.exists(target):
        raise ArmError(409, "Conflict", f"An asset with this name and version already exists in registry: '{target}'.")
    kept = {key: value for key, value in source["properties"].items() if key not in ("provisioningState", "stage")}
    return azure.provide(target, {"properties": kept})


def find(azure: Cloud, name: str) -> Body:
    """Return the registry of a name; ArmError (400) where there is none."""
    found = azure.find_named(REGISTRIES, name)
    if found is None:
        raise bad_request(f"There is no registry named '{name}'; make it, or correct the name.", "RegistryNotFound")
    return found
