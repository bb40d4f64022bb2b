"""Jobs, and the definitions of jobs in schedules, as Azure ML shows them (recorded 2023-10 to 2026-03)."""

import json
from typing import Any

from azureml_arm import ids
from azureml_sandbox.model import derived, durations
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.services.machinelearning.answers.filling import authors, fill, nulls
from azureml_sandbox.services.machinelearning.answers.versions import is_between, is_preview
from azureml_sandbox.services.machinelearning.system import DEFAULT_DATASTORE, asset_of

RESOURCES = ("instanceType", "properties", "dockerArgs")
STUDIO = "https://ml.azure.com/runs/{}?wsid=/subscriptions/{}/resourcegroups/{}/workspaces/{}"
MIDDLE, LATE = ("2023-06-01", "2024-02-01"), ("2024-01-01", "2024-02-01")
"""Versions with members that later ones don't have."""
NEW = ("2025-01-01", "9999")


def job(answer: Body, version: str) -> None:
    """Render a job: all members of its kind, and where its output lies before it has any."""
    authors(answer, "createdAt", "createdBy", "createdByType")
    properties = answer["properties"]
    kind = str(properties.get("jobType"))
    _services(answer, properties)
    if kind in ("Command", "Sweep"):
        _output(answer, properties)
        fill(properties, {"queueSettings": {"jobTier": "Null"}})
    _members(properties, version)
    if kind == "Command":
        fill(properties, {"parameters": {}, "environmentVariables": {}})
        _command(properties)
    elif kind == "Sweep":
        _sweep(answer, properties, version)
    elif kind == "Pipeline":
        _pipeline(properties)


def definition(answer: Body, version: str) -> None:
    """Render the job that a schedule submits, before it is submitted."""
    names = ("displayName", "tags", "properties", "services", "inputs", "outputs")
    nulls(answer, *names)
    answer.setdefault("status", "NotStarted")
    answer.setdefault("experimentName", "Default")
    for port in (answer["inputs"] or {}).values():
        if isinstance(port, dict) and "uri" in port:
            fill(port, {"mode": "ReadOnlyMount"})
    _members(answer, version)
    if answer.get("jobType") == "Command":
        nulls(answer, "parameters", "queueSettings")
    elif answer.get("jobType") == "Pipeline":
        nulls(answer, "settings", "jobs")


def _members(properties: Body, version: str) -> None:
    """Set what nobody gave of a job to null."""
    nulls(properties, "description", "computeId", "identity", "componentId", "notificationSetting")
    if is_preview(version) and is_between(version, *MIDDLE):
        nulls(properties, "secretsConfiguration")
    for member, extra in (("inputs", "jobInputType"), ("outputs", "jobOutputType")):
        for port in (properties.get(member) or {}).values():
            if isinstance(port, dict) and extra in port:
                _port(port, member, version)
    if isinstance(properties.get("queueSettings"), dict) and is_preview(version) and is_between(version, *LATE):
        nulls(properties["queueSettings"], "priority")
    _of_kind(properties, version)


def _of_kind(properties: Body, version: str) -> None:
    kind = properties.get("jobType")
    if kind in ("Command", "Sweep"):
        _resources(properties, version)
    if kind == "Command":
        nulls(properties, "codeId", "distribution", "limits")
        if is_between(version, *NEW):
            nulls(properties, "parentJobName")
        elif is_preview(version) and is_between(version, *MIDDLE):
            nulls(properties, "autologgerSettings")
    elif kind == "Sweep":
        nulls(properties, "earlyTermination", "componentConfiguration")
    elif kind == "Pipeline":
        nulls(properties, "sourceJobId")


def _port(port: Body, member: str, version: str) -> None:
    nulls(port, "description")
    if "uri" in port and is_preview(version) and is_between(version, *LATE):
        nulls(port, "pathOnCompute")
        if member == "outputs":
            nulls(port, "assetVersion", "autoDeleteSetting")


def _resources(holder: Body, version: str) -> None:
    """Fill in how many machines of what size a job runs on."""
    found = holder.setdefault("resources", {}) or {}
    fill(found, {"instanceCount": 1, "shmSize": "2g"})
    nulls(found, *RESOURCES)
    if is_between(version, *NEW):
        nulls(found, "dockerArgsList")
    elif is_preview(version) and is_between(version, *MIDDLE):
        nulls(found, "locations", "maxInstanceCount")
    holder["resources"] = found


def _own(properties: Body, values: dict[str, Any]) -> None:
    """Put the service's own properties before the user's."""
    properties["properties"] = {**values, **(properties.get("properties") or {})}


def _command(properties: Body) -> None:
    _own(
        properties, {"_azureml.ComputeTargetType": "amlctrain", "_azureml.ClusterName": _name(properties, "computeId")}
    )


def _name(holder: Body, path: str) -> str | None:
    target = str(dig(holder, path) or "")
    return ids.parse(target).name if ids.is_id(target) else None


