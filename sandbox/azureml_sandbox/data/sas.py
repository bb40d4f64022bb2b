"""Shared access signatures of storage accounts: made, and really checked.

Three kinds: of an account
(https://learn.microsoft.com/rest/api/storageservices/create-account-sas), of a service's container, folder or blob
(https://learn.microsoft.com/rest/api/storageservices/create-service-sas), and by somebody's user delegation key
(https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas). Times are this machine's, as those
are by which clients make signatures.
"""

import base64
import datetime
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model import derived
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.resource import Cloud

VERSION = "2022-11-02"
OLDEST = "2018-11-09"
LIFETIME = 24 * 3600
"""Seconds for which a signature is good where nothing is set."""
KEY_FIELDS = ("skoid", "sktid", "skt", "ske", "sks", "skv")
"""What a user delegation key is for: object id, tenant, from when, until when, service and version."""
_HEADERS = ("rscc", "rscd", "rsce", "rscl", "rsct")
_DELEGATED = (*KEY_FIELDS, "2020-02-10 saoid", "2020-02-10 suoid", "2020-02-10 scid",
              "2025-07-05 skdutid", "2025-07-05 sduoid")  # fmt: skip
_REQUESTS = ("2026-04-06 srh", "2026-04-06 srq")
_BLOB_TAIL = ("sip", "spr", "sv", "sr", "snapshot", "2020-12-06 ses")
_FORMS = {
    "account": ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "2020-12-06 ses"),
    "blob": ("sp", "st", "se", "=", "si", *_BLOB_TAIL, *_HEADERS),
    "file": ("sp", "st", "se", "=", "si", "sip", "spr", "sv", *_HEADERS),
    "delegated": ("sp", "st", "se", "=", *_DELEGATED, *_BLOB_TAIL, *_REQUESTS, *_HEADERS),
}
"""What is signed, line by line: parameters of the query, some only since a version, and ``=`` for the resource."""


@dataclass(frozen=True)
class BlobPlace:
    """What a request to an account is about: ``blob`` or ``file``, the container or share, and the name in it."""

    service: str
    account: str
    container: str = ""
    name: str = ""

    @property
    def level(self) -> str:
        """Return the kind of resource as account signatures have it: service, container or object."""
        return "o" if self.name else "c" if self.container else "s"

    def signed_resource(self, kind: str, depth: int) -> str | None:
        """Return the resource that a signature of a kind (``sr``) is for, where it can be for this place."""
        whole = f"/{self.service}/{self.account}/{self.container}"
        if kind in ("c", "s") and self.container:
            return whole
        if kind in ("b", "f") and self.name:
            return f"{whole}/{self.name}"
        parts = self.name.split("/")
        if kind == "d" and len(parts) >= depth and self.name:
            return "/".join((whole, *parts[:depth]))
        return None


def container_sas(azure: Cloud, account: str, container: str, permissions: str = "rcwl", *, delegator: str = "") -> str:
    """Return a signature for a container as a query, good for a day.

    By the account's key, or, with the object id of a `delegator`, by a user delegation key of theirs.
    """
    now = time.time()
    query = {
        "sv": VERSION,
        "st": _moment(now - 600),
        "se": _moment(now + LIFETIME),
        "sr": "c",
        "sp": permissions,
        "spr": "https",
    }
    resource = f"/blob/{account}/{container}"
    if delegator:
        values = (delegator, azure.tenant, query["st"], query["se"], "b", VERSION)
        query |= dict(zip(KEY_FIELDS, values, strict=True))
        key, form = delegation_key(account, query), "delegated"
    else:
        key, form = account_keys(azure, account)[0], "blob"
    return urlencode({**query, "sig": sign(key, _text(_FORMS[form], query, resource))})


def account_sas(azure: Cloud, account: str, permissions: str, hours: float = LIFETIME / 3600) -> str:
    """Return a signature for the containers, shares and objects of an account as a query."""
    query = {"se": _moment(time.time() + hours * 3600), "srt": "co", "ss": "bf", "sp": permissions}
    signature = sign(account_keys(azure, account)[0], _text(_FORMS["account"], {"sv": VERSION, **query}, account))
    return urlencode({"sv": VERSION, "sig": signature, **query})


