"""What the services of a storage account share: who may ask, by key, signature or token; conditions, ranges, errors.

https://learn.microsoft.com/rest/api/storageservices/authorize-requests-to-azure-storage
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from azureml_sandbox.azure import Azure
from azureml_sandbox.data import sas
from azureml_sandbox.data.blobs import Blob, Blobs
from azureml_sandbox.data.sas import BlobPlace
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.storage.blobxml import MOMENT, error_xml
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.authorization.rights import SignedInPrincipal

AUDIENCE = "https://storage.azure.com"
VERSION = {"x-ms-version": "2025-07-05", "Date": MOMENT}
META = "x-ms-meta-"
STAMP = {"ETag": '"0x1"', "Last-Modified": MOMENT}
"""The state of a container, and of a share."""
_SIGNED = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date",
           "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range")  # fmt: skip
ALL = "racwdxltmeop"
"""Every permission that a signature can give: what a key or a token has here."""


@dataclass(frozen=True)
class StorageCall:
    """One request to one service of an account, with the container and the name in its path."""

    azure: Azure
    store: Blobs
    place: BlobPlace
    request: Request
    permissions: str = field(default=ALL)

    @property
    def where(self) -> tuple[str, str, str]:
        """Return account, container and name."""
        return self.place.account, self.place.container, self.place.name

    @property
    def container_id(self) -> str:
        """Return the container's ARM id."""
        return self.store.container_id(self.place.account, self.place.container)

    @property
    def metadata(self) -> dict[str, str]:
        """Return the metadata in the headers."""
        return self.request.headers_with(META)

    def container(self) -> Body:
        """Return the container in ARM; ArmError without one."""
        self.store.check(self.place.account, self.place.container)
        return self.azure.get(self.container_id)

    def containers(self, kind: str) -> list[Body]:
        """Return the account's containers, of a type in ARM, whose names begin as the query says."""
        below = self.azure.list(self.azure.blobs.account_id(self.place.account), kind)
        return [one for one in below if one["name"].startswith(self.request.query.get("prefix", ""))]

    def existing(self) -> Blob | None:
        """Return the blob as it is, or None."""
        return self.store.find(*self.where)


Operation = Callable[[StorageCall], Response]


def place_of(service: str, account: str, request: Request) -> BlobPlace:
    """Return what a request is about; ADLS and blobs are two ways to the same."""
    container, _, name = request.path.lstrip("/").partition("/")
    return BlobPlace("file" if service == "file" else "blob", account, container, name.rstrip("/"))


def permissions(azure: Azure, place: BlobPlace, request: Request, prefixes: tuple[str, ...] = ("",)) -> str:
    """Return the permissions of a request: all with a token or an account's key, those of a SAS with one; ArmError."""
    try:
        account = azure.get(azure.blobs.account_id(place.account))
    except ArmError:
        raise ArmError(404, "ResourceNotFound", f"The storage account '{place.account}' does not exist.") from None
    claims = request.claims
    if claims is not None:
        if str(claims.get("aud", "")).rstrip("/") != AUDIENCE:
            text = f"Server failed to authenticate the request: the token is for '{claims.get('aud')}'."
            raise ArmError(401, "InvalidAuthenticationInfo", text)
        _check_roles(azure, place, request, str(claims.get("oid")))
        return ALL
    keyed = account["properties"]["allowSharedKeyAccess"]
    if "sig" in request.query:
        if not keyed and "skoid" not in request.query:
            raise _no_keys()
        if "skoid" in request.query:
            _check_roles(azure, place, request, request.query["skoid"])
        return sas.verify(azure, place, request.query)
    if not request.header("authorization"):
        text = (
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
        )
        raise ArmError(401, "NoAuthenticationInformation", text)
    if not keyed:
        raise _no_keys()
    _check_key(azure, place.account, request, prefixes)
    return ALL


def _check_roles(azure: Azure, place: BlobPlace, request: Request, object_id: str) -> None:
    """Refuse what somebody's roles on the data don't have; an Owner's role has nothing of the data."""
    store = azure.files if place.service == "file" else azure.blobs
    try:
        scope = (
            store.container_id(place.account, place.container) if place.container else store.account_id(place.account)
        )
    except ArmError:
        return  # The operation itself says that there is no such container.
    needed = data_action(place, request)
    principal = SignedInPrincipal(object_id.lower(), object_id, azure.identities.groups(object_id))
    if not azure.rights.may_data(needed, scope, principal):
        text = "This request is not authorized to perform this operation using this permission."
        raise ArmError(403, "AuthorizationPermissionMismatch", f"{text} (It takes {needed}.)")


def perform(call: StorageCall, select: Callable[[StorageCall], tuple[Operation, str]]) -> Response:
    """Do the operation that `select` finds, once the permission that it takes was given; ArmError."""
    operation, wanted = select(call)
    allow(call, wanted)
    response = operation(call)
    return Response(response.status, {**VERSION, **response.headers}, response.body)


def allow(call: StorageCall, wanted: str) -> None:
    """Refuse unless one of the permissions in `wanted` was given."""
    if not set(wanted) & set(call.permissions):
        text = f"This request is not authorized to perform this operation using this permission: it takes {wanted}."
        raise ArmError(403, "AuthorizationPermissionMismatch", text)


