"""Where the content of an asset is uploaded to before its version is made: a container of its own, and a signature.

https://learn.microsoft.com/rest/api/azureml/code-versions/create-or-get-start-pending-upload
"""

from urllib.parse import SplitResult, unquote, urlsplit

from azureml_arm import ids
from azureml_sandbox.data.sas import container_sas
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import UPLOADS

KIND = "None"
"""What the service says of the kind of upload, whatever was asked."""
SERVICE = derived.guid("service", "Azure Machine Learning")
"""The object id by which Azure ML itself signs."""


def pending(azure: Cloud, asset_id: str, upload_id: str = "") -> Body:
    """Return the place for an asset's content, made if it isn't there."""
    account = ids.parse(storage_of(azure, asset_id))
    number = int(azure.store.get(UPLOADS, asset_id.lower()) or 0) + 1
    azure.store.set(UPLOADS, asset_id.lower(), str(number))
    name = f"{_guid(azure, asset_id)}-{derived.alphanumeric('upload', asset_id, str(number))[:26].lower()}"
    container = f"{account.text}/blobServices/default/containers/{name}"
    if not azure.exists(container):
        azure.provide(container, {})
    uri = f"https://{account.name}.blob.core.windows.net:443/{name}"
    return {
        "pendingUploadId": upload_id or derived.guid("upload", name),
        "pendingUploadType": KIND,
        "blobReferenceForConsumption": _sign(azure, account.text, uri),
    }


def reference(azure: Cloud, home_id: str, uri: str) -> Body:
    """Return the same for content that is there, by its address."""
    account = storage_of(azure, f"{home_id}/models/any")
    return _sign(azure, account, uri)


def _sign(azure: Cloud, account_id: str, uri: str) -> Body:
    account, address = azure.get(account_id), _container(uri)
    container = address.rpartition("/")[2]
    # Where keys are off, the workspace signs with a key that it has asked Entra for.
    keyed = account["properties"].get("allowSharedKeyAccess", True)
    signature = container_sas(azure, account["name"], container, delegator="" if keyed else SERVICE)
    # Clients read the signed address as the container's, whatever is below it.
    sas = f"{address}?{signature}"
    return {
        "blobUri": uri,
        "storageAccountArmId": account_id,
        "credential": {"credentialType": "SAS", "sasUri": sas},
    }


def _container(uri: str) -> str:
    """Return the address of the container that a blob's address leads to, without the port that only the address has
    (recorded with azure-ai-ml 1.32, 2026-03).
    """
    parts, path, depth = _split(uri)
    return f"{parts.scheme}://{parts.netloc.removesuffix(':443')}/{'/'.join(path[:depth])}"


def place_of(uri: str) -> tuple[str, str, str]:
    """Return account, container and path of a blob's address; each is empty where there is none."""
    parts, path, depth = _split(uri)
    account = path[1] if depth > 1 else parts.netloc.partition(".")[0]
    return account, unquote(path[depth - 1]), unquote("/".join(path[depth:]))


def _split(uri: str) -> tuple[SplitResult, list[str], int]:
    """Return an address, its path, and how much of that leads to the container: the host may be a server's own."""
    parts = urlsplit(uri)
    path = parts.path.strip("/").split("/")
    return parts, path, 3 if path[0] == "blob" and len(path) > 2 else 1  # noqa: PLR2004 - /blob/ACCOUNT/CONTAINER


def storage_of(azure: Cloud, asset_id: str) -> str:
    """Return the id of the storage account behind the workspace or registry that an asset is in."""
    home = azure.get(_home(asset_id))
    found = dig(home, "properties.storageAccount")
    if found is None:
        details = [one for region in home["properties"].get("regionDetails") or [] for one in _accounts(region)]
        found = next((one for one in details if one), None)
    account = azure.find(found) if isinstance(found, str) else None
    if account is None:
        raise bad_request(f"'{home['name']}' has no storage account to upload to.")
    return str(account["id"])


def _guid(azure: Cloud, asset_id: str) -> str:
    """Return the GUID of the workspace, or of the registry, that an upload is for."""
    home = azure.get(_home(asset_id))
    return str(home["properties"].get("workspaceId") or derived.guid("registry", home["id"]))


def _home(asset_id: str) -> str:
    """Return the workspace or registry."""
    target = ids.parse(asset_id)
    return asset_id.rsplit("/", 2 * (len(target.names) - 1))[0]


def _accounts(region: Body) -> list[str | None]:
    found = region.get("storageAccountDetails") or []
    kinds = ("systemCreatedStorageAccount", "userCreatedStorageAccount")
    return [dig(one, f"{kind}.armResourceId.resourceId") for one in found for kind in kinds]