def _pipeline(properties: Body) -> None:
    settings = properties.get("settings") or {}
    literals = {
        name: port.get("value")
        for name, port in (properties.get("inputs") or {}).items()
        if isinstance(port, dict) and port.get("jobInputType") == "literal"
    }
    _own(properties, {
        "azureml.DevPlatv2": "true",
        "azureml.DatasetAccessMode": "Asset",
        "azureml.runsource": "azureml.PipelineRun",
        "runSource": "MFE",
        "runType": "HTTP",
        "azureml.parameters": _json(literals),
        "azureml.continue_on_step_failure": str(settings.get("continue_on_step_failure", True)),
        "azureml.continue_on_failed_optional_input": str(settings.get("continue_on_failed_optional_input", True)),
        "azureml.enforceRerun": str(settings.get("force_rerun", False)),
        "azureml.defaultComputeName": _name(settings, "default_compute") or _name(properties, "computeId"),
        "azureml.defaultDataStoreName": _name(settings, "default_datastore") or DEFAULT_DATASTORE,
        "azureml.pipelineComponent": "pipelinerun",
    })  # fmt: skip


def _sweep(answer: Body, properties: Body, version: str) -> None:
    nulls(properties["limits"] if isinstance(properties.get("limits"), dict) else {}, "trialTimeout")
    sampling = properties.get("samplingAlgorithm")
    if isinstance(sampling, dict) and sampling.get("samplingAlgorithmType") == "Random":
        nulls(sampling, "seed", "logbase")
        fill(sampling, {"rule": "Random"})
    _search(properties)
    goal = dig(properties, "objective.goal")
    if isinstance(goal, str):
        properties["objective"]["goal"] = goal.capitalize()
    trial = properties.get("trial")
    if not isinstance(trial, dict):
        return
    nulls(trial, "distribution")
    fill(trial, {"environmentVariables": {}})
    _resources(trial, version)
    name, _, number = str(trial.get("environmentId") or "").removeprefix("azureml:").partition(":")
    if str(trial.get("environmentId")).startswith("azureml:") and number:
        workspace = answer["id"].rpartition("/jobs/")[0]
        trial["environmentId"] = f"{workspace}/environments/{name}/versions/{number}"


def _search(properties: Body) -> None:
    """Write a sweep's search to tags and properties of the job, where the service keeps it."""
    limits, objective = properties.get("limits") or {}, properties.get("objective") or {}
    sampling, policy = properties.get("samplingAlgorithm") or {}, properties.get("earlyTermination") or {}
    metric = _json({"name": objective.get("primaryMetric"), "goal": str(objective.get("goal")).lower()})
    seconds = durations.seconds(str(limits.get("timeout") or ""))
    own = {key: sampling.get(key) for key in ("rule", "logbase", "seed")}
    kind = str(sampling.get("samplingAlgorithmType")).upper()
    space = properties.get("searchSpace") or {}
    tags = {
        "max_concurrent_jobs": _text(limits.get("maxConcurrentTrials")),
        "max_total_jobs": _text(limits.get("maxTotalTrials")),
        "max_duration_minutes": None if seconds is None else str(int(seconds // 60)),
        "policy_config": _json({"name": policy.get("policyType", "Default"), "properties": {}}),
        "generator_config": _json({"name": kind, "parameter_space": space, "properties": own}),
        "primary_metric_config": metric,
        "platform_config": "{}",
        "resume_child_runs": "null",
        "all_jobs_generated": "false",
        "cancellation_requested": "false",
        "samples_generated_count": "0",
    }
    own_tags = {f"_aml_system_{name}": value for name, value in tags.items() if value is not None}
    properties["tags"] = {**(properties.get("tags") or {}), **own_tags}
    code = asset_of(dig(properties, "trial.codeId"))
    _own(properties, {
        "primary_metric_config": metric, "resume_from": "null", "runTemplate": "HyperDrive",
        "azureml.runsource": "hyperdrive", "platform": "AML", "user_agent": "managementfrontend/0",
        **({"ContentSnapshotId": derived.guid("snapshot", *code)} if code is not None else {}),
    })  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _output(answer: Body, properties: Body) -> None:
    place = f"azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.{answer['name']}"
    default = {"uri": place, "mode": "ReadWriteMount", "jobOutputType": "uri_folder"}
    properties["outputs"] = {"default": default, **(properties.get("outputs") or {})}
    nulls(properties["outputs"]["default"], "assetName")


def _services(answer: Body, properties: Body) -> None:
    services: dict[str, Any] = properties.get("services") or {}
    if properties.get("jobType") == "Sweep":
        services.pop("Tracking", None)
    for service in services.values():
        if isinstance(service, dict):
            nulls(service, "port", "status", "errorMessage", "properties", "nodes")
    if isinstance(services.get("Studio"), dict) and ids.is_id(answer["id"]):
        where = ids.parse(answer["id"])
        link = STUDIO.format(answer["name"], where.subscription, where.resource_group, where.names[0])
        services["Studio"]["endpoint"] = link
