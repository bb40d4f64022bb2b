"""Which requests rent machines without a compute of the workspace: serverless jobs, schedules, deployments, registries.

Read by whitelist: a job rents nothing only where the compute of all that runs is one of the workspace, by its name or
its id. Whatever else stands there, and whatever can't be seen, rents: serverless compute has many spellings, and a job
without `computeId` runs on it (https://learn.microsoft.com/azure/machine-learning/how-to-use-serverless-compute).
Jobs' bodies are those of https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/jobs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm import actions
from azureml_arm.names import RULES
from azureml_policies.requests.unknown import UnknownError, has_unknown, read, require_all_known, require_known
from azureml_policies.requests.values import squash
from azureml_policies.requests.write import Write

_NAME = r"[^/\\%?#\s]+"
_WORKSPACE = (
    rf"(/subscriptions/{_NAME}/resourceGroups/{_NAME}/providers/Microsoft\.MachineLearningServices/workspaces/{_NAME})"
)
_BELOW = re.compile(f"{_WORKSPACE}/.*", re.IGNORECASE | re.ASCII)
_ID = re.compile(f"{_WORKSPACE}/computes/([^/]+)", re.IGNORECASE | re.ASCII)
_RESERVED = frozenset({"serverless", "amlcompute", "aisupercomputer"})
"""Names that stand for no compute of the workspace: for one that is made for the run (the second in the SDK's version
1), or for a virtual cluster."""
CONTROL_FLOW = frozenset({"if_else", "do_while", "parallel_for"})
"""Steps of a pipeline that run nowhere themselves."""
_KINDS = frozenset({"command", "sweep", "automl"})
"""Jobs that run on their `computeId`."""
_STEPS = _KINDS | {"parallel", "import", "data_transfer", ""}
"""Steps that do so, too, or on their pipeline's default; one without a type is a command."""
_NAMES_ONLY = ("component", "componentId", "body", "true_block", "false_block", "trueBlock", "falseBlock")
"""Words of a step that name a component or another step."""
_FREE_ACTIONS = ("cancel/action", "delete", "read", "getlogs/action")
"""What is asked of a job or deployment that is there without starting anything."""


def rents(write: Write) -> str | None:
    """Return what a request would rent beside the workspace's computes, in words; None where it rents nothing.

    UnknownError says which value has to be known to tell.
    """
    reader = _READERS.get(write.type.lower())
    if reader is None:
        return None
    if write.action:
        asked = write.action.lower().removeprefix(f"{write.type.lower()}/")
        return None if asked in _FREE_ACTIONS else f"what {asked.removesuffix('/action')!r} may start"
    return reader(write)


@dataclass(frozen=True)
class _Node:
    """An object of a body that runs something; `at` is its place, for what isn't known, `workspace` where it runs."""

    body: Mapping[str, Any]
    at: str
    workspace: str

    def value(self, path: str) -> Any:
        """Return what is at a dotted path; UnknownError where that isn't known."""
        try:
            return read(self.body, path)
        except UnknownError as error:
            raise UnknownError(self._at(error.path)) from None

    def word(self, path: str) -> str:
        """Return a text in lower case."""
        return str(self.value(path) or "").lower()

    def inner(self, path: str) -> _Node:
        """Return an object in it, an empty one where there is none."""
        found = self.value(path)
        return _Node(found if isinstance(found, Mapping) else {}, self._at(path), self.workspace)

    def on_compute(self, *names: str) -> bool | None:
        """Return whether all that is called a compute here is one of the workspace; None where none of these names is
        given. So what only some of Azure's readers take for a compute can't speak against what is read here.
        """
        given = {key: value for key, value in self.body.items() if _calls_compute(key) and value not in (None, "")}
        if not all(self._is_compute(key, value) for key, value in given.items()):
            return False
        return True if any(self.value(name) for name in names) else None

    def _is_compute(self, path: str, value: Any) -> bool:
        if has_unknown(value):
            raise UnknownError(self._at(path))
        return isinstance(value, str) and names_compute(value, self.workspace)

    def _at(self, path: str) -> str:
        return f"{self.at}.{path}" if self.at else path


def _calls_compute(name: str) -> bool:
    squashed = squash(name)
    return "compute" in squashed or squashed == "target"


def names_compute(value: str, workspace: str = "") -> bool:
    """Return whether a text is the name of a compute, or the id of one in this very workspace (in any, where that isn't
    known), with `azureml:` or without.
    """
    own = value.removeprefix("azureml:")
    found = _ID.fullmatch(own)
    name = found[2] if found else own
    here = found is None or not workspace or has_unknown(workspace) or found[1].lower() == workspace.lower()
    allowed = any(RULES[kind].allows(name) for kind in ("compute_cluster", "compute_instance"))
    return here and allowed and name.lower() not in _RESERVED


def _node(write: Write, path: str) -> _Node:
    workspace = _BELOW.fullmatch(write.id)
    return _Node(write.body, "", workspace[1] if workspace else "").inner(path)


def _job(write: Write) -> str | None:
    return _of_job(_node(write, "properties"))


def _of_job(job: _Node) -> str | None:
    """Return what a job's definition rents."""
    kind = job.word("jobType")
    words = f"serverless compute of a {kind} job" if kind else "serverless compute of a job"
    if job.value("sourceJobId"):
        return f"{words}, which repeats another"
    if kind == "pipeline":
        return _of_pipeline(job)
    if kind == "labeling":
        return _of_labeling(job)
    on_compute = job.on_compute("computeId")
    if kind == "spark":
        return None if on_compute and not job.value("resources") else words
    return None if kind in _KINDS and on_compute and _trial_on_compute(job) else words


