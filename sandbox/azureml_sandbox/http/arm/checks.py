"""What ARM looks at before a resource provider sees a request: path, token, version, body."""

import datetime
import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

from azureml_arm.clouds import CLOUDS
from azureml_arm.roles import is_guid
from azureml_arm.types import TYPES
from azureml_sandbox.http.message import Request
from azureml_sandbox.http.plane import ARM_HOSTS, Site
from azureml_sandbox.model.errors import ArmError, bad_request, subscription_not_found
from azureml_sandbox.model.resource import check_shape

AUDIENCES = ("https://management.core.windows.net", *(cloud.audience for cloud in CLOUDS.values()))
LARGEST = 4 * 1024 * 1024
"""Bytes that ARM takes in one request
(https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling)."""
DEEPEST = 100
"""How deep a body may nest."""
LONGEST_PATH = 2048
_VERSION = re.compile(
    r"(\d{4}-\d{2}-\d{2})(-(?:privatepreview|dataplanepreview|preview|alpha|beta|rc)(?:\.\d+)?)?", re.IGNORECASE
)
_ODD = re.compile(r"[<>%&\\?#\ufffd]")
_SUBSCRIPTION = re.compile(r"/+subscriptions/+([^/]+)", re.IGNORECASE)
_FIRST = "2014-01-01"
_CLIENTS = {
    "microsoft.authorization": "2025-06-01",
    "microsoft.containerregistry": "2026-09-01-preview",
    "microsoft.insights": "2025-01-23",
    "microsoft.keyvault": "2026-05-15",
    "microsoft.operationalinsights": "2025-07-01",
    "microsoft.resources": "2026-06-01",
    "microsoft.storage": "2026-09-01",
}
"""Namespace -> the newest version that its official client of 2026 sends, where newer than in `azureml_arm.types`."""


def check_path(request: Request) -> None:
    """Refuse a path that no id or list has."""
    path = request.path
    odd = _ODD.search(path) is not None or not path.isprintable()
    if odd or any(part in (".", "..") for part in path.split("/")):
        raise bad_request("The request URI holds characters that no resource's id may have.", "InvalidRequestUri")
    if len(path) > LONGEST_PATH:
        raise ArmError(414, "UriTooLong", f"The request URI is longer than {LONGEST_PATH} characters.")


def check_subscription(request: Request, known: str) -> None:
    """Refuse what is no subscription, and another one than the sandbox's."""
    asked = is_elsewhere(request.path, known)
    if asked is None:
        return
    if not is_guid(asked):
        text = f"The provided subscription identifier '{asked}' is malformed or invalid."
        raise bad_request(text, "InvalidSubscriptionId")
    raise subscription_not_found(asked)


def is_elsewhere(path: str, known: str) -> str | None:
    """Return the subscription that a path is in, where that isn't the sandbox's."""
    found = _SUBSCRIPTION.match(path)
    return found[1] if found and found[1].lower() != known.lower() else None


ROOTS = frozenset({"subscriptions", "providers", "tenants"})
"""What ARM's paths start with."""
_FRONTENDS = frozenset({"registrymanagement", "mferp", "assetstore", "environment"})
"""What the paths of Azure ML's front end start with, below which ARM's are."""


def first_segment(request: Request) -> str:
    """Return what a path starts with, in lower case."""
    return request.path.strip("/").partition("/")[0].lower()


def is_frontend(site: Site, request: Request) -> bool:
    """Return whether a request is for Azure ML's front end."""
    return (request.host in ARM_HOSTS or site.is_ml(request)) and first_segment(request) in _FRONTENDS


def collapse(request: Request) -> Request:
    """Return the request without empty segments in its path, which ARM overlooks and some of its clients send."""
    path = request.encoded_path
    if "//" not in path:
        return request
    rest = request.url.removeprefix(request.base).removeprefix(path)
    return replace(request, url=f"{request.base}{re.sub('/+', '/', path)}{rest}")


