"""The REST interface of ADLS Gen2: https://learn.microsoft.com/rest/api/storageservices/data-lake-storage-gen2.

File systems, folders and files over the same blobs; what isn't ADLS's own is asked of the blob service, as Azure's
clients do under either name.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from azureml_sandbox.data.blobs import FOLDER, Blob
from azureml_sandbox.http.message import JSON, Request, Response
from azureml_sandbox.http.storage import access as storage
from azureml_sandbox.http.storage import blob, service
from azureml_sandbox.http.storage.access import Operation, StorageCall
from azureml_sandbox.http.storage.blobxml import MOMENT
from azureml_sandbox.model.errors import ArmError

PAGE = 5000
CREATED, ACCEPTED = 201, 202


def _select(call: StorageCall) -> tuple[Operation, str]:
    """Return the operation that is asked for; `blob.answer` checks its own permission."""
    query, kind = call.request.query, "path" if call.place.name else "filesystem"
    asked = query.get("resource") or query.get("action") or ""
    if "x-ms-rename-source" in {name.lower() for name in call.request.headers}:
        asked = "rename"
    found = OPERATIONS.get((call.request.method, kind, asked))
    if found is not None:
        return found
    if asked:
        shown = f"{call.request.method} of a {kind} with '{asked}'"
        raise service.not_modelled(shown, "http/optional/datalake.py")
    return blob.answer, storage.ALL


# -- file systems ----------------------------------------------------------------------------------------------------


def _list(call: StorageCall) -> Response:
    query = call.request.query
    folder = query.get("directory", "").strip("/")
    paths = _paths(call, folder, recursive=query.get("recursive", "").lower() == "true")
    if folder and not paths and not _exists(call, folder):
        raise ArmError(404, "PathNotFound", "The specified path does not exist.")
    size = storage.number(query.get("maxresults") or str(PAGE), "maxResults") or PAGE
    rest = [name for name in sorted(paths) if name >= query.get("continuation", "")]
    continuation = {"x-ms-continuation": rest[size]} if len(rest) > size else {}
    return Response.json(200, {"paths": [_path(name, paths[name]) for name in rest[:size]]}, continuation)


def _paths(call: StorageCall, folder: str, *, recursive: bool) -> dict[str, Blob | None]:
    """Return what is in a folder: the paths, and None for a folder that is only there by what is in it."""
    prefix = f"{folder}/" if folder else ""
    found: dict[str, Blob | None] = {}
    for one in call.store.list(call.place.account, call.place.container, prefix):
        parts = one.name[len(prefix) :].split("/")
        for depth in range(1, len(parts) if recursive else min(len(parts), 2)):
            found.setdefault(prefix + "/".join(parts[:depth]), None)
        if recursive or len(parts) == 1:
            found[one.name] = one
    return found


def _path(name: str, one: Blob | None) -> dict[str, Any]:
    folder = one is None or one.is_folder
    entry = {"name": name, "contentLength": "0" if one is None else str(one.size), "lastModified": MOMENT}
    etag = {} if one is None else {"etag": one.etag.strip('"')}
    kind = {"isDirectory": "true"} if folder else {}
    return {**entry, **etag, **kind, "owner": "$superuser", "group": "$superuser", "permissions": "rwxr-x---"}


# -- paths -----------------------------------------------------------------------------------------------------------


def _create(call: StorageCall) -> Response:
    """Return a file without content, or a folder; one that is there stays a folder."""
    storage.check_conditions(call, _exclusive(call))
    folder = call.request.query["resource"] == "directory"
    existing = call.existing()
    if existing is not None and existing.is_folder and not folder:
        raise ArmError(409, "PathConflict", "The specified path is a directory, and can't be made a file.")
    marked = {FOLDER: "true"} if folder else {}
    _make_parents(call)
    call.store.unstage(*call.where)
    made = call.store.put(*call.where, b"", metadata={**_properties(call), **marked}, **_content(call))
    return _respond(CREATED, made)


def _make_parents(call: StorageCall) -> None:
    """Make the folders above a path; refuse a path below a file."""
    parts = call.place.name.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        name = "/".join(parts[:depth])
        found = call.store.find(call.place.account, call.place.container, name)
        if found is None:
            call.store.put(call.place.account, call.place.container, name, b"", metadata={FOLDER: "true"})
        elif not found.is_folder:
            raise ArmError(409, "PathConflict", f"'{name}' is a file, and can't have anything below it.")


def _exclusive(call: StorageCall) -> Blob | None:
    """Return what is there already; with ``If-None-Match: *`` ADLS says it in its own words."""
    existing = call.existing()
    if existing is not None and call.request.header("if-none-match") == "*":
        raise ArmError(409, "PathAlreadyExists", "The specified path already exists.")
    return existing


def _rename(call: StorageCall) -> Response:
    source = unquote(call.request.header("x-ms-rename-source").partition("?")[0]).strip("/")
    container, _, name = source.partition("/")
    _exclusive(call)
    if not _exists(call, name, container):
        raise ArmError(404, "SourcePathNotFound", f"The source path '{source}' for a rename operation does not exist.")
    _make_parents(call)
    call.store.rename(call.place.account, (container, name), (call.place.container, call.place.name))
    return Response(CREATED, {"Last-Modified": MOMENT})


def _append(call: StorageCall) -> Response:
    """Keep bytes by their position until they are flushed."""
    call.store.properties(*call.where)
    position = storage.number(call.request.query.get("position", ""), "position")
    call.store.stage(*call.where, f"{position:020}", call.request.body)
    if call.request.query.get("flush", "").lower() == "true":
        return _flush_response(call, position + len(call.request.body))
    return Response(ACCEPTED, {"x-ms-request-server-encrypted": "true"})


def _flush(call: StorageCall) -> Response:
    return _flush_response(call, storage.number(call.request.query.get("position", ""), "position"))


def _flush_response(call: StorageCall, size: int) -> Response:
    existing = call.store.properties(*call.where)
    storage.check_conditions(call, existing)
    staged = call.store.staged_blocks(*call.where)
    for position, content in sorted(staged.items()):
        existing = call.store.write(*call.where, int(position), content)
    if existing.size != size:
        text = f"The uploaded data is not contiguous or the position {size} isn't its length, {existing.size}."
        raise ArmError(400, "InvalidFlushPosition", text)
    call.store.unstage(*call.where)
    return _respond(200, existing)


def _set_properties(call: StorageCall) -> Response:
    return _respond(200, call.store.set_metadata(*call.where, _properties(call)))


def _set_access(call: StorageCall) -> Response:
    """Accept access control lists without keeping them: roles decide here who may do what."""
    if not _exists(call, call.place.name):
        raise ArmError(404, "PathNotFound", "The specified path does not exist.")
    return Response(200, {"Last-Modified": MOMENT})


def _get_access(call: StorageCall) -> Response:
    access = {"x-ms-owner": "$superuser", "x-ms-group": "$superuser", "x-ms-permissions": "rwxr-x---",
              "x-ms-acl": "user::rwx,group::r-x,other::---"}  # fmt: skip
    return Response(200, {**_set_access(call).headers, **access})


def _delete(call: StorageCall) -> Response:
    """Return a file; a folder with all in it only if that is said."""
    account, container, name = call.where
    existing = call.existing()
    inside = call.store.list(account, container, f"{name}/")
    if existing is None and not inside:
        raise ArmError(404, "PathNotFound", "The specified path does not exist.")
    storage.check_conditions(call, existing)
    if inside and call.request.query.get("recursive", "").lower() != "true":
        raise ArmError(409, "DirectoryNotEmpty", "The recursive query parameter value must be true to delete it.")
    for one in (*inside, *([existing] if existing else [])):
        call.store.delete(account, container, one.name)
    return Response(200)


def _exists(call: StorageCall, name: str, container: str = "") -> bool:
    """Return whether there is such a path, also by what is below it."""
    container = container or call.place.container
    own = call.store.find(call.place.account, container, name)
    return own is not None or bool(call.store.list(call.place.account, container, f"{name}/"))


def _properties(call: StorageCall) -> Mapping[str, str]:
    """Return the metadata as ADLS has it: ``name=base64,name=base64``."""
    given = [pair.partition("=") for pair in call.request.header("x-ms-properties").split(",") if pair]
    try:
        return {name.strip(): base64.b64decode(value).decode() for name, _, value in given}
    except (binascii.Error, UnicodeDecodeError):
        raise ArmError(
            400, "InvalidPropertyName", "x-ms-properties must be name=base64, separated by commas."
        ) from None


def _content(call: StorageCall) -> dict[str, Any]:
    kind = call.request.header("x-ms-content-type")
    return {"content_type": kind} if kind else {}


def _respond(status: int, one: Blob) -> Response:
    headers = {"ETag": one.etag, "Last-Modified": MOMENT, "x-ms-request-server-encrypted": "true"}
    return Response(status, headers)


def _refuse(error: ArmError, request: Request) -> Response:
    """Return an error as ADLS sends it: in JSON."""
    plain = storage.refuse(error, request)
    return Response.json(error.status, error.body, {**plain.headers, **JSON}) if plain.body else plain


OPERATIONS: dict[tuple[str, str, str], tuple[Operation, str]] = {
    ("GET", "filesystem", "filesystem"): (_list, "l"),
    ("PUT", "path", "directory"): (_create, "cw"),
    ("PUT", "path", "file"): (_create, "cw"),
    ("PUT", "path", "rename"): (_rename, "mw"),
    ("PATCH", "path", "append"): (_append, "wa"),
    ("PATCH", "path", "flush"): (_flush, "w"),
    ("PATCH", "path", "setProperties"): (_set_properties, "w"),
    ("PATCH", "path", "setAccessControl"): (_set_access, "p"),
    ("HEAD", "path", "getAccessControl"): (_get_access, "e"),
    ("HEAD", "path", "getStatus"): (_get_access, "e"),
    ("DELETE", "path", ""): (_delete, "d"),
}
"""(method, ``filesystem`` or ``path``, what is asked for) -> the operation, and the permissions of a signature."""

SERVICE = service.StorageService("dfs", _select, refuse=_refuse)
