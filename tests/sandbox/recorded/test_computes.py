"""How Azure ML answers for computes and workspaces: what recordings of the service show, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request, keyvault
from kit.arm_requests import ARM, follow, read, send
from kit.clouds import CLUSTER, PROVIDERS, VAULT, WORKSPACE
from kit.clouds import body as body_of
from kit.ml_requests import NONE, TRACKED, ask, let_a_minute_pass, properties_of


def test_a_compute_shows_less_while_it_is_made(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    settings = {"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2}}
    body = {"location": "westeurope", "properties": {"computeType": "AmlCompute", "properties": settings}}
    answer = ask(azure, "PUT", "computes/cpu-one", body)
    assert (answer.status, "Location" in answer.headers) == (201, False)
    assert properties_of(answer)["properties"]["vmSize"] == "STANDARD_DS3_V2"
    assert properties_of(answer)["properties"]["vmPriority"] is None
    assert read(follow(azure, answer.headers["Azure-AsyncOperation"])) == {"status": "InProgress"}
    let_a_minute_pass(azure)
    done = read(follow(azure, answer.headers["Azure-AsyncOperation"]))
    assert done == {"status": "Succeeded", "percentComplete": 100.0}
    made = properties_of(ask(azure, "GET", "computes/cpu-one"))["properties"]
    assert (made["vmSize"], made["vmPriority"]) == ("Standard_DS3_v2", "Dedicated")
    assert made["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT2M"
    again = ask(azure, "PUT", "computes/cpu-one", body)
    assert (again.status, properties_of(again)["provisioningState"]) == (201, "Creating")


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
    first, again = (ask(azure, "PUT", "datastores/own", body) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert properties_of(first)["tags"] is None
    listed = read(ask(azure, "GET", "datastores"))["value"]
    assert [one["name"] for one in listed] == [
        "own",
        "workspaceblobstore",
        "workspaceworkingdirectory",
        "workspaceartifactstore",
        "workspacefilestore",
    ]


def test_a_hub_isolates_its_data(azure: Azure) -> None:
    """azure-powershell, 2025-11."""
    base = {name: read(ask(azure, "GET", ""))["properties"][name] for name in ("storageAccount", "keyVault")}
    base["systemDatastoresAuthMode"] = "Identity"
    hub = f"{WORKSPACE}-hub"
    body = {**TRACKED, "kind": "Hub", "properties": base}
    answer = send(azure, "PUT", f"{hub}?api-version=2024-04-01", body)
    assert (answer.status, answer.body) == (202, b"")
    made = read(send(azure, "GET", f"{hub}?api-version=2024-04-01"))["properties"]
    assert made["enableDataIsolation"] is True
    assert made["workspaceHubConfig"] == {"defaultWorkspaceResourceGroup": WORKSPACE.partition("/providers")[0]}
    assert "systemDatastoresAuthMode" not in made


@pytest.mark.parametrize(("query", "status"), [("&forceDelete=true", 200), ("&forceDelete=false", 202), ("", 202)])
def test_an_extension_is_deleted_at_once_where_that_is_forced(azure: Azure, query: str, status: int) -> None:
    """azure-cli-extensions, k8s-extension, 2022-03: 200, and a body that says what was answered inside."""
    cluster = f"{PROVIDERS}/Microsoft.Kubernetes/connectedClusters/arc"
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

    def ask_vault(method: str, path: str, content: bytes = b"") -> Any:
        request = Request(method, f"{address}/{path}?api-version=7.4", {}, content)
        return read(keyvault.handle(azure, "kv-acme", request, address, f"/{path}"))

    attributes = ask_vault("PUT", "secrets/s", b'{"value": "v"}')["attributes"]
    assert (attributes["recoveryLevel"], attributes["recoverableDays"]) == (level, days)
    deleted = ask_vault("DELETE", "secrets/s")
    assert deleted["scheduledPurgeDate"] - deleted["deletedDate"] == days * 24 * 60 * 60


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
    ask(azure, "PUT", "datastores/own", {"properties": body})
    shown = read(ask(azure, "POST", "datastores/own/listSecrets", asked_for))
    assert (shown["secretsType"], "key" in shown) == (kind, kind == "AccountKey")


def test_an_extension_is_polled_below_itself(azure: Azure) -> None:
    """azure-powershell, AzKubernetesExtension, 2022-05: not below its region, and the state stands for the status."""
    extension = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/dapr"
    azure.provide(CLUSTER, {"location": "westeurope"})
    body = {"properties": {"extensionType": "microsoft.dapr"}}
    where = send(azure, "PUT", f"{extension}?api-version=2022-11-01", body).headers["Azure-AsyncOperation"]
    path, _, query = where.removeprefix(ARM).partition("?")
    assert (path.rpartition("/")[0], query) == (f"{extension}/operations", "api-Version=2022-11-01")
    assert read(send(azure, "GET", f"{path}?{query}"))["status"] == "Creating"
    other = path.replace("/dapr/", "/flux/")
    assert send(azure, "GET", f"{other}?{query}").status == 404
    let_a_minute_pass(azure)
    ended = read(send(azure, "GET", f"{path.upper()}?{query}"))
    assert (ended["status"], set(ended)) == ("Succeeded", {"id", "name", "status"})


def test_a_pool_beside_its_cluster_is_one_of_its_pools(azure: Azure) -> None:
    """azure-powershell, NodePoolTests, 2023-05."""
    azure.operations.seconds = None
    pool, own = {"count": 1, "vmSize": "Standard_D2_v2"}, {"name": "default", "count": 3}
    body = {"location": "westeurope", "properties": {"agentPoolProfiles": [own], "kubernetesVersion": "1.25.6"}}
    azure.put(CLUSTER, body)

    def names() -> list[str]:
        return [one["name"] for one in azure.get(CLUSTER)["properties"]["agentPoolProfiles"]]

    made = read(send(azure, "PUT", f"{CLUSTER}/agentPools/two?api-version=2023-04-01", {"properties": pool}))
    assert (made["properties"]["orchestratorVersion"], made["properties"]["scaleDownMode"]) == ("1.25.6", "Delete")
    assert made["id"] == f"{CLUSTER.replace('resourceGroups', 'resourcegroups')}/agentPools/two"
    assert names() == ["default", "two"]
    azure.put(CLUSTER, body)
    listed = read(send(azure, "GET", f"{CLUSTER}/agentPools?api-version=2023-04-01"))["value"]
    assert [one["properties"]["count"] for one in listed] == [3, 1]
    azure.delete(f"{CLUSTER}/agentPools/two")
    assert names() == ["default"]
    missing = send(azure, "GET", f"{CLUSTER}/agentPools/two?api-version=2023-04-01")
    assert (missing.status, set(read(missing))) == (404, {"code", "details", "message", "subcode"})
    azure.delete(CLUSTER)
    assert azure.is_missing(f"{CLUSTER}/agentPools/default")
