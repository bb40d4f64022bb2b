"""The blob service's REST interface: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api.

What azure-storage-blob needs to make containers, upload (whole and in blocks), read, list and delete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from sandbox.blobs import Blob
from sandbox.errors import ArmError
from sandbox.http.blobxml import MOMENT, error_xml, listing, staged_blocks
from sandbox.http.message import Request, Response
from sandbox.resource import Body

if TYPE_CHECKING:
    from sandbox.azure import Azure

AUDIENCE = "https://storage.azure.com"
VERSION = {"x-ms-version": "2025-07-05", "Date": MOMENT}
META = "x-ms-meta-"
CONTENT_TYPE = "x-ms-blob-content-type"
CREATED, ACCEPTED, PARTIAL = 201, 202, 206


@dataclass(frozen=True)
class Call:
    """One request to one account, with the container and blob in its path."""

    azure: Azure
    account: str
    container: str
    name: str
    request: Request

    @property
    def where(self) -> tuple[str, str, str]:
        """Account, container and blob."""
        return self.account, self.container, self.name

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata in the headers."""
        return self.request.headers_with(META)

    @property
    def content_type(self) -> str:
        """What the blob is said to be."""
        return self.request.header(CONTENT_TYPE) or Blob.content_type

    def existing(self) -> Blob | None:
        """The blob as it is, or None."""
        try:
            return self.azure.blobs.properties(*self.where)
        except ArmError as error:
            if error.code == "BlobNotFound":
                return None
            raise


def handle(azure: Azure, account: str, request: Request) -> Response:
    """Answer a request to an account's blob endpoint."""
    container, _, name = request.path.lstrip("/").partition("/")
    call = Call(azure, account, container, name, request)
    try:
        _authorise(call)
        response = _operation(call)(call)
    except ArmError as error:
        return _refused(error, request)
    return Response(response.status, {**VERSION, **response.headers}, response.body)


def _operation(call: Call) -> Callable[[Call], Response]:
    """The operation that method and query select."""
    kind = "blob" if call.name else call.request.query.get("restype", "")
    key = (call.request.method, kind, call.request.query.get("comp", ""))
    operation = OPERATIONS.get(key)
    if operation is None:
        shown = f"{call.request.method} of a {kind or 'account'} with comp={key[2] or '(none)'}"
        raise ArmError(501, "NotImplemented", f"The sandbox doesn't model {shown}; add it to sandbox/http/blob.py.")
    return operation


def _authorise(call: Call) -> None:
    """Entra tokens for storage always, keys and signatures where the account takes them, nobody without."""
    try:
        account = call.azure.get(call.azure.blobs.account_id(call.account))
    except ArmError:
        raise ArmError(404, "ResourceNotFound", f"The storage account '{call.account}' does not exist.") from None
    claims = call.request.claims
    if claims is not None:
        if str(claims.get("aud", "")).rstrip("/") != AUDIENCE:
            text = f"Server failed to authenticate the request: the token is for '{claims.get('aud')}'."
            raise ArmError(401, "InvalidAuthenticationInfo", text)
        return
    if not call.request.header("authorization") and "sig" not in call.request.query:
        text = (
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
        )
        raise ArmError(401, "NoAuthenticationInformation", text)
    if not account["properties"]["allowSharedKeyAccess"]:
        text = "Key based authentication is not permitted on this storage account."
        raise ArmError(403, "KeyBasedAuthenticationNotPermitted", text)


# -- containers ------------------------------------------------------------------------------------------------------


def _create_container(call: Call) -> Response:
    target = call.azure.blobs.container_id(call.account, call.container)
    if call.azure.exists(target):
        raise ArmError(409, "ContainerAlreadyExists", "The specified container already exists.")
    call.azure.provide(target, {"properties": {"metadata": call.metadata}})
    return Response(CREATED, {"ETag": '"0x1"', "Last-Modified": MOMENT})


def _container_properties(call: Call) -> Response:
    metadata = _container(call)["properties"].get("metadata") or {}
    told = {META + name: value for name, value in metadata.items()}
    return Response(200, {"ETag": '"0x1"', "Last-Modified": MOMENT, **told})


def _delete_container(call: Call) -> Response:
    call.azure.delete(_container(call)["id"])
    return Response(ACCEPTED)


def _list(call: Call) -> Response:
    _container(call)
    found = call.azure.blobs.list(call.account, call.container, call.request.query.get("prefix", ""))
    return Response(200, {"Content-Type": "application/xml"}, listing(call.container, found, call.request.query))


def _container(call: Call) -> Body:
    target = call.azure.blobs.container_id(call.account, call.container)
    if not call.azure.exists(target):
        raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")
    return call.azure.get(target)


