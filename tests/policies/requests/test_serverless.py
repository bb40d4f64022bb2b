"""What rents machines beside the workspace's computes: jobs, schedules, batch deployments, registries."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.actions import BATCH_DEPLOYMENT, BEARING, COMPUTE, JOB, ML, ONLINE_DEPLOYMENT, SCHEDULE
from azureml_policies.requests import rents
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN, UnknownError
from azureml_policies.requests.write import Write
from kit.rows import each

CPU = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/cpu"


def write(type_name: str, properties: Any, resource_id: str = "/x") -> Write:
    return Write(type_name, resource_id, {"properties": properties}, planned=Planned("urn", "token", "it", {}))


STEP = "serverless compute of the pipeline's step s0"
REPEATED = "serverless compute of a pipeline job, which repeats another"
LABELING = "serverless compute of a labeling job"


def assistance(**more: Any) -> dict[str, Any]:
    return {"mlAssistConfiguration": {"mlAssist": "Enabled", **more}}


def command(**more: Any) -> dict[str, Any]:
    return {"jobType": "Command", "command": "python x.py", "environmentId": "e", **more}


def pipeline(*steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"jobType": "Pipeline", "jobs": {f"s{n}": step for n, step in enumerate(steps)}, "settings": settings}


@each(
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
        (command(computeId=CPU, sourceJobId="j"), "serverless compute of a command job, which repeats another"),
        (command(compute=CPU, target=CPU), "serverless compute of a command job"),
        (command(type="Command", jobType=None, computeId=CPU), "serverless compute of a job"),
        ({"jobType": "FineTuning", "computeId": CPU}, "serverless compute of a finetuning job"),
        ({"jobType": "SomethingNew", "computeId": CPU}, "serverless compute of a somethingnew job"),
        (command(computeId=CPU.replace("cpu", "not-serverless")), None),
        ({"jobType": "Sweep", "trial": {}}, "serverless compute of a sweep job"),
        ({"jobType": "Sweep", "trial": {}, "computeId": CPU}, None),
        ({"jobType": "Sweep", "trial": {"computeId": CPU}, "computeId": CPU}, None),
        (
            {"jobType": "Sweep", "trial": {"computeId": "serverless"}, "computeId": CPU},
            "serverless compute of a sweep job",
        ),
        ({"jobType": "Sweep", "trial": {"computeId": CPU}}, "serverless compute of a sweep job"),
        ({"jobType": "AutoML", "computeId": CPU}, None),
        ({"jobType": "Labeling"}, None),
        ({"jobType": "Labeling", **assistance(mlAssist="Disabled")}, None),
        ({"jobType": "Labeling", **assistance()}, LABELING),
        ({"jobType": "Labeling", **assistance(trainingComputeBinding=CPU)}, LABELING),
        (
            {"jobType": "Labeling", **assistance(trainingComputeBinding=CPU, inferencingComputeBinding="serverless")},
            LABELING,
        ),
        ({"jobType": "Labeling", **assistance(trainingComputeBinding=CPU, inferencingComputeBinding=CPU)}, None),
        ({"jobType": "AutoML", "resources": {}}, "serverless compute of a automl job"),
        ({"jobType": "Spark", "resources": {"instanceType": "Standard_E4S_V3"}}, "serverless compute of a spark job"),
        ({"jobType": "Spark", "computeId": CPU}, None),
        (
            {"jobType": "Spark", "computeId": CPU, "resources": {"instanceType": "Standard_E4S_V3"}},
            "serverless compute of a spark job",
        ),
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
        (pipeline({"type": "spark", "computeId": CPU}, default_compute=CPU), None),
        *(
            (pipeline(step, default_compute=CPU), STEP)
            for step in (
                {"type": "spark"},
                {"type": "spark", "resources": {"instance_type": "standard_e4s_v3"}},
                {"type": "spark", "computeId": CPU, "resources": {"instance_type": "standard_e4s_v3"}},
                {"type": "command", "compute": "azureml:serverless"},
                {"type": "command", "target": "serverless", "computeId": CPU},
                {"type": "sweep", "trial": {"compute": "serverless"}},
                {"type": "command", "sourceJobId": "j"},
                {"type": "something_new"},
                {"type": "if_else", "jobType": "command"},
                {"type": "if_else", "jobs": {"a": {"type": "command", "computeId": "serverless"}}},
                {"type": "parallel_for", "body": {"type": "command"}},
                {"type": "do_while", "body": ["a"]},
                {"type": "command", "compute_id": "serverless"},
                {"type": "command", "computeTarget": "serverless"},
                {"type": "command", "component": {"type": "pipeline", "jobs": {}}},
                {"type": "command", "componentId": {"type": "pipeline", "jobs": {}}},
                {},
            )
        ),
        *(
            (pipeline({"type": "command"}, default_compute=CPU, **{name: "serverless"}), STEP)
            for name in ("defaultComputeId", "default_compute_target", "compute", "target")
        ),
        ({**pipeline({"type": "command"}, default_compute=CPU), "settings": '{"default_compute": "x"}'}, STEP),
        ({**pipeline({"type": "command"}), "settings": [CPU], "computeId": CPU}, STEP),
        (pipeline({"type": "do_while", "body": "${{parent.jobs.s1}}"}, {"type": "command"}, default_compute=CPU), None),
        (pipeline({"type": "command", "inputs": {"target": "y", "compute": "z"}}, default_compute=CPU), None),
        (command(computeId=CPU, computeTarget="serverless"), "serverless compute of a command job"),
        (pipeline({"type": "command", "compute": CPU}), STEP),
        (pipeline({"type": "automl", "compute": CPU}), None),
        (pipeline({"type": "automl"}), STEP),
        (pipeline({"type": "automl", "compute": "azureml:serverless"}, default_compute=CPU), STEP),
        (pipeline({"type": "command", "compute": CPU}, default_compute="azureml:cpu"), None),
        (pipeline({"type": "command"}, default_compute=CPU, defaultCompute="serverless"), STEP),
        ({**pipeline({"type": "command"}, default_compute=CPU), "computeId": "serverless"}, STEP),
        ({**pipeline({"type": "command"}, default_compute=CPU), "sourceJobId": "j"}, REPEATED),
        ({"jobType": "Pipeline", "sourceJobId": "j", "computeId": CPU}, REPEATED),
        (
            {"jobType": "Pipeline", "jobs": [{"type": "command"}], "computeId": CPU},
            "serverless compute of a pipeline job whose steps can't be read",
        ),
        (pipeline({"type": "pipeline", "componentId": "c"}, default_compute=CPU), None),
        (pipeline({"type": "pipeline", "componentId": "c"}), "serverless compute of a pipeline job"),
        (
            pipeline({"type": "pipeline", "componentId": "c", "computeId": "x"}, default_compute=CPU),
            "serverless compute of a pipeline job",
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


@each(
    ("action", "expected"),
    [
        ({"actionType": "CreateMonitor", "monitorDefinition": {}}, "serverless Spark compute of a monitor"),
        ({"actionType": "InvokeBatchEndpoint"}, "machines of the batch endpoint that a schedule invokes"),
        ({"actionType": "ImportData", "dataImportDefinition": {}}, "serverless compute of a schedule's data import"),
        (
            {"actionType": "ImportData", "dataImportDefinition": {"compute": CPU}},
            "serverless compute of a schedule's data import",
        ),
        ({"actionType": "Something"}, "serverless compute of a schedule's action"),
        ({}, "serverless compute of a schedule's action"),
    ],
)
def test_a_schedules_action(action: dict[str, Any], expected: str) -> None:
    assert rents(write(SCHEDULE, {"action": action})) == expected


@each(
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
        (
            {
                "compute": CPU,
                "deploymentConfiguration": {
                    "deploymentConfigurationType": "PipelineComponent",
                    "settings": {"default_compute": "serverless"},
                },
            },
            "serverless compute of a batch deployment's pipeline",
        ),
        ({}, "serverless compute of a batch deployment"),
        (
            {"compute": CPU, "deploymentConfiguration": {"deploymentConfigurationType": "SomethingNew"}},
            "serverless compute of a batch deployment",
        ),
        ({"compute": CPU, "deploymentConfiguration": {"deploymentConfigurationType": "Model"}}, None),
    ],
)
def test_a_batch_deployment(deployment: dict[str, Any], expected: str | None) -> None:
    assert rents(write(BATCH_DEPLOYMENT, deployment)) == expected


@each(
    ("kind", "expected"),
    [("Kubernetes", None), ("kubernetes", None)]
    + [(kind, "machines of an online deployment") for kind in ("Managed", "AzureMLCompute", "Kubernetes ", "", None)],
)
def test_an_online_deployment(kind: str | None, expected: str | None) -> None:
    assert rents(write(ONLINE_DEPLOYMENT, {"endpointComputeType": kind})) == expected


COMPUTES = [
    "cpu",
    "CPU-1",
    "azureml:cpu",
    CPU,
    CPU.upper(),
    f"azureml:{CPU}",
    CPU.replace("cpu", "not-serverless"),
    CPU.replace("/w/", "/other_ws-1/"),
]
ODD_COMPUTES: list[Any] = [
    "",
    "serverless",
    "Serverless",
    "SERVERLESS",
    "\u017ferverless",
    "server\u200bless",
    " serverless",
    "serverless ",
    "serverless\n",
    "cpu\n",
    "cpu ",
    "%73erverless",
    "serverless:1",
    "azureml:serverless",
    "azureml:serverless:1",
    "azureml:cpu:1",
    "azureml:azureml:cpu",
    "azureml: cpu",
    "AmlCompute",
    "azureml:amlcompute",
    "AISuperComputer",
    "cpu/",
    "/computes/cpu",
    "computes/cpu",
    "a",
    "c" * 40,
    "-cpu",
    "cpu_1",
    "https://contoso.example/computes/cpu",
    f"{CPU}/",
    f"{CPU} ",
    f"{CPU}?x=serverless",
    f"/{CPU}",
    CPU.lstrip("/"),
    CPU.replace("/computes/", "/virtualclusters/"),
    CPU.replace("/computes/", "/Computes/Serverless/"),
    CPU.replace("cpu", "serverless"),
    CPU.replace("cpu", "Serverless"),
    CPU.replace("cpu", "%73erverless"),
    CPU.replace("cpu", "cpu%2f..%2fserverless"),
    CPU.replace("workspaces", "work\u017fpaces"),
    CPU.replace("workspaces/w", "workspaces/w/../x"),
    CPU.replace("/providers/", "/providers//"),
    CPU.replace("Microsoft.MachineLearningServices", "Microsoft.AISupercomputer"),
    CPU.replace("Microsoft.MachineLearningServices", "MicrosoftxMachineLearningServices"),
    True,
    1,
    ["cpu"],
    {"name": "cpu"},
]
PLACES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "job": (JOB, lambda compute: command(computeId=compute)),
    "sweep": (JOB, lambda compute: {"jobType": "Sweep", "computeId": compute}),
    "AutoML": (JOB, lambda compute: {"jobType": "AutoML", "computeId": compute}),
    "Spark": (JOB, lambda compute: {"jobType": "Spark", "computeId": compute}),
    "step": (JOB, lambda compute: pipeline({"type": "command", "computeId": compute})),
    "Spark step": (JOB, lambda compute: pipeline({"type": "spark", "computeId": compute})),
    "default": (JOB, lambda compute: pipeline({"type": "command"}, default_compute=compute)),
    "component": (JOB, lambda compute: {"jobType": "Pipeline", "componentId": "c", "computeId": compute}),
    "step in a step": (
        JOB,
        lambda compute: pipeline({"type": "pipeline", "jobs": {"in": {"type": "parallel", "computeId": compute}}}),
    ),
    "schedule": (
        SCHEDULE,
        lambda compute: {"action": {"actionType": "CreateJob", "jobDefinition": command(computeId=compute)}},
    ),
    "batch deployment": (BATCH_DEPLOYMENT, lambda compute: {"compute": compute}),
    "batch pipeline": (
        BATCH_DEPLOYMENT,
        lambda compute: {
            "deploymentConfiguration": {
                "deploymentConfigurationType": "PipelineComponent",
                "settings": {"default_compute": compute},
            }
        },
    ),
}


@each("place", PLACES)
@each("compute", COMPUTES)
def test_on_a_compute_of_the_workspace_nothing_is_rented(place: str, compute: str) -> None:
    type_name, body = PLACES[place]
    assert rents(write(type_name, body(compute))) is None


@each("place", PLACES)
@each("compute", ODD_COMPUTES, ids=repr)
def test_whatever_else_is_called_a_compute_rents(place: str, compute: Any) -> None:
    type_name, body = PLACES[place]
    assert rents(write(type_name, body(compute)))


@given(
    st.sampled_from(sorted(PLACES)), st.text(max_size=40) | st.from_regex(r"(azureml:|.*/computes/)?[\w%: .-]{0,40}")
)
def test_a_job_whose_compute_is_not_exactly_one_of_the_forms_always_rents(place: str, compute: str) -> None:
    type_name, body = PLACES[place]
    exact = re.fullmatch(r"(azureml:)?[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9-]", compute)
    reserved = compute.lower().removeprefix("azureml:") in ("serverless", "amlcompute")
    if not exact or reserved:
        assert rents(write(type_name, body(compute)))


@each("place", PLACES)
def test_a_compute_of_another_workspace_is_none_of_this_one(place: str) -> None:
    type_name, body = PLACES[place]
    workspace = CPU.partition("/computes/")[0]
    kind = "/".join(f"{part}/x" for part in type_name.split("/")[2:])
    for spelled in (workspace, workspace.upper()):
        assert rents(write(type_name, body(CPU), f"{spelled}/{kind}")) is None
    assert rents(write(type_name, body(CPU), f"{workspace}2/{kind}"))
    assert rents(write(type_name, body(CPU), f"{workspace.removesuffix('w')}{UNKNOWN}/{kind}")) is None


@each("place", PLACES)
def test_a_compute_that_is_known_in_part_is_not_known(place: str) -> None:
    type_name, body = PLACES[place]
    with pytest.raises(UnknownError):
        rents(write(type_name, body(f"{CPU.removesuffix('cpu')}{UNKNOWN}")))


def test_a_registry_with_managed_resources() -> None:
    made = {"acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}]}
    there = {"acrDetails": [{"userCreatedAcrAccount": {"armResourceId": {"resourceId": "x"}}}]}
    assert rents(write(f"{ML}/registries", {"regionDetails": [made]})) == "managed resources of a registry"
    assert rents(write(f"{ML}/registries", {"regionDetails": [there]})) is None
    assert rents(write(f"{ML}/registries", {})) is None


@each(
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


@each("type_name", [COMPUTE, f"{ML}/workspaces", "", "Microsoft.Web/sites"])
def test_other_types_rent_nothing_beside(type_name: str) -> None:
    assert rents(write(type_name, command())) is None


def test_every_type_of_which_some_resources_rent_has_a_reader() -> None:
    for entry in BEARING:
        if entry.sometimes:
            with pytest.raises(UnknownError):
                rents(write(entry.type, UNKNOWN))


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
