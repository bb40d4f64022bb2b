"""Where endpoints answer: scoring requests to online endpoints, and jobs of batch endpoints.

No model is there: an answer says which deployment gave it, and what it was asked. Who may ask and with what is as in
https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint
"""

import hmac
import json
import re
import uuid
from typing import Any

from azureml_arm.names import ANONYMOUS_COMPONENT
from azureml_sandbox.azure import Azure
from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.arm import collapse
from azureml_sandbox.http.arm.checks import is_frontend
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Authorizer, Found, Plane, Site, locate
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.services.machinelearning import endpoints, metrics, traffic
from azureml_sandbox.services.machinelearning.system import WORKSPACES

_HOST = re.compile(r"([a-z0-9-]+)\.([a-z0-9]+)\.inference\.ml\.azure\.com")
_PATH = re.compile(r"/inference/([a-zA-Z0-9-]+)\.([a-z0-9]+)(/.*)")
_ROUTED = re.compile(r"/api/v1/endpoint/([a-zA-Z0-9-]+)(/.*)")
"""Where the router of a Kubernetes cluster answers for an endpoint."""
_JOBS = re.compile(
    r".*(/subscriptions/.+/batchEndpoints/[^/]+)(?:/deployments/([^/]+))?/jobs/?",
    re.IGNORECASE,
)
"""Where the jobs of a batch endpoint, or of one of its deployments, are listed, below the address of Azure
ML's front end."""
_READ_JOBS = f"{WORKSPACES}/jobs/read"
_DEPLOYMENT, _ENDPOINT = "azureml.deploymentname", "azureml.batchendpoint"
"""The properties of a batch endpoint's job."""


def _match(site: Site, request: Request) -> Found | None:
    """Match an endpoint's own address; the names are its name, its region and the path below it. A router of Kubernetes
    has no region.
    """
    routed = _ROUTED.fullmatch(request.path) if site.is_local(request) else None
    if routed is not None:
        return Found(site, request, (routed[1], "", routed[2]))
    return locate(site, request, _PATH, _HOST)


def _authorise(access: Authorizer, found: Found) -> Request:
    needed = _required_action(found.azure, _endpoint(found), found.request)
    return found.request if needed is None else access.for_plane(found.request, needed)


def _endpoint(found: Found) -> Body:
    name, region, _ = found.names
    if region:
        return endpoint(found.azure, name, region)
    routed = (
        one
        for one in found.azure.resources(endpoints.OnlineEndpoint.type)
        if one["name"].lower() == name.lower() and one["properties"].get("compute")
    )
    there = next(routed, None)
    if there is None:
        raise ArmError(404, "NotFound", f"No Kubernetes cluster has an endpoint '{name}'.")
    return there


def endpoint(azure: Azure, name: str, region: str) -> Body:
    """Return the endpoint with a name in a region; ArmError (404)."""
    holder = azure.holder(f"endpoints/{region}/{name}")
    found = None if holder is None else azure.find(holder)
    if found is None:
        raise ArmError(404, "NotFound", f"There is no endpoint '{name}' in {region}.")
    return found


def _required_action(azure: Azure, found: Body, request: Request) -> ScopedAction | None:
    """Return the action that an Entra token must allow; None where a key or a token of Azure ML's own is right.

    ArmError (401) for one that is wrong.
    """
    if found["type"] == endpoints.BatchEndpoint.type:
        return ScopedAction(f"{WORKSPACES}/jobs/write", found["id"].partition("/batchEndpoints/")[0])
    if str(found["properties"]["authMode"]).lower() == "aadtoken":
        return ScopedAction(f"{WORKSPACES}/onlineEndpoints/score/action", str(found["id"]))
    scheme, _, given = request.header("authorization").partition(" ")
    right = scheme.lower() == "bearer" and any(
        hmac.compare_digest(one.encode(), given.strip().encode()) for one in endpoints.accepted_keys(azure, found)
    )
    if not right:
        text = "The request has no key or token, or a wrong or expired one: send it as 'Authorization: Bearer …'."
        raise ArmError(401, "Unauthorized", text)
    return None


def _handle(found: Found) -> Response:
    """Answer a request to an endpoint's own address; whether its sender may is known."""
    asked, request, path = _endpoint(found), found.request, found.names[2]
    if path == "/swagger.json" and request.method == "GET":
        return Response.json(200, _swagger(asked))
    batch = asked["type"] == endpoints.BatchEndpoint.type
    expected = "/jobs" if batch else "/score"
    if path.rstrip("/") != expected:
        raise ArmError(404, "NotFound", f"There is nothing at '{path}': the endpoint answers at {expected}.")
    if request.method != "POST":
        raise ArmError(405, "MethodNotAllowed", f"{expected} takes POST, not {request.method}.")
    return (_invoke if batch else _score)(found.azure, asked, request)


def _match_jobs(site: Site, request: Request) -> Found | None:
    """Match the list of an endpoint's jobs, below Azure ML's front end; the names are endpoint and deployment."""
    request = collapse(request)
    found = _JOBS.fullmatch(request.path) if is_frontend(site, request) else None
    return None if found is None else Found(site, request, (found[1], found[2] or ""))


