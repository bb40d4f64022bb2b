"""Versions of assets: what never changes, and what refers to them."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import refused
from kit.ml_paths import CONDA, IMAGE, ml

DATA = {"properties": {"dataType": "uri_file", "dataUri": "azureml://datastores/raw/paths/iris.csv"}}


@pytest.mark.parametrize(
    ("path", "given", "other", "status"),
    [
        ("codes/train", {"properties": {"codeUri": "https://a"}}, {"properties": {"codeUri": "https://b"}}, 400),
        ("data/iris", DATA, {"properties": {**DATA["properties"], "dataUri": "https://b"}}, 400),
        ("environments/plain", IMAGE, CONDA, 409),
        ("models/iris", {"properties": {"modelUri": "https://a"}}, {"properties": {"modelUri": "https://b"}}, 400),
    ],
)
def test_a_versions_content_never_changes(azure: Azure, path: str, given: Any, other: Any, status: int) -> None:
    version = ml(f"{path}/versions/1")
    azure.put(version, given)
    azure.put(version, {"properties": {**given["properties"], "description": "new words", "isArchived": True}})
    assert azure.get(version)["properties"]["description"] == "new words"
    with refused("UserError", status, says="version '1' already exists"):
        azure.put(version, other)
    azure.put(ml(f"{path}/versions/2"), other)


def test_curated_environments_are_always_there(azure: Azure) -> None:
    curated = ml("environments/AzureML-sklearn-1.0/versions/4")
    assert azure.get(curated)["properties"]["environmentType"] == "Curated"
    command = {"jobType": "Command", "command": "true", "environmentId": curated}
    azure.put(ml("jobs/train"), {"properties": command})
    with refused("UserError", 404):
        azure.get(curated.replace("AzureML-", "own-"))


def test_containers_come_with_their_first_version_and_count(azure: Azure) -> None:
    for version in ("1", "2", "10", "beta"):
        azure.put(ml(f"data/iris/versions/{version}"), DATA)
    container = azure.get(ml("data/iris"))["properties"]
    assert (container["latestVersion"], container["nextVersion"]) == ("beta", "11")
    assert container["dataType"] == "uri_file"
    azure.put(ml("data/iris"), {"properties": {"dataType": "uri_file", "description": "flowers"}})
    assert azure.get(ml("data/iris"))["properties"]["latestVersion"] == "beta"
    azure.delete(ml("data/iris/versions/10"))
    assert azure.get(ml("data/iris"))["properties"]["nextVersion"] == "3"
    azure.delete(ml("data/iris"))
    assert not azure.exists(ml("data/iris/versions/1"))


def test_all_versions_of_data_have_one_type(azure: Azure) -> None:
    azure.put(ml("data/iris/versions/1"), DATA)
    with refused("UserError", 400):
        azure.put(ml("data/iris/versions/2"), {"properties": {**DATA["properties"], "dataType": "uri_folder"}})


def test_a_job_runs_once(azure: Azure) -> None:
    azure.put(ml("environments/plain/versions/1"), IMAGE)
    command = {
        "jobType": "Command",
        "command": "python main.py",
        "environmentId": ml("environments/plain/versions/1"),
    }
    job = azure.put(ml("jobs/train"), {"properties": command})["properties"]
    assert (job["status"], job["outputs"]) == ("Completed", {})
    assert job["services"]["Studio"]["endpoint"].startswith("https://ml.azure.com/runs/train?wsid=")
    azure.put(ml("jobs/train"), {"properties": {**command, "displayName": "again"}})
    with refused("UserError", 400, says="its command can't be changed"):
        azure.put(ml("jobs/train"), {"properties": {**command, "command": "python other.py"}})
    with refused("UserError", 400):
        azure.action(ml("jobs/train"), "cancel")
