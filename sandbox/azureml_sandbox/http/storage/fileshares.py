"""The file service's REST interface: https://learn.microsoft.com/rest/api/storageservices/file-service-rest-api.

Shares, folders and files, enough for azure-storage-file-share to upload, read and list.
"""

from dataclasses import replace
from operator import attrgetter
from xml.etree import ElementTree as Xml

from azureml_sandbox.data.blobs import FOLDER, Blob
from azureml_sandbox.http.message import Response
from azureml_sandbox.http.storage import access as storage
from azureml_sandbox.http.storage import blobxml, service
from azureml_sandbox.http.storage.access import META, STAMP, Operation, StorageCall
from azureml_sandbox.http.storage.blobxml import MOMENT
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError

CREATED, ACCEPTED = 201, 202
XML = {"Content-Type": "application/xml"}
_TIME = "2026-01-01T00:00:00.0000000Z"


def _select(call: StorageCall) -> tuple[Operation, str]:
    kind = call.request.query.get("restype") or ("file" if call.place.name else "account")
    return service.operation(OPERATIONS, call, kind, "http/storage/fileshares.py")


# -- shares ----------------------------------------------------------------------------------------------------------


def _list_shares(call: StorageCall) -> Response:
    found = call.containers("Microsoft.Storage/storageAccounts/fileServices/shares")
    return Response(200, XML, blobxml.containers(found, call.request.query, "Share"))


def _create_share(call: StorageCall) -> Response:
    if call.azure.exists(call.container_id):
        raise ArmError(409, "ShareAlreadyExists", "The specified share already exists.")
    quota = call.request.header("x-ms-share-quota")
    size = {"shareQuota": storage.number(quota, "x-ms-share-quota")} if quota else {}
    call.azure.provide(call.container_id, {"properties": {"metadata": call.metadata, **size}})
    return Response(CREATED, STAMP)


def _share_properties(call: StorageCall) -> Response:
    properties = call.container()["properties"]
    metadata = {META + name: value for name, value in (properties.get("metadata") or {}).items()}
    headers = {"x-ms-share-quota": str(properties["shareQuota"]), "x-ms-access-tier": "TransactionOptimized"}
    return Response(200, {**STAMP, **headers, **metadata})


def _delete_share(call: StorageCall) -> Response:
    call.azure.delete(call.container()["id"])
    return Response(ACCEPTED)


# -- folders ---------------------------------------------------------------------------------------------------------


def _create_folder(call: StorageCall) -> Response:
    existing = call.existing()
    if existing is not None or not call.place.name:
        raise ArmError(409, "ResourceAlreadyExists", "The specified resource already exists.")
    _check_parent(call)
    made = call.store.put(*call.where, b"", metadata={**call.metadata, FOLDER: "true"})
    return Response(CREATED, _headers(made))


def _folder_properties(call: StorageCall) -> Response:
    return Response(200, _headers(_folder(call)))


def _set_folder_metadata(call: StorageCall) -> Response:
    _folder(call)
    return Response(200, _headers(call.store.set_metadata(*call.where, call.metadata)))


def _delete_folder(call: StorageCall) -> Response:
    _folder(call)
    account, share, name = call.where
    if call.store.list(account, share, f"{name}/"):
        raise ArmError(409, "DirectoryNotEmpty", "The specified directory is not empty.")
    call.store.delete(*call.where)
    return Response(ACCEPTED)


def _list(call: StorageCall) -> Response:
    query, folder = call.request.query, call.place.name
    if folder:
        _folder(call)
    inside = f"{folder}/" if folder else ""
    found = {one.name[len(inside) :]: one
             for one in call.store.list(call.place.account, call.place.container, inside + query.get("prefix", ""))
             if "/" not in one.name[len(inside) :]}  # fmt: skip
    root = Xml.Element("EnumerationResults", ShareName=call.place.container, DirectoryPath=folder)
    page = Xml.SubElement(root, "Entries")
    for name in blobxml.page_names(root, found, query):
        _entry(page, name, found[name])
    return Response(200, XML, blobxml.whole(root))


def _entry(page: Xml.Element, name: str, one: Blob) -> None:
    element = Xml.SubElement(page, "Directory" if one.is_folder else "File")
    Xml.SubElement(element, "Name").text = name
    Xml.SubElement(element, "FileId").text = _number(one)
    properties = Xml.SubElement(element, "Properties")
    Xml.SubElement(properties, "Content-Length").text = str(one.size)
    Xml.SubElement(properties, "Etag").text = one.etag


def _folder(call: StorageCall) -> Blob:
    """Return the folder that a request is about; the share's own is always there."""
    if not call.place.name:
        call.container()
        return Blob("", 0, '"0x1"', "", metadata={FOLDER: "true"})
    found = call.store.properties(*call.where)
    if not found.is_folder:
        raise ArmError(409, "ResourceTypeMismatch", "The specified resource type does not match the existing one.")
    return found


def _check_parent(call: StorageCall) -> None:
    parent = call.place.name.rpartition("/")[0]
    found = not parent or call.store.find(call.place.account, call.place.container, parent)
    if not found:
        raise ArmError(404, "ParentNotFound", f"The specified parent path '{parent}' does not exist.")


# -- files -----------------------------------------------------------------------------------------------------------


