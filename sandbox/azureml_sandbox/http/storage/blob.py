"""The blob service's REST interface: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api.

What azure-storage-blob and its like need to make containers, upload (whole, in blocks, by appending, by copying), read,
list and delete.
"""

import base64
import hashlib
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from azureml_sandbox.data import sas
from azureml_sandbox.data.blobs import Blob
from azureml_sandbox.http.message import Response
from azureml_sandbox.http.storage import access as storage
from azureml_sandbox.http.storage import blobxml, service
from azureml_sandbox.http.storage.access import META, STAMP, Operation, StorageCall
from azureml_sandbox.http.storage.blobxml import MOMENT
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError

CREATED, ACCEPTED = 201, 202
KINDS = ("BlockBlob", "AppendBlob")
XML = {"Content-Type": "application/xml"}
_CONTENT = "x-ms-blob-content-"
_TOLD = {"encoding": "Content-Encoding", "language": "Content-Language", "disposition": "Content-Disposition"}


def answer(call: StorageCall) -> Response:
    """Answer a request that has been authorised; ArmError."""
    return storage.perform(call, select)


def select(call: StorageCall) -> tuple[Operation, str]:
    """Return the operation that method and query select, and the permission that it takes of a signature."""
    kind = call.request.query.get("restype", "") or ("" if call.place.container else "account")
    return service.operation(OPERATIONS, call, "blob" if call.place.name else kind, "http/storage/blob.py")


# -- the account -----------------------------------------------------------------------------------------------------


def _list_containers(call: StorageCall) -> Response:
    found = call.containers("Microsoft.Storage/storageAccounts/blobServices/containers")
    return Response(200, XML, blobxml.containers(found, call.request.query))


def _account_information(call: StorageCall) -> Response:
    account = call.azure.get(call.azure.blobs.account_id(call.place.account))
    hierarchical = str(bool(account["properties"].get("isHnsEnabled"))).lower()
    headers = {"x-ms-sku-name": str(account["sku"]["name"]), "x-ms-account-kind": str(account.get("kind", "StorageV2"))}
    return Response(200, {**headers, "x-ms-is-hns-enabled": hierarchical})


def _delegation_key(call: StorageCall) -> Response:
    """Return a key of whom the token names, who alone can have one."""
    claims = call.request.claims
    if claims is None:
        raise ArmError(403, "AuthenticationFailed", "Only a bearer token gets a user delegation key.")
    times = {child.tag: (child.text or "").strip() for child in blobxml.parse(call.request.body)}
    given = {
        "skoid": str(claims["oid"]),
        "sktid": str(claims["tid"]),
        "skt": times.get("Start", ""),
        "ske": times.get("Expiry", ""),
        "sks": "b",
        "skv": call.request.header("x-ms-version"),
    }
    return Response(200, XML, blobxml.delegation_key(given, sas.delegation_key(call.place.account, given)))


# -- containers ------------------------------------------------------------------------------------------------------


def _create_container(call: StorageCall) -> Response:
    if call.azure.exists(call.container_id):
        raise ArmError(409, "ContainerAlreadyExists", "The specified container already exists.")
    call.azure.provide(call.container_id, {"properties": {"metadata": call.metadata}})
    return Response(CREATED, STAMP)


def _container_properties(call: StorageCall) -> Response:
    metadata = call.container()["properties"].get("metadata") or {}
    headers = {META + name: value for name, value in metadata.items()}
    state = {"x-ms-lease-status": "unlocked", "x-ms-lease-state": "available", "x-ms-has-immutability-policy": "false"}
    return Response(200, {**STAMP, **state, **headers})


def _set_container_metadata(call: StorageCall) -> Response:
    found = call.container()
    call.azure.provide(found["id"], {"properties": {**found["properties"], "metadata": call.metadata}})
    return Response(200, STAMP)


def _delete_container(call: StorageCall) -> Response:
    call.azure.delete(call.container()["id"])
    return Response(ACCEPTED)


def _list(call: StorageCall) -> Response:
    found = call.store.list(call.place.account, call.place.container, call.request.query.get("prefix", ""))
    return Response(200, XML, blobxml.listing(call.place.container, found, call.request.query))


# -- blobs -----------------------------------------------------------------------------------------------------------


