"""Azure ML's own way to registries: where one is, by its name alone, and ARM's interface under another address.

`GET /registrymanagement/v1.0/registries/NAME/discovery` says where; below that address are ARM's paths, and two of
their own for uploads and downloads, which ARM's newer versions have as ``startPendingUpload``. Where things
take time, a PUT of an asset is answered there by 202 and a place to poll, which says 202 and then the asset's address
(recorded: azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings/model/e2etests,
test_create_get_download_model_registry, 2024-05).
"""

import base64
import binascii
import re
from dataclasses import replace

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import arm
from azureml_sandbox.http.arm import collapse
from azureml_sandbox.http.arm.checks import is_frontend
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import ML_AUDIENCE, Authorizer, Found, Plane, Site
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.services.machinelearning import publishing, uploads
from azureml_sandbox.services.machinelearning.publishing import REGISTRIES
from azureml_sandbox.services.machinelearning.system import WORKSPACES

_FRONTEND = "/mferp/managementfrontend"
_DISCOVERY = re.compile(r"/registrymanagement/v1\.0/registries/([^/]+)/discovery/?", re.IGNORECASE)
_REFERENCE = re.compile(r"(.*/registries/[^/]+)/(tempdatarefs|datarefs)/[^/]+/versions/[^/]+/?", re.IGNORECASE)
_IMPORT = re.compile(r"(.*/registries/[^/]+)/import/?", re.IGNORECASE)
_VERSION = re.compile(r"(.*/registries/[^/]+/([a-z]+)/[^/]+/versions/[^/]+)/?", re.IGNORECASE)
_OPERATION = re.compile(r"/(?:assetstore|environment)/v1\.0/operations/([^/]+)/?", re.IGNORECASE)
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


def _authorise(access: Authorizer, found: Found) -> Request:
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
    answer = _answer(found.azure, _strip_frontend(found.request))
    return Response(answer.status, answer.headers, _OWN_ID.sub(rb"\1azureml:/\2", answer.body))


def _answer(azure: Azure, request: Request) -> Response:
    found = _DISCOVERY.fullmatch(request.path)
    if found is not None:
        return Response.json(200, discovery(azure, found[1], request.base))
    reference = _REFERENCE.fullmatch(request.path)
    if reference is not None:
        azure.get(reference[1])
        upload = reference[2].lower() == "tempdatarefs"
        return Response.json(
            200, (_upload if upload else _download)(azure, reference[1], request.json_object("InvalidRequestContent"))
        )
    copied = _IMPORT.fullmatch(request.path)
    if copied is not None and request.method == "POST":
        _copy(azure, azure.get(copied[1]), request.json_object("InvalidRequestContent"))
        return Response(200)
    operation = _OPERATION.fullmatch(request.path)
    if operation is not None:
        return _poll(azure, operation[1])
    answer = arm.handle(azure, request)
    version = _VERSION.fullmatch(request.path)
    takes_time = request.method == "PUT" and azure.operations.enabled and answer.status < _REFUSED
    return _accept(request, version[1], version[2]) if version is not None and takes_time else answer


_REFUSED = 400


def _accept(request: Request, asset: str, family: str) -> Response:
    """Return the answer to the PUT of an asset; the operation's name says which."""
    service = "environment" if family.lower() == "environments" else "assetstore"
    name = base64.urlsafe_b64encode(asset.encode()).decode().rstrip("=")
    where = f"{request.base}/{service}/v1.0/operations/{name}"
    return Response.json(202, None, {"Location": where, "x-ms-async-operation-timeout": "PT1H"})


def _poll(azure: Azure, name: str) -> Response:
    try:
        asset = base64.urlsafe_b64decode(f"{name}{'=' * (-len(name) % 4)}").decode()
    except (binascii.Error, UnicodeDecodeError):
        asset = ""
    if _VERSION.fullmatch(asset) is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' was not found.")
    azure.settle()
    found = azure.get(asset)
    if azure.operations.running(asset):
        return Response(202)
    return Response.json(200, {"assetId": f"azureml:/{found['id'][found['id'].lower().index('/registries/') :]}"})


def discovery(azure: Azure, name: str, base: str) -> Body:
    """Return where a registry is; `base` is the address under which it answers."""
    registry = azure.find_named(REGISTRIES, name)
    if registry is None:
        raise ArmError(404, "RegistryNotFound", f"There is no registry named '{name}'; make it first.")
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
    upload = azure.action(target, "startPendingUpload", {})
    reference = upload["blobReferenceForConsumption"]
    return {
        "blobReferenceForConsumption": reference,
        "temporaryDataReferenceId": upload["pendingUploadId"],
        "temporaryDataReferenceType": uploads.KIND,
    }


def _download(azure: Azure, registry_id: str, body: Body) -> Body:
    plural, name, version = _asset(body)
    azure.get(f"{registry_id}/{plural}/{name}/versions/{version}")
    return {"blobReferenceForConsumption": uploads.reference(azure, registry_id, str(body.get("blobUri") or ""))}


def _copy(azure: Azure, registry: Body, body: Body) -> None:
    """Copy a version of a workspace into the registry; the client then asks for what came of it."""
    properties = body.get("properties") or {}
    source = azure.get(_source(azure, str(properties.get("sourceAssetId") or "")))
    publishing.copy(azure, source, registry, properties.get("destinationName"), properties.get("destinationVersion"))


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


PLANE = Plane("registries", _match, _handle, _authorise, render=arm.PLANE.render, in_process=True)
