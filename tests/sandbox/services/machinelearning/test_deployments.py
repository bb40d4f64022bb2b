"""Endpoints and their deployments: traffic, defaults, and what they refer to."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import CLUSTER, REGION, WORKSPACE, compute, refused
from kit.ml_paths import KEY_ENDPOINT, ml, registry_of

ENDPOINT = f"{WORKSPACE}/onlineEndpoints/scores"
BATCH = f"{WORKSPACE}/batchEndpoints/nightly"
MANAGED = {"location": REGION, "properties": {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"}}


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


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ({}, "http://20.0.0.22"),
        ({"internalLoadBalancerProvider": "azure"}, "http://10.0.0.22"),
        ({"sslCname": "scoring.contoso.com"}, "https://scoring.contoso.com"),
    ],
)
def test_an_endpoint_on_kubernetes_answers_at_the_clusters_router(
    azure: Azure, settings: dict[str, str], base: str
) -> None:
    azure.put(CLUSTER, {"location": REGION, "properties": {"dnsPrefix": "acme"}})
    own = {"extensionType": "Microsoft.AzureML.Kubernetes", "configurationSettings": settings}
    azure.put(f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/azureml", {"properties": own})
    azure.put(ml("computes/k8s"), compute("Kubernetes", CLUSTER, namespace="default"))
    properties = azure.put(ENDPOINT, _endpoint(compute=ml("computes/k8s")))["properties"]
    assert properties["scoringUri"] == f"{base}/api/v1/endpoint/scores/score"
    assert properties["swaggerUri"] == f"{base}/api/v1/endpoint/scores/swagger.json"


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
        with refused("Conflict", 409, says=share):
            serving.delete(f"{ENDPOINT}/deployments/{name}")
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
        with refused("LinkedResourceNotFound", says=f"properties.{name}"):
            azure.put(target, {**MANAGED, "properties": {**MANAGED["properties"], name: ml(path)}})  # type: ignore[dict-item]
    with refused("BadRequest", says="northeurope"):
        azure.put(target, {**MANAGED, "location": "northeurope"})


def test_an_mlflow_model_without_an_environment_needs_a_registry(azure: Azure) -> None:
    azure.put(ml("models/iris/versions/1"), {"properties": {"modelUri": "https://a", "modelType": "mlflow_model"}})
    azure.put(ENDPOINT, KEY_ENDPOINT)
    properties = {"endpointComputeType": "Managed", "model": ml("models/iris/versions/1")}
    made = azure.put(f"{ENDPOINT}/deployments/blue", {"location": REGION, "properties": properties})
    assert made["sku"] == {"name": "Default", "capacity": 1}
    assert registry_of(azure) is not None


# -- batch endpoints and jobs ----------------------------------------------------------------------------------------


def test_a_batch_endpoints_default_deployment_must_be_there_and_goes_with_it(azure: Azure) -> None:
    request = {"location": REGION, "properties": {"authMode": "AADToken", "defaults": {"deploymentName": "forest"}}}
    with refused("BadRequest"):
        azure.put(BATCH, request)
    azure.put(BATCH, {"location": REGION, "properties": {"authMode": "AADToken"}})
    with refused("LinkedResourceNotFound"):
        azure.put(f"{BATCH}/deployments/forest", {"location": REGION, "properties": {"compute": ml("computes/cpu")}})
    azure.put(ml("computes/cpu"), compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    azure.put(f"{BATCH}/deployments/forest", {"location": REGION, "properties": {"compute": ml("computes/cpu")}})
    assert azure.put(BATCH, request)["properties"]["defaults"] == {"deploymentName": "forest"}
    azure.delete(f"{BATCH}/deployments/forest")
    assert azure.get(BATCH)["properties"]["defaults"] == {}


def test_a_deployment_is_of_its_endpoints_kind(azure: Azure) -> None:
    azure.put(CLUSTER, {"location": REGION, "properties": {"dnsPrefix": "acme"}})
    own = {"extensionType": "Microsoft.AzureML.Kubernetes"}
    azure.put(f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/azureml", {"properties": own})
    azure.put(ml("computes/k8s"), compute("Kubernetes", CLUSTER, namespace="default"))
    azure.put(ENDPOINT, KEY_ENDPOINT)
    azure.put(f"{ENDPOINT}-k8s", _endpoint(compute=ml("computes/k8s")))
    with refused("BadRequest", says="is Kubernetes, and endpoint 'scores' is Managed"):
        azure.put(
            f"{ENDPOINT}/deployments/blue",
            {"location": REGION, "properties": {"endpointComputeType": "Kubernetes"}},
        )
    with refused("BadRequest", says="is Managed, and endpoint 'scores-k8s' is Kubernetes"):
        azure.put(f"{ENDPOINT}-k8s/deployments/blue", MANAGED)
