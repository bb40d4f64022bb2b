"""Which requests rent machines without a compute of the workspace: serverless jobs, schedules, deployments, registries.

Jobs' bodies are those of https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/jobs;
a job without `computeId` runs on serverless compute
(https://learn.microsoft.com/azure/machine-learning/how-to-use-serverless-compute).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from azureml_arm import actions
from azureml_policies.requests.unknown import UnknownError, read, require_all_known, require_known
from azureml_policies.requests.write import Write

_SERVERLESS = re.compile(r"(azureml:|.*/)?serverless", re.IGNORECASE | re.DOTALL)
"""The name that stands for serverless compute, where a compute's name or id is expected."""
_CONTROL_FLOW = frozenset({"if_else", "do_while", "parallel_for"})
"""Steps of a pipeline that run nowhere themselves."""


def rents(write: Write) -> str | None:
    """Return what a request would rent beside the workspace's computes, in words; None where it rents nothing.

    UnknownError says which value has to be known to tell.
    """
    reader = _READERS.get(write.type.lower())
    return reader(write) if reader else None


def _job(write: Write) -> str | None:
    return _of_job(_object(write.body, "properties"), "properties")


def _object(body: Any, path: str) -> Mapping[str, Any]:
    found = read(body, path)
    return found if isinstance(found, Mapping) else {}


def _of_job(job: Mapping[str, Any], at: str) -> str | None:
    """Return what a job's definition rents; `at` is its place, for what isn't known."""
    kind = _word(job, "jobType", at) or _word(job, "type", at)
    if kind == "pipeline":
        return _of_pipeline(job, at)
    if _on_compute(_compute(job, at)):
        return None
    return f"serverless compute of a {kind} job" if kind else "serverless compute of a job"


def _word(job: Mapping[str, Any], name: str, at: str) -> str:
    return str(_value(job, name, at) or "").lower()


def _value(job: Mapping[str, Any], path: str, at: str) -> Any:
    try:
        return read(job, path)
    except UnknownError as error:
        raise UnknownError(f"{at}.{error.path}") from None


def _compute(job: Mapping[str, Any], at: str) -> str:
    """Return the compute that a job or step names: a job has its id, a pipeline's step in az ml's form has its name."""
    for name in ("computeId", "compute", "target"):
        found = _value(job, name, at)
        if found:
            return str(found)
    return ""


def _on_compute(compute: str) -> bool:
    return bool(compute) and _SERVERLESS.fullmatch(compute) is None


def _of_pipeline(job: Mapping[str, Any], at: str) -> str | None:
    """Return what a pipeline rents: its steps run on their own compute, else on the pipeline's default."""
    default = str(_value(job, "settings.default_compute", at) or _value(job, "settings.defaultCompute", at) or "")
    default = default or _compute(job, at)
    steps = _value(job, "jobs", at)
    if not isinstance(steps, Mapping) or not steps:
        return None if _on_compute(default) else "serverless compute of a pipeline job"
    found = (_of_step(name, step, default, f"{at}.jobs.{name}") for name, step in steps.items())
    return next((words for words in found if words), None)


def _of_step(name: str, step: Any, default: str, at: str) -> str | None:
    require_known(step, at)
    if not isinstance(step, Mapping):
        return None
    kind = _word(step, "type", at) or _word(step, "jobType", at)
    if kind == "pipeline" and _value(step, "jobs", at):
        inherited = {"settings": {"default_compute": default}}
        return _of_pipeline({**inherited, **step} if not _value(step, "settings", at) else step, at)
    if kind in _CONTROL_FLOW:
        return None
    if _on_compute(_compute(step, at) or default):
        return None
    return f"serverless compute of the pipeline's step {name}"


def _schedule(write: Write) -> str | None:
    """Return what a schedule's action rents, each time that it runs."""
    at = "properties.action"
    action = _object(write.body, at)
    reader = _ACTIONS.get(_word(action, "actionType", at))
    return reader(action, at) if reader else "serverless compute of a schedule's action"


def _created_job(action: Mapping[str, Any], at: str) -> str | None:
    found = _of_job(_part(action, "jobDefinition", at), f"{at}.jobDefinition")
    return f"{found}, each time that the schedule runs" if found else None


def _part(value: Mapping[str, Any], name: str, at: str) -> Mapping[str, Any]:
    found = _value(value, name, at)
    return found if isinstance(found, Mapping) else {}


def _monitor(_action: Mapping[str, Any], _at: str) -> str | None:
    return "serverless Spark compute of a monitor"


def _import_job(action: Mapping[str, Any], at: str) -> str | None:
    compute = _compute(_part(action, "dataImportDefinition", at), f"{at}.dataImportDefinition")
    return None if _on_compute(compute) else "serverless compute of a schedule's data import"


def _invocation(_action: Mapping[str, Any], _at: str) -> str | None:
    """Return that an endpoint's job may rent: it runs where the deployment says, which a schedule doesn't show."""
    return "machines of the batch endpoint that a schedule invokes"


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any], str], str | None]] = {
    "createjob": _created_job,
    "createmonitor": _monitor,
    "importdata": _import_job,
    "invokebatchendpoint": _invocation,
}


def _batch_deployment(write: Write) -> str | None:
    """Return what a batch deployment rents where it names none of the workspace's computes."""
    if _on_compute(str(write.read("properties.compute") or "")):
        return None
    kind = write.text_at("properties.deploymentConfiguration.deploymentConfigurationType")
    if kind == "pipelinecomponent":
        settings = _object(write.body, "properties.deploymentConfiguration.settings")
        at = "properties.deploymentConfiguration.settings"
        named = _value(settings, "default_compute", at) or _value(settings, "defaultCompute", at)
        return None if _on_compute(str(named or "")) else "serverless compute of a batch deployment's pipeline"
    resources = write.read("properties.resources")
    return "serverless compute of a batch deployment" if resources else None


def _registry(write: Write) -> str | None:
    """Return what a registry rents: a container registry and a storage account a region, unless they exist."""
    regions = require_all_known(write.read("properties.regionDetails") or [], "properties.regionDetails")
    made = "systemcreated" in str(regions).lower()
    return "managed resources of a registry" if made else None


_READERS: Mapping[str, Callable[[Write], str | None]] = {
    actions.JOB.lower(): _job,
    actions.SCHEDULE.lower(): _schedule,
    actions.BATCH_DEPLOYMENT.lower(): _batch_deployment,
    f"{actions.ML}/registries".lower(): _registry,
}
