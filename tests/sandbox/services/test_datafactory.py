"""Data Factory: what is in a factory, and runs that copy blobs and call Azure with the factory's identity."""

from typing import Any

import pytest

from azureml_arm.roles import definition_id
from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import derived
from azureml_sandbox.model.clock import advance
from azureml_sandbox.services.datafactory.expressions import UnknownValueError, evaluate
from kit.clouds import PROVIDERS, REGION, WORKSPACE, refused, workspace

FACTORY = f"{PROVIDERS}/Microsoft.DataFactory/factories/mover"
ACCOUNT = f"{PROVIDERS}/Microsoft.Storage/storageAccounts/raw0"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers"
PIPELINE, TRIGGER = f"{FACTORY}/pipelines/claims", f"{FACTORY}/triggers/daily"
HOUR = 3600


def dataset(container: str, folder: str) -> dict[str, Any]:
    location = {"type": "AzureBlobStorageLocation", "container": container, "folderPath": folder}
    linked = {"referenceName": "lake", "type": "LinkedServiceReference"}
    return {"properties": {"type": "Binary", "linkedServiceName": linked, "typeProperties": {"location": location}}}


def reference(name: str, kind: str = "DatasetReference") -> dict[str, str]:
    return {"referenceName": name, "type": kind}


COPY = {
    "name": "copy",
    "type": "Copy",
    "inputs": [reference("from")],
    "outputs": [reference("to")],
    "typeProperties": {"source": {"type": "BinarySource"}, "sink": {"type": "BinarySink"}},
}
VERSION = f"https://management.azure.com{WORKSPACE}/data/claims/versions/@{{formatDateTime(pipeline().TriggerTime,'yyyyMMdd')}}"
REGISTER = {
    "name": "register",
    "type": "WebActivity",
    "dependsOn": [{"activity": "copy", "dependencyConditions": ["Succeeded"]}],
    "typeProperties": {
        "method": "PUT",
        "url": f"{VERSION}?api-version=2025-12-01",
        "authentication": {"type": "MSI", "resource": "https://management.azure.com/"},
        "body": {
            "properties": {"dataType": "uri_folder", "dataUri": "azureml://datastores/workspaceblobstore/paths/c"}
        },
    },
}


