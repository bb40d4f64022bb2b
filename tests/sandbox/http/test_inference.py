"""Scoring and batch invocations over https, as azure-ai-ml and everybody else's clients send them."""

from collections import Counter
from typing import Any

import requests

from kit.planes import ENVIRONMENT, GROUP, ML, MODEL, REGION, WORKSPACE, Planes

MACHINES = {"sku": {"name": "Default", "capacity": 1}}


def online(server: Planes, name: str, mode: str = "Key", **traffic: int) -> dict[str, Any]:
    """Make an online endpoint with a deployment for each share of the traffic."""
    own = f"{WORKSPACE}/onlineEndpoints/{name}"
    body = {**REGION, "identity": {"type": "SystemAssigned"}, "properties": {"authMode": mode}}
    server.arm("PUT", own, body, ML)
    for deployment in traffic:
        properties = {"endpointComputeType": "Managed", "model": MODEL, "environmentId": ENVIRONMENT,
                      "instanceType": "Standard_DS3_v2"}  # fmt: skip
        server.arm("PUT", f"{own}/deployments/{deployment}", {**REGION, **MACHINES, "properties": properties}, ML)
    body["properties"] = {"authMode": mode, "traffic": traffic}
    made: dict[str, Any] = server.arm("PUT", own, body, ML)
    return made


