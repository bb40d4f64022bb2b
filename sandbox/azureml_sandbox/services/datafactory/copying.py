"""What a copy activity does: blobs go from one container to another, with the rights of the factory's identity.

https://learn.microsoft.com/azure/data-factory/connector-azure-blob-storage. What lies outside of the sandbox (a
database, the web) is read by nobody here: such a copy writes one empty file, so that what follows it can be seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.authorization.rights import Rights, SignedInPrincipal
from azureml_sandbox.services.datafactory.expressions import Functions, evaluate

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_ENDPOINTS = {"AzureBlobStorage": "serviceEndpoint", "AzureBlobFS": "url"}
"""Linked services of storage -> where they say which account."""
_CONTAINERS = ("container", "fileSystem")


class ActivityError(Exception):
    """Why an activity failed: Data Factory's code, and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class _Place:
    """What a dataset is of. `account` is empty for what lies outside of the sandbox."""

    account: str
    container: str
    folder: str
    file: str


def copy(azure: Cloud, factory: Body, activity: Mapping[str, Any], known: Functions) -> Body:
    """Do a copy, and return the activity's output."""
    identity = (factory.get("identity") or {}).get("principalId") or ""
    who = SignedInPrincipal(identity, factory["name"])
    given = evaluate(activity.get("typeProperties") or {}, known)
    source = _place(azure, factory, (activity.get("inputs") or [{}])[0], known)
    sink = _place(azure, factory, (activity.get("outputs") or [{}])[0], known)
    if not sink.account:
        raise ActivityError("SandboxCopy", "the sandbox copies to storage accounts alone")
    read = _read(azure, who, source, ((given.get("source") or {}).get("storeSettings") or {}))
    _allow(azure, who, sink, "write")
    written = 0
    for name, content in read.items():
        path = "/".join(part for part in (sink.folder, sink.file or name) if part)
        azure.part(Blobs).put(sink.account, sink.container, path, content)
        written += len(content)
    files = len(read)
    return {"filesRead": files, "filesWritten": files, "dataRead": written, "dataWritten": written, "errors": []}


def _place(azure: Cloud, factory: Body, reference: Mapping[str, Any], known: Functions) -> _Place:
    dataset = azure.get(f"{factory['id']}/datasets/{reference.get('referenceName')}")["properties"]
    parameters = {
        **{name: one.get("defaultValue") for name, one in (dataset.get("parameters") or {}).items()},
        **evaluate(reference.get("parameters") or {}, known),
    }
    kind = evaluate(dataset.get("typeProperties") or {}, {**known, "dataset": lambda: parameters})
    linked = azure.get(f"{factory['id']}/linkedservices/{dataset['linkedServiceName']['referenceName']}")["properties"]
    endpoint = _ENDPOINTS.get(linked["type"])
    location = kind.get("location") or {}
    file = str(location.get("fileName") or "")
    if endpoint is None:
        return _Place("", "", "", file or str(location.get("relativeUrl") or "").rpartition("/")[2] or "data")
    address = str((linked.get("typeProperties") or {}).get(endpoint) or "")
    if not address:
        raise ActivityError("SandboxCopy", "the sandbox copies by a managed identity alone: no endpoint is said")
    container = next((str(location[word]) for word in _CONTAINERS if location.get(word)), "")
    folder = str(location.get("folderPath") or "").strip("/")
    return _Place((urlsplit(address).hostname or "").partition(".")[0], container, folder, file)


def _read(azure: Cloud, who: SignedInPrincipal, place: _Place, settings: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a source by their names below its folder."""
    if not place.account:
        return {place.file: b""}
    _allow(azure, who, place, "read")
    blobs, prefix = azure.part(Blobs), f"{place.folder}/" if place.folder else ""
    found = [one for one in blobs.list(place.account, place.container, prefix + place.file) if not one.is_folder]
    wanted = str(settings.get("wildcardFileName") or "*")
    deep = settings.get("recursive", True)
    names = {one.name: one.name[len(prefix) :] for one in found}
    names = {
        whole: name
        for whole, name in names.items()
        if fnmatchcase(name.rpartition("/")[2], wanted) and (deep or "/" not in name) and place.file in ("", name)
    }
    if not names and wanted == "*":
        where = f"{place.container}/{prefix}{place.file}"
        text = f"The required Blob is missing. ContainerName: https://{place.account}.blob.core.windows.net/{where}."
        raise ActivityError("UserErrorSourceBlobNotExist", text)
    return {name: blobs.get(place.account, place.container, whole) for whole, name in names.items()}


def _allow(azure: Cloud, who: SignedInPrincipal, place: _Place, verb: str) -> None:
    """Refuse what the identity has no role for, or what isn't there."""
    try:
        scope = azure.part(Blobs).container_id(place.account, place.container)
    except ArmError as error:
        raise ActivityError("UserErrorFailedToFindStorageAccount", error.message) from error
    if azure.is_missing(scope):
        raise ActivityError("UserErrorContainerNotFound", f"The specified container {place.container} does not exist.")
    if not azure.part(Rights).may_data(f"{_BLOBS}/{verb}", scope, who):
        text = (
            f"This request is not authorized to perform this operation using this permission: the identity of the "
            f"factory {who.name} needs {_BLOBS}/{verb} on {scope}."
        )
        raise ActivityError("UserErrorAuthorizationPermissionMismatch", text)
