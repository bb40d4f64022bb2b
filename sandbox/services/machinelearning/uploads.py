"""Where the content of an asset is uploaded to before its version is made: a container of its own, and a signature.

https://learn.microsoft.com/rest/api/azureml/code-versions/create-or-get-start-pending-upload
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from arm import ids
from sandbox import derived
from sandbox.errors import bad_request
from sandbox.operations import iso
from sandbox.resource import Body, dig
from sandbox.services.storage import account_key

if TYPE_CHECKING:
    from sandbox.azure import Azure

KIND = "TemporaryBlobReference"
LIFETIME = 24 * 3600
PERMISSIONS = "rcwl"
_VERSION = "2022-11-02"


def pending(azure: Azure, asset_id: str, upload_id: str = "") -> Body:
    """The place for an asset's content, made if it isn't there."""
    account = ids.parse(storage_of(azure, asset_id))
    name = derived.guid("upload", asset_id)
    container = f"{account.text}/blobServices/default/containers/{name}"
    if not azure.exists(container):
        azure.provide(container, {})
    uri = f"https://{account.name}.blob.core.windows.net/{name}"
    return {
        "pendingUploadId": upload_id or name,
        "pendingUploadType": KIND,
        "blobReferenceForConsumption": _signed(azure, account.text, name, uri),
    }


def reference(azure: Azure, home_id: str, uri: str) -> Body:
    """The same for content that is there, by its address."""
    account = storage_of(azure, f"{home_id}/models/any")
    return _signed(azure, account, _container(uri), uri)


def _signed(azure: Azure, account_id: str, container: str, uri: str) -> Body:
    sas = f"{uri}?{signature(azure, account_id, container)}"
    return {
        "blobUri": uri,
        "storageAccountArmId": account_id,
        "credential": {"credentialType": "SAS", "sasUri": sas},
    }


def _container(uri: str) -> str:
    """The container in a blob's address, whose host may be Azure's or a server's own."""
    parts = urlsplit(uri).path.strip("/").split("/")
    return parts[2] if parts[0] == "blob" and len(parts) > 2 else parts[0]  # noqa: PLR2004 - /blob/ACCOUNT/CONTAINER


def storage_of(azure: Azure, asset_id: str) -> str:
    """The id of the storage account behind the workspace or registry that an asset is in."""
    home = azure.get(_home(asset_id))
    found = dig(home, "properties.storageAccount")
    if found is None:
        details = [one for region in home["properties"].get("regionDetails") or [] for one in _accounts(region)]
        found = next((one for one in details if one), None)
    if not isinstance(found, str) or azure.is_missing(found):
        raise bad_request(f"'{home['name']}' has no storage account to upload to.")
    return str(azure.get(found)["id"])


def signature(azure: Azure, account_id: str, container: str) -> str:
    """A service SAS for a container (https://learn.microsoft.com/rest/api/storageservices/create-service-sas)."""
    account = ids.parse(account_id).name
    start = azure.clock()
    times = [f"{iso(moment)[:19]}Z" for moment in (start - 600, start + LIFETIME)]
    resource = f"/blob/{account}/{container}"
    signed = "\n".join([PERMISSIONS, *times, resource, "", "", "https", _VERSION, "c", "", "", "", "", "", "", ""])
    digest = hmac.new(base64.b64decode(account_key(account_id)), signed.encode(), hashlib.sha256).digest()
    query = {"sv": _VERSION, "st": times[0], "se": times[1], "sr": "c", "sp": PERMISSIONS, "spr": "https"}
    return urlencode({**query, "sig": base64.b64encode(digest).decode()})


def _home(asset_id: str) -> str:
    """The workspace or registry."""
    target = ids.parse(asset_id)
    return asset_id.rsplit("/", 2 * (len(target.names) - 1))[0]


def _accounts(region: Body) -> list[str | None]:
    found = region.get("storageAccountDetails") or []
    kinds = ("systemCreatedStorageAccount", "userCreatedStorageAccount")
    return [dig(one, f"{kind}.armResourceId.resourceId") for one in found for kind in kinds]
