"""ARM's REST interface on the model: https://learn.microsoft.com/rest/api/resources/."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from arm import ids
from sandbox.azure import parse
from sandbox.errors import ArmError, bad_request
from sandbox.http.message import Request, Response

if TYPE_CHECKING:
    from sandbox.azure import Azure

AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
_RESOURCE_TYPE = re.compile(r"resourceType\s+eq\s+'([^']+)'", re.IGNORECASE)
SUBSCRIPTION_PARTS, GROUP_PARTS = 2, 4


def handle(azure: Azure, request: Request) -> Response:
    """Answer a request; operations are done when the answer comes, so there is nothing to poll."""
    try:
        _check(request)
        return METHODS[request.method](azure, request)
    except ArmError as error:
        return Response.json(error.status, error.body)


def _check(request: Request) -> None:
    if request.method not in METHODS:
        raise ArmError(405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported.")
    claims = request.claims
    if claims is None:
        raise ArmError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    if str(claims.get("aud", "")).rstrip("/") not in AUDIENCES:
        text = f"The access token has been obtained for wrong audience or resource '{claims.get('aud')}'."
        raise ArmError(401, "InvalidAuthenticationTokenAudience", text)
    if "api-version" not in request.query:
        raise bad_request(
            "The api-version query parameter (?api-version=) is required for all requests.",
            "MissingApiVersionParameter",
        )


def _get(azure: Azure, request: Request) -> Response:
    if ids.is_id(request.path):
        return Response.json(200, azure.get(request.path))
    return Response.json(200, {"value": _collection(azure, request.path, request.query)})


def _head(azure: Azure, request: Request) -> Response:
    return Response(204 if azure.exists(request.path) else 404)


def _put(azure: Azure, request: Request) -> Response:
    created = not azure.exists(request.path)
    made = azure.put(request.path, _body(request), request.query["api-version"], _caller(request))
    kind = azure.kind(parse(request.path))
    return Response.json(kind.created_status if created else kind.updated_status, made)


def _patch(azure: Azure, request: Request) -> Response:
    return Response.json(200, azure.patch(request.path, _body(request), _caller(request)))


def _delete(azure: Azure, request: Request) -> Response:
    query = {"forceToPurge": request.query.get("forcetopurge", "")}
    return Response(200 if azure.delete(request.path, query) else 204)


def _post(azure: Azure, request: Request) -> Response:
    resource_id, _, action = request.path.rstrip("/").rpartition("/")
    result = azure.action(resource_id, action, _body(request) if request.body else None)
    return Response(200) if result is None else Response.json(200, result)


METHODS: dict[str, Callable[[Azure, Request], Response]] = {
    "GET": _get,
    "HEAD": _head,
    "PUT": _put,
    "PATCH": _patch,
    "DELETE": _delete,
    "POST": _post,
}


def _caller(request: Request) -> str | None:
    return (request.claims or {}).get("oid")


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise bad_request(f"The request content was invalid: {error}", "InvalidRequestContent") from None
    if not isinstance(body, dict):
        raise bad_request("The request content was invalid: expected an object.", "InvalidRequestContent")
    return body


def _collection(azure: Azure, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is listed at a path that ends in a type: ``…/providers/N/type``, ``…/resourceGroups``, ``…/resources``."""
    above, _, last = path.rstrip("/").rpartition("/")
    if "/providers/" in f"{above}/".lower():
        return _of_type(azure, path.rstrip("/"), query)
    if last.lower() == "subscriptions":
        return [azure.get(f"/subscriptions/{azure.subscription}")]
    if last.lower() == "resourcegroups":
        return azure.list(above, ids.RESOURCE_GROUP)
    if last.lower() == "resources" and len(above.strip("/").split("/")) in (SUBSCRIPTION_PARTS, GROUP_PARTS):
        return _top_level(azure, above, query.get("$filter", ""))
    raise bad_request(f"'{path}' is neither a resource nor a list of resources.", "InvalidResourceId")


def _of_type(azure: Azure, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    named = parse(f"{path}/any")
    scope = named.scope if len(named.names) == 1 else (named.parent or "")
    return azure.kind(named).found(azure, scope, query)


def _top_level(azure: Azure, scope: str, query: str) -> list[dict[str, Any]]:
    azure.get(scope)
    wanted = _RESOURCE_TYPE.fullmatch(query.strip())
    if query and wanted is None:
        text = f"The filter '{query}' is not supported: the sandbox takes resourceType eq '{{type}}' here."
        raise bad_request(text, "InvalidFilterInQueryString")
    inside = [found for found in azure.resources() if found["id"].lower().startswith(scope.lower() + "/")]
    found = [one for one in inside if len(parse(one["id"]).names) == 1 and one["type"] != ids.RESOURCE_GROUP]
    return [one for one in found if wanted is None or one["type"].lower() == wanted[1].lower()]
