"""Jobs as Azure ML tells them (recorded 2023-10 to 2026-03)."""

from __future__ import annotations

from typing import Any

from azureml_arm import ids
from azureml_sandbox.model.resource import Body, dig
from azureml_sandbox.services.machinelearning.answers.filling import authors, fill, nulls

RESOURCES = {"instanceCount": 1, "instanceType": None, "properties": None, "shmSize": "2g", "dockerArgs": None}
STUDIO = "https://ml.azure.com/runs/{}?wsid=/subscriptions/{}/resourcegroups/{}/workspaces/{}"


def job(told: Body, preview: bool) -> None:
    """A job tells all members of its kind, and where its output lies before it has any."""
    authors(told, "createdAt", "createdBy", "createdByType")
    properties = told["properties"]
    nulls(properties, "description", "computeId", "identity", "componentId")
    if preview:
        nulls(properties, "notificationSetting")
    _services(told, properties)
    for member, extra in (("inputs", "jobInputType"), ("outputs", "jobOutputType")):
        for port in (properties.get(member) or {}).values():
            if isinstance(port, dict) and extra in port:
                nulls(port, "description")
    kind = str(properties.get("jobType"))
    if kind in ("Command", "Sweep"):
        _output(told, properties)
        fill(properties, {"queueSettings": {"jobTier": "Null"}, "resources": dict(RESOURCES)})
        fill(properties["resources"], {"instanceCount": 1, "shmSize": "2g"})
        nulls(properties["resources"], *RESOURCES)
    if kind == "Command":
        _command(properties)
    elif kind == "Sweep":
        _sweep(told, properties)
    elif kind == "Pipeline":
        nulls(properties, "sourceJobId")


def _command(properties: Body) -> None:
    nulls(properties, "parentJobName", "codeId", "distribution", "limits")
    fill(properties, {"parameters": {}, "environmentVariables": {}})
    compute = properties.get("computeId")
    own = properties.setdefault("properties", {})
    own.setdefault("_azureml.ComputeTargetType", "amlctrain")
    own.setdefault("_azureml.ClusterName", ids.parse(compute).name if compute and ids.is_id(compute) else None)


def _sweep(told: Body, properties: Body) -> None:
    nulls(properties, "earlyTermination", "componentConfiguration")
    nulls(properties["limits"] if isinstance(properties.get("limits"), dict) else {}, "trialTimeout")
    goal = dig(properties, "objective.goal")
    if isinstance(goal, str):
        properties["objective"]["goal"] = goal.capitalize()
    sampling = properties.get("samplingAlgorithm")
    if isinstance(sampling, dict) and sampling.get("samplingAlgorithmType") == "Random":
        nulls(sampling, "seed", "logbase")
        fill(sampling, {"rule": "Random"})
    trial = properties.get("trial")
    if isinstance(trial, dict):
        nulls(trial, "distribution")
        fill(trial, {"resources": dict(RESOURCES), "environmentVariables": {}})
        name, _, version = str(trial.get("environmentId") or "").removeprefix("azureml:").partition(":")
        if str(trial.get("environmentId")).startswith("azureml:") and version:
            workspace = told["id"].rpartition("/jobs/")[0]
            trial["environmentId"] = f"{workspace}/environments/{name}/versions/{version}"


def _output(told: Body, properties: Body) -> None:
    place = f"azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.{told['name']}"
    default = {"description": None, "uri": place, "assetName": None, "mode": "ReadWriteMount",
               "jobOutputType": "uri_folder"}  # fmt: skip
    properties["outputs"] = {"default": default, **(properties.get("outputs") or {})}
    nulls(properties["outputs"]["default"], "description", "assetName")


def _services(told: Body, properties: Body) -> None:
    services: dict[str, Any] = properties.get("services") or {}
    for service in services.values():
        nulls(service, "port", "status", "errorMessage", "properties", "nodes")
    if "Studio" in services and ids.is_id(told["id"]):
        where = ids.parse(told["id"])
        link = STUDIO.format(told["name"], where.subscription, where.resource_group, where.names[0])
        services["Studio"]["endpoint"] = link
