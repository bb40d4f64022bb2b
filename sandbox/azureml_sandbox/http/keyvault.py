"""Key Vault's REST interface for secrets: https://learn.microsoft.com/rest/api/keyvault/secrets."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import StoredSecret, Vaults
from azureml_sandbox.http import plane
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Authorizer, Found, Plane, locate, suffix
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request

AUDIENCE = "https://vault.azure.net"
MOMENT, DAY, LONGEST = 1_767_225_600, 24 * 3600, 90
"""2026-01-01, when everything happens in the sandbox; a day in seconds; for how many days what is deleted is kept."""
PAGE = 25
"""How many entries a list has at most."""
_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_SECRETS = "Microsoft.KeyVault/vaults/secrets"


@dataclass(frozen=True)
class VaultCall:
    """One request to one vault; `base` is how the request's address begins, `own` how the ids of secrets do."""

    azure: Azure
    vault: str
    base: str
    own: str
    request: Request
    parts: tuple[str, ...]

    @property
    def vaults(self) -> Vaults:
        """Return the vaults' data plane."""
        return self.azure.vaults

    @cached_property
    def properties(self) -> Body:
        """Return the vault's own properties."""
        properties: Body = self.vaults.vault(self.vault)["properties"]
        return properties

    @property
    def name(self) -> str:
        """Return the secret's name."""
        return self.parts[1]

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON that was sent."""
        return self.request.json_object("BadParameter")


_HOST = re.compile(rf"([a-z0-9-]+)\.(?:{suffix('key_vault')})")
_PATH = re.compile(r"/vault/([^/]+)(/.*|$)")


def _audience(found: Found) -> str:
    """Return what tokens are for: Key Vault, or this server where the vault is asked by its name here."""
    local = f"vault.localhost:{found.site.port}"
    return f"https://{local}" if found.request.authority.endswith(f".{local}") else AUDIENCE


def _authorise(access: Authorizer, found: Found) -> Request:
    if not found.request.header("authorization"):
        raise ArmError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
    vault, path = found.names
    return access.for_vault(found.request, vault.lower(), path, _audience(found))


def _refuse(error: ArmError, found: Found) -> Response:
    if found.request.header("authorization"):
        return plane.refuse(error, found)
    return challenge(f"localhost:{found.site.port}", found.azure.tenant, _audience(found))


def _handle(found: Found) -> Response:
    vault, path = found.names[0].lower(), found.names[1]
    prefix = found.request.path.removesuffix(path)
    base = found.request.base + prefix
    own = f"https://{vault}.vault.localhost:{found.site.port}" if prefix else base
    return handle(found.azure, vault, found.request, base, path, own=own)


def handle(azure: Azure, vault: str, request: Request, base: str, path: str, *, own: str = "") -> Response:
    """Answer a request at ``{base}{path}`` to a vault's data plane; who asks has been authorised.

    `own` is the vault's address by its name: clients read ids that have nothing before ``/secrets``.
    """
    parts = tuple(part for part in path.split("/") if part)
    try:
        azure.vaults.vault(vault)
        return _operation(request.method, parts)(VaultCall(azure, vault, base, own or base, request, parts))
    except ArmError as error:
        return Response.refusal(error)


def challenge(authority: str, tenant: str, resource: str = AUDIENCE) -> Response:
    """Return the answer without a token: where to get one, and for what; clients want that to end as the vault's
    address.
    """
    header = f'Bearer authorization="https://{authority}/{tenant}", resource="{resource}"'
    body = {"error": {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer or PoP token."}}
    return Response(401, {"WWW-Authenticate": header, "Content-Type": "application/json"}, json.dumps(body).encode())


def _operation(method: str, parts: tuple[str, ...]) -> Callable[[VaultCall], Response]:
    found = OPERATIONS.get(_shape(method, parts))
    if found is None:
        text = f"The sandbox doesn't model {method} /{'/'.join(parts)} of vaults; add it to http/keyvault.py."
        raise ArmError(501, "NotImplemented", text)
    if len(parts) > 1 and not _NAME.fullmatch(parts[1]):
        raise bad_request(f"The request URI contains an invalid name: {parts[1]}", "BadParameter")
    return found[0]


def _shape(method: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    words = (part if part in ("versions", "recover") else "*" for part in parts[2:])
    return (method, *parts[:1], *("*" for _ in parts[1:2]), *words)


def required_access(method: str, path: str) -> tuple[str, str] | None:
    """Return the data action, and the permission of access policies, that a request needs; None for what isn't
    modelled.
    """
    found = OPERATIONS.get(_shape(method, tuple(part for part in path.split("/") if part)))
    return None if found is None else found[1:]


def _set(call: VaultCall) -> Response:
    body = call.body
    if not isinstance(body.get("value"), str):
        raise bad_request("The parameter 'value' is required and must be a string.", "BadParameter")
    made = call.vaults.set(call.vault, call.name, body["value"], **_fields(body))
    return Response.json(200, _bundle(call, made))


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    attributes = _attributes(body)
    times = {name: attributes[name] for name in ("exp", "nbf") if attributes.get(name) is not None}
    if not all(type(moment) is int for moment in times.values()):
        raise bad_request("'exp' and 'nbf' must be whole seconds since 1970.", "BadParameter")
    return {
        "content_type": body.get("contentType"),
        "enabled": attributes.get("enabled") is not False,
        "tags": body.get("tags") or {},
        "times": times,
    }


def _attributes(body: dict[str, Any]) -> dict[str, Any]:
    attributes, tags = body.get("attributes") or {}, body.get("tags") or {}
    if not isinstance(attributes, dict) or not isinstance(tags, dict):
        raise bad_request("'attributes' and 'tags' must be JSON objects.", "BadParameter")
    return attributes


def _get(call: VaultCall) -> Response:
    found = call.vaults.get(call.vault, call.name, "".join(call.parts[2:3]))
    if not found.enabled:
        raise ArmError(403, "Forbidden", "Operation get is not allowed on a disabled secret.")
    return Response.json(200, _bundle(call, found))


def _update(call: VaultCall) -> Response:
    found = call.vaults.get(call.vault, call.name, "".join(call.parts[2:3]))
    body = call.body
    attributes = _attributes(body)
    changed = replace(
        found,
        content_type=body.get("contentType", found.content_type),
        tags=found.tags if body.get("tags") is None else body["tags"],
        enabled=found.enabled if attributes.get("enabled") is None else bool(attributes["enabled"]),
        times={**found.times, **_fields(body)["times"]},
    )
    return Response.json(200, _item(call, call.vaults.change(call.vault, changed), version=True))


def _list(call: VaultCall) -> Response:
    return _render_page(call, (_item(call, one) for one in call.vaults.current(call.vault)))


def _versions(call: VaultCall) -> Response:
    return _render_page(call, (_item(call, one, version=True) for one in call.vaults.versions(call.vault, call.name)))


def _delete(call: VaultCall) -> Response:
    return Response.json(200, _render_deleted(call, call.vaults.delete(call.vault, call.name)))


def _list_deleted(call: VaultCall) -> Response:
    return _render_page(
        call, (_render_deleted(call, one, whole=False) for one in call.vaults.deleted_secrets(call.vault))
    )


def _get_deleted(call: VaultCall) -> Response:
    return Response.json(200, _render_deleted(call, call.vaults.get_deleted(call.vault, call.name)))


def _recover(call: VaultCall) -> Response:
    return Response.json(200, _item(call, call.vaults.recover(call.vault, call.name), version=True))


def _purge(call: VaultCall) -> Response:
    if call.properties.get("enablePurgeProtection"):
        raise ArmError(403, "Forbidden", 'Operation "purge" is not allowed because purge protection is enabled.')
    call.vaults.purge(call.vault, call.name)
    return Response(204)


def _render_page(call: VaultCall, items: Iterable[dict[str, Any]]) -> Response:
    """Return one page, and the address of the next one."""
    query, every = call.request.query, list(items)
    size, start = query.get("maxresults") or str(PAGE), query.get("$skiptoken") or "0"
    if not size.isdecimal() or not start.isdecimal() or not 1 <= int(size) <= PAGE:
        text = f"maxresults must be a number from 1 to {PAGE}, and $skiptoken what a nextLink says."
        raise bad_request(text, "BadParameter")
    end = int(start) + int(size)
    parameters = urlencode({"api-version": query.get("api-version", ""), "$skiptoken": str(end), "maxresults": size})
    more = f"{call.base}/{'/'.join(call.parts)}?{parameters}" if len(every) > end else None
    return Response.json(200, {"value": every[int(start) : end], "nextLink": more})


def _days(call: VaultCall) -> int:
    """Return for how many days the vault keeps what is deleted."""
    return int(call.properties.get("softDeleteRetentionInDays") or LONGEST)


def _recovery(call: VaultCall) -> dict[str, Any]:
    """Return for how long the vault keeps what is deleted, and whether it can be purged before, as a version of the
    API shows it (https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret#deletionrecoverylevel).
    """
    days = _days(call)
    level = "Recoverable" if days == LONGEST else "CustomizedRecoverable"
    purgeable = "" if call.properties.get("enablePurgeProtection") else "+Purgeable"
    shown = {"recoveryLevel": level + purgeable}
    return shown if call.request.query.get("api-version") == "7.0" else {**shown, "recoverableDays": days}


def _item(call: VaultCall, secret: StoredSecret, *, version: bool = False) -> dict[str, Any]:
    """Return a secret without its value."""
    document = {
        "id": f"{call.own}/secrets/{secret.name}" + (f"/{secret.version}" if version else ""),
        "attributes": {
            "enabled": secret.enabled,
            **secret.times,
            "created": MOMENT,
            "updated": MOMENT,
            **_recovery(call),
        },
        "tags": dict(secret.tags),
    }
    return {**document, "contentType": secret.content_type} if secret.content_type else document


def _bundle(call: VaultCall, secret: StoredSecret) -> dict[str, Any]:
    return {"value": secret.value, **_item(call, secret, version=True)}


def _render_deleted(call: VaultCall, secret: StoredSecret, *, whole: bool = True) -> dict[str, Any]:
    return {
        "recoveryId": f"{call.own}/deletedsecrets/{secret.name}",
        "deletedDate": MOMENT,
        "scheduledPurgeDate": MOMENT + _days(call) * DAY,
        **_item(call, secret, version=whole),
    }


_METADATA = f"{_SECRETS}/readMetadata/action"
OPERATIONS: dict[tuple[str, ...], tuple[Callable[[VaultCall], Response], str, str]] = {
    ("GET", "secrets"): (_list, _METADATA, "list"),
    ("PUT", "secrets", "*"): (_set, f"{_SECRETS}/setSecret/action", "set"),
    ("GET", "secrets", "*"): (_get, f"{_SECRETS}/getSecret/action", "get"),
    ("GET", "secrets", "*", "*"): (_get, f"{_SECRETS}/getSecret/action", "get"),
    ("GET", "secrets", "*", "versions"): (_versions, _METADATA, "list"),
    ("PATCH", "secrets", "*"): (_update, f"{_SECRETS}/update/action", "set"),
    ("PATCH", "secrets", "*", "*"): (_update, f"{_SECRETS}/update/action", "set"),
    ("DELETE", "secrets", "*"): (_delete, f"{_SECRETS}/delete", "delete"),
    ("GET", "deletedsecrets"): (_list_deleted, _METADATA, "list"),
    ("GET", "deletedsecrets", "*"): (_get_deleted, _METADATA, "get"),
    ("POST", "deletedsecrets", "*", "recover"): (_recover, f"{_SECRETS}/recover/action", "recover"),
    ("DELETE", "deletedsecrets", "*"): (_purge, f"{_SECRETS}/purge/action", "purge"),
}
"""Method, and the path with ``*`` for names and versions -> the operation, the data action of roles, and the permission
of access policies.
"""

PLANE = Plane("key vault", partial(locate, path=_PATH, host=_HOST), _handle, _authorise, _refuse)
