"""Entra ID, as far as client credentials go: any client and secret of the tenant get a token.

One of the sandbox's people (`arm.sandbox`) signs in with their object id as the client id, and gets a user's token.
Tokens are unsigned: they tell who asks, to a model that trusts everybody.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sandbox import derived, people
from sandbox.http.message import Request, Response

if TYPE_CHECKING:
    from sandbox.azure import Azure

ISSUED, EXPIRES = 1_767_225_600, 4_102_444_800
"""2026-01-01 and 2100-01-01: a token is the same in every run and doesn't run out."""
LIFETIME = 3599
"""Seconds, as Entra says."""
SHARED_TENANTS = frozenset({"common", "organizations"})


def handle(azure: Azure, request: Request) -> Response:
    """Answer discovery and token requests."""
    tenant, _, endpoint = request.path.strip("/").partition("/")
    if endpoint == "discovery/instance":
        return Response.json(200, _instance(request.host))
    if tenant.lower() != azure.tenant.lower() and tenant not in SHARED_TENANTS:
        return _refused(
            "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found. The sandbox's is {azure.tenant}."
        )
    if endpoint.endswith(".well-known/openid-configuration"):
        return Response.json(200, _configuration(request.host, tenant))
    if endpoint.endswith("discovery/v2.0/keys"):
        return Response.json(200, {"keys": []})
    if endpoint == "oauth2/v2.0/token" and request.method == "POST":
        return _token(azure, request)
    return _refused("invalid_request", f"AADSTS900144: the sandbox has no {request.method} {request.path}.", 404)


def _instance(host: str) -> dict[str, Any]:
    names = [host, "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    return {
        "tenant_discovery_endpoint": f"https://{host}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": names}],
    }


def _configuration(host: str, tenant: str) -> dict[str, Any]:
    base = f"https://{host}/{tenant}"
    return {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
    }


def _token(azure: Azure, request: Request) -> Response:
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if form.get("grant_type") != "client_credentials":
        grant = form.get("grant_type")
        return _refused("unsupported_grant_type", f"AADSTS70003: the sandbox doesn't support the grant '{grant}'.")
    if not (form.get("client_secret") or form.get("client_assertion")):
        return _refused("invalid_client", "AADSTS7000216: 'client_assertion' or 'client_secret' is required.", 401)
    audience = form.get("scope", "").split(" ")[0].removesuffix("/.default")
    token = access_token(azure, form.get("client_id", ""), audience)
    told = {"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token}
    return Response.json(200, told)


def access_token(azure: Azure, client: str, audience: str) -> str:
    """A token, as its claims in a JWT: for an application, or for one of the sandbox's people by their object id."""
    principal = azure.identities.application(client)
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{azure.tenant}/",
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": EXPIRES,
        "appid": client,
        **_subject(azure, principal),
        "oid": principal,
        "sub": principal,
        "tid": azure.tenant,
        "uti": derived.guid("token", client, audience),
        "ver": "1.0",
    }
    return ".".join([_part({"typ": "JWT", "alg": "none"}), _part(claims), "c2FuZGJveA"])


def _subject(azure: Azure, principal: str) -> dict[str, Any]:
    """Who it is, as tokens for applications and for users say it."""
    person = people.by_object_id(principal)
    groups = sorted(azure.identities.groups(principal))
    told = {"idtyp": "app"} if person is None else {"idtyp": "user", "name": person.name, "upn": people.upn(person)}
    return {**told, **({"groups": groups} if groups and person is not None else {})}


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _refused(code: str, text: str, status: int = 400) -> Response:
    return Response.json(status, {"error": code, "error_description": text})
