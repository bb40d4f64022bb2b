"""How Azure ML refuses: what recordings of the service show, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.arm_requests import read, send
from kit.clouds import WORKSPACE
from kit.ml_requests import PREVIEW, TRACKED, WHERE_AND_WHEN, ask


@pytest.mark.parametrize(
    ("kind", "job", "message"),
    [
        ("Command", {"command": "a", "environmentId": "azureml:AzureML-x:1"}, "Unknown compute target 'none'."),
        ("AutoML", {}, "The AutoMLJob input is invalid. Compute none not found in workspace mlw-acme"),
        ("Sweep", {"experimentName": "e"}, "e: Compute Not Found for run ID : j"),
    ],
)
def test_each_kind_of_job_says_that_its_compute_isnt_there(azure: Azure, kind: str, job: Any, message: str) -> None:
    """azure-sdk-assets, command_job, automl_job and sweep_job, 2023-10 and 2026-03."""
    body = {"properties": {"jobType": kind, "computeId": f"{WORKSPACE}/computes/none", **job}}
    error = read(ask(azure, "PUT", "jobs/j", body))["error"]
    assert (error["code"], error["message"], error["details"]) == ("UserError", message, [])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN


def test_a_step_whose_component_isnt_there(azure: Azure) -> None:
    """azure-sdk-assets, pipeline_job, 2023-10."""
    missing = f"{WORKSPACE}/components/c/versions/9"
    body = {"properties": {"jobType": "Pipeline", "jobs": {"a": {"type": "command", "componentId": missing}}}}
    answer = ask(azure, "PUT", "jobs/p", body)
    error = read(answer)["error"]
    assert (answer.status, error["code"]) == (404, "NotFound")
    assert error["message"] == f"key: {missing}, Message: Not found component c (version: 9)."


def test_what_isnt_there_by_type(azure: Azure) -> None:
    """azure-sdk-assets and azure-powershell, 2023 to 2026: a compute's 404 has no body at all."""
    compute = ask(azure, "GET", "computes/none")
    assert (compute.status, compute.body) == (404, b"")
    connection = read(ask(azure, "GET", "connections/none"))
    assert (connection["componentName"], connection["statusCode"]) == ("account-rp", 404)
    model = read(ask(azure, "GET", "models/none/versions/1"))["error"]
    assert model["details"][0]["code"] == "NoSuchModelRegistered"
    assert read(ask(azure, "GET", "schedules/none"))["error"]["message"] == "Resource Trigger none not found"


NO_ENDPOINT = "An endpoint with the name 'none' does not exist in the workspace 'mlw-acme'."
MISSING = {
    "codes/none/versions/1": "The specified resource was not found.",
    "codes/none": "The specified resource was not found.",
    "components/none/versions/1": "Not found component none (version: 1).",
    "data/none/versions/1": "The specified resource was not found.",
    "datastores/none": "Could not find datastore: none",
    "environments/none/versions/1": "No environment exists for name: none, version: 1, label: ",
    "environments/none": "The specified resource was not found.",
    "featuresets/none/versions/1": "The specified resource was not found.",
    "jobs/none": "Run none was not found",
    "models/none": "The specified resource was not found.",
    "onlineEndpoints/none/deployments/blue": NO_ENDPOINT,
    "batchEndpoints/none/deployments/blue": NO_ENDPOINT,
    "onlineEndpoints/ep-one/deployments/none": "The specified resource was not found.",
}


@pytest.mark.parametrize("path", MISSING)
def test_only_a_workspaces_absence_is_arms_to_say(azure: Azure, path: str) -> None:
    """azure-sdk-assets, 2026-03: below a workspace it is Azure ML that says so, with where and when."""
    body = {**TRACKED, "properties": {"authMode": "Key"}}
    azure.put(f"{WORKSPACE}/onlineEndpoints/ep-one", body)
    answer = ask(azure, "GET", path)
    error = read(answer)["error"]
    assert (answer.status, error["code"]) == (404, "UserError")
    assert error["message"].startswith(MISSING[path])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN
    gone = read(send(azure, "GET", f"{WORKSPACE}-none/{path}?api-version={PREVIEW}"))["error"]["code"]
    assert gone in ("ResourceNotFound", "ParentResourceNotFound")


@pytest.mark.parametrize(
    ("path", "properties"),
    [
        ("schedules/s", {}),
        ("jobs/j", {"jobType": "Nothing"}),
        ("environments/AzureML-own/versions/1", {"image": "a"}),
        ("featuresets/f/versions/1", {"entities": ["azureml:none:1"]}),
        ("datastores/d", {"datastoreType": "Nothing"}),
    ],
)
def test_each_refusal_says_where_and_when(azure: Azure, path: str, properties: dict[str, Any]) -> None:
    """azure-sdk-assets, 2023 to 2026: whatever is wrong, details and additionalInfo are there."""
    answer = ask(azure, "PUT", path, {"properties": properties})
    error = read(answer)["error"]
    assert (answer.status, error["code"], error["details"]) == (400, "UserError", [])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN
