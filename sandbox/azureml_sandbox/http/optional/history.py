"""Azure ML's run history, as its client follows jobs: where a workspace's services are, runs, their parts and outputs.

The addresses are those that azure-ai-ml asks below a workspace's ``discoveryUrl``
(https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/azure-ai-ml/azure/ai/ml/_restclient/runhistory).
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.data import sas
from azureml_sandbox.http.actions import ScopedAction
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Addresses, Authorizer, Found, Plane, Site
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.machinelearning import runs
from azureml_sandbox.services.machinelearning.system import WORKSPACES

SERVICES = ("api", "catalog", "experimentation", "gallery", "history", "hyperdrive", "labeling", "modelmanagement",
            "pipelines", "studio")  # fmt: skip
"""What a workspace's ``discoveryUrl`` has the addresses of."""
_PATH = re.compile(
    r"/(?P<plane>history|data|modelregistry)/v1\.0(?P<workspace>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/"
    r"Microsoft\.MachineLearningServices/workspaces/[^/]+)(?:/experiment(?:s|ids)/[^/]+)?/(?P<rest>.+?)/?",
    re.IGNORECASE,
)
CHANGEABLE: dict[str, tuple[str, type]] = {
    "hidden": ("isArchived", bool),
    "tags": ("tags", dict),
    "properties": ("properties", dict),
    "displayName": ("displayName", str),
    "description": ("description", str),
}
"""What may be said anew of a run -> the job's property, and its type."""
_MODELS = {"custom_model": "CustomModel", "mlflow_model": "MLFlowModel", "triton_model": "TritonModel"}
_OUTPUT = re.compile(r"azureml://runs/([^/]+)/outputs/([^/]+)")
"""How the outputs of runs are named here."""


@dataclass(frozen=True)
class HistoryCall:
    """One request about a workspace; `names` are the parts of the path that the operation leaves open."""

    azure: Azure
    workspace: str
    request: Request
    names: tuple[str, ...]

    @property
    def job(self) -> Body:
        """Return the job that the first name refers to; ArmError (404)."""
        return _job(self, self.names[0])

    @property
    def body(self) -> Body:
        """Return the JSON that was sent; ArmError for what is no object."""
        return self.request.json_object()


Operation = Callable[[HistoryCall], Any]


def _match_discovery(site: Site, request: Request) -> Found | None:
    """Match a workspace's ``discoveryUrl``, which asks for no token."""
    is_discovery = request.path.strip("/").lower() == "discovery"
    return Found(site, request) if site.is_ml(request) and is_discovery else None


def _discover(found: Found) -> Response:
    """Return where the services of a workspace are: all at one address."""
    return Response.json(200, dict.fromkeys(SERVICES, found.request.base))


def _match_history(site: Site, request: Request) -> Found | None:
    return Found(site, request) if site.is_ml(request) and _PATH.fullmatch(request.path) else None


def _authorise(access: Authorizer, found: Found) -> Request:
    return access.for_plane(found.request, _required_action(found.request))


def _required_action(request: Request) -> ScopedAction:
    """Return the action that a request takes, and where."""
    match = _match(request.path)
    kind = {"data": "datasets/registered", "modelregistry": "models"}.get(match["plane"].lower(), "experiments/runs")
    return ScopedAction(f"{WORKSPACES}/{kind}/{'write' if request.method == 'PATCH' else 'read'}", match["workspace"])


def _render(addresses: Addresses, body: bytes) -> bytes:
    return addresses.rewrite_everywhere(body)


def _handle(found: Found) -> Response:
    """Answer a request of which is known that its sender may ask."""
    azure, request = found.azure, found.request
    azure.settle()  # a run goes on, whoever looks
    match = _match(request.path)
    workspace = str(azure.get(match["workspace"])["id"])
    for method, plane, shape, operation in OPERATIONS:
        names = re.fullmatch(shape, match["rest"])
        if names and (method, plane) == (request.method, match["plane"].lower()):
            return Response.json(200, operation(HistoryCall(azure, workspace, request, names.groups())))
    text = f"The sandbox doesn't model {request.method} {request.path}; add it to azureml_sandbox/http/optional/."
    raise ArmError(501, "NotImplemented", text)


def _match(path: str) -> re.Match[str]:
    match = _PATH.fullmatch(path)
    if match is None:
        raise ArmError(404, "NotFound", f"There is nothing at '{path}'.")
    return match


def _run(call: HistoryCall) -> Body:
    return _render_run(call, call.job)


def _details(call: HistoryCall) -> Body:
    job = call.job
    found = runs.run_details(call.azure, job)
    logs = {name: _sign(call.azure, url) for name, url in found.logs.items()}
    return {**_render_run(call, job), "logFiles": logs, "warnings": [], "inputDatasets": [], "outputDatasets": []}


def _children(call: HistoryCall) -> Body:
    found = runs.run_details(call.azure, call.job)
    return {"value": [_render_run(call, _job(call, name)) for name in found.children]}


def _data(call: HistoryCall) -> Body:
    job = _job(call, str(call.body.get("runId") or ""))
    return {"runMetadata": _render_run(call, job), "runDefinition": None, "jobSpecification": None}