def _create_file(call: StorageCall) -> Response:
    """Return a file of a size, all zeros."""
    _check_parent(call)
    existing = call.existing()
    if existing is not None and existing.is_folder:
        raise ArmError(409, "ResourceTypeMismatch", "The specified resource type does not match the existing one.")
    size = storage.number(call.request.header("x-ms-content-length"), "x-ms-content-length")
    made = call.store.put(
        *call.where,
        b"\0" * size,
        metadata=call.metadata,
        content_type=call.request.header("x-ms-content-type") or Blob.content_type,
    )
    return Response(CREATED, _headers(made))


def _put_range(call: StorageCall) -> Response:
    found = _file(call)
    first, _, last = call.request.header("x-ms-range").removeprefix("bytes=").partition("-")
    start, end = storage.number(first, "x-ms-range"), storage.number(last, "x-ms-range")
    if not start <= end < found.size:
        raise ArmError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    clear = call.request.header("x-ms-write").lower() == "clear"
    content = b"\0" * (end - start + 1) if clear else call.request.body
    if len(content) != end - start + 1:
        raise ArmError(400, "InvalidHeaderValue", f"The range has {end - start + 1} bytes and the body {len(content)}.")
    return Response(CREATED, _headers(call.store.write(*call.where, start, content)))


def _get_ranges(call: StorageCall) -> Response:
    found = _file(call)
    root = Xml.Element("Ranges")
    if found.size:
        one = Xml.SubElement(root, "Range")
        Xml.SubElement(one, "Start").text = "0"
        Xml.SubElement(one, "End").text = str(found.size - 1)
    return Response(200, {**XML, "x-ms-content-length": str(found.size)}, blobxml.whole(root))


def _get_file(call: StorageCall) -> Response:
    return storage.respond_range(call, _headers(_file(call)), call.store.get(*call.where))


def _file_properties(call: StorageCall) -> Response:
    found = _file(call)
    return Response(200, {**_headers(found), "Content-Length": str(found.size)})


def _set_properties(call: StorageCall) -> Response:
    """Return the type, and the size: a file is cut or gets zeros."""
    found = _file(call)
    length = call.request.header("x-ms-content-length")
    account, share, _ = call.where
    if length:
        content = call.store.get(*call.where)
        size = storage.number(length, "x-ms-content-length")
        whole = content[:size].ljust(size, b"\0")
        found = call.store.put(*call.where, whole, metadata=found.metadata, content_type=found.content_type)
    kind = call.request.header("x-ms-content-type") or found.content_type
    return Response(200, _headers(call.store.change(account, share, replace(found, content_type=kind))))


def _set_metadata(call: StorageCall) -> Response:
    _file(call)
    return Response(200, _headers(call.store.set_metadata(*call.where, call.metadata)))


def _delete_file(call: StorageCall) -> Response:
    _file(call)
    call.store.delete(*call.where)
    return Response(ACCEPTED)


def _file(call: StorageCall) -> Blob:
    found = call.store.properties(*call.where)
    if found.is_folder:
        raise ArmError(404, "ResourceNotFound", "The specified resource does not exist: it is a directory.")
    return found


def _headers(one: Blob) -> dict[str, str]:
    times = {f"x-ms-file-{name}-time": _TIME for name in ("change", "creation", "last-write")}
    metadata = {META + name: value for name, value in one.metadata.items() if name != FOLDER}
    content = {} if one.is_folder else {"Content-MD5": one.md5, "Content-Type": one.content_type, "x-ms-type": "File"}
    return {
        "Accept-Ranges": "bytes",
        "ETag": one.etag,
        "Last-Modified": MOMENT,
        "x-ms-file-attributes": "Directory" if one.is_folder else "Archive",
        "x-ms-file-id": _number(one),
        "x-ms-file-parent-id": "0",
        "x-ms-file-permission-key": "0*0",
        "x-ms-server-encrypted": "true",
        "x-ms-request-server-encrypted": "true",
        **times,
        **content,
        **metadata,
    }


def _number(one: Blob) -> str:
    return str(int(derived.guid("file", one.name).replace("-", "")[:12], 16))


OPERATIONS: dict[tuple[str, str, str], tuple[Operation, str]] = {
    ("GET", "account", "list"): (_list_shares, "l"),
    ("PUT", "share", ""): (_create_share, "cw"),
    ("GET", "share", ""): (_share_properties, "r"),
    ("HEAD", "share", ""): (_share_properties, "r"),
    ("DELETE", "share", ""): (_delete_share, "d"),
    ("PUT", "directory", ""): (_create_folder, "cw"),
    ("GET", "directory", ""): (_folder_properties, "r"),
    ("HEAD", "directory", ""): (_folder_properties, "r"),
    ("PUT", "directory", "metadata"): (_set_folder_metadata, "w"),
    ("DELETE", "directory", ""): (_delete_folder, "d"),
    ("GET", "directory", "list"): (_list, "l"),
    ("PUT", "file", ""): (_create_file, "cw"),
    ("PUT", "file", "range"): (_put_range, "w"),
    ("GET", "file", "rangelist"): (_get_ranges, "r"),
    ("GET", "file", ""): (_get_file, "r"),
    ("HEAD", "file", ""): (_file_properties, "r"),
    ("PUT", "file", "properties"): (_set_properties, "w"),
    ("PUT", "file", "metadata"): (_set_metadata, "w"),
    ("DELETE", "file", ""): (_delete_file, "d"),
}
"""(method, ``account``, ``share``, ``directory`` or ``file``, the query's ``comp``) -> the operation, and the
permissions of a signature."""

SERVICE = service.StorageService("file", _select, attrgetter("files"))