def _authorise_jobs(access: Authorizer, found: Found) -> Request:
    return access.for_plane(found.request, ScopedAction(_READ_JOBS, found.azure.get(found.names[0])["id"]))


def _list_jobs(found: Found) -> Response:
    """Return the jobs of a batch endpoint, or of one of its deployments."""
    batch = str(found.azure.get(found.names[0])["id"])
    below = found.azure.list(batch.partition("/batchEndpoints/")[0], f"{WORKSPACES}/jobs")
    own = [one for one in below if (one["properties"].get("properties") or {}).get(_ENDPOINT) == batch]
    mine = [_render_job(one) for one in own]
    wanted = found.names[1].lower()
    shown = [one for one in mine if wanted in ("", str(one["properties"]["deployment"]).lower())]
    return Response.json(200, {"value": shown})


def _score(azure: Azure, found: Body, request: Request) -> Response:
    deployment = traffic.route(azure, found, request.header(traffic.DEPLOYMENT_HEADER))
    metrics.record(azure, str(deployment["id"]), "2xx", 1)
    said = {"endpoint": found["name"], "deployment": deployment["name"], "echo": _echo(request.body)}
    return Response.json(200, said, {traffic.DEPLOYMENT_HEADER: deployment["name"]})


def _echo(body: bytes) -> Any:
    """Return what was sent, as JSON where it is."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _invoke(azure: Azure, found: Body, request: Request) -> Response:
    """Submit a job that scores by the deployment that was asked for, or by the default one."""
    asked = _echo(request.body)
    given = asked.get("properties") if isinstance(asked, dict) else None
    if not isinstance(given, dict):
        raise bad_request("The body must be a JSON object with 'properties'.")
    default = (found["properties"].get("defaults") or {}).get("deploymentName")
    name = request.header(traffic.DEPLOYMENT_HEADER) or default
    target = f"{found['id']}/deployments/{name}"
    deployment = azure.find(target) if name else None
    if deployment is None:
        text = f"Endpoint '{found['name']}' has no deployment '{name or ''}' to score by; set its default one."
        raise ArmError(404, "NotFound", text)
    workspace = str(found["id"]).partition("/batchEndpoints/")[0]
    job = f"{workspace}/jobs/batchjob-{given.get('name') or uuid.uuid4()}"
    caller = str((request.claims or {}).get("oid") or "") or None
    body = _job(found, deployment, given)
    component = str(body["properties"]["jobs"]["batchscoring"]["componentId"])
    if azure.is_missing(component):
        azure.provide(component, {"properties": {"isAnonymous": True, "componentSpec": {"type": "parallel"}}})
    return Response.json(201, _render_job(azure.put(job, body, caller=caller)))


def _job(found: Body, deployment: Body, given: Body) -> Body:
    compute = deployment["properties"].get("compute")
    score = {"score": {"job_output_type": "uri_file", "mode": "ReadWriteMount"}}
    workspace = str(found["id"]).partition("/batchEndpoints/")[0]
    component = (
        f"{workspace}/components/{ANONYMOUS_COMPONENT}/versions/{derived.guid('batch component', deployment['id'])}"
    )
    step = {"name": "batchscoring", "type": "parallel", "componentId": component, "outputs": score}
    own = given.get("properties") if isinstance(given.get("properties"), dict) else {}
    return {
        "properties": {
            "jobType": "Pipeline",
            "displayName": f"{found['name']}-{deployment['name']}",
            "experimentName": (own or {}).get("experimentName") or found["name"],
            "properties": {_ENDPOINT: found["id"], _DEPLOYMENT: deployment["name"]},
            "jobs": {"batchscoring": {**step, **({"computeId": compute} if compute else {})}},
        }
    }


def _render_job(job: Body) -> Body:
    properties = job["properties"]
    return {
        "id": job["id"],
        "name": job["name"],
        "type": f"{WORKSPACES}/batchEndpoints/jobs",
        "properties": {
            "status": properties["status"],
            "displayName": properties.get("displayName"),
            "deployment": (properties.get("properties") or {}).get(_DEPLOYMENT),
        },
    }


def _swagger(found: Body) -> Body:
    """Return what Azure ML describes of an endpoint whose code describes nothing."""
    path = "/jobs" if found["type"] == endpoints.BatchEndpoint.type else "/score"
    answers = {"200": {"description": "What the deployment answers.", "schema": {"type": "object"}}}
    taken = [{"name": "body", "in": "body", "required": True, "schema": {"type": "object"}}]
    return {
        "swagger": "2.0",
        "info": {"title": found["name"], "version": "1.0"},
        "paths": {path: {"post": {"operationId": "RunMLService", "parameters": taken, "responses": answers}}},
    }


PLANES = (
    Plane("inference", _match, _handle, _authorise),
    Plane("jobs of a batch endpoint", _match_jobs, _list_jobs, _authorise_jobs),
)
