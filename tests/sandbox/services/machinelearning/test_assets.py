"""What Azure ML does with assets: lists, archives, uploads, images, and copies in registries."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from kit.arm_requests import ask, read, send
from kit.clouds import REGION, STORAGE, WORKSPACE, body, foundation, refused
from kit.ml_paths import ml

MODEL = {"properties": {"modelUri": "azureml://datastores/raw/paths/m", "modelType": "custom_model"}}
REGISTRY = f"{WORKSPACE.rpartition('/workspaces/')[0]}/registries/shared"


def model(**more: Any) -> dict[str, Any]:
    return {"properties": {**MODEL["properties"], **more}}


def names_in_list(azure: Azure, path: str, query: str = "") -> list[str]:
    """Return the names that a list over http tells."""
    status, answer = ask(azure, "GET", f"{ml(path)}?api-version=2025-12-01{query}")
    assert status == 200, answer
    return [one["name"] for one in answer["value"]]


# -- lists -----------------------------------------------------------------------------------------------------------


def test_archived_versions_are_shown_where_they_are_asked_for(azure: Azure) -> None:
    azure.put(ml("models/iris/versions/1"), model(isArchived=True))
    azure.put(ml("models/iris/versions/2"), MODEL)
    versions = "models/iris/versions"
    assert names_in_list(azure, versions) == ["2"]
    assert names_in_list(azure, versions, "&listViewType=ArchivedOnly") == ["1"]
    assert names_in_list(azure, versions, "&listViewType=All") == ["1", "2"]
    azure.put(ml("models/iris"), {"properties": {"isArchived": True}})
    assert names_in_list(azure, versions) == names_in_list(azure, "models") == []
    assert names_in_list(azure, versions, "&listViewType=All") == ["1", "2"]
    assert names_in_list(azure, "models", "&listViewType=All") == ["iris"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("&tags=team", ["1", "2"]),
        ("&tags=team%3Dred", ["1"]),
        ("&tags=team,stage%3Ddev", ["2"]),
        ("&properties=size%3Dbig", ["2"]),
        ("&version=2", ["2"]),
        ("&tags=nobody", []),
    ],
)
def test_lists_are_narrowed_by_labels(azure: Azure, query: str, names: list[str]) -> None:
    azure.put(ml("models/iris/versions/1"), model(tags={"team": "red"}))
    azure.put(ml("models/iris/versions/2"), model(tags={"team": "blue", "stage": "dev"}, properties={"size": "big"}))
    assert names_in_list(azure, "models/iris/versions", query) == names


def test_a_name_that_nobody_has_used_has_no_versions(azure: Azure) -> None:
    assert names_in_list(azure, "data/none/versions") == []
    with refused("UserError", 404):
        azure.kind(ids.parse(ml("models/none/versions/1"))).query_list(azure, ml("models/none"), {})
    azure.put(REGISTRY, {"location": REGION, "properties": {}})
    unused = f"{REGISTRY}/models/none"
    assert azure.kind(ids.parse(f"{unused}/versions/1")).query_list(azure, unused, {}) == []


def test_an_unknown_view_is_refused(azure: Azure) -> None:
    kind = azure.kind(ids.parse(ml("models/iris")))
    with refused("InvalidParameter", 400, says="ActiveOnly, ArchivedOnly, All"):
        kind.query_list(azure, WORKSPACE, {"listviewtype": "Some"})


def test_code_is_found_by_its_content_under_any_name(azure: Azure) -> None:
    hashes = {"hash_sha256": "abc", "hash_version": "202208"}
    azure.put(ml("codes/train/versions/1"), {"properties": {"codeUri": "https://a/b", "properties": hashes}})
    other = "codes/5f7a6f0e/versions"
    assert names_in_list(azure, other, "&hash=abc&hashVersion=202208") == ["1"]
    assert names_in_list(azure, other, "&hash=abc&hashVersion=1") == names_in_list(azure, other, "&hash=abd") == []


def test_azure_mls_own_environments_are_listed_and_their_names_taken(azure: Azure) -> None:
    azure.put(ml("environments/plain/versions/1"), {"properties": {"image": "mcr.microsoft.com/x:1"}})
    names = names_in_list(azure, "environments")
    assert "plain" in names
    assert "AzureML-sklearn-1.5" in names
    latest = azure.get(ml("environments/AzureML-sklearn-1.5"))["properties"]["latestVersion"]
    assert names_in_list(azure, "environments/AzureML-sklearn-1.5/versions") == [latest]
    with refused("UserError", 400, says="use another name"):
        azure.put(ml("environments/AzureML-own/versions/1"), {"properties": {"image": "x"}})


def test_a_models_stage_outlives_its_archiving(azure: Azure) -> None:
    azure.put(ml("models/iris/versions/1"), model(stage="Production"))
    azure.put(ml("models/iris/versions/1"), model(isArchived=True))
    assert azure.get(ml("models/iris/versions/1"))["properties"]["stage"] == "Production"


# -- uploads ---------------------------------------------------------------------------------------------------------


def test_content_is_uploaded_before_the_version_is_made(azure: Azure) -> None:
    version = ml("codes/0f9c/versions/1")
    upload = azure.action(version, "startPendingUpload", {"pendingUploadType": "TemporaryBlobReference"})
    reference = upload["blobReferenceForConsumption"]
    assert upload["pendingUploadType"] == "None"
    assert reference["storageAccountArmId"] == STORAGE
    container = urlsplit(reference["blobUri"]).path.strip("/")
    assert azure.exists(f"{STORAGE}/blobServices/default/containers/{container}")
    signed = parse_qs(urlsplit(reference["credential"]["sasUri"]).query)
    assert (signed["sr"], signed["spr"]) == (["c"], ["https"])
    again = azure.action(version, "startPendingUpload", {"pendingUploadId": "mine"})
    assert again["pendingUploadId"] == "mine"
    assert again["blobReferenceForConsumption"]["blobUri"] != reference["blobUri"]
    azure.put(version, {"properties": {"codeUri": f"{reference['blobUri']}/src"}})
    with refused("Conflict", 409, says="already exists"):
        azure.action(version, "startPendingUpload", {})


def test_nothing_is_uploaded_to_a_workspace_that_isnt_there() -> None:
    azure = foundation(Azure())
    with refused("ParentResourceNotFound", 404):
        azure.action(ml("codes/0f9c/versions/1"), "startPendingUpload", {})


# -- registries ------------------------------------------------------------------------------------------------------


def test_a_version_is_published_into_a_registry(azure: Azure) -> None:
    azure.put(REGISTRY, {"location": REGION, "properties": {}})
    azure.put(ml("models/iris/versions/1"), MODEL)
    there = {"registryName": "shared", "destinationName": "flowers", "destinationVersion": "7"}
    azure.action(ml("models/iris/versions/1"), "publish", there)
    published = azure.get(f"{REGISTRY}/models/flowers/versions/7")
    assert published["properties"]["modelType"] == "custom_model"
    assert azure.get(f"{REGISTRY}/models/flowers")["properties"]["nextVersion"] == "8"
    with refused("Conflict", 409):
        azure.action(ml("models/iris/versions/1"), "publish", there)
    with refused("RegistryNotFound", says="'none'"):
        azure.action(ml("models/iris/versions/1"), "publish", {"registryName": "none"})


def test_a_registrys_content_is_in_its_own_storage(azure: Azure) -> None:
    azure.put(REGISTRY, {"location": REGION, "properties": {}})
    target = f"{REGISTRY}/models/iris/versions/1"
    reference = azure.action(target, "startPendingUpload", {})["blobReferenceForConsumption"]
    assert "azureml-rg-shared_" in reference["storageAccountArmId"]
    azure.put(f"{REGISTRY}/environments/e/versions/1", {"properties": {"image": "x", "condaFile": "dependencies: []"}})
    assert "containerRegistry" not in azure.get(WORKSPACE)["properties"]
    assert not azure.exists(f"{REGISTRY}/environments/AzureML-sklearn-1.5")


# -- feature stores --------------------------------------------------------------------------------------------------


def test_feature_sets_are_about_entities_that_are_there(azure: Azure) -> None:
    columns = [{"columnName": "id", "dataType": "String"}]
    featureset = {"properties": {"entities": ["azureml:account:1"], "specification": {"path": "https://a/spec"}}}
    with refused("UserError", says="azureml:account:1"):
        azure.put(ml("featuresets/sales/versions/1"), featureset)
    azure.put(ml("featurestoreEntities/account/versions/1"), {"properties": {"indexColumns": columns}})
    azure.put(ml("featuresets/sales/versions/1"), featureset)
    assert azure.action(ml("featuresets/sales/versions/1"), "backfill", {})["jobIds"]
    assert names_in_list(azure, "featuresets/sales/versions/1/features") == []
    with refused("UserError", 400):
        azure.put(ml("featurestoreEntities/account/versions/1"), {"properties": {"indexColumns": []}})


def test_a_premade_account_takes_uploads_by_identity_too() -> None:
    azure = foundation(Azure())
    azure.put(WORKSPACE, body(WORKSPACE))
    upload = azure.action(ml("models/m/versions/1"), "startPendingUpload", {})
    assert upload["blobReferenceForConsumption"]["credential"]["credentialType"] == "SAS"


@pytest.mark.parametrize(
    "of", [{"type": "command"}, {"type": "parallel", "task": {"environment": "azureml:AzureML-x:3"}}]
)
def test_a_component_is_sent_again_as_it_is_answered(azure: Azure, of: dict[str, Any]) -> None:
    """What the service writes in full is the same environment, a component's own and its task's."""
    target, spec = ml("components/c/versions/1"), {"environment": "azureml:AzureML-x@latest", **of}
    answer = read(send(azure, "PUT", target, {"properties": {"componentSpec": spec}}))
    shown = {"componentSpec": answer["properties"]["componentSpec"]}
    assert send(azure, "PUT", target, {"properties": shown}).status == 200
    other = {**spec, "task": {"environment": "azureml:AzureML-y:3"}}
    assert send(azure, "PUT", target, {"properties": {"componentSpec": other}}).status == 400


PORTS = {"inputs": {"rate": {"type": "number", "default": 0.1}, "data": {"type": "uri_folder"}}}


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"data": {"type": "uri_folder"}, "rate": {"type": "number", "default": 0.1}}, 200),
        ({"rate": {"type": "number", "default": 0.1, "description": "Speed"}, "data": {"type": "uri_folder"}}, 200),
        ({"rate": {"type": "integer", "default": 1}, "data": {"type": "uri_folder"}}, 400),
        ({"rate": {"type": "number", "optional": True}, "data": {"type": "uri_folder"}}, 400),
        ({"data": {"type": "uri_folder"}}, 400),
        ({}, 400),
    ],
)
def test_what_a_component_takes_never_changes(azure: Azure, inputs: dict[str, Any], status: int) -> None:
    """Their order may, as was recorded, and what is said of them."""
    target, spec = ml("components/c/versions/1"), {"environment": "azureml:AzureML-x@latest", "command": "echo"}
    send(azure, "PUT", target, {"properties": {"componentSpec": {**spec, **PORTS}}})
    assert send(azure, "PUT", target, {"properties": {"componentSpec": {**spec, "inputs": inputs}}}).status == status
