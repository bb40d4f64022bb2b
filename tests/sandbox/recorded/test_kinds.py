"""How Azure ML answers, kind by kind: what recordings of the service show, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

from __future__ import annotations

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.blobs import Blobs
from azureml_sandbox.http import Request, Response, keyvault
from azureml_sandbox.model.bodies import dig, plant
from azureml_sandbox.services import TYPES
from kit.arm_requests import follow, read, send
from kit.clouds import VAULT, WORKSPACE, workspace
from kit.clouds import body as body_of

PREVIEW = "2024-01-01-preview"
TRACKED: dict[str, Any] = {"location": "westeurope", "identity": {"type": "SystemAssigned"}}
NONE = {"credentials": {"credentialsType": "None"}}
WHERE_AND_WHEN = {"ComponentName", "Correlation", "Location", "Time"}
"""What Azure ML adds to each refusal."""


@pytest.fixture
def azure() -> Azure:
    """A workspace, and operations that take a minute."""
    made = workspace(Azure())
    made.operations.seconds = 60
    return made


def asked(azure: Azure, method: str, path: str, body: Any = None, version: str = PREVIEW) -> Response:
    """Send a request for something in the workspace, in a version of the API."""
    return send(azure, method, f"{WORKSPACE}/{path}?api-version={version}", body)


def let_a_minute_pass(azure: Azure) -> None:
    """Move the clock to where an operation that began just now is over."""
    now = azure.clock() + 61
    azure.clock = lambda: now


def properties_of(answer: Response) -> Any:
    """Return the properties of an answer."""
    return read(answer)["properties"]


def test_a_conda_file_comes_back_as_json(azure: Azure) -> None:
    """azure-sdk-assets, environment/e2etests, 2026-03."""
    conda = {"image": "image", "condaFile": "name: a\ndependencies:\n- python=3.10\n"}
    answer = asked(azure, "PUT", "environments/e/versions/1", {"properties": conda})
    assert (answer.status, "Location" in answer.headers) == (201, True)
    assert properties_of(answer)["condaFile"] == '{\n  "name": "a",\n  "dependencies": [\n    "python=3.10"\n  ]\n}'
    assert properties_of(answer)["properties"] == {"azureml.labels": "latest"}
    assert asked(azure, "PUT", "environments/e/versions/1", {"properties": conda}).status == 201


def test_scalars_of_a_component_come_back_as_text(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03."""
    spec = {"type": "command", "command": "a", "is_deterministic": True, "inputs": {"n": {"type": "number", "min": 1}}}
    answer = asked(azure, "PUT", "components/c/versions/1", {"properties": {"description": "d", "componentSpec": spec}})
    assert properties_of(answer)["description"] is None
    assert properties_of(answer)["componentSpec"] == {
        "type": "command",
        "command": "a",
        "is_deterministic": "True",
        "inputs": {"n": {"type": "number", "min": "1", "optional": "False"}},
        "version": "1",
        "resources": {"instance_count": "1"},
    }
    words = {**spec, "display_name": "other"}
    assert asked(azure, "PUT", "components/c/versions/1", {"properties": {"componentSpec": words}}).status == 200
    other = asked(azure, "PUT", "components/c/versions/1", {"properties": {"componentSpec": {**spec, "command": "b"}}})
    assert (other.status, read(other)["error"]["code"]) == (400, "UserError")


def put_nameless(azure: Azure, asked_for: str, **spec: Any) -> Response:
    """Make a component without a name, as az ml does."""
    written = {"name": "azureml_anonymous", "version": "1", "type": "command", "command": "a", **spec}
    body = {"properties": {"isAnonymous": True, "componentSpec": written}}
    return asked(azure, "PUT", f"components/azureml_anonymous/versions/{asked_for}", body)


