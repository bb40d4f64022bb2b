"""Scoring and batch invocations over https, as azure-ai-ml and everybody else's clients send them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from kit.planes import ENVIRONMENT, ML, MODEL, REGION, WORKSPACE, Planes, planes, workspace

MACHINES = {"sku": {"name": "Default", "capacity": 1}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planes]:
    with planes(tmp_path_factory.mktemp("project")) as made:
        workspace(made)
        yield made


def online(served: Planes, name: str, mode: str = "Key", **traffic: int) -> dict[str, Any]:
    """An online endpoint with a deployment for each share of the traffic."""
    own = f"{WORKSPACE}/onlineEndpoints/{name}"
    body = {**REGION, "identity": {"type": "SystemAssigned"}, "properties": {"authMode": mode}}
    served.arm("PUT", own, body, ML)
    for deployment in traffic:
        properties = {"endpointComputeType": "Managed", "model": MODEL, "environmentId": ENVIRONMENT,
                      "instanceType": "Standard_DS3_v2"}  # fmt: skip
        served.arm("PUT", f"{own}/deployments/{deployment}", {**REGION, **MACHINES, "properties": properties}, ML)
    body["properties"] = {"authMode": mode, "traffic": traffic}
    made: dict[str, Any] = served.arm("PUT", own, body, ML)
    return made


def send(served: Planes, url: str, token: str = "", body: Any = None, **headers: str) -> requests.Response:
    """A POST, signed in by a key or token."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    signed = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(url, json=body, headers={**signed, **given}, verify=str(served.served.bundle), timeout=30)


def key(served: Planes, made: dict[str, Any]) -> str:
    return str(served.arm("POST", f"{made['id']}/listKeys", version=ML)["primaryKey"])


def test_requests_go_where_the_traffic_says(served: Planes) -> None:
    made = online(served, "ep-split", blue=80, green=20)
    url, token = made["properties"]["scoringUri"], key(served, made)
    answers = [send(served, url, token, {"n": number}) for number in range(20)]
    assert [answer.json()["echo"] for answer in answers] == [{"n": number} for number in range(20)]
    assert {answer.json()["endpoint"] for answer in answers} == {"ep-split"}
    counted = Counter(answer.headers["azureml-model-deployment"] for answer in answers)
    assert counted == {"blue": 16, "green": 4}
    named = send(served, url, token, {}, azureml_model_deployment="green")
    assert named.json()["deployment"] == "green"
    nobody = send(served, url, token, {}, azureml_model_deployment="red")
    assert nobody.status_code == 404


def test_an_endpoint_is_asked_with_its_key(served: Planes) -> None:
    made = online(served, "ep-key", blue=100)
    url, token = made["properties"]["scoringUri"], key(served, made)
    assert send(served, url, token).status_code == 200
    for wrong in ("", "wrong", token[:-1], served.credential.get_token("https://ml.azure.com/.default").token):
        refused = send(served, url, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "Unauthorized")
    served.arm("POST", f"{made['id']}/regenerateKeys", {"keyType": "Primary"}, ML)
    assert send(served, url, token).status_code == 401
    assert send(served, url, key(served, made)).status_code == 200


def test_an_endpoint_is_asked_with_azure_mls_token(served: Planes) -> None:
    made = online(served, "ep-token", "AMLToken", blue=100)
    reply = served.arm("POST", f"{made['id']}/token", version=ML)
    assert send(served, made["properties"]["scoringUri"], reply["accessToken"]).status_code == 200
    assert send(served, made["properties"]["scoringUri"], "wrong").status_code == 401


def test_an_endpoint_is_asked_with_entras_token(served: Planes) -> None:
    made = online(served, "ep-entra", "AADToken", blue=100)
    url = made["properties"]["scoringUri"]
    token = served.credential.get_token("https://ml.azure.com/.default").token
    assert send(served, url, token).status_code == 200
    elsewhere = served.credential.get_token("https://storage.azure.com/.default").token
    assert send(served, url, elsewhere).status_code == 401


def test_an_endpoint_describes_itself(served: Planes) -> None:
    made = online(served, "ep-swagger", blue=100)
    signed = {"Authorization": f"Bearer {key(served, made)}"}
    document = requests.get(
        made["properties"]["swaggerUri"], headers=signed, verify=str(served.served.bundle), timeout=30
    ).json()
    assert list(document["paths"]) == ["/score"]


def test_what_is_not_there_is_404(served: Planes) -> None:
    base = f"{served.served.url}/inference"
    assert send(served, f"{base}/nobody.westeurope/score").json()["error"]["code"] == "NotFound"
    made = online(served, "ep-empty")
    empty = send(served, made["properties"]["scoringUri"], key(served, made))
    assert (empty.status_code, "positive weight" in empty.text) == (404, True)


def test_a_batch_endpoint_submits_jobs(served: Planes) -> None:
    own = f"{WORKSPACE}/batchEndpoints/bep-one"
    body: dict[str, Any] = {**REGION, "identity": {"type": "SystemAssigned"}, "properties": {"authMode": "AADToken"}}
    served.arm("PUT", own, body, ML)
    made = served.arm("GET", own, None, ML)
    url = made["properties"]["scoringUri"]
    token = served.credential.get_token("https://ml.azure.com/.default").token
    asked: dict[str, Any] = {"properties": {"inputData": {}}}
    assert send(served, url, token, asked).json()["error"]["code"] == "NotFound"
    model = {"referenceType": "Id", "assetId": MODEL}
    properties = {"model": model, "environmentId": ENVIRONMENT, "compute": f"{WORKSPACE}/computes/cpu"}
    served.arm("PUT", f"{own}/deployments/first", {**REGION, "properties": properties}, ML)
    body["properties"] = {"authMode": "AADToken", "defaults": {"deploymentName": "first"}}
    served.arm("PUT", own, body, ML)
    submitted = send(served, url, token, asked)
    assert submitted.status_code == 201
    assert submitted.json()["properties"]["deployment"] == "first"
    job = served.arm("GET", f"{WORKSPACE}/jobs/{submitted.json()['name']}", version=ML)
    assert job["properties"]["jobType"] == "Pipeline"
    listed = requests.get(
        f"{served.served.url}/mferp/managementfrontend{own}/jobs?api-version=2020-09-01-dataplanepreview",
        headers={"Authorization": f"Bearer {token}"},
        verify=str(served.served.bundle),
        timeout=30,
    )
    assert [one["name"] for one in listed.json()["value"]] == [job["name"]]
    assert send(served, url, "", asked).status_code == 401
    assert send(served, url, token, "text").status_code == 400
