"""What Azure ML does: workspaces, datastores, computes, assets, endpoints, jobs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azureml_sandbox.azure import SUBSCRIPTION, Azure
from azureml_sandbox.data.vaults import Vaults
from kit.clouds import (
    BODIES,
    CLUSTER,
    GROUP,
    PROVIDERS,
    REGION,
    REGISTRY,
    STORAGE,
    VAULT,
    WORKSPACE,
    body,
    compute,
    foundation,
    refused,
    workspace,
)

ENDPOINT = f"{WORKSPACE}/onlineEndpoints/scores"
BATCH = f"{WORKSPACE}/batchEndpoints/nightly"
KEY_ENDPOINT = {"location": REGION, "properties": {"authMode": "Key"}}
MANAGED = {"location": REGION, "properties": {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"}}
SYSTEM_DATASTORES = [
    "workspaceartifactstore",
    "workspaceblobstore",
    "workspacefilestore",
    "workspaceworkingdirectory",
]


@pytest.fixture
def azure() -> Azure:
    return workspace(Azure())


def ml(path: str) -> str:
    """An id in the workspace."""
    return f"{WORKSPACE}/{path}"


# -- workspace -------------------------------------------------------------------------------------------------------


def test_a_workspace_tells_where_it_answers(azure: Azure) -> None:
    found = azure.get(WORKSPACE)
    properties = found["properties"]
    assert properties["discoveryUrl"] == "https://westeurope.api.azureml.ms/discovery"
    assert properties["mlFlowTrackingUri"] == f"azureml://westeurope.api.azureml.ms/mlflow/v1.0{WORKSPACE}"
    assert properties["friendlyName"] == ""
    assert len(properties["workspaceId"]) == 36
    assert "containerRegistry" not in properties
    assert found["identity"]["type"] == "SystemAssigned"
    assert found["identity"]["tenantId"] == azure.tenant


def test_a_workspace_comes_with_its_datastores(azure: Azure) -> None:
    guid = azure.get(WORKSPACE)["properties"]["workspaceId"]
    assert [found["name"] for found in azure.list(WORKSPACE)] == SYSTEM_DATASTORES
    blobs = azure.get(ml("datastores/workspaceblobstore"))["properties"]
    assert blobs["isDefault"] is True
    assert blobs["credentials"] == {"credentialsType": "None"}
    assert blobs["containerName"] == f"azureml-blobstore-{guid}"
    assert azure.exists(f"{STORAGE}/blobServices/default/containers/azureml-blobstore-{guid}")
    files = azure.get(ml("datastores/workspacefilestore"))["properties"]
    assert files["isDefault"] is False
    assert azure.exists(f"{STORAGE}/fileServices/default/shares/{files['fileShareName']}")


def test_a_workspace_comes_with_the_roles_of_its_identity(azure: Azure) -> None:
    principal = azure.get(WORKSPACE)["identity"]["principalId"]
    grants = azure.resources("Microsoft.Authorization/roleAssignments")
    roles = {
        azure.get(grant["properties"]["roleDefinitionId"])["properties"]["roleName"]: grant["properties"]["scope"]
        for grant in grants
        if grant["properties"]["principalId"] == principal
    }
    assert roles == {
        "Azure AI Administrator": GROUP,
        "Storage Blob Data Contributor": STORAGE,
        "Key Vault Administrator": VAULT,
    }


def test_a_role_that_azure_ml_has_granted_by_itself_cant_be_granted_again(azure: Azure) -> None:
    grant = next(
        found for found in azure.resources("Microsoft.Authorization/roleAssignments") if found["id"].startswith(STORAGE)
    )
    given = {name: grant["properties"][name] for name in ("roleDefinitionId", "principalId", "principalType")}
    own = f"{STORAGE}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    with refused("RoleAssignmentExists"):
        azure.put(own, {"properties": given})


def test_a_put_of_an_existing_workspace_makes_nothing_anew(azure: Azure) -> None:
    before = azure.resources()
    azure.put(WORKSPACE, BODIES[WORKSPACE])
    assert azure.resources() == before


@pytest.mark.parametrize(
    ("storage", "code"),
    [
        ({"allowSharedKeyAccess": False}, "KeyBasedAuthenticationNotPermitted"),
        ({"allowSharedKeyAccess": True, "isHnsEnabled": True}, "BadRequest"),
    ],
)
def test_the_storage_account_must_suit(storage: dict[str, Any], code: str) -> None:
    azure = foundation(Azure())
    azure.delete(STORAGE)
    azure.put(STORAGE, body(STORAGE, **storage))
    with refused(code):
        azure.put(WORKSPACE, body(WORKSPACE, systemDatastoresAuthMode="AccessKey"))


def test_a_premium_account_does_not_suit() -> None:
    azure = foundation(Azure())
    azure.delete(STORAGE)
    azure.put(STORAGE, {**body(STORAGE), "sku": {"name": "Premium_LRS"}})
    with refused("BadRequest") as refusal:
        azure.put(WORKSPACE, body(WORKSPACE))
    assert "premium" in refusal.value.message


def test_a_workspace_needs_storage_and_a_vault() -> None:
    azure = foundation(Azure())
    for name in ("storageAccount", "keyVault"):
        with refused("ValidationError", 400) as refusal:
            azure.put(WORKSPACE, body(WORKSPACE, **{name: None}))
        assert name in refusal.value.message


def test_what_a_workspace_stands_on_is_fixed(azure: Azure) -> None:
    other = STORAGE.replace("stacme", "stother")
    azure.put(other, body(STORAGE))
    with refused("PropertyChangeNotAllowed", 409):
        azure.put(WORKSPACE, body(WORKSPACE, storageAccount=other))
    azure.put(WORKSPACE, body(WORKSPACE, storageAccount=STORAGE.upper().replace("/PROVIDERS/", "/providers/")))
    with refused("PropertyChangeNotAllowed"):
        azure.put(WORKSPACE, body(WORKSPACE, keyVault=VAULT + "2"))


def test_a_system_datastore_keeps_what_was_changed(azure: Azure) -> None:
    changed = {"description": "ours", "datastoreType": "AzureBlob", "credentials": {"credentialsType": "None"}}
    azure.put(ml("datastores/workspaceblobstore"), {"properties": changed})
    azure.put(WORKSPACE, body(WORKSPACE, description="changed"))
    assert azure.get(ml("datastores/workspaceblobstore"))["properties"]["description"] == "ours"


def test_system_datastores_stay_as_long_as_the_workspace(azure: Azure) -> None:
    with refused("UserError", 403):
        azure.delete(ml("datastores/workspaceblobstore"))
    azure.delete(WORKSPACE)
    assert not azure.exists(ml("datastores/workspaceblobstore"))


# -- the registry ----------------------------------------------------------------------------------------------------

CONDA = {"properties": {"image": "mcr.microsoft.com/azureml/base", "condaFile": "dependencies: [python]"}}
IMAGE = {"properties": {"image": "mcr.microsoft.com/azureml/base"}}


def _registry(azure: Azure) -> str | None:
    found = azure.get(WORKSPACE)["properties"].get("containerRegistry")
    return None if found is None else str(found)


@pytest.mark.parametrize("given", [CONDA, {"properties": {"build": {"contextUri": "https://stacme/x"}}}])
def test_an_image_that_must_be_built_makes_azure_ml_attach_a_registry(azure: Azure, given: dict[str, Any]) -> None:
    azure.put(ml("environments/plain/versions/1"), IMAGE)
    assert _registry(azure) is None
    azure.put(ml("environments/built/versions/1"), given)
    attached = _registry(azure)
    assert attached is not None
    registry = azure.get(attached)
    assert attached.startswith(f"{PROVIDERS}/Microsoft.ContainerRegistry/registries/")
    assert len(registry["name"]) == 32
    assert registry["properties"]["adminUserEnabled"] is True
    azure.put(ml("environments/built/versions/2"), CONDA)
    assert _registry(azure) == attached
    assert len(azure.resources("Microsoft.ContainerRegistry/registries")) == 1


def test_an_attached_registry_outlives_a_put_without_one(azure: Azure) -> None:
    azure.put(ml("environments/built/versions/1"), CONDA)
    attached = _registry(azure)
    azure.put(WORKSPACE, body(WORKSPACE, description="changed"))
    assert _registry(azure) == attached
    azure.put(REGISTRY, body(REGISTRY))
    with refused("BadRequest") as refusal:
        azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    assert "lineage" in refusal.value.message


def test_a_registry_can_be_attached_where_there_is_none(azure: Azure) -> None:
    azure.put(REGISTRY, body(REGISTRY))
    azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    azure.put(ml("environments/built/versions/1"), CONDA)
    assert _registry(azure) == REGISTRY
    assert len(azure.resources("Microsoft.ContainerRegistry/registries")) == 1


# -- datastores ------------------------------------------------------------------------------------------------------


def _datastore(**credentials: Any) -> dict[str, Any]:
    return {
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": "stacme",
            "containerName": "data",
            "credentials": credentials,
        }
    }


def test_a_datastores_secrets_are_shown_by_list_secrets_alone(azure: Azure) -> None:
    secrets = {"secretsType": "AccountKey", "key": "hush"}
    made = azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets))
    assert made["properties"]["credentials"] == {"credentialsType": "AccountKey"}
    assert "hush" not in str(azure.resources())
    assert azure.action(ml("datastores/raw"), "listSecrets") == secrets
    assert [json.loads(one.value) for one in Vaults(azure).current("kv-acme")] == [secrets]
    azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets | {"key": "other"}))
    assert azure.action(ml("datastores/raw"), "listSecrets")["key"] == "other"
    azure.put(ml("datastores/open"), _datastore(credentialsType="None"))
    with refused("UserError"):
        azure.action(ml("datastores/open"), "listSecrets")
    azure.delete(ml("datastores/raw"))
    assert Vaults(azure).current("kv-acme") == []
    azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets))
    assert azure.action(ml("datastores/raw"), "listSecrets") == secrets


@pytest.mark.any_body("what Azure does with a body that lacks credentials")
def test_a_datastore_says_how_it_is_accessed(azure: Azure) -> None:
    with refused("UserError") as refusal:
        azure.put(ml("datastores/raw"), _datastore())
    assert "'None' for access by identity" in refusal.value.message


# -- computes --------------------------------------------------------------------------------------------------------


def test_a_cluster_tells_its_nodes_and_scales_in_place(azure: Azure) -> None:
    scale = {"minNodeCount": 1, "maxNodeCount": 4}
    made = azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2", scaleSettings=scale))
    assert made["location"] == REGION
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["properties"]["computeLocation"] == REGION
    settings = made["properties"]["properties"]
    assert (settings["allocationState"], settings["currentNodeCount"]) == ("Steady", 1)
    assert len(azure.action(ml("computes/cpu"), "listNodes")["nodes"]) == 1
    bigger = {"minNodeCount": 0, "maxNodeCount": 8}
    changed = azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="standard_ds3_v2", scaleSettings=bigger))
    assert changed["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 8


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"vmSize": "STANDARD_NC6S_V3"}, "vmSize"),
        ({"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"minNodeCount": 5, "maxNodeCount": 4}}, "minNodeCount"),
    ],
)
def test_a_cluster_that_cant_be_changed_so_is_refused(azure: Azure, settings: dict[str, Any], word: str) -> None:
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("BadRequest") as refusal:
        azure.put(ml("computes/cpu"), compute("AmlCompute", **settings))
    assert word in refusal.value.message


def test_an_update_of_an_instance_ignores_schedules_and_idle_shutdown(azure: Azure) -> None:
    target = ml("computes/anna-ci")
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2", idleTimeBeforeShutdown="PT30M"))
    schedules = {"computeStartStop": [{"action": "Stop", "triggerType": "Cron", "status": "Enabled"}]}
    azure.put(
        target,
        compute("ComputeInstance", vmSize="STANDARD_DS3_V2", idleTimeBeforeShutdown="PT60M", schedules=schedules),
    )
    settings = azure.get(target)["properties"]["properties"]
    assert settings["idleTimeBeforeShutdown"] == "PT30M"
    assert "schedules" not in settings
    azure.action(target, "updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT60M"})
    assert azure.get(target)["properties"]["properties"]["idleTimeBeforeShutdown"] == "PT60M"


def test_an_instance_can_be_stopped_and_stays_so(azure: Azure) -> None:
    target = ml("computes/anna-ci")
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    states = []
    for action in ("stop", "start", "restart", "stop"):
        azure.action(target, action)
        states.append(azure.get(target)["properties"]["properties"]["state"])
    assert states == ["Stopped", "Running", "Running", "Stopped"]
    azure.put(target, compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))
    assert azure.get(target)["properties"]["properties"]["state"] == "Stopped"
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("BadRequest"):
        azure.action(ml("computes/cpu"), "stop")


def _second_workspace(azure: Azure) -> str:
    second = WORKSPACE.replace("mlw-acme", "mlw-second")
    azure.put(second, BODIES[WORKSPACE])
    return second


def test_names_of_instances_and_endpoints_are_unique_in_a_region_and_those_of_clusters_are_not(azure: Azure) -> None:
    second = _second_workspace(azure)
    for inside in (WORKSPACE, second):
        azure.put(f"{inside}/computes/cpu", compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    for path, given in (
        ("computes/anna-ci", compute("ComputeInstance", vmSize="STANDARD_DS3_V2")),
        ("onlineEndpoints/scores", KEY_ENDPOINT),
        ("batchEndpoints/nightly", {"location": REGION, "properties": {"authMode": "AADToken"}}),
    ):
        azure.put(ml(path), given)
        with refused("BadRequest") as refusal:
            azure.put(f"{second}/{path}", given)
        assert f"'{path.rpartition('/')[2]}'" in refusal.value.message
        azure.delete(ml(path))
        azure.put(f"{second}/{path}", given)


def test_names_of_computes_follow_their_kinds_rule(azure: Azure) -> None:
    azure.put(ml("computes/cpu-1"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("InvalidResourceName"):
        azure.put(ml("computes/anna-1"), compute("ComputeInstance", vmSize="STANDARD_DS3_V2"))


def test_a_cluster_of_kubernetes_is_attached_once_it_has_the_extension(azure: Azure) -> None:
    request = compute("Kubernetes", CLUSTER, namespace="default")
    with refused("LinkedResourceNotFound"):
        azure.put(ml("computes/k8s"), request)
    azure.put(CLUSTER, {"location": REGION, "properties": {"dnsPrefix": "acme"}})
    with refused("KubernetesExtensionNotFound"):
        azure.put(ml("computes/k8s"), request)
    azure.put(
        f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/azureml",
        {"properties": {"extensionType": "Microsoft.AzureML.Kubernetes"}},
    )
    assert azure.put(ml("computes/k8s"), request)["properties"]["isAttachedCompute"] is True
    with refused("PropertyChangeNotAllowed"):
        azure.put(ml("computes/k8s"), compute("VirtualMachine", CLUSTER))


def test_an_attached_computes_credentials_are_not_shown(azure: Azure) -> None:
    machine = f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm-acme"
    azure.put(machine, {"location": REGION})
    account = {"username": "ml", "password": "hush"}
    made = azure.put(ml("computes/machine"), compute("VirtualMachine", machine, administratorAccount=account))
    assert made["properties"]["properties"]["administratorAccount"] == {"username": "ml"}
    with refused("InvalidPropertyInPayload"):
        azure.put(ml("computes/machine-two"), compute("VirtualMachine"))


# -- assets ----------------------------------------------------------------------------------------------------------

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
    with refused("UserError", status) as refusal:
        azure.put(version, other)
    assert "version '1' already exists" in refusal.value.message
    azure.put(ml(f"{path}/versions/2"), other)


def test_curated_environments_are_always_there(azure: Azure) -> None:
    curated = ml("environments/AzureML-sklearn-1.0/versions/4")
    assert azure.get(curated)["properties"]["environmentType"] == "Curated"
    with refused("UserError", 400):
        azure.put(curated, IMAGE)
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


# -- online endpoints ------------------------------------------------------------------------------------------------


def _endpoint(**properties: Any) -> dict[str, Any]:
    return {"location": REGION, "properties": {"authMode": "Key", **properties}}


@pytest.fixture
def serving(azure: Azure) -> Azure:
    azure.put(ENDPOINT, KEY_ENDPOINT)
    for name in ("blue", "green"):
        azure.put(f"{ENDPOINT}/deployments/{name}", MANAGED)
    return azure


def test_an_endpoint_tells_where_it_answers(azure: Azure) -> None:
    properties = azure.put(ENDPOINT, KEY_ENDPOINT)["properties"]
    assert properties["scoringUri"] == "https://scores.westeurope.inference.ml.azure.com/score"
    assert properties["swaggerUri"] == "https://scores.westeurope.inference.ml.azure.com/swagger.json"
    assert properties["traffic"] == {}
    assert set(azure.action(ENDPOINT, "listKeys")) == {"primaryKey", "secondaryKey"}
    with refused("UserError", 400):
        azure.put(ENDPOINT, _endpoint(authMode="AMLToken"))


def test_traffic_cant_come_before_the_deployments(azure: Azure) -> None:
    with refused("BadRequest", 400) as refusal:
        azure.put(ENDPOINT, _endpoint(traffic={"blue": 100}))
    assert "no deployment 'blue'" in refusal.value.message
    assert not azure.exists(ENDPOINT)


@pytest.mark.parametrize(
    "properties",
    [
        {"traffic": {"blue": 90}},
        {"traffic": {"blue": 60, "green": 60}},
        {"traffic": {"blue": 200, "green": -100}},
        {"traffic": {"red": 100}},
        {"mirrorTraffic": {"green": 60}},
        {"mirrorTraffic": {"green": 10, "blue": 10}},
    ],
)
def test_traffic_that_does_not_add_up_is_refused(serving: Azure, properties: dict[str, Any]) -> None:
    with refused("BadRequest"):
        serving.put(ENDPOINT, _endpoint(**properties))


def test_a_put_without_traffic_stops_what_flows(serving: Azure) -> None:
    serving.put(ENDPOINT, _endpoint(traffic={"blue": 90, "green": 10}))
    serving.patch(ENDPOINT, {"tags": {"a": "b"}})
    assert serving.get(ENDPOINT)["properties"]["traffic"] == {"blue": 90, "green": 10}
    serving.put(ENDPOINT, KEY_ENDPOINT)
    assert serving.get(ENDPOINT)["properties"]["traffic"] == {}
    with refused("BadRequest"):
        serving.patch(ENDPOINT, {"properties": {"traffic": {"blue": 100}}})


def test_a_deployment_goes_once_nothing_flows_to_it(serving: Azure) -> None:
    serving.put(ENDPOINT, _endpoint(traffic={"blue": 100}, mirrorTraffic={"green": 10}))
    for name, share in (("blue", "100 percent of the traffic"), ("Green", "10 percent of the mirrorTraffic")):
        with refused("Conflict", 409) as refusal:
            serving.delete(f"{ENDPOINT}/deployments/{name}")
        assert share in refusal.value.message
    serving.put(ENDPOINT, _endpoint(traffic={"blue": 0}))
    serving.delete(f"{ENDPOINT}/deployments/blue")
    serving.put(ENDPOINT, _endpoint(traffic={"green": 100}))
    serving.delete(ENDPOINT)
    assert not serving.exists(f"{ENDPOINT}/deployments/green")


def test_a_deployment_needs_its_endpoint_and_what_it_refers_to(azure: Azure) -> None:
    target = f"{ENDPOINT}/deployments/blue"
    with refused("UserError", 404):
        azure.put(target, MANAGED)
    azure.put(ENDPOINT, KEY_ENDPOINT)
    for name, path in (("model", "models/iris/versions/1"), ("environmentId", "environments/plain/versions/1")):
        with refused("LinkedResourceNotFound") as refusal:
            azure.put(target, {**MANAGED, "properties": {**MANAGED["properties"], name: ml(path)}})  # type: ignore[dict-item]
        assert f"properties.{name}" in refusal.value.message
    with refused("BadRequest") as refusal:
        azure.put(target, {**MANAGED, "location": "northeurope"})
    assert "northeurope" in refusal.value.message


def test_an_mlflow_model_without_an_environment_needs_a_registry(azure: Azure) -> None:
    azure.put(ml("models/iris/versions/1"), {"properties": {"modelUri": "https://a", "modelType": "mlflow_model"}})
    azure.put(ENDPOINT, KEY_ENDPOINT)
    properties = {"endpointComputeType": "Managed", "model": ml("models/iris/versions/1")}
    made = azure.put(f"{ENDPOINT}/deployments/blue", {"location": REGION, "properties": properties})
    assert made["sku"] == {"name": "Default", "capacity": 1}
    assert _registry(azure) is not None


# -- batch endpoints and jobs ----------------------------------------------------------------------------------------


def test_a_batch_endpoints_default_deployment_must_be_there(azure: Azure) -> None:
    request = {"location": REGION, "properties": {"authMode": "AADToken", "defaults": {"deploymentName": "forest"}}}
    with refused("BadRequest"):
        azure.put(BATCH, request)
    azure.put(BATCH, {"location": REGION, "properties": {"authMode": "AADToken"}})
    with refused("LinkedResourceNotFound"):
        azure.put(f"{BATCH}/deployments/forest", {"location": REGION, "properties": {"compute": ml("computes/cpu")}})
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    azure.put(f"{BATCH}/deployments/forest", {"location": REGION, "properties": {"compute": ml("computes/cpu")}})
    assert azure.put(BATCH, request)["properties"]["defaults"] == {"deploymentName": "forest"}


def test_a_job_runs_once(azure: Azure) -> None:
    azure.put(ml("environments/plain/versions/1"), IMAGE)
    command = {
        "jobType": "Command",
        "command": "python main.py",
        "environmentId": ml("environments/plain/versions/1"),
    }
    job = azure.put(ml("jobs/train"), {"properties": command})["properties"]
    assert job["status"] == "Completed"
    assert job["services"]["Studio"]["endpoint"].startswith("https://ml.azure.com/runs/train?wsid=")
    azure.put(ml("jobs/train"), {"properties": {**command, "displayName": "again"}})
    with refused("UserError", 400) as refusal:
        azure.put(ml("jobs/train"), {"properties": {**command, "command": "python other.py"}})
    assert "its command can't be changed" in refusal.value.message
    with refused("UserError"):
        azure.put(ml("jobs/other"), {"properties": {**command, "computeId": ml("computes/none")}})
    with refused("UserError"):
        azure.action(ml("jobs/train"), "cancel")


def test_references_to_elsewhere_are_left_alone(azure: Azure) -> None:
    elsewhere = ml("computes/none").replace(SUBSCRIPTION, "11111111-0000-0000-0000-000000000000")
    registry = "azureml://registries/azureml/environments/sklearn-1.5/versions/1"
    command = {"jobType": "Command", "command": "true", "environmentId": registry, "computeId": elsewhere}
    job = azure.put(ml("jobs/train"), {"properties": command})
    assert job["properties"]["computeId"] == elsewhere
