"""Registries: their regions, what Azure ML makes for them, and how clients find them by name."""

import json
from typing import Any

import pytest

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from azureml_sandbox.http import Response
from azureml_sandbox.services.machinelearning.registries import group_id
from kit.arm_requests import read, send
from kit.clouds import GROUP, PROVIDERS, REGION, STORAGE, WORKSPACE, refused, workspace

REGISTRY = f"{PROVIDERS}/Microsoft.MachineLearningServices/registries/shared"
HOST = f"https://{REGION}.api.azureml.ms"
FRONTEND = f"{HOST}/mferp/managementfrontend{REGISTRY}"
TWO_REGIONS = {"regionDetails": [{"location": REGION}, {"location": "northeurope"}]}


@pytest.fixture
def azure() -> Azure:
    azure = workspace(Azure())
    azure.put(REGISTRY, {"location": REGION, "properties": TWO_REGIONS})
    return azure


def response(azure: Azure, method: str, url: str, given: Any = None) -> Response:
    """Send a signed-in request with the version that Azure ML's clients send."""
    return send(azure, method, f"{url}?api-version=2021-10-01-dataplanepreview", given)


def ask(azure: Azure, method: str, url: str, given: Any = None) -> tuple[int, Any]:
    """Return status and body of the answer to such a request."""
    answer = response(azure, method, url, given)
    return answer.status, read(answer)


def test_azure_ml_makes_storage_and_images_in_a_group_of_its_own(azure: Azure) -> None:
    properties = azure.get(REGISTRY)["properties"]
    assert properties["managedResourceGroup"] == {"resourceId": group_id(REGISTRY)}
    assert [region["location"] for region in properties["regionDetails"]] == [REGION, "northeurope"]
    assert len(azure.list(group_id(REGISTRY), "Microsoft.Storage/storageAccounts")) == 2
    assert len(azure.list(group_id(REGISTRY), "Microsoft.ContainerRegistry/registries")) == 2
    before = azure.resources()
    azure.put(REGISTRY, {"location": REGION, "properties": TWO_REGIONS})
    assert azure.resources() == before
    azure.delete(REGISTRY)
    assert not azure.exists(group_id(REGISTRY))


def test_regions_are_added_by_a_put_and_removed_by_an_action(azure: Azure) -> None:
    three = [*TWO_REGIONS["regionDetails"], {"location": "uksouth"}]
    azure.put(REGISTRY, {"location": REGION, "properties": {"regionDetails": three}})
    with refused("BadRequest", says="removeRegions"):
        azure.put(REGISTRY, {"location": REGION, "properties": TWO_REGIONS})
    azure.action(REGISTRY, "removeRegions", {"properties": {"regionDetails": [{"location": "UK South"}]}})
    assert len(azure.get(REGISTRY)["properties"]["regionDetails"]) == 2
    assert len(azure.list(group_id(REGISTRY), "Microsoft.Storage/storageAccounts")) == 2
    for region in (REGION, "uksouth"):
        with refused("BadRequest", says="northeurope"):
            azure.action(REGISTRY, "removeRegions", {"properties": {"regionDetails": [{"location": region}]}})


@pytest.mark.any_body("accounts of one's own are in another version's types")
def test_a_registry_can_stand_on_an_account_of_ones_own(azure: Azure) -> None:
    own = {"userCreatedStorageAccount": {"armResourceId": {"resourceId": STORAGE}}}
    other = f"{REGISTRY}-two"
    details = {"regionDetails": [{"location": REGION, "storageAccountDetails": [own]}]}
    azure.put(other, {"location": REGION, "properties": details})
    assert azure.list(group_id(other), "Microsoft.Storage/storageAccounts") == []
    answer = azure.action(f"{other}/models/m/versions/1", "startPendingUpload", {})
    assert answer["blobReferenceForConsumption"]["storageAccountArmId"] == STORAGE
    own["userCreatedStorageAccount"]["armResourceId"]["resourceId"] = f"{STORAGE}2"
    with refused("LinkedResourceNotFound"):
        azure.put(f"{REGISTRY}-three", {"location": REGION, "properties": details})