def _trial_on_compute(job: _Node) -> bool:
    """Return whether a sweep's trial, where it names a compute itself, names one of the workspace."""
    return job.inner("trial").on_compute() is not False


def _of_labeling(job: _Node) -> str | None:
    """Return what labeling rents: it asks people, unless machine learning assists them."""
    assist = job.inner("mlAssistConfiguration")
    if assist.word("mlAssist") in ("", "disabled"):
        return None
    both = all(assist.value(f"{name}ComputeBinding") for name in ("inferencing", "training"))
    return None if both and assist.on_compute() is not False else "serverless compute of a labeling job"


def _of_pipeline(job: _Node, *, inherited: bool = False) -> str | None:
    """Return what a pipeline rents: its steps run on their own compute, else on the pipeline's default."""
    given = {_default(job, "settings"), job.on_compute("computeId")} - {None}
    default = given == {True} if given else inherited
    steps = job.value("jobs")
    if steps in (None, {}):
        return None if default else "serverless compute of a pipeline job"
    if not isinstance(steps, Mapping):
        return "serverless compute of a pipeline job whose steps can't be read"
    found = (_of_step(str(name), step, job, default=default) for name, step in steps.items())
    return next((words for words in found if words), None)


def _default(node: _Node, path: str) -> bool | None:
    """Return whether a pipeline's settings name a compute of the workspace as default; None where they name none."""
    settings = node.value(path)
    if settings is not None and not isinstance(settings, Mapping):
        return False
    return node.inner(path).on_compute("default_compute", "defaultCompute")


def _of_step(name: str, step: Any, pipeline: _Node, *, default: bool) -> str | None:
    at = f"{pipeline.at}.jobs.{name}"
    require_known(step, at)
    node = _Node(step if isinstance(step, Mapping) else {}, at, pipeline.workspace)
    words = f"serverless compute of the pipeline's step {name}"
    kinds = {node.word("type"), node.word("jobType")} - {""}
    kind = next(iter(kinds), "")
    if not node.body or len(kinds) > 1 or node.value("sourceJobId") or _holds_more(node):
        return words
    if kind == "pipeline":
        return _of_pipeline(node, inherited=default)
    if kind in CONTROL_FLOW:
        return words if node.value("jobs") else None
    if kind == "spark":
        return words if node.value("resources") or not node.on_compute("computeId") else None
    return None if kind in _STEPS and _step_on_compute(node, default=default) and _trial_on_compute(node) else words


def _holds_more(step: _Node) -> bool:
    """Return whether a step holds a component or other steps, rather than the name of what runs."""
    return any(isinstance(step.value(name), Mapping | list) for name in _NAMES_ONLY)


def _step_on_compute(step: _Node, *, default: bool) -> bool:
    """Return whether a step runs on a compute of the workspace: by its `computeId`, as azure-ai-ml sends it
    (`BaseNode._to_rest_object`; an AutoML step by its `compute`), else the default one.
    """
    own = step.on_compute("computeId", *(("compute",) if step.word("type") == "automl" else ()))
    return default if own is None else own


def _schedule(write: Write) -> str | None:
    """Return what a schedule's action rents, each time that it runs."""
    action = _node(write, "properties.action")
    reader = _ACTIONS.get(action.word("actionType"))
    return reader(action) if reader else "serverless compute of a schedule's action"


def _created_job(action: _Node) -> str | None:
    found = _of_job(action.inner("jobDefinition"))
    return f"{found}, each time that the schedule runs" if found else None


_ACTIONS: Mapping[str, Callable[[_Node], str | None]] = {
    "createjob": _created_job,
    "createmonitor": lambda _action: "serverless Spark compute of a monitor",
    "importdata": lambda _action: "serverless compute of a schedule's data import",
    "invokebatchendpoint": lambda _action: "machines of the batch endpoint that a schedule invokes",
}
"""What each action rents. A data import has no compute in its body, and an endpoint's job runs where the deployment
says, which a schedule doesn't show."""


def _online_deployment(write: Write) -> str | None:
    """Return what an online deployment rents: nothing on a Kubernetes cluster, which is there."""
    on_cluster = _node(write, "properties").word("endpointComputeType") == "kubernetes"
    return None if on_cluster else "machines of an online deployment"


def _batch_deployment(write: Write) -> str | None:
    """Return what a batch deployment rents where it names none of the workspace's computes."""
    deployment = _node(write, "properties")
    own = deployment.on_compute("compute")
    configuration = deployment.inner("deploymentConfiguration")
    if configuration.word("deploymentConfigurationType") == "pipelinecomponent":
        default = _default(configuration, "settings")
        on_compute = default if own is None or default is False else own
        return None if on_compute else "serverless compute of a batch deployment's pipeline"
    known = configuration.word("deploymentConfigurationType") in ("", "model")
    return None if own and known else "serverless compute of a batch deployment"


def _registry(write: Write) -> str | None:
    """Return what a registry rents: a container registry and a storage account a region, unless they exist."""
    regions = require_all_known(write.read("properties.regionDetails") or [], "properties.regionDetails")
    made = "systemcreated" in str(regions).lower()
    return "managed resources of a registry" if made else None


_READERS: Mapping[str, Callable[[Write], str | None]] = {
    actions.JOB.lower(): _job,
    actions.SCHEDULE.lower(): _schedule,
    actions.ONLINE_DEPLOYMENT.lower(): _online_deployment,
    actions.BATCH_DEPLOYMENT.lower(): _batch_deployment,
    actions.SERVERLESS_ENDPOINT.lower(): lambda _write: "a serverless endpoint",
    f"{actions.WORKSPACE}/inferencePools".lower(): lambda _write: "an inference pool",
    f"{actions.ML}/registries".lower(): _registry,
}