def data_action(place: BlobPlace, request: Request) -> str:
    """Return the action that a request takes of a role (https://learn.microsoft.com/rest/api/storageservices/\
authorize-with-azure-active-directory#permissions-for-blob-service-operations)."""
    verb = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(request.method, "write")
    if place.service == "file":
        files = "Microsoft.Storage/storageAccounts/fileServices"
        shares = request.query.get("restype") == "share" and request.query.get("comp") != "list"
        return f"{files}/shares/{verb}" if shares or not place.container else f"{files}/fileshares/files/{verb}"
    blobs = "Microsoft.Storage/storageAccounts/blobServices"
    if request.query.get("comp") == "userdelegationkey":
        return f"{blobs}/generateUserDelegationKey/action"
    listing = request.query.get("comp") == "list" or (verb == "read" and request.query.get("resource") == "filesystem")
    inside = place.container and (place.name or (listing and request.method == "GET"))
    return f"{blobs}/containers/blobs/{verb}" if inside else f"{blobs}/containers/{verb}"


def check_conditions(call: StorageCall, existing: Blob | None) -> None:
    """Refuse what ``If-Match`` or ``If-None-Match`` rule out."""
    unwanted, wanted = call.request.header("if-none-match"), call.request.header("if-match")
    reading = call.request.method in ("GET", "HEAD")
    if existing is not None and unwanted and unwanted in ("*", existing.etag):
        if reading:
            raise ArmError(304, "ConditionNotMet", "")
        if unwanted == "*":
            raise ArmError(409, "BlobAlreadyExists", "The specified blob already exists.")
        raise _unmet_condition()
    if wanted and (existing is None or (wanted not in ("*", existing.etag))):
        raise _unmet_condition()


def respond_range(call: StorageCall, headers: Mapping[str, str], content: bytes) -> Response:
    """Return all of a content, or the part of it that was asked for."""
    span = _span(call.request, len(content))
    if span is None:
        return Response(200, {**headers, "Content-Length": str(len(content))}, content)
    piece = content[span[0] : span[1] + 1]
    where = f"bytes {span[0]}-{span[0] + len(piece) - 1}/{len(content)}"
    whole = {"x-ms-blob-content-md5": headers["Content-MD5"]} if "Content-MD5" in headers else {}
    shown = {name: value for name, value in headers.items() if name != "Content-MD5"}
    return Response(206, {**shown, **whole, "Content-Range": where, "Content-Length": str(len(piece))}, piece)


def number(text: str, name: str) -> int:
    """Return a header's or parameter's number; ArmError for what is none."""
    if not text.isdecimal():
        raise ArmError(400, "InvalidHeaderValue", f"{name} must be a number of bytes or entries, not '{text}'.")
    return int(text)


def refuse(error: ArmError, request: Request) -> Response:
    """Return an error as the services send it."""
    headers = {**VERSION, "x-ms-error-code": error.code, "Content-Type": "application/xml"}
    if error.status == 401:  # noqa: PLR2004 - unauthorised
        headers["WWW-Authenticate"] = (
            "Bearer authorization_uri=https://login.microsoftonline.com resource_id=" + AUDIENCE
        )
    bodiless = request.method == "HEAD" or error.status == 304  # noqa: PLR2004 - not modified
    return Response(error.status, headers, b"" if bodiless else error_xml(error.code, error.message))


def _span(request: Request, size: int) -> tuple[int, int] | None:
    text = request.header("x-ms-range") or request.header("range")
    first, dash, last = text.removeprefix("bytes=").partition("-")
    if not dash:
        return None
    start = number(first, "Range")
    if start >= size:
        raise ArmError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    return start, min(number(last, "Range"), size - 1) if last else size - 1


def _check_key(azure: Azure, account: str, request: Request, prefixes: tuple[str, ...]) -> None:
    """Check the signature of a request by an account's key; a path that leads to the account is part of what was
    signed.
    """
    scheme, _, given = request.header("authorization").partition(" ")
    named, _, signature = given.rpartition(":")
    if scheme != "SharedKey":
        text = f"Authorization scheme '{scheme}' is not supported by the sandbox; use SharedKey or Bearer."
        raise ArmError(400, "InvalidAuthenticationInfo", text)
    texts = [_signed_text(request, f"/{named}{prefix}{request.encoded_path}") for prefix in prefixes]
    keys = sas.account_keys(azure, account) if named.rpartition("/")[2].lower() == account.lower() else ()
    if not any(hmac.compare_digest(sas.sign(key, text).encode(), signature.encode()) for key in keys for text in texts):
        raise ArmError(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. The MAC signature found in the HTTP request is not the same as "
            f"any computed signature. Server used following string to sign: '{texts[0]}'.",
        )


def _signed_text(request: Request, resource: str) -> str:
    lowered = {name.lower(): value for name, value in request.headers.items()}
    size = lowered.get("content-length", "")
    plain = [lowered.get(name, "") for name in _SIGNED]
    plain[_SIGNED.index("content-length")] = "" if size == "0" else size
    named = [f"{name}:{lowered[name].strip()}" for name in sorted(lowered) if name.startswith("x-ms-")]
    query = [f"{name}:{value}" for name, value in sorted(request.query.items())]
    return "\n".join([request.method, *plain, *named, "\n".join([resource, *query])])


def _no_keys() -> ArmError:
    text = "Key based authentication is not permitted on this storage account."
    return ArmError(403, "KeyBasedAuthenticationNotPermitted", text)


def _unmet_condition() -> ArmError:
    text = "The condition specified using HTTP conditional header(s) is not met."
    return ArmError(412, "ConditionNotMet", text)