def test_a_registry_is_found_by_its_name(azure: Azure) -> None:
    status, answer = ask(azure, "GET", f"{HOST}/registrymanagement/v1.0/registries/Shared/discovery")
    assert status == 200
    assert answer["subscriptionId"] == SUBSCRIPTION
    assert f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{answer['resourceGroup']}" == GROUP
    assert answer["primaryRegionResourceProviderUri"] == f"{HOST}/"
    assert answer["regions"] == [REGION, "northeurope"]
    status, answer = ask(azure, "GET", f"{HOST}/registrymanagement/v1.0/registries/none/discovery")
    assert (status, answer["error"]["code"]) == (404, "RegistryNotFound")


def test_assets_are_listed_by_their_address_there(azure: Azure) -> None:
    plain = {"properties": {"image": "mcr.microsoft.com/x:1"}}
    status, made = ask(azure, "PUT", f"{FRONTEND}/environments/e/versions/1", plain)
    assert (status, made["id"]) == (201, "azureml://registries/shared/environments/e/versions/1")
    assert ask(azure, "GET", f"{FRONTEND}/environments")[1]["value"][0]["name"] == "e"
    assert azure.get(f"{REGISTRY}/environments/e/versions/1")["id"].startswith(REGISTRY)


CONDA = {"condaFile": "channels: [a]\nname: b\n", "image": "mcr.microsoft.com/x:1"}
EVERY = {"description", "tags", "properties", "isArchived", "isAnonymous"}


@pytest.mark.parametrize(
    ("path", "given", "shown", "members"),
    [
        (
            "environments/e/versions/1",
            CONDA,
            {"name": "1", "type": "environments"},
            {"environmentType", "image", "condaFile", "osType"},
        ),
        (
            "data/d/versions/1",
            {"dataType": "uri_file", "dataUri": "https://a/b"},
            {"name": "1", "type": "data"},
            {"dataUri", "dataType"},
        ),
        (
            "models/m/versions/1",
            {"modelType": "mlflow_model", "modelUri": "https://a/b", "flavors": {"a": {"data": {"b": "c"}}}},
            {"name": "m", "type": "models"},
            {"flavors", "modelType", "modelUri", "originAssetId", "jobName", "intellectualProperty"},
        ),
    ],
)
def test_assets_of_a_registry_are_shown_as_azure_shows_them(
    azure: Azure, path: str, given: dict[str, Any], shown: dict[str, str], members: set[str]
) -> None:
    """azure-sdk-assets, recordings of azure-ai-ml: test_registry_environment_create_conda_and_get (2023-03),
    test_create_data_asset_in_registry (2023-02), test_create_get_download_model_registry (2024-05).
    """
    ask(azure, "PUT", f"{FRONTEND}/{path}", {"properties": {"description": "what it is", **given}})
    found = ask(azure, "GET", f"{FRONTEND}/{path}")[1]
    assert {name: found[name] for name in ("id", *shown)} == {"id": f"azureml://registries/shared/{path}", **shown}
    assert set(found["properties"]) == EVERY | members
    assert found["properties"]["properties"] == {}
    assert ("lastModifiedBy" in found["systemData"]) is (shown["type"] != "data")


def test_a_conda_file_in_a_registry_comes_back_as_json(azure: Azure) -> None:
    """By ARM's interface, too: one function says what Azure makes of an environment, wherever it is."""
    azure.put(f"{REGISTRY}/environments/e/versions/1", {"properties": CONDA})
    answer = send(azure, "GET", f"{REGISTRY}/environments/e/versions/1?api-version=2024-04-01")
    shown = read(answer)["properties"]
    assert json.loads(shown["condaFile"]) == {"channels": ["a"], "name": "b"}
    assert (shown["autoRebuild"], "azureml.labels" in shown["properties"]) == ("Disabled", False)
    kept = {"type": "command", "name": "c", "version": "1", "command": "a", "resources": {"instance_count": 2}}
    azure.put(f"{REGISTRY}/components/c/versions/1", {"properties": {"componentSpec": kept}})
    answer = send(azure, "GET", f"{REGISTRY}/components/c/versions/1?api-version=2024-04-01")
    assert read(answer)["properties"]["componentSpec"]["resources"] == {"instance_count": "2"}


