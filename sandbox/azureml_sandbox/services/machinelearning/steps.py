"""The parts of a job that are jobs themselves: a pipeline's steps, a sweep's trials."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning import runs, search_space, step_ports

BEST = "best_child_run_id"
"""The property by which a sweep names its best trial."""
BEST_MODEL = "automl_best_child_run_id"
"""The tag by which an AutoML job names its best model
(https://learn.microsoft.com/azure/machine-learning/how-to-auto-train-forecast)."""
AUTOML_TRIALS = 3
"""How many models an AutoML job tries where its limits don't say: fewer than in Azure, as nothing is learnt here."""
_WITH_TRIALS = ("sweep", "automl")
TRIALS, AT_ONCE = 1000, 100
"""The most trials that a sweep has, and has at once
(https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters)."""
_BOUND = re.compile(r"\$\{\{\s*parent\.inputs\.(\w+)\s*\}\}")
_NEEDED = re.compile(r"\$\{\{\s*parent\.jobs\.([\w-]+)\.")
_KINDS = {"command": "Command", "sweep": "Sweep", "pipeline": "Pipeline", "automl": "AutoML", "spark": "Spark"}
_INHERITED = "sandbox.duration"
_ENDS = ("upper", "min_value", "max_value", "mu", "sigma", "q")
"""What az ml calls the numbers of a distribution, in the order that ARM has them in."""


def has_parts(job: Body) -> bool:
    """Return whether a job leaves its work to parts."""
    kind = str(job["properties"].get("jobType")).lower()
    return kind in _WITH_TRIALS or (kind == "pipeline" and bool(job["properties"].get("jobs")))


def begin(azure: Cloud, job: Body) -> bool:
    """Submit the parts that can start; False for a job without parts."""
    if not has_parts(job):
        return False
    if job["properties"]["jobType"].lower() == "pipeline":
        names = {step: _name_of(job, step) for step in job["properties"]["jobs"]}
        runs.change(azure, job["id"], children=tuple(names.values()))
        for step, name in names.items():
            _provide_step(azure, job, step, name)
    return go_on(azure, job)


def go_on(azure: Cloud, job: Body) -> bool:
    """Submit the parts whose turn it is; False when all are over."""
    if job["properties"]["jobType"].lower() in _WITH_TRIALS:
        _add_trials(azure, job)
    else:
        _release_steps(azure, job)
    return any(not runs.is_over(part) for part in _parts(azure, job))


def has_failed(azure: Cloud, job: Body) -> bool:
    """Return whether one of the parts has; of trials, all."""
    states = [part["properties"]["status"] for part in _parts(azure, job)]
    bad = [state != runs.COMPLETED for state in states]
    return bool(bad) and (all(bad) if job["properties"]["jobType"].lower() in _WITH_TRIALS else any(bad))


def sum_up(azure: Cloud, job: Body, outcome: str) -> None:
    """Name a sweep's best trial, an AutoML job's best model."""
    kind = str(job["properties"].get("jobType")).lower()
    if kind not in _WITH_TRIALS or outcome != runs.COMPLETED:
        return
    done = [part["name"] for part in _parts(azure, job) if part["properties"]["status"] == runs.COMPLETED]
    if done:
        member, name = ("properties", BEST) if kind == "sweep" else ("tags", BEST_MODEL)
        job["properties"][member] = {**(job["properties"].get(member) or {}), name: done[0]}


def _parts(azure: Cloud, job: Body) -> list[Body]:
    names = runs.load(azure, job["id"]).children
    found = (azure.find(runs.sibling(job["id"], name)) for name in names)
    return [one for one in found if one is not None]


def _add(azure: Cloud, job: Body, name: str, properties: Body, **kept: Any) -> None:
    """Add a part; `Job.after` sets it going unless it is not started yet."""
    root = runs.load(azure, job["id"]).root or job["name"]
    child = runs.sibling(job["id"], name)
    runs.save(azure, runs.JobRun(child, parent=job["name"], root=root, **kept))
    own = {key: job["properties"].get(key) for key in ("experimentName", "identity")}
    azure.provide(child, {"properties": {**own, **properties}})


# -- steps -----------------------------------------------------------------------------------------------------------


def _name_of(job: Body, step: str) -> str:
    return derived.guid("step", job["id"], step)


def _provide_step(azure: Cloud, job: Body, step: str, name: str) -> None:
    spec: Mapping[str, Any] = job["properties"]["jobs"][step] or {}
    settings = job["properties"].get("settings") or {}
    compute = (
        spec.get("computeId")
        or spec.get("compute")
        or settings.get("default_compute")
        or job["properties"].get("computeId")
    )
    inherited = {key: value for key, value in _tags(job).items() if key == _INHERITED}
    properties = {
        "jobType": _KINDS.get(str(spec.get("type") or "command").lower(), "Command"),
        "displayName": spec.get("display_name") or step,
        "componentId": _existing(azure, spec.get("componentId")),
        "computeId": _existing(azure, compute),
        "resources": spec.get("resources"),
        "limits": spec.get("limits"),
        **step_ports.read_ports(azure, job, step, partial(_name_of, job)),
        **_search_of(spec, job["properties"].get("inputs") or {}),
        **step_ports.read_task(azure, job, spec, partial(_name_of, job)),
        "tags": {**inherited, **(spec.get("tags") or {})},
        "properties": {"azureml.pipelinerunid": job["name"], "azureml.nodeid": derived.guid("node", name)[:8]},
    }
    needs = tuple(sorted(set(_NEEDED.findall(json.dumps(spec.get("inputs") or {}))) & set(job["properties"]["jobs"])))
    _add(azure, job, name, properties, step=step, needs=needs)


def _search_of(spec: Mapping[str, Any], inputs: Mapping[str, Any]) -> Body:
    """Return what a sweep step searches, as a job has it: a step's words are az ml's. `inputs` are the pipeline's."""
    limits = spec.get("limits")
    if spec.get("type") not in _WITH_TRIALS or not isinstance(limits, Mapping):
        return {}
    spaces = spec.get("search_space")
    kept = spaces if isinstance(spaces, Mapping) else {}
    counts = {"maxTotalTrials": limits.get("max_total_trials"), "maxTrials": limits.get("max_trials"),
              "maxConcurrentTrials": limits.get("max_concurrent_trials")}  # fmt: skip
    trial = spec.get("trial") if isinstance(spec.get("trial"), Mapping) else {}
    return {
        "limits": {name: count for name, given in counts.items() if (count := _count(given, inputs)) is not None},
        "searchSpace": {name: _as_list(space) for name, space in kept.items()},
        "samplingAlgorithm": {"samplingAlgorithmType": _sampling(spec.get("sampling_algorithm"))},
        "trial": {"componentId": (trial or {}).get("componentId")},
    }


def _sampling(given: Any) -> str:
    word = given.get("type") if isinstance(given, Mapping) else given
    return str(word or "random").title()


def _count(given: Any, inputs: Mapping[str, Any]) -> int | None:
    """Return a number that a step says, or that it is bound to."""
    bound = _BOUND.fullmatch(given) if isinstance(given, str) else None
    value = dig(inputs, f"{bound[1]}.value") if bound else given
    return int(value) if str(value).isdecimal() else None


def _as_list(space: Any) -> Any:
    if not isinstance(space, Mapping):
        return space
    if space.get("type") == "choice":
        return ["choice", [space.get("values")]]
    return [space.get("type"), [space[word] for word in _ENDS if word in space]]


def _existing(azure: Cloud, target: Any) -> Any:
    """Return an ARM id of what is there; a step may also say ``serverless``, or a compute in a word."""
    return target if isinstance(target, str) and target.startswith("/") and not azure.is_missing(target) else None


def _tags(job: Body) -> dict[str, Any]:
    return job["properties"].get("tags") or {}


def _release_steps(azure: Cloud, job: Body) -> None:
    """Start the steps whose inputs are there; what waits for a failed one is canceled, and so is what waits for it."""
    parts = {runs.load(azure, part["id"]).step or "": part for part in _parts(azure, job)}
    changed = True
    while changed:
        changed = False
        for part in parts.values():
            if part["properties"]["status"] == runs.NOT_STARTED:
                needed = [parts[step] for step in runs.load(azure, part["id"]).needs if step in parts]
                changed |= _release_step(azure, part, [one["properties"]["status"] for one in needed])


def _release_step(azure: Cloud, part: Body, needed: list[str]) -> bool:
    if any(state in (runs.FAILED, runs.CANCELED) for state in needed):
        runs.enter(azure, part, runs.CANCELED)
        return True
    if all(state == runs.COMPLETED for state in needed):
        runs.enter(azure, part, runs.STARTING)
        azure.events.add(azure.events.pace / 2, part["id"], "queue")
        return True
    return False


# -- trials ----------------------------------------------------------------------------------------------------------


def _add_trials(azure: Cloud, job: Body) -> None:
    """Add as many new trials as may run at once."""
    limits = _limits(job)
    every = search_space.count_combinations(_spaces(job), job["properties"].get("samplingAlgorithm"))
    default = AUTOML_TRIALS if job["properties"]["jobType"].lower() == "automl" else every or 1
    most = min(int(limits.get("maxTotalTrials") or limits.get("maxTrials") or default), every or TRIALS, TRIALS)
    at_once = min(int(limits.get("maxConcurrentTrials") or most), AT_ONCE)
    going_on = sum(not runs.is_over(part) for part in _parts(azure, job))
    children = runs.load(azure, job["id"]).children
    new = [f"{job['name']}_{number}" for number in range(len(children), min(most, len(children) + at_once - going_on))]
    runs.change(azure, job["id"], children=(*children, *new))
    for number, name in enumerate(new, len(children)):
        _provide_trial(azure, job, name, number)


def _spaces(job: Body) -> Mapping[str, Any]:
    return job["properties"].get("searchSpace") or {}


def _limits(job: Body) -> Mapping[str, Any]:
    found = job["properties"].get("limits") or dig(job, "properties.taskDetails.limitSettings") or {}
    return found if isinstance(found, Mapping) else {}


def _provide_trial(azure: Cloud, job: Body, name: str, number: int) -> None:
    trial = job["properties"].get("trial") or {}
    chosen = search_space.draw(_spaces(job), job["properties"].get("samplingAlgorithm"), number, name)
    wanted = ("command", "componentId", "codeId", "environmentId", "environmentVariables", "distribution", "resources")
    properties = {
        "jobType": "Command",
        "displayName": name,
        "computeId": job["properties"].get("computeId"),
        "inputs": job["properties"].get("inputs"),
        "limits": {"jobLimitsType": "Command", "timeout": _limits(job).get("trialTimeout")},
        "tags": {**_tags(job), "hyperparameters": json.dumps(chosen)},
        **{key: trial.get(key) for key in wanted},
    }
    _add(azure, job, name, properties)