def _put_blob(call: StorageCall) -> Response:
    kind = call.request.header("x-ms-blob-type")
    if "x-ms-copy-source" in {name.lower() for name in call.request.headers}:
        return _copy(call)
    if kind not in KINDS:
        raise ArmError(501, "NotImplemented", f"The sandbox models {' and '.join(KINDS)}; not '{kind}'.")
    _check_write(call)
    _check_content(call)
    return _write_response(call.store.put(*call.where, call.request.body, kind=kind, **_content_headers(call)))


def _put_block(call: StorageCall) -> Response:
    _check_content(call)
    call.store.stage(*call.where, call.request.query.get("blockid", ""), call.request.body)
    return Response(CREATED, {"x-ms-request-server-encrypted": "true"})


def _put_block_list(call: StorageCall) -> Response:
    _check_write(call)
    blocks = blobxml.staged_blocks(call.request.body)
    return _write_response(call.store.commit(*call.where, blocks, **_content_headers(call)))


def _get_block_list(call: StorageCall) -> Response:
    blob = call.existing()
    staged = call.store.staged_blocks(*call.where)
    if blob is None and not staged:
        raise ArmError(404, "BlobNotFound", "The specified blob does not exist.")
    return Response(200, XML, blobxml.block_list({name: len(content) for name, content in staged.items()}))


def _append_block(call: StorageCall) -> Response:
    blob = call.store.properties(*call.where)
    if blob.kind != "AppendBlob":
        raise ArmError(409, "InvalidBlobType", "The blob type is invalid for this operation: it is no append blob.")
    storage.check_conditions(call, blob)
    position = call.request.header("x-ms-blob-condition-appendpos")
    if position and storage.number(position, "x-ms-blob-condition-appendpos") != blob.size:
        raise ArmError(412, "AppendPositionConditionNotMet", "The append position condition specified was not met.")
    written = _write_response(call.store.write(*call.where, blob.size, call.request.body))
    headers = {**written.headers, "x-ms-blob-append-offset": str(blob.size), "x-ms-blob-committed-block-count": "1"}
    return Response(CREATED, headers)


def _copy(call: StorageCall) -> Response:
    """Return a copy, done at once; of a blob of the same account, as no request leaves this process."""
    _check_write(call)
    container, name = _source(call)
    found = call.store.properties(call.place.account, container, name)
    content = call.store.get(call.place.account, container, name)
    blob = call.store.put(
        *call.where,
        content,
        metadata=call.metadata or found.metadata,
        content_type=found.content_type,
        kind=found.kind,
        headers=found.headers,
    )
    status = CREATED if call.request.header("x-ms-requires-sync") else ACCEPTED
    headers = {"x-ms-copy-id": derived.guid("copy", *call.where, blob.etag), "x-ms-copy-status": "success"}
    return Response(status, {"ETag": blob.etag, "Last-Modified": MOMENT, **headers})


def _source(call: StorageCall) -> tuple[str, str]:
    source = call.request.header("x-ms-copy-source")
    host, path = urlsplit(source).netloc, unquote(urlsplit(source).path).lstrip("/")
    account = call.place.account
    path = path.removeprefix(f"blob/{account}/")
    if not host.startswith(f"{account}.") and not host.startswith("localhost"):
        text = f"The sandbox copies within an account only, and '{source.partition('?')[0]}' isn't in '{account}'."
        raise ArmError(404, "CannotVerifyCopySource", text)
    container, _, name = path.partition("/")
    return container, name


def _put_metadata(call: StorageCall) -> Response:
    storage.check_conditions(call, call.existing())
    blob = call.store.set_metadata(*call.where, call.metadata)
    return Response(200, {"ETag": blob.etag, "Last-Modified": MOMENT, "x-ms-request-server-encrypted": "true"})


def _put_properties(call: StorageCall) -> Response:
    found = call.store.properties(*call.where)
    storage.check_conditions(call, found)
    content = _content_headers(call)
    changed = replace(found, content_type=str(content["content_type"]), headers=content["headers"])
    blob = call.store.change(call.place.account, call.place.container, changed)
    return Response(200, {"ETag": blob.etag, "Last-Modified": MOMENT})


def _blob_properties(call: StorageCall) -> Response:
    blob = call.store.properties(*call.where)
    storage.check_conditions(call, blob)
    return Response(200, {**blob_headers(blob), "Content-Length": str(blob.size)})