@pytest.mark.parametrize(
    ("path", "given", "service"),
    [
        ("environments/e/versions/1", {"image": "mcr.microsoft.com/x:1"}, "environment"),
        ("models/m/versions/1", {"modelUri": "https://a/b"}, "assetstore"),
    ],
)
def test_a_put_of_an_asset_is_polled_at_the_service_that_keeps_it(
    azure: Azure, path: str, given: dict[str, Any], service: str
) -> None:
    """azure-sdk-assets, the same recordings: 202, `null`, and Location alone; 202 without a body, then the address."""
    azure.operations.seconds = 60
    answer = response(azure, "PUT", f"{FRONTEND}/{path}", {"properties": given})
    assert (answer.status, answer.body, answer.headers["x-ms-async-operation-timeout"]) == (202, b"null", "PT1H")
    assert "Azure-AsyncOperation" not in answer.headers
    place = answer.headers["Location"]
    assert place.startswith(f"{HOST}/{service}/v1.0/operations/")
    assert ask(azure, "GET", place) == (202, None)
    now = azure.clock() + 61
    azure.clock = lambda: now
    assert ask(azure, "GET", place) == (200, {"assetId": f"azureml://registries/shared/{path}"})
    for nonsense in ("nonsense", "!"):
        assert ask(azure, "GET", f"{HOST}/{service}/v1.0/operations/{nonsense}")[0] == 404


def test_uploads_and_downloads_of_a_registry(azure: Azure) -> None:
    asset = {"assetId": "azureml://registries/shared/models/m/versions/1"}
    status, answer = ask(azure, "PUT", f"{FRONTEND}/tempdatarefs/m/versions/1", asset)
    reference = answer["blobReferenceForConsumption"]
    assert status == 200
    assert reference["credential"]["sasUri"].startswith(f"{reference['blobUri'].replace(':443', '')}?")
    uri = f"{reference['blobUri']}/files"
    azure.put(f"{REGISTRY}/models/m/versions/1", {"properties": {"modelUri": uri}})
    assert ask(azure, "PUT", f"{FRONTEND}/tempdatarefs/m/versions/1", asset)[0] == 409
    status, answer = ask(azure, "POST", f"{FRONTEND}/datarefs/m/versions/1", {**asset, "blobUri": uri})
    assert status == 200
    assert answer["blobReferenceForConsumption"]["blobUri"] == uri
    assert answer["blobReferenceForConsumption"]["credential"]["sasUri"].startswith(
        f"{reference['blobUri'].replace(':443', '')}?"
    )


def test_a_workspaces_asset_is_shared(azure: Azure) -> None:
    azure.put(f"{WORKSPACE}/models/m/versions/1", {"properties": {"modelUri": "https://a/b"}})
    guid = azure.get(WORKSPACE)["properties"]["workspaceId"]
    source = f"azureml://locations/{REGION}/workspaces/{guid}/models/m/versions/1"
    request = {"sourceAssetId": source, "destinationName": "n", "destinationVersion": "2"}
    assert ask(azure, "POST", f"{FRONTEND}/import", {"properties": request}) == (200, None)
    assert azure.get(f"{REGISTRY}/models/n/versions/2")["properties"]["modelUri"] == "https://a/b"
    assert ask(azure, "POST", f"{FRONTEND}/import", {"properties": request})[0] == 409
    request["sourceAssetId"] = source.replace(guid, "0" * 36)
    status, answer = ask(azure, "POST", f"{FRONTEND}/import", {"properties": request})
    assert (status, answer["error"]["code"]) == (400, "WorkspaceNotFound")


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("PUT", "tempdatarefs/m/versions/1", {"assetId": "nonsense"}),
        ("PUT", "tempdatarefs/m/versions/1", []),
        ("POST", "datarefs/m/versions/1", {}),
        ("POST", "import", {"properties": {"sourceAssetId": "nonsense"}}),
    ],
)
def test_what_makes_no_sense_is_refused(azure: Azure, method: str, path: str, given: Any) -> None:
    status, answer = ask(azure, method, f"{FRONTEND}/{path}", given)
    assert status == 400
    assert answer["error"]["message"]
