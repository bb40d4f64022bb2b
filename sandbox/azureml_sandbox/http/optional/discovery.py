"""Azure ML's own way to registries: where one is, by its name alone, and ARM's interface under another address.

`GET /registrymanagement/v1.0/registries/NAME/discovery` says where; below that address are ARM's paths, and two of
their own for uploads and downloads, which ARM's newer versions have as ``startPendingUpload``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import arm
from azureml_sandbox.http.arm import collapse
from azureml_sandbox.http.arm.checks import is_frontend
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import ML_AUDIENCE, Access, Found, Plane, Site
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.services.machinelearning import publishing, uploads
from azureml_sandbox.services.machinelearning.publishing import REGISTRIES
from azureml_sandbox.services.machinelearning.system import WORKSPACES

_FRONTEND = "/mferp/managementfrontend"
_DISCOVERY = re.compile(r"/registrymanagement/v1\.0/registries/([^/]+)/discovery/?", re.IGNORECASE)
_REFERENCE = re.compile(r"(.*/registries/[^/]+)/(tempdatarefs|datarefs)/[^/]+/versions/[^/]+/?", re.IGNORECASE)
_IMPORT = re.compile(r"(.*/registries/[^/]+)/import/?", re.IGNORECASE)
_OWN_ID = re.compile(
    rb'("id"\s*:\s*")/subscriptions/[^/"]+/resourceGroups/[^/"]+/providers/'
    rb'Microsoft\.MachineLearningServices(/registries/[^/"]+/[^"]+)',
    re.IGNORECASE,
)
"""An asset's id, which is shown here as its address without a resource group."""
_IN_A_WORKSPACE = re.compile(
    r"azureml://locations/[^/]+/workspaces/([^/]+)(/[a-z]+/[^/]+/versions/[^/]+)", re.IGNORECASE
)
_ASSET = re.compile(r"azureml://registries/[^/]+/([a-z]+)/([^/]+)/versions/([^/]+)", re.IGNORECASE)


def _match(site: Site, request: Request) -> Found | None:
    request = collapse(request)
    return Found(site, request) if is_frontend(site, request) else None


def _authorise(access: Access, found: Found) -> Request:
    audiences = (f"https://{found.request.authority}", ML_AUDIENCE, *found.site.own)
    verified = access.for_arm(_strip_frontend(found.request), *audiences)
    return replace(found.request, verified=verified.verified)


def _strip_frontend(request: Request) -> Request:
    """Return the request as ARM would get it: without what stands before ARM's paths."""
    if not request.path.lower().startswith(f"{_FRONTEND}/"):
        return request
    at = request.url.lower().index(_FRONTEND)
    return replace(request, url=request.url[:at] + request.url[at + len(_FRONTEND) :])


def _handle(found: Found) -> Response:
    """Answer a request to one of these paths; whether its sender may is known."""
    try:
        answer = _answer(found.azure, _strip_frontend(found.request))
    except ArmError as error:
        return Response.json(error.status, error.body)
    return Response(answer.status, answer.headers, _OWN_ID.sub(rb"\1azureml:/\2", answer.body))


def _answer(azure: Azure, request: Request) -> Response:
    found = _DISCOVERY.fullmatch(request.path)
    if found is not None:
        return Response.json(200, discovery(azure, found[1], request.base))
    reference = _REFERENCE.fullmatch(request.path)
    if reference is not None:
        azure.get(reference[1])
        upload = reference[2].lower() == "tempdatarefs"
        return Response.json(200, (_upload if upload else _download)(azure, reference[1], _body(request)))
    copied = _IMPORT.fullmatch(request.path)
    if copied is not None and request.method == "POST":
        _copy(azure, azure.get(copied[1]), _body(request))
        return Response(200)
    return arm.handle(azure, request)


def discovery(azure: Azure, name: str, base: str) -> Body:
    """Return where a registry is; `base` is the address under which it answers."""
    found = [one for one in azure.resources(REGISTRIES) if one["name"].lower() == name.lower()]
    if not found:
        raise ArmError(404, "RegistryNotFound", f"There is no registry named '{name}'; make it first.")
    registry = found[0]
    regions = [str(one["location"]) for one in registry["properties"]["regionDetails"]]
    parts = registry["id"].split("/")
    return {
        "registryName": registry["name"],
        "tenantId": azure.tenant,
        "primaryRegion": registry["location"],
        "regions": regions,
        "registryFqdns": {region: {"registryFqdn": base} for region in regions},
        "subscriptionId": parts[2],
        "resourceGroup": parts[4],
        "workspaceName": "",
        "primaryRegionResourceProviderUri": f"{base}/",
    }


def _upload(azure: Azure, registry_id: str, body: Body) -> Body:
    plural, name, version = _asset(body)
    target = f"{registry_id}/{plural}/{name}/versions/{version}"
    told = azure.action(target, "startPendingUpload", {})
    reference = told["blobReferenceForConsumption"]
    return {
        "blobReferenceForConsumption": reference,
        "temporaryDataReferenceId": told["pendingUploadId"],
        "temporaryDataReferenceType": uploads.KIND,
    }


def _download(azure: Azure, registry_id: str, body: Body) -> Body:
    plural, name, version = _asset(body)
    azure.get(f"{registry_id}/{plural}/{name}/versions/{version}")
    return {"blobReferenceForConsumption": uploads.reference(azure, registry_id, str(body.get("blobUri") or ""))}


def _copy(azure: Azure, registry: Body, body: Body) -> None:
    """Copy a version of a workspace into the registry; the client then asks for what came of it."""
    told = body.get("properties") or {}
    source = azure.get(_source(azure, str(told.get("sourceAssetId") or "")))
    publishing.copy(azure, source, registry, told.get("destinationName"), told.get("destinationVersion"))


def _source(azure: Azure, text: str) -> str:
    """Return an asset of a workspace, which the workspace's GUID may name."""
    match = _IN_A_WORKSPACE.fullmatch(text)
    if match is None:
        return text.removeprefix("azureml:")
    for workspace in azure.resources(WORKSPACES):
        if workspace["properties"]["workspaceId"] == match[1].lower():
            return f"{workspace['id']}{match[2]}"
    raise bad_request(f"There is no workspace with the workspaceId '{match[1]}'.", "WorkspaceNotFound")


def _asset(body: Body) -> tuple[str, str, str]:
    match = _ASSET.fullmatch(str(body.get("assetId") or ""))
    if match is None:
        raise bad_request("'assetId' must be azureml://registries/R/models/N/versions/V, or another kind's.")
    return match[1], match[2], match[3]


def _body(request: Request) -> Any:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The request content was invalid: {error}", "InvalidRequestContent") from None
    if not isinstance(body, dict):
        raise bad_request("The request content was invalid: expected an object.", "InvalidRequestContent")
    return body


PLANE = Plane("registries", _match, _handle, _authorise, render=arm.PLANE.render, in_process=True)