def account_keys(azure: Cloud, account: str) -> Sequence[str]:
    """Return the keys of the account with a name."""
    answer = azure.action(azure.part(Blobs).account_id(account), "listKeys")
    return [str(one["value"]) for one in answer["keys"]]


def delegation_key(account: str, given: Mapping[str, str]) -> str:
    """Return the user delegation key for some `KEY_FIELDS`: the same ones always have the same key."""
    return derived.key("user delegation", account, *(given.get(name, "") for name in KEY_FIELDS))


def sign(key: str, text: str) -> str:
    """Return a signature by a key in base64, in base64."""
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def verify(azure: Cloud, place: BlobPlace, query: Mapping[str, str], *, now: float | None = None) -> str:
    """Return the permissions that a signature gives at a place; ArmError (403) unless it is genuine, good now and for
    it.
    """
    if query.get("sv", "") < OLDEST or "si" in query:
        raise _failure(f"The sandbox takes no signature of a version before {OLDEST}, nor with a stored policy (si).")
    kind, resource = _what(place, query)
    given, text = query.get("sig", "").encode(), _text(_FORMS[kind], query, resource)
    if not any(hmac.compare_digest(sign(key, text).encode(), given) for key in _keys(azure, place, kind, query)):
        raise _failure("Signature did not match. String to sign used was for another resource, key or parameters.")
    _check_times(query, time.time() if now is None else now)
    if kind == "account":
        _check_account(place, query)
    return query.get("sp", "")


def _what(place: BlobPlace, query: Mapping[str, str]) -> tuple[str, str]:
    """Return the form of a signature, and the resource in it."""
    if "ss" in query:
        return "account", place.account
    depth = query.get("sdd", "")
    resource = place.signed_resource(query.get("sr", ""), int(depth) if depth.isdigit() else 0)
    if resource is None:
        raise _failure(f"Signature is for another kind of resource: sr is '{query.get('sr', '')}'.")
    return "delegated" if "skoid" in query else place.service, resource


def _keys(azure: Cloud, place: BlobPlace, kind: str, query: Mapping[str, str]) -> Sequence[str]:
    if kind == "delegated":
        return (delegation_key(place.account, query),)
    return account_keys(azure, place.account)


def _text(form: Sequence[str], query: Mapping[str, str], resource: str) -> str:
    lines = [resource] if form is _FORMS["account"] else []
    for field in form:
        since, _, name = field.rpartition(" ")
        if query.get("sv", "") >= since:
            lines.append(resource if name == "=" else query.get(name, ""))
    return "\n".join(lines) + ("\n" if form is _FORMS["account"] else "")


def _check_times(query: Mapping[str, str], now: float) -> None:
    for names, late in ((("st", "skt"), False), (("se", "ske"), True)):
        for name in names:
            moment = _seconds(query[name]) if query.get(name) else None
            if moment is not None and (now >= moment if late else now < moment):
                raise _failure(f"Signature not valid in the specified time frame: {name} is {query[name]}.")
    if not query.get("se"):
        raise _failure("Signature has no expiry: se is required.")


def _check_account(place: BlobPlace, query: Mapping[str, str]) -> None:
    if place.service[0] not in query.get("ss", ""):
        text = f"This request is not authorized to perform this operation using this service: {place.service}."
        raise ArmError(403, "AuthorizationServiceMismatch", text)
    if place.level not in query.get("srt", ""):
        text = "This request is not authorized to perform this operation using this resource type."
        raise ArmError(403, "AuthorizationResourceTypeMismatch", text)


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> float:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise _failure(f"Signature fields not well formed: '{text}' is no time in UTC.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _failure(detail: str) -> ArmError:
    text = "Server failed to authenticate the request. Make sure the signature in the query is correct."
    return ArmError(403, "AuthenticationFailed", f"{text} {detail}")