def _change(call: HistoryCall) -> Body:
    """Archive a run, or change its name, description, tags or properties."""
    job, body = call.job, call.body
    changes = {name: body[word] for word, (name, kind) in CHANGEABLE.items() if isinstance(body.get(word), kind)}
    merged = {name: {**(job["properties"].get(name) or {}), **value} if isinstance(value, dict) else value
              for name, value in changes.items()}  # fmt: skip
    with call.azure.changing():
        job["properties"] |= merged
        call.azure.update(job)
    return _render_run(call, job)


def _service_instances(call: HistoryCall) -> Body:
    """Return the interactive services of a running job."""
    job = call.job
    services = job["properties"].get("services") or {}
    state = "Running" if job["properties"]["status"] == runs.RUNNING else "Stopped"
    return {"instances": {name: {"type": one.get("jobServiceType"), "port": one.get("port"), "status": state,
                                 "endpoint": one.get("endpoint"), "properties": one.get("properties") or {}}
                          for name, one in services.items()}}  # fmt: skip


def _places(call: HistoryCall, word: str) -> Body:
    """Return where the outputs are that are asked for; `word` is what the service calls that."""
    return {"values": {asset: {word: uri, "type": kind} for asset, uri, kind in _requested_outputs(call)}}


def _requested_outputs(call: HistoryCall) -> Iterator[tuple[str, str, str]]:
    """Yield the outputs that are asked for: id, place and type."""
    asked = call.body.get("values")
    for asset in asked if isinstance(asked, list) else ():
        match = _OUTPUT.fullmatch(str(asset))
        if match is None:
            continue
        job = _job(call, match[1])
        output = (job["properties"].get("outputs") or {}).get(match[2]) or {}
        place = f"{ids.parse(call.workspace).text.lstrip('/')}/datastores/workspaceblobstore/paths"
        given = output.get("uri") or f"azureml://{_short_id(place)}/azureml/{job['name']}/{match[2]}/"
        yield str(asset), str(given), str(output.get("jobOutputType") or "uri_folder")


def _short_id(place: str) -> str:
    """Return an id as Azure ML writes it into URIs: no providers, and groups in lower case."""
    return place.replace("/providers/Microsoft.MachineLearningServices", "").replace("resourceGroups", "resourcegroups")


def _job(call: HistoryCall, name: str) -> Body:
    found = call.azure.find(f"{call.workspace}/jobs/{name}") if name and "/" not in name else None
    if found is None:
        raise ArmError(404, "UserError", f"Run {name} not found in workspace '{call.workspace.rpartition('/')[2]}'.")
    return found


def _render_run(call: HistoryCall, job: Body) -> Body:
    """Return a run, from its job."""
    found, properties = runs.run_details(call.azure, job), job["properties"]
    error = {"error": dict(found.error)} if found.error else None
    return {
        "runId": found.name,
        "runUuid": derived.guid("run", job["id"]),
        "displayName": properties.get("displayName"),
        "experimentId": derived.guid("experiment", call.workspace, str(properties.get("experimentName"))),
        "description": properties.get("description"),
        "status": found.status,
        "runType": f"azureml.{str(properties.get('jobType')).lower()}",
        "parentRunId": found.parent,
        "rootRunId": found.root,
        "createdUtc": _time(found.created),
        "createdTimeUtc": _time(found.created),
        "startTimeUtc": _time(found.started),
        "endTimeUtc": _time(found.ended),
        "error": error,
        "hidden": bool(properties.get("isArchived")),
        "tags": properties.get("tags") or {},
        "properties": properties.get("properties") or {},
        "target": str(properties.get("computeId") or "").rpartition("/")[2] or None,
        "services": {},
        "outputs": _outputs(job),
    }


def _outputs(job: Body) -> Body:
    outputs: Mapping[str, Any] = job["properties"].get("outputs") or {}
    return {
        name: {"assetId": f"azureml://runs/{job['name']}/outputs/{name}", "type": _MODELS.get(kind, kind)}
        for name, one in outputs.items()
        if name != "default" and (kind := str((one or {}).get("jobOutputType") or "uri_folder"))
    }


def _sign(azure: Azure, url: str) -> str:
    """Return a blob's address with a signature to read it."""
    parts = urlsplit(url)
    account, container = parts.netloc.partition(".")[0], parts.path.lstrip("/").partition("/")[0]
    return f"{url}?{sas.container_sas(azure, account, container, 'r')}"


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


OPERATIONS: tuple[tuple[str, str, str, Operation], ...] = (
    ("GET", "history", r"runs/([^/]+)", _run),
    ("PATCH", "history", r"runs/([^/]+)", _change),
    ("GET", "history", r"runs/([^/]+)/details", _details),
    ("GET", "history", r"runs/([^/]+)/children", _children),
    ("GET", "history", r"runs/([^/]+)/serviceinstances/[^/]+", _service_instances),
    ("POST", "history", r"rundata", _data),
    ("POST", "data", r"dataversion/batchGetResolvedUris", partial(_places, word="uri")),
    ("POST", "modelregistry", r"models/batchGetResolvedUris", partial(_places, word="path")),
)
"""Method, which of the services, the path below the workspace -> the operation."""

PLANES = (
    Plane("workspace discovery", _match_discovery, _discover),
    Plane("run history", _match_history, _handle, _authorise, render=_render),
)