def test_the_service_names_a_component_without_a_name(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: one version for one content, whatever was asked for; always 201,
    with the path that was asked for in `Location`.
    """
    first, again, other = (
        put_nameless(azure, *given) if len(given) == 1 else put_nameless(azure, given[0], command=given[1])
        for given in (("hash-1",), ("hash-2",), ("hash-3", "A"))
    )
    made = read(first)
    assert [one.status for one in (first, again, other)] == [201, 201, 201]
    assert "/versions/hash-1?" in first.headers["Location"]
    assert made["id"].endswith(f"/azureml_anonymous/versions/{made['name']}")
    assert "hash" not in made["name"]
    assert read(again) == made
    assert read(other)["name"] not in (made["name"], "hash-3")
    path = made["id"].removeprefix(f"{WORKSPACE}/")
    assert read(asked(azure, "GET", path)) == made
    assert asked(azure, "GET", "components/azureml_anonymous/versions/hash-1").status == 404


def test_a_component_without_a_name_stays_as_it_was_made(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: last changed when it was made, the day before."""
    made = read(put_nameless(azure, "hash-1"))
    let_a_minute_pass(azure)
    assert read(put_nameless(azure, "hash-1", _source="YAML.JOB"))["systemData"] == made["systemData"]


def test_only_a_component_that_says_so_has_no_name(azure: Azure) -> None:
    """What has a name, or says that it is no anonymous one, is where it was put."""
    spec = {"type": "command", "command": "a"}
    for path, anonymous in (("azureml_anonymous", False), ("own", True), ("own", False)):
        body = {"properties": {"isAnonymous": anonymous, "componentSpec": spec}}
        answer = asked(azure, "PUT", f"components/{path}/versions/{str(anonymous).lower()}", body)
        assert read(answer)["name"] == str(anonymous).lower()


@pytest.mark.parametrize("properties", [{}, {"componentSpec": None}, {"componentSpec": []}, {"componentSpec": "x"}])
def test_a_component_without_a_specification_is_answered(azure: Azure, properties: dict[str, Any]) -> None:
    """A body that says little breaks nothing."""
    body = {"properties": {"isAnonymous": True, **properties}}
    assert asked(azure, "PUT", "components/azureml_anonymous/versions/a", body).status < 500


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
    error = read(asked(azure, "PUT", "jobs/j", body))["error"]
    assert (error["code"], error["message"], error["details"]) == ("UserError", message, [])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN


def test_a_step_whose_component_isnt_there(azure: Azure) -> None:
    """azure-sdk-assets, pipeline_job, 2023-10."""
    missing = f"{WORKSPACE}/components/c/versions/9"
    body = {"properties": {"jobType": "Pipeline", "jobs": {"a": {"type": "command", "componentId": missing}}}}
    answer = asked(azure, "PUT", "jobs/p", body)
    error = read(answer)["error"]
    assert (answer.status, error["code"]) == (404, "NotFound")
    assert error["message"] == f"key: {missing}, Message: Not found component c (version: 9)."


def test_what_isnt_there_by_type(azure: Azure) -> None:
    """azure-sdk-assets and azure-powershell, 2023 to 2026: a compute's 404 has no body at all."""
    compute = asked(azure, "GET", "computes/none")
    assert (compute.status, compute.body) == (404, b"")
    connection = read(asked(azure, "GET", "connections/none"))
    assert (connection["componentName"], connection["statusCode"]) == ("account-rp", 404)
    model = read(asked(azure, "GET", "models/none/versions/1"))["error"]
    assert model["details"][0]["code"] == "NoSuchModelRegistered"
    assert read(asked(azure, "GET", "schedules/none"))["error"]["message"] == "Resource Trigger none not found"


def test_a_compute_shows_less_while_it_is_made(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    settings = {"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2}}
    body = {"location": "westeurope", "properties": {"computeType": "AmlCompute", "properties": settings}}
    answer = asked(azure, "PUT", "computes/cpu-one", body)
    assert (answer.status, "Location" in answer.headers) == (201, False)
    assert properties_of(answer)["properties"]["vmSize"] == "STANDARD_DS3_V2"
    assert properties_of(answer)["properties"]["vmPriority"] is None
    assert read(follow(azure, answer.headers["Azure-AsyncOperation"])) == {"status": "InProgress"}
    let_a_minute_pass(azure)
    done = read(follow(azure, answer.headers["Azure-AsyncOperation"]))
    assert done == {"status": "Succeeded", "percentComplete": 100.0}
    made = properties_of(asked(azure, "GET", "computes/cpu-one"))["properties"]
    assert (made["vmSize"], made["vmPriority"]) == ("Standard_DS3_v2", "Dedicated")
    assert made["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT2M"
    again = asked(azure, "PUT", "computes/cpu-one", body)
    assert (again.status, properties_of(again)["provisioningState"]) == (201, "Creating")


def test_an_endpoint_has_an_operation_of_a_name_of_its_own(azure: Azure) -> None:
    """azure-sdk-assets, 2026-03, and azure-powershell, 2024-07."""
    body = {**TRACKED, "properties": {"authMode": "aadToken"}}
    answer = asked(azure, "PUT", "onlineEndpoints/ep-one", body, "2024-04-01")
    assert answer.headers["x-ms-async-operation-timeout"] == "PT30M"
    assert answer.headers["Location"].endswith("/onlineEndpoints/ep-one?api-version=2024-04-01")
    assert (properties_of(answer)["authMode"], properties_of(answer)["scoringUri"]) == ("AADToken", None)
    polled = read(follow(azure, answer.headers["Azure-AsyncOperation"]))
    assert (polled["status"], polled["name"].partition(":")[0]) == ("Updating", "oeidp")
    assert "AzureAsyncOperationUri" in properties_of(answer)["properties"]


CLUSTER = {"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2}}


@pytest.mark.parametrize(
    ("path", "body", "member", "spellings"),
    [
        ("onlineEndpoints/ep-one", {}, "authMode", ("aadToken", "AADToken")),
        ("batchEndpoints/ep-one", {}, "authMode", ("AADTOKEN", "AADToken")),
        ("environments/e/versions/1", {"image": "image"}, "osType", ("linux", "Linux")),
        ("computes/cpu-one", {"computeType": "AmlCompute"}, "properties.vmPriority", ("lowpriority", "LowPriority")),
    ],
)
def test_enumerations_are_taken_in_any_case(
    azure: Azure, path: str, body: dict[str, Any], member: str, spellings: tuple[str, str]
) -> None:
    """azure-sdk-for-python, batch endpoints, 2023-10: sent `aadToken`, came back `AADToken`."""
    azure.operations.seconds = None

    def put(value: str) -> Response:
        properties = {**body, **({"properties": dict(CLUSTER)} if "." in member else {})}
        plant(properties, member, value)
        around = {**TRACKED, "properties": properties}
        return asked(azure, "PUT", path, around)

    sent, written = spellings
    assert dig(properties_of(put(sent)), member) == written
    assert put(written).status < 300
    assert put("bogus").status == 400


def test_traffic_is_the_old_one_until_the_update_is_done(azure: Azure) -> None:
    """azure-sdk-for-python, 2022: the answer and every GET say what flowed before."""
    body = {**TRACKED, "properties": {"authMode": "Key"}}
    model = f"{WORKSPACE}/models/m/versions/1"
    azure.put(model, {"properties": {"modelType": "mlflow_model", "modelUri": "azureml://datastores/d/paths/m"}})
    azure.put(f"{WORKSPACE}/onlineEndpoints/ep-one", body)
    blue = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", "model": model}
    sku = {"name": "Default", "capacity": 1}
    deployment = {"location": "westeurope", "sku": sku, "properties": blue}
    azure.put(f"{WORKSPACE}/onlineEndpoints/ep-one/deployments/blue", deployment)
    routed = {**body, "properties": {"authMode": "Key", "traffic": {"blue": 100}}}
    answer = asked(azure, "PUT", "onlineEndpoints/ep-one", routed)
    assert (answer.status, "Retry-After" in answer.headers) == (201, False)
    later = asked(azure, "GET", "onlineEndpoints/ep-one")
    assert properties_of(answer)["traffic"] == properties_of(later)["traffic"] == {}
    let_a_minute_pass(azure)
    azure.settle()
    assert properties_of(asked(azure, "GET", "onlineEndpoints/ep-one"))["traffic"] == {"blue": 100}


def test_the_latest_version_is_the_last_one_made(azure: Azure) -> None:
    """azure-sdk-assets, environment/e2etests, 2026-03: of baz, foo and bar it was bar."""
    for name in ("baz", "foo", "bar"):
        asked(azure, "PUT", f"environments/e/versions/{name}", {"properties": {"image": "image"}})
    found = properties_of(asked(azure, "GET", "environments/e"))
    assert (found["latestVersion"], found["nextVersion"]) == ("bar", "1")


def test_an_address_is_the_same_in_short_and_in_full(azure: Azure) -> None:
    """azure-sdk-assets, data and model, 2026-03: what was made with the short one is taken with the long one."""
    short = "azureml://datastores/d/paths/Folder"
    long = f"azureml:/{WORKSPACE.partition('/providers')[0]}/workspaces/mlw-acme/datastores/d/paths/Folder"
    for kind, name in (("data", "dataUri"), ("models", "modelUri")):
        more = {"dataType": "uri_folder"} if kind == "data" else {}
        statuses = [
            asked(azure, "PUT", f"{kind}/a/versions/1", {"properties": {name: address, **more}}).status
            for address in (
                short,
                long,
                long.upper().replace("AZUREML", "azureml").replace("/PATHS/FOLDER", "/paths/other"),
            )
        ]
        assert (statuses[:2], statuses[2] >= 400) == ([201, 200], True)


def test_a_schedule_is_its_properties(azure: Azure) -> None:
    """azure-sdk-assets, schedule/e2etests, 2023-10 and 2024-02."""
    trigger = {"triggerType": "Cron", "expression": "0 0 * * *"}
    action = {"actionType": "CreateJob", "jobDefinition": {"jobType": "Command", "command": "a"}}
    answer = asked(azure, "PUT", "schedules/s", {"properties": {"trigger": trigger, "action": action}})
    assert (answer.status, set(read(answer))) == (201, {"properties"})
    assert properties_of(answer)["displayName"] is None
    assert properties_of(answer)["action"]["jobDefinition"]["status"] == "NotStarted"
    assert set(read(asked(azure, "GET", "schedules/s"))) == {"name", "properties", "systemData"}


def test_usages_join_with_sizes(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    region = (
        f"{WORKSPACE.partition('/resourceGroups')[0]}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    )
    usages = read(send(azure, "GET", f"{region}/usages"))["value"]
    assert [one["name"]["value"] for one in usages[:2]] == ["TotalClusters", "TotalDedicatedCores"]
    families = {one["family"] for one in read(send(azure, "GET", f"{region}/vmSizes"))["value"]}
    assert families <= {one["name"]["value"] for one in usages}


def test_system_datastores_are_listed_last(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    own = {"datastoreType": "AzureBlob", "accountName": "stacme", "containerName": "c"}
    body = {"properties": {**own, **NONE}}
    first, again = (asked(azure, "PUT", "datastores/own", body) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert properties_of(first)["tags"] is None
    listed = read(asked(azure, "GET", "datastores"))["value"]
    assert [one["name"] for one in listed] == [
        "own",
        "workspaceblobstore",
        "workspaceworkingdirectory",
        "workspaceartifactstore",
        "workspacefilestore",
    ]


def test_a_hub_isolates_its_data(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    base = {name: read(asked(azure, "GET", ""))["properties"][name] for name in ("storageAccount", "keyVault")}
    base["systemDatastoresAuthMode"] = "Identity"
    hub = f"{WORKSPACE}-hub"
    body = {**TRACKED, "kind": "Hub", "properties": base}
    answer = send(azure, "PUT", f"{hub}?api-version=2024-04-01", body)
    assert (answer.status, answer.body) == (202, b"")
    made = read(send(azure, "GET", f"{hub}?api-version=2024-04-01"))["properties"]
    assert made["enableDataIsolation"] is True
    assert made["workspaceHubConfig"] == {"defaultWorkspaceResourceGroup": WORKSPACE.partition("/providers")[0]}
    assert "systemDatastoresAuthMode" not in made


def test_who_made_a_component_is_shown_in_lists_alone(azure: Azure) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: a name shows two times, and in a list who, too."""
    spec = {"componentSpec": {"type": "command", "command": "a"}}
    asked(azure, "PUT", "components/c/versions/1", {"properties": spec})
    alone, (listed,) = read(asked(azure, "GET", "components/c")), read(asked(azure, "GET", "components"))["value"]
    assert set(alone["systemData"]) == {"createdAt", "lastModifiedAt"}
    assert set(listed["systemData"]) > {"createdBy", "createdByType", "lastModifiedBy", "lastModifiedByType"}
    assert listed["properties"]["latestVersion"] is None


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        (
            '{"features": [{"FeatureName": "n", "DataType": "double"}]}',
            '{"features":[{"FeatureName":"n","DataType":4}]}',
        ),
        (
            '{"indexColumns": [{"ColumnName": "d", "DataType": "Boolean"}], "source": {"type": "mltable"}}',
            '{"source":{"type":"mltable"},"indexColumns":[{"DataType":7,"ColumnName":"d"}]}',
        ),
        ('{"other": 1, "sourceLookback": null}', '{"sourceLookback":null,"other":1}'),
        ("no JSON", "no JSON"),
        ("[1]", "[1]"),
    ],
)
def test_what_a_feature_set_says_of_its_features_is_written_anew(azure: Azure, given: str, answered: str) -> None:
    """azure-sdk-assets, feature_set/e2etests, 2023-12: as it was sent in the answer, and anew when it is made."""
    entity = {"properties": {"indexColumns": [{"columnName": "d", "dataType": "Long"}]}}
    azure.put(f"{WORKSPACE}/featurestoreEntities/e/versions/1", entity)
    own = {"featuresetPropertiesVersion": "1", "featuresetProperties": given}
    body = {"properties": {"entities": ["azureml:e:1"], "specification": {"path": "azureml://x"}, "properties": own}}
    assert properties_of(asked(azure, "PUT", "featuresets/f/versions/1", body))["properties"] == own
    let_a_minute_pass(azure)
    made = properties_of(asked(azure, "GET", "featuresets/f/versions/1"))["properties"]
    assert made["featuresetProperties"] == answered
    assert {name for name, value in made.items() if value is None} == {
        "offlineMaterializationVersion", "onlineMaterializationVersion", "offlineStoreConnectionName",
        "onlineStoreConnectionName",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["2024-04-01", "2021-10-01"])
def test_flavors_are_read_from_the_model(azure: Azure, version: str) -> None:
    """azure-powershell, 2024-07: those of the file MLmodel, with all that it says of each."""
    azure.operations.seconds = None
    file = (
        b"artifact_path: model\nflavors:\n  python_function: {python_version: 3.8.5, env: conda.yaml}\n  onnx: {v: 1}\n"
    )
    store = azure.get(f"{WORKSPACE}/datastores/workspaceblobstore")["properties"]
    azure.part(Blobs).put(store["accountName"], store["containerName"], "folder/a/MLmodel", file)
    short = "azureml://datastores/workspaceblobstore/paths/folder/a"
    long = f"azureml:/{WORKSPACE.partition('/providers')[0]}/workspaces/mlw-acme/{short.removeprefix('azureml://')}/"
    flavors = {
        "python_function": {"data": {"python_version": "3.8.5", "env": "conda.yaml"}},
        "onnx": {"data": {"v": "1"}},
    }
    for number, (kind, address, found) in enumerate(
        [
            ("mlflow_model", short, flavors),
            ("mlflow_model", long, flavors),
            ("custom_model", short, {}),
            ("mlflow_model", "azureml://datastores/workspaceblobstore/paths/other", {}),
            ("mlflow_model", "azureml://datastores/none/paths/folder/a", {}),
            ("mlflow_model", "azureml://jobs/j/outputs/artifacts/paths/a", {}),
        ]
    ):
        body = {"properties": {"modelType": kind, "modelUri": address}}
        assert properties_of(asked(azure, "PUT", f"models/m/versions/{number}", body, version))["flavors"] == found


def test_flavors_of_a_file_that_is_none(azure: Azure) -> None:
    """A file that isn't YAML, or isn't MLflow's, has no flavors; those that were given stay."""
    store = azure.get(f"{WORKSPACE}/datastores/workspaceblobstore")["properties"]
    given = {"sklearn": {"data": {"sklearn_version": "1.1.2"}}}
    body = {"modelType": "mlflow_model", "modelUri": "azureml://datastores/workspaceblobstore/paths/a"}
    for number, file in enumerate((b"a: [", b"\xff\xfe\x00", b"- a", b"flavors: [a]", b"flavors: {a: 1}")):
        azure.part(Blobs).put(store["accountName"], store["containerName"], "a/MLmodel", file)
        answers = [
            properties_of(asked(azure, "PUT", f"models/m/versions/{number}-{kept}", {"properties": {**body, **more}}))[
                "flavors"
            ]
            for kept, more in enumerate(({}, {"flavors": given}))
        ]
        assert answers == [{}, given]


@pytest.mark.parametrize(("query", "status"), [("&forceDelete=true", 200), ("&forceDelete=false", 202), ("", 202)])
def test_an_extension_is_deleted_at_once_where_that_is_forced(azure: Azure, query: str, status: int) -> None:
    """azure-cli-extensions, k8s-extension, 2022-03: 200, and a body that says what was answered inside."""
    cluster = f"{WORKSPACE.partition('/providers')[0]}/providers/Microsoft.Kubernetes/connectedClusters/arc"
    extension = f"{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/dapr"
    azure.provide(cluster, {"location": "westeurope"})
    azure.provide(extension, {"properties": {"extensionType": "microsoft.dapr"}})
    answer = send(azure, "DELETE", f"{extension}?api-version=2022-11-01{query}")
    assert (answer.status, "Location" in answer.headers) == (status, status == 202)
    assert azure.is_missing(extension) is (status == 200)
    assert (read(answer) or {}).get("isSuccessStatusCode") is (True if status == 200 else None)


@pytest.mark.parametrize(
    ("vault", "level", "days"),
    [
        ({}, "Recoverable+Purgeable", 90),
        ({"softDeleteRetentionInDays": 7}, "CustomizedRecoverable+Purgeable", 7),
        ({"enablePurgeProtection": True}, "Recoverable", 90),
        ({"softDeleteRetentionInDays": 30, "enablePurgeProtection": True}, "CustomizedRecoverable", 30),
    ],
)
def test_a_secret_says_how_long_it_could_be_recovered(vault: dict[str, Any], level: str, days: int) -> None:
    """azure-cli recordings of vaults of 7 days, 2022; the others:
    https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret/set-secret#deletionrecoverylevel.
    """
    azure = Azure()
    azure.put(VAULT.partition("/providers")[0], {"location": "westeurope"})
    azure.put(VAULT, body_of(VAULT, **vault))
    address = "https://kv-acme.vault.azure.net"

    def vaulted(method: str, path: str, content: bytes = b"") -> Any:
        request = Request(method, f"{address}/{path}?api-version=7.4", {}, content)
        return read(keyvault.handle(azure, "kv-acme", request, address, f"/{path}"))

    attributes = vaulted("PUT", "secrets/s", b'{"value": "v"}')["attributes"]
    assert (attributes["recoveryLevel"], attributes["recoverableDays"]) == (level, days)
    deleted = vaulted("DELETE", "secrets/s")
    assert deleted["scheduledPurgeDate"] - deleted["deletedDate"] == days * 24 * 60 * 60


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
    answer = asked(azure, "GET", path)
    error = read(answer)["error"]
    assert (answer.status, error["code"]) == (404, "UserError")
    assert error["message"].startswith(MISSING[path])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN
    gone = read(send(azure, "GET", f"{WORKSPACE}-none/{path}?api-version={PREVIEW}"))["error"]["code"]
    assert gone in ("ResourceNotFound", "ParentResourceNotFound")


FILE, FOLDER = ({"dataType": kind, "dataUri": "https://a/b"} for kind in ("uri_file", "uri_folder"))
CONTENT: dict[str, tuple[dict[str, Any], ...]] = {
    "codes/c/versions/1": ({"codeUri": "https://a/b"}, {"codeUri": "https://a/c"}),
    "data/d/versions/1": (FILE, {**FILE, "dataUri": "x"}),
    "data/d/versions/2": (FILE, {**FOLDER, "dataUri": "x"}),
    "environments/e/versions/1": ({"image": "a"}, {"image": "b"}),
    "models/m/versions/1": ({"modelUri": "https://a/b"}, {"modelUri": "https://a/c"}),
    "datastores/d": (
        {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c", **NONE},
        {"datastoreType": "AzureFile", "accountName": "a", "fileShareName": "c", **NONE},
    ),
    "onlineEndpoints/ep-one": ({"authMode": "Key"}, {"authMode": "AMLToken"}),
    "jobs/j": (
        {"jobType": "Pipeline", "jobs": {"a": {"type": "command"}}},
        {"jobType": "Pipeline", "jobs": {"b": {"type": "command"}}},
    ),
}


@pytest.mark.parametrize("path", CONTENT)
def test_what_never_changes_is_refused_as_a_bad_request(azure: Azure, path: str) -> None:
    """azure-sdk-assets, component/e2etests, 2026-03: 400 with inner codes, and not 409."""
    azure.operations.seconds = None

    def put(properties: dict[str, Any]) -> Response:
        around = TRACKED if "Endpoints" in path else {}
        return asked(azure, "PUT", path, {**around, "properties": properties})

    first, other = CONTENT[path]
    assert put(first).status == 201
    refusal = put(other)
    error = read(refusal)["error"]
    assert (refusal.status, error["code"], error["details"]) == (400, "UserError", [])
    inner = next(one["info"]["value"] for one in error["additionalInfo"] if one["type"] == "InnerError")
    assert (inner["code"], inner["innerError"]["code"]) == ("BadArgument", "ArgumentInvalid")


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
    answer = asked(azure, "PUT", path, {"properties": properties})
    error = read(answer)["error"]
    assert (answer.status, error["code"], error["details"]) == (400, "UserError", [])
    assert {one["type"] for one in error["additionalInfo"]} >= WHERE_AND_WHEN


@pytest.mark.parametrize(
    ("path", "body", "member", "spellings"),
    [
        ("computes/cpu-two", {"properties": CLUSTER}, "properties.computeType", ("amlcompute", "AmlCompute")),
        ("jobs/j", {"jobs": {"a": {"type": "command"}}}, "properties.jobType", ("PIPELINE", "Pipeline")),
        ("data/d/versions/1", {"dataUri": "https://a/b"}, "properties.dataType", ("URI_FILE", "uri_file")),
        (
            "datastores/d",
            {"accountName": "a", "containerName": "c", **NONE},
            "properties.datastoreType",
            ("azureblob", "AzureBlob"),
        ),
        (
            "datastores/d",
            {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c"},
            "properties.credentials.credentialsType",
            ("none", "None"),
        ),
        ("connections/con", {"category": "Git", "target": "https://a"}, "properties.authType", ("none", "None")),
        ("onlineEndpoints/ep-id", {"authMode": "Key"}, "identity.type", ("systemassigned", "SystemAssigned")),
    ],
)
def test_discriminators_are_taken_in_any_case(
    azure: Azure, path: str, body: dict[str, Any], member: str, spellings: tuple[str, str]
) -> None:
    """As other enumerations: azure-sdk-for-python, batch endpoints, 2023-10."""
    azure.operations.seconds = None
    for given in spellings:
        around: dict[str, Any] = {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {**body},
        }
        plant(around, member, given)
        answer = asked(azure, "PUT", path, around)
        assert (answer.status < 300, dig(read(answer), member)) == (True, spellings[1])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=ep-one", ["ep-one"]),
        ("tags=team", ["ep-one", "ep-two"]),
        ("tags=team%3Dred", ["ep-two"]),
        ("properties=size%3Dbig", ["ep-one"]),
        ("computeType=Managed", ["ep-one", "ep-two", "ep-xxx"]),
        ("computeType=Kubernetes", []),
        ("orderBy=CreatedAtDesc", ["ep-two", "ep-one", "ep-xxx"]),
        ("orderBy=CreatedAtAsc", ["ep-xxx", "ep-one", "ep-two"]),
        ("count=2", ["ep-one", "ep-two"]),
    ],
)
def test_endpoints_are_listed_as_asked_for(azure: Azure, query: str, names: list[str]) -> None:
    """azure-sdk-for-python, 2022, and https://learn.microsoft.com/rest/api/azureml/online-endpoints/list."""
    for name, tags, own in (
        ("ep-xxx", {}, {}),
        ("ep-one", {"team": "blue"}, {"size": "big"}),
        ("ep-two", {"team": "red"}, {"size": "small"}),
    ):
        around = {**TRACKED, "tags": tags}
        asked(azure, "PUT", f"onlineEndpoints/{name}", {**around, "properties": {"authMode": "Key", "properties": own}})
        let_a_minute_pass(azure)
        azure.settle()
    found = read(send(azure, "GET", f"{WORKSPACE}/onlineEndpoints?api-version={PREVIEW}&{query}"))
    assert [one["name"] for one in found["value"]] == names
    assert ("nextLink" in found) is (query == "count=2")


SLOW = [
    (name, how)
    for name, kind in TYPES.items()
    if name.startswith("microsoft.machinelearningservices/")
    for how in kind.long_running
]


@pytest.mark.parametrize(("name", "how"), SLOW)
def test_azure_ml_never_says_when_to_ask_again(name: str, how: str) -> None:
    """azure-sdk-assets, azure-powershell and azure-sdk-for-python, 2022 to 2026: no answer has Retry-After."""
    assert TYPES[name].long_running[how].retry_after is False


@pytest.mark.parametrize(
    ("store", "credentials", "asked_for", "kind"),
    [
        ("AzureBlob", "AccountKey", {"expirableSecret": True, "expireAfterHours": 1}, "Sas"),
        ("AzureFile", "AccountKey", {"expirableSecret": True}, "Sas"),
        ("AzureBlob", "AccountKey", {"expirableSecret": False}, "AccountKey"),
        ("AzureBlob", "AccountKey", None, "AccountKey"),
        ("AzureBlob", "Sas", {"expirableSecret": True}, "Sas"),
    ],
)
def test_a_secret_that_expires_is_given_where_it_is_asked_for(
    azure: Azure, store: str, credentials: str, asked_for: Any, kind: str
) -> None:
    """azure-sdk-assets, datastore/e2etests, 2026-03."""
    place = {"containerName": "c"} if store == "AzureBlob" else {"fileShareName": "c"}
    secret = {"key": "a2V5"} if credentials == "AccountKey" else {"sasToken": "sig=x"}
    given = {"credentialsType": credentials, "secrets": {"secretsType": credentials, **secret}}
    body = {"datastoreType": store, "accountName": "stacme", **place, "credentials": given}
    asked(azure, "PUT", "datastores/own", {"properties": body})
    shown = read(asked(azure, "POST", "datastores/own/listSecrets", asked_for))
    assert (shown["secretsType"], "key" in shown) == (kind, kind == "AccountKey")
