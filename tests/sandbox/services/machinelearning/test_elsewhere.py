"""What is named of another subscription: it is taken as it stands, as nobody here knows what is there."""

from typing import Any

import pytest

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from kit.clouds import INSIGHTS, REGION, REGISTRY, WORKSPACE, body, foundation
from kit.ml_paths import KEY_ENDPOINT, ml
from kit.timed import CLUSTER, Timed

pytestmark = pytest.mark.any_body("what a job needs to be submitted is not what these tests are about")


def elsewhere(resource_id: str) -> str:
    return resource_id.replace(SUBSCRIPTION, "11111111-0000-0000-0000-000000000000")


def outcome(timed: Timed, kind: str = "Command", **job: Any) -> str:
    timed.submit("train", kind, **job)
    timed.wait(minutes=20)
    return timed.state("train")


def test_a_registry_is_not_judged_and_tells_no_keys(timed: Timed) -> None:
    timed.azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=elsewhere(REGISTRY)))
    environment = ml("environments/conda/versions/1")
    timed.azure.put(environment, {"properties": {"image": "mcr.microsoft.com/x:1", "condaFile": "dependencies: []"}})
    assert outcome(timed, computeId=timed.cluster(), environmentId=environment) == "Completed"
    assert timed.azure.action(WORKSPACE, "listKeys")["containerRegistryCredentials"] is None


def test_insights_tell_no_key() -> None:
    azure = foundation(Azure())
    azure.put(WORKSPACE, body(WORKSPACE, applicationInsights=elsewhere(INSIGHTS)))
    assert azure.action(WORKSPACE, "listKeys")["appInsightsInstrumentationKey"] is None


def test_a_compute_runs_jobs(timed: Timed) -> None:
    curated = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"
    assert outcome(timed, computeId=elsewhere(CLUSTER), environmentId=curated) == "Completed"
    assert timed.azure.get(ml("jobs/train"))["properties"]["computeId"] == elsewhere(CLUSTER)


def test_a_component_is_a_step(timed: Timed) -> None:
    step = {"type": "command", "componentId": elsewhere(ml("components/c/versions/1")), "computeId": timed.cluster()}
    bound = {"x": {"job_input_type": "literal", "value": "${{parent.jobs.one.outputs.y}}"}}
    assert outcome(timed, "Pipeline", jobs={"one": step, "two": {**step, "inputs": bound}}) == "Completed"


def test_a_model_is_deployed(timed: Timed) -> None:
    endpoint = timed.azure.put(ml("onlineEndpoints/scores"), KEY_ENDPOINT)["id"]
    model = elsewhere(ml("models/iris/versions/1"))
    managed = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", "model": model}
    made = timed.azure.put(f"{endpoint}/deployments/blue", {"location": REGION, "properties": managed})
    assert made["properties"]["model"] == model


def test_a_job_that_a_schedule_runs_again(timed: Timed) -> None:
    again = {"jobType": "Command", "sourceJobId": elsewhere(ml("jobs/before"))}
    trigger = {"triggerType": "Recurrence", "frequency": "Hour", "interval": 1}
    action = {"actionType": "CreateJob", "jobDefinition": again}
    timed.azure.put(ml("schedules/hourly"), {"properties": {"trigger": trigger, "action": action}})
    assert len(timed.wait(hours=3).jobs()) >= 3