# -- blobs -----------------------------------------------------------------------------------------------------------


def _put_blob(call: Call) -> Response:
    if call.request.header("x-ms-blob-type") != "BlockBlob":
        raise ArmError(501, "NotImplemented", "The sandbox models block blobs only.")
    _check_conditions(call)
    blob = call.azure.blobs.put(*call.where, call.request.body, metadata=call.metadata, content_type=call.content_type)
    return _written(blob)


def _put_block(call: Call) -> Response:
    call.azure.blobs.stage(*call.where, call.request.query.get("blockid", ""), call.request.body)
    return Response(CREATED)


def _put_block_list(call: Call) -> Response:
    _check_conditions(call)
    try:
        blocks = staged_blocks(call.request.body)
    except Xml.ParseError:
        raise ArmError(400, "InvalidXmlDocument", "The specified XML is not syntactically valid.") from None
    blob = call.azure.blobs.commit(*call.where, blocks, metadata=call.metadata, content_type=call.content_type)
    return _written(blob)


def _put_metadata(call: Call) -> Response:
    blob = call.azure.blobs.set_metadata(*call.where, call.metadata)
    return Response(200, {"ETag": blob.etag, "Last-Modified": MOMENT})


def _blob_properties(call: Call) -> Response:
    blob = call.azure.blobs.properties(*call.where)
    return Response(200, {**_told(blob), "Content-Length": str(blob.size)})


def _get_blob(call: Call) -> Response:
    blob, content = call.azure.blobs.properties(*call.where), call.azure.blobs.get(*call.where)
    start, end = _range(call.request, len(content))
    if start is None:
        return Response(200, {**_told(blob), "Content-Length": str(blob.size)}, content)
    piece = content[start : end + 1]
    told = {"Content-Range": f"bytes {start}-{start + len(piece) - 1}/{blob.size}", "Content-Length": str(len(piece))}
    return Response(PARTIAL, {**_told(blob), **told}, piece)


def _delete_blob(call: Call) -> Response:
    call.azure.blobs.delete(*call.where)
    return Response(ACCEPTED)


def _range(request: Request, size: int) -> tuple[int | None, int]:
    text = request.header("x-ms-range") or request.header("range")
    first, dash, last = text.removeprefix("bytes=").partition("-")
    if not dash:
        return None, 0
    start = int(first)
    if start >= size:
        raise ArmError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    return start, min(int(last), size - 1) if last else size - 1


def _check_conditions(call: Call) -> None:
    existing = call.existing()
    if call.request.header("if-none-match") == "*" and existing is not None:
        raise ArmError(409, "BlobAlreadyExists", "The specified blob already exists.")
    wanted = call.request.header("if-match")
    if wanted and (existing is None or (wanted not in ("*", existing.etag))):
        raise ArmError(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")


def _written(blob: Blob) -> Response:
    told = {
        "ETag": blob.etag,
        "Last-Modified": MOMENT,
        "Content-MD5": blob.md5,
        "x-ms-request-server-encrypted": "true",
    }
    return Response(CREATED, told)


def _told(blob: Blob) -> dict[str, str]:
    metadata = {META + name: value for name, value in blob.metadata.items()}
    return {
        "Accept-Ranges": "bytes",
        "Content-MD5": blob.md5,
        "Content-Type": blob.content_type,
        "ETag": blob.etag,
        "Last-Modified": MOMENT,
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": MOMENT,
        **metadata,
    }


def _refused(error: ArmError, request: Request) -> Response:
    headers = {**VERSION, "x-ms-error-code": error.code, "Content-Type": "application/xml"}
    body = b"" if request.method == "HEAD" else error_xml(error.code, error.message)
    return Response(error.status, headers, body)


OPERATIONS: dict[tuple[str, str, str], Callable[[Call], Response]] = {
    ("PUT", "container", ""): _create_container,
    ("GET", "container", ""): _container_properties,
    ("HEAD", "container", ""): _container_properties,
    ("DELETE", "container", ""): _delete_container,
    ("GET", "container", "list"): _list,
    ("PUT", "blob", ""): _put_blob,
    ("PUT", "blob", "block"): _put_block,
    ("PUT", "blob", "blocklist"): _put_block_list,
    ("PUT", "blob", "metadata"): _put_metadata,
    ("HEAD", "blob", ""): _blob_properties,
    ("GET", "blob", ""): _get_blob,
    ("DELETE", "blob", ""): _delete_blob,
}
"""(method, ``container`` or ``blob``, the query's ``comp``) -> the operation."""