def check_token(request: Request) -> None:
    """Refuse who has no token for ARM."""
    claims = request.claims
    if claims is None:
        raise ArmError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    if str(claims.get("aud", "")).rstrip("/") not in AUDIENCES:
        text = f"The access token has been obtained for wrong audience or resource '{claims.get('aud')}'."
        raise ArmError(401, "InvalidAuthenticationTokenAudience", text)


_PROVIDER = re.compile(r".*/providers/[^/]+(/(un)?register)?/?", re.IGNORECASE)
"""Where ARM tells of a provider, in a version of its own."""


def check_version(request: Request) -> None:
    """Refuse a request without a version, with one that isn't a date, or with one that nobody has published yet."""
    given = request.query.get("api-version", "")
    if not given:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise bad_request(text, "MissingApiVersionParameter")
    match = _VERSION.fullmatch(given)
    namespace = version_namespace(request.path)
    if match is None or not _is_date(match[1]):
        known = ", ".join(supported_versions(namespace))
        text = f"The api-version '{given}' is invalid. The supported versions are '{known}'."
        raise bad_request(text, "InvalidApiVersionParameter")
    if not _FIRST <= match[1] <= newest(namespace):
        known = ", ".join(supported_versions(namespace))
        text = (
            f"No registered resource provider found for API version '{given}' in the namespace '{namespace}'. The "
            f"supported api-versions are '{known}', and what is older."
        )
        raise bad_request(text, "NoRegisteredProviderFound")


def version_namespace(path: str) -> str:
    """Return the provider whose versions a path takes: ARM's own where it tells of a provider."""
    return "microsoft.resources" if _PROVIDER.fullmatch(path) else namespace_of(path)


def namespace_of(path: str) -> str:
    """Return the resource provider that a path leads to; what stands before any is ARM's own."""
    _, found, rest = path.lower().rpartition("/providers/")
    return rest.partition("/")[0] if found and rest else "microsoft.resources"


@cache
def supported_versions(namespace: str) -> tuple[str, ...]:
    """Return the versions that are known of a namespace, the newest first."""
    declared = {entry.api_version for entry in TYPES if entry.type.lower().startswith(f"{namespace}/")}
    client = _CLIENTS.get(namespace)
    return tuple(sorted(declared | ({client} if client else set()), reverse=True)) or (newest(""),)


@cache
def newest(namespace: str) -> str:
    """Return the newest date that a version of a namespace may have."""
    if namespace and any(entry.type.lower().startswith(f"{namespace}/") for entry in TYPES):
        return supported_versions(namespace)[0][:10]
    return max([*(entry.api_version[:10] for entry in TYPES), *_CLIENTS.values()])


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def body_of(request: Request) -> dict[str, Any]:
    """Return the request's JSON object."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind and request.body and not (kind.endswith("json") or kind == "application/octet-stream"):
        text = f"The content media type '{kind}' is not supported. Only 'application/json' is supported."
        raise ArmError(415, "UnsupportedMediaType", text)
    if len(request.body) > LARGEST:
        text = f"The request content size exceeds the maximum size of {LARGEST // 1024 // 1024} MB."
        raise ArmError(413, "RequestContentTooLarge", text)
    body = _parse(request.body)
    if not isinstance(body, dict):
        raise bad_request("The request content was invalid: expected an object.", "InvalidRequestContent")
    check_shape(body)
    return body


_CONTENT = "InvalidRequestContent"


def _parse(content: bytes) -> Any:
    try:
        body = json.loads(content or b"{}", parse_constant=_no_constant)
        # A text with half a character can't be kept, nor 1e999, which Python reads as infinity.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        shown = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise bad_request(f"The request content was invalid and could not be deserialized: {shown}", _CONTENT) from None
    if _depth(body) > DEEPEST:
        raise bad_request(f"The request content was invalid: it nests deeper than {DEEPEST} levels.", _CONTENT)
    return body


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _depth(body: Any) -> int:
    level, deep = [body], 0
    while level and deep <= DEEPEST:
        deep += 1
        level = [
            item
            for value in level
            if isinstance(value, dict | list)
            for item in (value.values() if isinstance(value, dict) else value)
        ]
    return deep