def grant(azure: Azure, role: str, scope: str) -> None:
    principal = azure.get(FACTORY)["identity"]["principalId"]
    name = derived.guid(role, scope)
    body = {"roleDefinitionId": definition_id(role, SUBSCRIPTION), "principalId": principal}
    azure.put(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", {"properties": body})


def trigger(**recurrence: Any) -> dict[str, Any]:
    given = {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T02:00:00Z", "timeZone": "UTC", **recurrence}
    pipelines = [{"pipelineReference": reference("claims", "PipelineReference")}]
    return {"properties": {"type": "ScheduleTrigger", "pipelines": pipelines, "typeProperties": {"recurrence": given}}}


@pytest.fixture
def azure() -> Azure:
    made = workspace(Azure())
    made.put(ACCOUNT, {"location": REGION, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}})
    for name in ("drop", "curated"):
        made.put(f"{CONTAINER}/{name}", {"properties": {}})
    made.blobs.put("raw0", "drop", "claims/2026/a.csv", b"one")
    made.put(FACTORY, {"location": REGION, "identity": {"type": "SystemAssigned"}, "properties": {}})
    linked = {"type": "AzureBlobStorage", "typeProperties": {"serviceEndpoint": "https://raw0.blob.core.windows.net/"}}
    made.put(f"{FACTORY}/linkedservices/lake", {"properties": linked})
    made.put(f"{FACTORY}/datasets/from", dataset("drop", "claims"))
    made.put(f"{FACTORY}/datasets/to", dataset("curated", "claims/@{pipeline().RunId}"))
    made.put(PIPELINE, {"properties": {"activities": [REGISTER, COPY]}})
    return made


def let_in(azure: Azure) -> None:
    grant(azure, "Storage Blob Data Contributor", ACCOUNT)
    grant(azure, "AzureML Data Scientist", WORKSPACE)


def runs(azure: Azure) -> list[dict[str, Any]]:
    asked = {"filters": [{"operand": "PipelineName", "operator": "Equals", "values": ["claims"]}]}
    found: list[dict[str, Any]] = azure.action(FACTORY, "queryPipelineRuns", asked)["value"]
    return found


def test_a_run_copies_and_registers_with_the_factorys_identity(azure: Azure) -> None:
    let_in(azure)
    run = azure.action(PIPELINE, "createRun")["runId"]
    (found,) = runs(azure)
    assert (found["runId"], found["status"], found["invokedBy"]["name"]) == (run, "Succeeded", "Manual")
    assert azure.blobs.get("raw0", "curated", f"claims/{run}/2026/a.csv") == b"one"
    activities = azure.action(f"{FACTORY}/pipelineruns/{run}", "queryActivityRuns")["value"]
    assert [(one["activityName"], one["status"]) for one in activities] == [
        ("copy", "Succeeded"),
        ("register", "Succeeded"),
    ]
    assert len(azure.list(f"{WORKSPACE}/data/claims", f"{azure.get(WORKSPACE)['type']}/data/versions")) == 1


def test_a_run_without_roles_fails_and_says_which(azure: Azure) -> None:
    azure.action(PIPELINE, "createRun")
    assert "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read" in runs(azure)[0]["message"]
    grant(azure, "Storage Blob Data Contributor", ACCOUNT)
    azure.action(PIPELINE, "createRun")
    assert "Microsoft.MachineLearningServices/workspaces/data/versions/write" in runs(azure)[0]["message"]


def test_a_trigger_fires_by_the_clock_once_it_is_started(azure: Azure) -> None:
    let_in(azure)
    azure.put(TRIGGER, trigger())
    advance(azure, 25 * HOUR)
    azure.settle(by_clock=True)
    assert runs(azure) == []
    azure.action(TRIGGER, "start")
    advance(azure, 48 * HOUR)
    azure.settle(by_clock=True)
    assert [one["invokedBy"]["invokedByType"] for one in runs(azure)] == ["ScheduleTrigger"] * 2
    azure.action(TRIGGER, "stop")
    advance(azure, 48 * HOUR)
    azure.settle(by_clock=True)
    assert len(runs(azure)) == 2


def test_a_trigger_for_blobs_subscribes_to_the_account_and_fires_for_its_folder(azure: Azure) -> None:
    let_in(azure)
    kind = {
        "scope": ACCOUNT,
        "events": ["Microsoft.Storage.BlobCreated"],
        "blobPathBeginsWith": "/drop/blobs/claims/",
        "blobPathEndsWith": ".csv",
    }
    azure.put(TRIGGER, {"properties": {**trigger()["properties"], "type": "BlobEventsTrigger", "typeProperties": kind}})
    azure.action(TRIGGER, "start")
    (subscription,) = azure.resources("Microsoft.EventGrid/eventSubscriptions")
    assert subscription["properties"]["filter"]["subjectBeginsWith"].endswith("/containers/drop/blobs/claims/")
    for name in ("other/b.csv", "claims/b.txt", "claims/b.csv"):
        azure.blobs.put("raw0", "drop", name, b"two")
    azure.settle(by_clock=True)
    assert [one["status"] for one in runs(azure)] == ["Succeeded"]
    azure.action(TRIGGER, "stop")
    assert list(azure.resources("Microsoft.EventGrid/eventSubscriptions")) == []


def test_what_is_started_or_referred_to_stays(azure: Azure) -> None:
    azure.put(TRIGGER, trigger())
    azure.action(TRIGGER, "start")
    with refused("TriggerEnabledCannotUpdate", 400):
        azure.put(TRIGGER, trigger(interval=2))
    with refused("TriggerEnabledCannotUpdate", 400):
        azure.delete(TRIGGER)
    for name, by in (("linkedservices/lake", "from"), ("datasets/from", "claims"), ("pipelines/claims", "daily")):
        with refused("BadRequest", 400, says=f"it is referenced by {by}"):
            azure.delete(f"{FACTORY}/{name}")
    with refused("BadRequest", 400, says="invalid reference 'none'"):
        azure.put(PIPELINE, {"properties": {"activities": [{**COPY, "inputs": [reference("none")]}]}})
    azure.action(TRIGGER, "stop")
    assert azure.delete(FACTORY)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("@concat('a-', pipeline().RunId)", "a-1"),
        ("b/@{pipeline().RunId}/c", "b/1/c"),
        ("@{formatDateTime('2026-03-04T05:06:07Z', 'yyyyMMdd-HHmmss')}", "20260304-050607"),
        ("@@plain @@{x}", "@plain @@{x}"),
        ("a @@{x}", "a @{x}"),
        ("@pipeline().parameters.many[1]", 2),
        ("@if(equals(pipeline().RunId, '1'), 'yes', 'no')", "yes"),
    ],
)
def test_expressions_are_evaluated(text: str, value: Any) -> None:
    known = {"pipeline": lambda: {"RunId": "1", "parameters": {"many": [1, 2]}}}
    assert evaluate([text], known) == [value]


@pytest.mark.parametrize("text", ["@nothing()", "@pipeline().Missing", "@concat('a'"])
def test_an_expression_that_has_no_value_says_so(text: str) -> None:
    with pytest.raises(UnknownValueError):
        evaluate(text, {"pipeline": dict})