def _get_blob(call: StorageCall) -> Response:
    blob, content = call.store.properties(*call.where), call.store.get(*call.where)
    storage.check_conditions(call, blob)
    return storage.respond_range(call, blob_headers(blob), content)


def _delete_blob(call: StorageCall) -> Response:
    storage.check_conditions(call, call.store.properties(*call.where))
    call.store.delete(*call.where)
    return Response(ACCEPTED, {"x-ms-delete-type-permanent": "true"})


def _content_headers(call: StorageCall) -> Body:
    """Return what the headers say of a blob's content."""
    request = call.request
    given = {shown: request.header(_CONTENT + name) for name, shown in _TOLD.items()}
    given["Cache-Control"] = request.header("x-ms-blob-cache-control")
    return {
        "metadata": call.metadata,
        "content_type": request.header(f"{_CONTENT}type") or Blob.content_type,
        "headers": {name: value for name, value in given.items() if value},
    }


def _check_write(call: StorageCall) -> None:
    existing = call.existing()
    storage.check_conditions(call, existing)
    if existing is not None:
        storage.allow(call, "w")


def _check_content(call: StorageCall) -> None:
    given = call.request.header("content-md5")
    digest = hashlib.md5(call.request.body, usedforsecurity=False).digest()
    if given and given != base64.b64encode(digest).decode():
        text = "The MD5 value specified in the request did not match with the MD5 value calculated by the server."
        raise ArmError(400, "Md5Mismatch", text)


def _write_response(blob: Blob) -> Response:
    headers = {
        "ETag": blob.etag,
        "Last-Modified": MOMENT,
        "Content-MD5": blob.md5,
        "x-ms-request-server-encrypted": "true",
    }
    return Response(CREATED, headers)


def blob_headers(blob: Blob) -> dict[str, str]:
    """Return what the headers of an answer say of a blob."""
    metadata = {META + name: value for name, value in blob.metadata.items()}
    return {
        "Accept-Ranges": "bytes",
        "Content-MD5": blob.md5,
        "Content-Type": blob.content_type,
        "ETag": blob.etag,
        "Last-Modified": MOMENT,
        "x-ms-blob-type": blob.kind,
        "x-ms-creation-time": MOMENT,
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
        "x-ms-server-encrypted": "true",
        **({"x-ms-blob-committed-block-count": "1"} if blob.kind == "AppendBlob" else {}),
        **({"x-ms-resource-type": "directory"} if blob.is_folder else {}),
        **blob.headers,
        **metadata,
    }


OPERATIONS: dict[tuple[str, str, str], tuple[Operation, str]] = {
    ("GET", "account", "list"): (_list_containers, "l"),
    ("GET", "account", "properties"): (_account_information, "r"),
    ("GET", "service", "properties"): (_account_information, "r"),
    ("POST", "service", "userdelegationkey"): (_delegation_key, "r"),
    ("PUT", "container", ""): (_create_container, "cw"),
    ("PUT", "container", "metadata"): (_set_container_metadata, "w"),
    ("GET", "container", ""): (_container_properties, "r"),
    ("HEAD", "container", ""): (_container_properties, "r"),
    ("DELETE", "container", ""): (_delete_container, "d"),
    ("GET", "container", "list"): (_list, "l"),
    ("PUT", "blob", ""): (_put_blob, "cw"),
    ("PUT", "blob", "block"): (_put_block, "cw"),
    ("PUT", "blob", "blocklist"): (_put_block_list, "cw"),
    ("GET", "blob", "blocklist"): (_get_block_list, "r"),
    ("PUT", "blob", "appendblock"): (_append_block, "aw"),
    ("PUT", "blob", "metadata"): (_put_metadata, "w"),
    ("PUT", "blob", "properties"): (_put_properties, "w"),
    ("HEAD", "blob", ""): (_blob_properties, "r"),
    ("GET", "blob", ""): (_get_blob, "r"),
    ("DELETE", "blob", ""): (_delete_blob, "d"),
}
"""(method, ``account``, ``container`` or ``blob``, the query's ``comp``) -> the operation and the permissions of a
signature any of which it takes."""

SERVICE = service.StorageService("blob", select)
