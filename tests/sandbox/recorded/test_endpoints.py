"""How Azure ML answers for endpoints: what recordings of the service show, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.services import TYPES
from kit.arm_requests import follow, read, send
from kit.clouds import WORKSPACE
from kit.ml_requests import PREVIEW, TRACKED, ask, let_a_minute_pass, properties_of
from kit.rows import each


def test_an_endpoint_has_an_operation_of_a_name_of_its_own(azure: Azure) -> None:
    """azure-sdk-assets, 2026-03, and azure-powershell, 2024-07."""
    body = {**TRACKED, "properties": {"authMode": "aadToken"}}
    answer = ask(azure, "PUT", "onlineEndpoints/ep-one", body, "2024-04-01")
    assert answer.headers["x-ms-async-operation-timeout"] == "PT30M"
    assert answer.headers["Location"].endswith("/onlineEndpoints/ep-one?api-version=2024-04-01")
    assert (properties_of(answer)["authMode"], properties_of(answer)["scoringUri"]) == ("AADToken", None)
    polled = read(follow(azure, answer.headers["Azure-AsyncOperation"]))
    assert (polled["status"], polled["name"].partition(":")[0]) == ("Updating", "oeidp")
    assert "AzureAsyncOperationUri" in properties_of(answer)["properties"]


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
    answer = ask(azure, "PUT", "onlineEndpoints/ep-one", routed)
    assert (answer.status, "Retry-After" in answer.headers) == (201, False)
    later = ask(azure, "GET", "onlineEndpoints/ep-one")
    assert properties_of(answer)["traffic"] == properties_of(later)["traffic"] == {}
    let_a_minute_pass(azure)
    azure.settle()
    assert properties_of(ask(azure, "GET", "onlineEndpoints/ep-one"))["traffic"] == {"blue": 100}


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
        ask(azure, "PUT", f"onlineEndpoints/{name}", {**around, "properties": {"authMode": "Key", "properties": own}})
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


@each(("name", "how"), SLOW)
def test_azure_ml_never_says_when_to_ask_again(name: str, how: str) -> None:
    """azure-sdk-assets, azure-powershell and azure-sdk-for-python, 2022 to 2026: no answer has Retry-After."""
    assert TYPES[name].long_running[how].retry_after is False
