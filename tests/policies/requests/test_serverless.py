"""What rents machines beside the workspace's computes: jobs, schedules, batch deployments, registries."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.actions import BATCH_DEPLOYMENT, BEARING, COMPUTE, JOB, ML, SCHEDULE
from azureml_policies.requests import rents
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN, UnknownError
from azureml_policies.requests.write import Write

CPU = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/cpu"


def write(type_name: str, properties: Any) -> Write:
    return Write(type_name, "/x", {"properties": properties}, Planned("urn", "token", "it", {}))


def command(**more: Any) -> dict[str, Any]:
    return {"jobType": "Command", "command": "python x.py", "environmentId": "e", **more}


def pipeline(*steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"jobType": "Pipeline", "jobs": {f"s{n}": step for n, step in enumerate(steps)}, "settings": settings}


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (command(), "serverless compute of a command job"),
        (command(resources={"instanceType": "Standard_NC6s_v3"}), "serverless compute of a command job"),
        (command(computeId=""), "serverless compute of a command job"),
        (command(computeId=None), "serverless compute of a command job"),
        (command(computeId="serverless"), "serverless compute of a command job"),
        (command(computeId="azureml:Serverless"), "serverless compute of a command job"),
        (command(computeId=CPU.replace("cpu", "serverless")), "serverless compute of a command job"),
        (command(computeId=CPU), None),
        (command(ComputeId=CPU, resources={"instanceCount": 2}), None),
        (command(computeId=CPU.replace("cpu", "not-serverless")), None),
        ({"jobType": "Sweep", "trial": {}}, "serverless compute of a sweep job"),
        ({"jobType": "Sweep", "trial": {}, "computeId": CPU}, None),
        ({"jobType": "AutoML", "resources": {}}, "serverless compute of a automl job"),
        ({"jobType": "Spark", "resources": {"instanceType": "Standard_E4S_V3"}}, "serverless compute of a spark job"),
        ({"jobType": "Spark", "computeId": CPU}, None),
        ({}, "serverless compute of a job"),
        (pipeline({"type": "command"}, {"type": "command"}, default_compute=CPU), None),
        (
            pipeline({"type": "command"}, {"type": "command", "computeId": "azureml:serverless"}, default_compute=CPU),
            "serverless compute of the pipeline's step s1",
        ),
        (
            pipeline({"type": "command", "computeId": CPU}, {"type": "parallel"}),
            "serverless compute of the pipeline's step s1",
        ),
        (pipeline({"type": "command", "computeId": CPU}, {"type": "if_else", "condition": "x"}), None),
        (
            pipeline({"type": "command"}, default_compute="azureml:serverless"),
            "serverless compute of the pipeline's step s0",
        ),
        (pipeline({"type": "command", "computeId": CPU}, default_compute="serverless"), None),
        (pipeline({"type": "pipeline", "jobs": {"in": {"type": "command"}}}, default_compute=CPU), None),
        (
            pipeline({"type": "pipeline", "jobs": {"in": {"type": "command"}}}),
            "serverless compute of the pipeline's step in",
        ),
        ({"jobType": "Pipeline", "componentId": "c", "computeId": CPU}, None),
        ({"jobType": "Pipeline", "componentId": "c"}, "serverless compute of a pipeline job"),
    ],
)
def test_a_job(job: dict[str, Any], expected: str | None) -> None:
    assert rents(write(JOB, job)) == expected
    schedule = {"action": {"actionType": "CreateJob", "jobDefinition": job}}
    later = f"{expected}, each time that the schedule runs" if expected else None
    assert rents(write(SCHEDULE.upper(), schedule)) == later


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"actionType": "CreateMonitor", "monitorDefinition": {}}, "serverless Spark compute of a monitor"),
        ({"actionType": "InvokeBatchEndpoint"}, "machines of the batch endpoint that a schedule invokes"),
        ({"actionType": "ImportData", "dataImportDefinition": {}}, "serverless compute of a schedule's data import"),
        ({"actionType": "Something"}, "serverless compute of a schedule's action"),
        ({}, "serverless compute of a schedule's action"),
    ],
)
def test_a_schedules_action(action: dict[str, Any], expected: str) -> None:
    assert rents(write(SCHEDULE, {"action": action})) == expected


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        ({"compute": CPU}, None),
        ({"compute": None, "model": {}}, "serverless compute of a batch deployment"),
        (
            {"compute": "azureml:serverless", "resources": {"instanceCount": 1}},
            "serverless compute of a batch deployment",
        ),
        ({"resources": {"instanceType": "Standard_DS3_v2"}}, "serverless compute of a batch deployment"),
        ({"compute": CPU, "resources": {"instanceCount": 2}}, None),
        (
            {
                "deploymentConfiguration": {
                    "deploymentConfigurationType": "PipelineComponent",
                    "settings": {"default_compute": CPU},
                }
            },
            None,
        ),
        (
            {"deploymentConfiguration": {"deploymentConfigurationType": "PipelineComponent", "settings": {}}},
            "serverless compute of a batch deployment's pipeline",
        ),
    ],
)
def test_a_batch_deployment(deployment: dict[str, Any], expected: str | None) -> None:
    assert rents(write(BATCH_DEPLOYMENT, deployment)) == expected


def test_a_registry_with_managed_resources() -> None:
    made = {"acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}]}
    there = {"acrDetails": [{"userCreatedAcrAccount": {"armResourceId": {"resourceId": "x"}}}]}
    assert rents(write(f"{ML}/registries", {"regionDetails": [made]})) == "managed resources of a registry"
    assert rents(write(f"{ML}/registries", {"regionDetails": [there]})) is None
    assert rents(write(f"{ML}/registries", {})) is None


@pytest.mark.parametrize(
    ("type_name", "properties", "path"),
    [
        (JOB, UNKNOWN, "properties"),
        (JOB, command(computeId=UNKNOWN), "properties.computeId"),
        (JOB, {"jobType": UNKNOWN}, "properties.jobType"),
        (JOB, pipeline({"type": "command"}, default_compute=UNKNOWN), "properties.settings.default_compute"),
        (JOB, pipeline({"type": "command", "computeId": UNKNOWN}), "properties.jobs.s0.computeId"),
        (JOB, {"jobType": "Pipeline", "jobs": {"a": UNKNOWN}}, "properties.jobs.a"),
        (JOB, {"jobType": "Pipeline", "jobs": UNKNOWN}, "properties.jobs"),
        (SCHEDULE, {"action": UNKNOWN}, "properties.action"),
        (SCHEDULE, {"action": {"actionType": UNKNOWN}}, "properties.action.actionType"),
        (
            SCHEDULE,
            {"action": {"actionType": "CreateJob", "jobDefinition": command(computeId=UNKNOWN)}},
            "properties.action.jobDefinition.computeId",
        ),
        (BATCH_DEPLOYMENT, {"compute": UNKNOWN}, "properties.compute"),
        (f"{ML}/registries", {"regionDetails": [UNKNOWN]}, "properties.regionDetails"),
    ],
)
def test_what_is_not_known_yet_is_said_with_its_place(type_name: str, properties: Any, path: str) -> None:
    with pytest.raises(UnknownError) as error:
        rents(write(type_name, properties))
    assert error.value.path == path


@pytest.mark.parametrize("type_name", [COMPUTE, f"{ML}/workspaces", "", "Microsoft.Web/sites"])
def test_other_types_rent_nothing_beside(type_name: str) -> None:
    assert rents(write(type_name, command())) is None


def test_every_type_of_which_some_resources_rent_has_a_reader() -> None:
    for entry in BEARING:
        if entry.sometimes:
            with pytest.raises(UnknownError):
                rents(Write(entry.type, "/x", dict.fromkeys(("properties",), UNKNOWN), Planned("urn", "t", "it", {})))


NAMES = st.sampled_from(
    [
        "jobType",
        "type",
        "computeId",
        "jobs",
        "settings",
        "default_compute",
        "action",
        "actionType",
        "jobDefinition",
        "compute",
        "resources",
        "deploymentConfiguration",
        "deploymentConfigurationType",
        "regionDetails",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([UNKNOWN, CPU, "serverless", "Pipeline", "CreateJob", "if_else", "PipelineComponent", ""]),
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=15,
)


@given(st.sampled_from([entry.type for entry in BEARING]), BODIES)
def test_no_body_breaks_the_reader(type_name: str, properties: Any) -> None:
    with contextlib.suppress(UnknownError):
        found = rents(write(type_name, properties))
        assert found is None or found.strip()