def send(server: Planes, url: str, token: str = "", body: Any = None, **headers: str) -> requests.Response:
    """Send a POST, signed in by a key or token."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    signed = {"Authorization": f"Bearer {token}"} if token else {}
    return server.served.session.post(url, json=body, headers={**signed, **given}, timeout=30)


def key(server: Planes, made: dict[str, Any]) -> str:
    return str(server.arm("POST", f"{made['id']}/listKeys", version=ML)["primaryKey"])


def test_requests_go_where_the_traffic_says(server: Planes) -> None:
    made = online(server, "ep-split", blue=80, green=20)
    url, token = made["properties"]["scoringUri"], key(server, made)
    answers = [send(server, url, token, {"n": number}) for number in range(20)]
    assert [answer.json()["echo"] for answer in answers] == [{"n": number} for number in range(20)]
    assert {answer.json()["endpoint"] for answer in answers} == {"ep-split"}
    counted = Counter(answer.headers["azureml-model-deployment"] for answer in answers)
    assert counted == {"blue": 16, "green": 4}
    named = send(server, url, token, {}, azureml_model_deployment="green")
    assert named.json()["deployment"] == "green"
    nobody = send(server, url, token, {}, azureml_model_deployment="red")
    assert nobody.status_code == 404


def test_an_endpoint_is_asked_with_its_key(server: Planes) -> None:
    made = online(server, "ep-key", blue=100)
    url, token = made["properties"]["scoringUri"], key(server, made)
    assert send(server, url, token).status_code == 200
    for wrong in ("", "wrong", token[:-1], server.credential.get_token("https://ml.azure.com/.default").token):
        refused = send(server, url, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "Unauthorized")
    server.arm("POST", f"{made['id']}/regenerateKeys", {"keyType": "Primary"}, ML)
    assert send(server, url, token).status_code == 401
    assert send(server, url, key(server, made)).status_code == 200


def test_an_endpoint_is_asked_with_azure_mls_token(server: Planes) -> None:
    made = online(server, "ep-token", "AMLToken", blue=100)
    reply = server.arm("POST", f"{made['id']}/token", version=ML)
    assert send(server, made["properties"]["scoringUri"], reply["accessToken"]).status_code == 200
    assert send(server, made["properties"]["scoringUri"], "wrong").status_code == 401


def test_an_endpoint_is_asked_with_entras_token(server: Planes) -> None:
    made = online(server, "ep-entra", "AADToken", blue=100)
    url = made["properties"]["scoringUri"]
    token = server.credential.get_token("https://ml.azure.com/.default").token
    assert send(server, url, token).status_code == 200
    elsewhere = server.credential.get_token("https://storage.azure.com/.default").token
    assert send(server, url, elsewhere).status_code == 401


def test_an_endpoint_describes_itself(server: Planes) -> None:
    made = online(server, "ep-swagger", blue=100)
    signed = {"Authorization": f"Bearer {key(server, made)}"}
    document = server.served.session.get(made["properties"]["swaggerUri"], headers=signed, timeout=30).json()
    assert list(document["paths"]) == ["/score"]


def test_an_endpoint_on_kubernetes_is_asked_at_its_router(server: Planes) -> None:
    cluster = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
    extension = f"{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azureml"
    pool = {"name": "system", "count": 1, "vmSize": "Standard_DS3_v2", "mode": "System"}
    body: dict[str, Any] = {**REGION, "identity": {"type": "SystemAssigned"}}
    server.arm("PUT", cluster, {**body, "properties": {"dnsPrefix": "aks", "agentPoolProfiles": [pool]}}, "2025-09-01")
    server.arm("PUT", extension, {"properties": {"extensionType": "Microsoft.AzureML.Kubernetes"}}, "2023-05-01")
    compute = {"computeType": "Kubernetes", "resourceId": cluster, "properties": {"namespace": "default"}}
    server.arm("PUT", f"{WORKSPACE}/computes/k8s", {**REGION, "properties": compute}, ML)
    own = f"{WORKSPACE}/onlineEndpoints/ep-routed"
    properties: dict[str, Any] = {"authMode": "Key", "compute": f"{WORKSPACE}/computes/k8s"}
    server.arm("PUT", own, {**body, "properties": properties}, ML)
    served = {"endpointComputeType": "Kubernetes", "model": MODEL, "environmentId": ENVIRONMENT}
    server.arm("PUT", f"{own}/deployments/blue", {**REGION, **MACHINES, "properties": served}, ML)
    made = server.arm("PUT", own, {**body, "properties": {**properties, "traffic": {"blue": 100}}}, ML)
    assert made["properties"]["scoringUri"] == f"{server.served.url}/api/v1/endpoint/ep-routed/score"
    answer = send(server, made["properties"]["scoringUri"], key(server, made), {"n": 1})
    assert answer.json() == {"endpoint": "ep-routed", "deployment": "blue", "echo": {"n": 1}}
    assert send(server, f"{server.served.url}/api/v1/endpoint/ep-one/score").status_code == 404


def test_what_is_not_there_is_404(server: Planes) -> None:
    base = f"{server.served.url}/inference"
    assert send(server, f"{base}/nobody.westeurope/score").json()["error"]["code"] == "NotFound"
    made = online(server, "ep-empty")
    empty = send(server, made["properties"]["scoringUri"], key(server, made))
    assert (empty.status_code, "positive weight" in empty.text) == (404, True)


def test_a_batch_endpoint_submits_jobs(server: Planes) -> None:
    own = f"{WORKSPACE}/batchEndpoints/bep-one"
    body: dict[str, Any] = {**REGION, "identity": {"type": "SystemAssigned"}, "properties": {"authMode": "AADToken"}}
    server.arm("PUT", own, body, ML)
    made = server.arm("GET", own, None, ML)
    url = made["properties"]["scoringUri"]
    token = server.credential.get_token("https://ml.azure.com/.default").token
    asked: dict[str, Any] = {"properties": {"inputData": {}}}
    assert send(server, url, token, asked).json()["error"]["code"] == "NotFound"
    model = {"referenceType": "Id", "assetId": MODEL}
    properties = {"model": model, "environmentId": ENVIRONMENT, "compute": f"{WORKSPACE}/computes/cpu"}
    server.arm("PUT", f"{own}/deployments/first", {**REGION, "properties": properties}, ML)
    body["properties"] = {"authMode": "AADToken", "defaults": {"deploymentName": "first"}}
    server.arm("PUT", own, body, ML)
    submitted = send(server, url, token, asked)
    assert submitted.status_code == 201
    assert submitted.json()["properties"]["deployment"] == "first"
    job = server.arm("GET", f"{WORKSPACE}/jobs/{submitted.json()['name']}", version=ML)
    assert job["properties"]["jobType"] == "Pipeline"
    listed = server.served.session.get(
        f"{server.served.url}/mferp/managementfrontend{own}/jobs?api-version=2020-09-01-dataplanepreview",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert [one["name"] for one in listed.json()["value"]] == [job["name"]]
    assert send(server, url, "", asked).status_code == 401
    assert send(server, url, token, "text").status_code == 400
