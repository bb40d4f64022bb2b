"""Entra ID: what a client finds out about a tenant, and the tokens it gets there.

One of the sandbox's people (`azureml_arm.sandbox`) signs in with their object id or name as the client id, and gets a
user's token. https://learn.microsoft.com/entra/identity-platform/v2-protocols.
"""

import re
from typing import Any

from azureml_arm.clouds import CLOUDS
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import tokens
from azureml_sandbox.http.entra import grants
from azureml_sandbox.http.entra.grants import SignInRefusedError
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Found, Plane, Site
from azureml_sandbox.http.tokens import Issuer, Unsigned
from azureml_sandbox.model import people

HOSTS = frozenset({"login.windows.net", "login.microsoft.com", "sts.windows.net"}) | {
    cloud.authority for cloud in CLOUDS.values()
}
SHARED_TENANTS = frozenset({"common", "organizations"})
_CODE = re.compile(r"AADSTS(\d+)")
_OPENID = ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration")
_KEYS = ("discovery/v2.0/keys", "discovery/keys")
_TOKEN = ("oauth2/v2.0/token", "oauth2/token")
_DEVICE = ("oauth2/v2.0/devicecode", "oauth2/devicecode")


def _match(site: Site, request: Request) -> Found | None:
    path = request.path
    first = path.strip("/").partition("/")[0]
    below = is_tenant(site.azure, first) or "/oauth2/" in path or "/.well-known/" in path
    return Found(site, request) if request.host in HOSTS or (site.is_local(request) and below) else None


def _handle(found: Found) -> Response:
    return handle(found.azure, found.request, found.site.issuer, found.site.approver)


def is_tenant(azure: Azure, segment: str) -> bool:
    """Return whether a path's first segment is how Entra's paths start here."""
    return segment.lower() in {azure.tenant.lower(), people.DOMAIN, *SHARED_TENANTS}


def handle(azure: Azure, request: Request, issuer: Issuer | None = None, approver: str = "olga") -> Response:
    """Answer discovery and token requests; `approver` is the person who approves every device code."""
    tenant, _, endpoint = request.path.strip("/").partition("/")
    if endpoint == "discovery/instance":
        return Response.json(200, _instance(request.authority))
    try:
        _check_tenant(azure, tenant)
        return _answer(grants.Desk(azure, issuer or Unsigned(), request, tenant, approver), endpoint)
    except SignInRefusedError as refused:
        return _refuse(refused)


def _check_tenant(azure: Azure, tenant: str) -> None:
    if not is_tenant(azure, tenant):
        text = f"AADSTS90002: Tenant '{tenant}' not found. The sandbox's is {azure.tenant}."
        raise SignInRefusedError("invalid_request", text)


def _answer(desk: grants.Desk, endpoint: str) -> Response:
    request = desk.request
    if endpoint in _OPENID:
        return Response.json(200, _configuration(desk, version_2=endpoint == _OPENID[0]))
    if endpoint in _KEYS:
        return Response.json(200, {"keys": desk.issuer.keys()})
    if endpoint in _TOKEN and request.method == "POST":
        return Response.json(200, grants.token(desk))
    if endpoint in _DEVICE and request.method == "POST":
        return Response.json(200, grants.device_code(desk))
    text = f"AADSTS900144: the sandbox has no {request.method} {request.path}; add it to azureml_sandbox/http/entra/."
    raise SignInRefusedError("invalid_request", text, 404)


def _instance(host: str) -> dict[str, Any]:
    names = [host, "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    return {
        "tenant_discovery_endpoint": f"https://{host}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": names}],
    }


def _configuration(desk: grants.Desk, *, version_2: bool) -> dict[str, Any]:
    base = f"https://{desk.request.authority}/{desk.tenant}"
    oauth = f"{base}/oauth2/v2.0" if version_2 else f"{base}/oauth2"
    return {
        "issuer": f"{base}/v2.0" if version_2 else tokens.issuer_of(desk.azure),
        "authorization_endpoint": f"{oauth}/authorize",
        "token_endpoint": f"{oauth}/token",
        "device_authorization_endpoint": f"{oauth}/devicecode",
        "jwks_uri": f"{base}/discovery/{'v2.0/' if version_2 else ''}keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "EU",
    }


def _refuse(refused: SignInRefusedError) -> Response:
    found = _CODE.match(refused.text)
    codes = {"error_codes": [int(found[1])]} if found else {}
    return Response.json(refused.status, {"error": refused.code, "error_description": refused.text, **codes})


PLANE = Plane("Entra", _match, _handle, in_process=True)
