"""What Azure ML's run history knows of a job: its states and when it came to them, its parent, children and logs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from azureml_arm.ids import workspace_of
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import RUNS

STARTING, QUEUED, PREPARING, RUNNING = "Starting", "Queued", "Preparing", "Running"
FINALIZING, CANCEL_REQUESTED, NOT_STARTED = "Finalizing", "CancelRequested", "NotStarted"
COMPLETED, FAILED, CANCELED = "Completed", "Failed", "Canceled"
OVER = frozenset({COMPLETED, FAILED, CANCELED})
"""The states that a job stays in."""
ARTIFACTS = "workspaceartifactstore"
DEFAULT_OUTPUT = "default"
"""The output that every job has. It is shown once the job is over: until then azure-ai-ml reads the logs that the run
history names, and after that it looks here."""
_LOGS = {"pipeline": "logs/azureml/executionlogs.txt", "sweep": "azureml-logs/hyperdrive.txt"}
_USER_LOG = "user_logs/std_log.txt"


@dataclass(frozen=True)
class JobRun:
    """What is kept of a job beside its resource. Times are in seconds since 1970."""

    job: str
    """The job's ARM id."""
    parent: str | None = None
    """The name of the pipeline or sweep that it is a part of."""
    root: str | None = None
    """The name of the topmost of these."""
    step: str | None = None
    """Which of the pipeline's steps it is."""
    needs: tuple[str, ...] = ()
    """The steps whose outputs it reads."""
    children: tuple[str, ...] = ()
    times: Mapping[str, float] = field(default_factory=dict)
    """State -> when it was entered last."""
    error: Mapping[str, str] | None = None
    schedule: str | None = None
    """The name of the schedule that submitted it."""


@dataclass(frozen=True)
class RunDetails:
    """What the run history has of a job."""

    name: str
    status: str
    created: float | None
    started: float | None
    ended: float | None
    parent: str | None
    root: str
    children: tuple[str, ...]
    logs: Mapping[str, str]
    """A log's name -> the URL of its blob, without a key."""
    error: Mapping[str, str] | None


def run_details(azure: Cloud, job: Body) -> RunDetails:
    """Return what the run history has of a job resource, at this moment."""
    run, name, times = load(azure, job["id"]), job["name"], load(azure, job["id"]).times
    over = [times[state] for state in OVER if state in times]
    return RunDetails(
        name=name,
        status=str(job["properties"].get("status")),
        created=min(times.values(), default=None),
        started=times.get(RUNNING),
        ended=max(over, default=None),
        parent=run.parent,
        root=run.root or name,
        children=run.children,
        logs=_logs(azure, job),
        error=run.error,
    )


def load(azure: Cloud, job_id: str) -> JobRun:
    """Return what is kept of a job; nothing of one that was submitted where nothing takes time."""
    found = azure.store.get(RUNS, job_id.lower())
    if found is None:
        return JobRun(job_id)
    written = json.loads(found)
    return JobRun(**{**written, "children": tuple(written["children"]), "needs": tuple(written["needs"])})


def save(azure: Cloud, run: JobRun) -> None:
    """Keep it."""
    azure.store.set(RUNS, run.job.lower(), json.dumps(asdict(run)))


def change(azure: Cloud, job_id: str, **fields: Any) -> JobRun:
    """Keep a job's record with other values in it."""
    run = replace(load(azure, job_id), **fields)
    save(azure, run)
    return run


def forget(azure: Cloud, job_id: str) -> None:
    """Remove the run of a deleted job."""
    azure.store.remove(RUNS, job_id.lower())


def enter(azure: Cloud, job: Body, state: str) -> None:
    """Bring a job to a state, now."""
    run = load(azure, job["id"])
    save(azure, replace(run, times={**run.times, state: azure.events.now()}))
    job["properties"]["status"] = state
    if state in OVER:
        own = {"jobOutputType": "uri_folder", "uri": output_uri(job["name"])}
        job["properties"]["outputs"] = {**(job["properties"].get("outputs") or {}), DEFAULT_OUTPUT: own}
    azure.update(job)


def is_over(job: Body) -> bool:
    """Return whether a job has come to its end."""
    return job["properties"].get("status") in OVER


def sibling(job_id: str, name: str) -> str:
    """Return the id of another job in the same workspace."""
    return f"{workspace_of(job_id)}/jobs/{name}"


def output_uri(name: str) -> str:
    """Return where a job's own output and logs are."""
    return f"azureml://datastores/{ARTIFACTS}/{artifacts(name)}"


def artifacts(name: str) -> str:
    """Return the folder of a job's artifacts in the artifact store."""
    return f"ExperimentRun/dcid.{name}"


def log(azure: Cloud, job: Body, *lines: str) -> None:
    """Add lines to a job's log, as its code would by printing."""
    place = _store(azure, job["id"])
    if place is None:
        return
    account, container = place
    kind, blobs = str(job["properties"].get("jobType")).lower(), azure.part(Blobs)
    where = (account, container, f"{artifacts(job['name'])}/{_LOGS.get(kind, _USER_LOG)}")
    before = blobs.get(*where) if blobs.find(*where) else b""
    text = "".join(f"{line}\n" for line in lines).encode()
    blobs.put(*where, before + text, content_type="text/plain")


def _store(azure: Cloud, job_id: str) -> tuple[str, str] | None:
    """Return the account and container of the artifact store, where both are there."""
    datastore = azure.find(f"{workspace_of(job_id)}/datastores/{ARTIFACTS}")
    if datastore is None:
        return None
    properties = datastore["properties"]
    account, container = str(properties["accountName"]), str(properties["containerName"])
    scope = f"/subscriptions/{properties['subscriptionId']}/resourceGroups/{properties['resourceGroup']}"
    account_id = f"{scope}/providers/Microsoft.Storage/storageAccounts/{account}"
    kept = azure.exists(f"{account_id}/blobServices/default/containers/{container}")
    return (account, container) if kept else None


def _logs(azure: Cloud, job: Body) -> dict[str, str]:
    place = _store(azure, job["id"])
    if place is None:
        return {}
    account, container = place
    folder = f"{artifacts(job['name'])}/"
    base = f"https://{account}.blob.core.windows.net/{container}"
    found = azure.part(Blobs).list(account, container, folder)
    return {blob.name.removeprefix(folder): f"{base}/{blob.name}" for blob in found}
