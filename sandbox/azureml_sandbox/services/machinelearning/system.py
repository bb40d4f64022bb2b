"""What Azure ML makes by itself: a workspace's system datastores, and the registry that its images go to."""

from typing import Any

from azureml_arm import ids
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
SETTINGS = "properties.properties"
"""Where a compute has what is its kind's own."""
CODE_SHARE = "code-391ff5ac-6576-460f-ba4d-7e03433c68b6"
"""The share of the notebooks; its name is the same in every workspace."""
DEFAULT_DATASTORE = "workspaceblobstore"
SYSTEM_DATASTORES = (DEFAULT_DATASTORE, "workspaceworkingdirectory", "workspaceartifactstore", "workspacefilestore")
"""What a workspace has from the beginning, in the order that lists have it."""


def provide_datastores(azure: Cloud, workspace: Body) -> None:
    """Make the system datastores with their containers and shares in the workspace's storage account."""
    properties = workspace["properties"]
    account_id = ids.parse(properties["storageAccount"])
    guid = properties["workspaceId"]
    # https://learn.microsoft.com/azure/machine-learning/concept-workspace: isolated workspaces share an account.
    isolated = bool(properties.get("enableDataIsolation"))
    blobs = {
        DEFAULT_DATASTORE: f"{guid}-azureml-blobstore" if isolated else f"azureml-blobstore-{guid}",
        "workspaceartifactstore": f"{guid}-azureml" if isolated else "azureml",
    }
    files = {
        "workspacefilestore": f"{guid}-azureml-filestore" if isolated else f"azureml-filestore-{guid}",
        "workspaceworkingdirectory": f"{guid}-code" if isolated else CODE_SHARE,
    }
    where = {
        "accountName": account_id.name,
        "resourceGroup": account_id.resource_group,
        "subscriptionId": account_id.subscription,
        "endpoint": "core.windows.net",
        "protocol": "https",
        "credentials": _credentials(str(properties["systemDatastoresAuthMode"])),
    }
    for name, container in blobs.items():
        azure.provide(f"{account_id.text}/blobServices/default/containers/{container}", {})
        _datastore(azure, workspace, name, {**where, "datastoreType": "AzureBlob", "containerName": container})
    for name, share in files.items():
        azure.provide(f"{account_id.text}/fileServices/default/shares/{share}", {})
        _datastore(azure, workspace, name, {**where, "datastoreType": "AzureFile", "fileShareName": share})


def _credentials(mode: str) -> Body:
    return {"credentialsType": "AccountKey" if mode.lower() in ("", "accesskey") else "None"}


def _datastore(azure: Cloud, workspace: Body, name: str, properties: Body) -> None:
    azure.provide(f"{workspace['id']}/datastores/{name}", {"properties": properties})


def ensure_registry(azure: Cloud, workspace_id: str) -> None:
    """Make the registry that an image is built into: Azure ML makes and attaches one where the workspace has none,
    named after the workspace's GUID (recorded; azure-cli#27336), with its admin account on
    (https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication).
    """
    workspace = azure.get(workspace_id)
    if workspace["properties"].get("containerRegistry"):
        return
    name = str(workspace["properties"]["workspaceId"]).replace("-", "")
    registry = azure.provide(
        f"{ids.parse(workspace['id']).scope}/providers/Microsoft.ContainerRegistry/registries/{name}",
        {"location": workspace["location"], "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}},
    )
    workspace["properties"]["containerRegistry"] = registry["id"]
    azure.update(workspace)


def is_built(environment: Body) -> bool:
    """Return whether an environment is more than an image that is there already."""
    properties = environment["properties"]
    return bool(properties.get("condaFile") or properties.get("build"))


def workspace_guid(workspace_id: str) -> str:
    """Return the GUID that Azure ML calls `workspaceId`."""
    return derived.guid("workspace", workspace_id)


def asset_of(target: Any) -> tuple[str, str] | None:
    """Return the name and the version of the asset that an id is of; None for anything else."""
    if not isinstance(target, str) or not ids.is_id(target):
        return None
    found = ids.parse(target)
    *above, version = found.names
    return (above[-1], version) if above and found.type.lower().endswith("/versions") else None
