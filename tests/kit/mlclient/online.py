"""Online endpoints and their deployments by azure-ai-ml's MLClient."""

import json

import pytest
from azure.ai.ml import entities as ml
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import folder, names, suite

SUITE = suite("online_endpoints", "online_deployments", "serverless_endpoints", "marketplace_subscriptions")
SUITE.refused = {
    "serverless_endpoints.begin_regenerate_keys": "azure-ai-ml calls its own client without the endpoint's name"
}
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
NAME = "clients-online"


def _deployment(kit: Kit, name: str) -> ml.ManagedOnlineDeployment:
    local = folder(kit, {"src/score.py": "def run(data): ...\n", "model/model.pkl": "weights"})
    return ml.ManagedOnlineDeployment(
        name=name,
        endpoint_name=NAME,
        model=ml.Model(path=str(local / "model"), type="custom_model"),
        environment=ml.Environment(image=IMAGE),
        code_configuration=ml.CodeConfiguration(code=str(local / "src"), scoring_script="score.py"),
        instance_type="Standard_DS3_v2",
        instance_count=1,
    )


@SUITE.tries("online_endpoints.begin_create_or_update", "online_endpoints.get", "online_endpoints.list")
def endpoint(kit: Kit) -> None:
    """Make an online endpoint, and list endpoints."""
    group = kit.client.online_endpoints
    made = group.begin_create_or_update(ml.ManagedOnlineEndpoint(name=NAME, auth_mode="key", tags={"a": "b"})).result()
    assert (made.name, made.provisioning_state, made.auth_mode) == (NAME, "Succeeded", "key")
    assert group.get(NAME).scoring_uri.endswith("/score")
    assert names(group.list()) == [NAME]
    with pytest.raises(ResourceNotFoundError):
        group.get("nobody")


@SUITE.tries("online_deployments.begin_create_or_update", "online_deployments.get", "online_deployments.list")
def deployments(kit: Kit) -> None:
    """Make online deployments, and list them."""
    group = kit.client.online_deployments
    for name in ("blue", "green"):
        made = group.begin_create_or_update(_deployment(kit, name)).result()
        assert (made.name, made.provisioning_state) == (name, "Succeeded")
    assert names(group.list(NAME)) == ["blue", "green"]
    found = group.get("blue", NAME)
    assert (found.instance_count, "/codes/" in found.code_configuration.code) == (1, True)
    found.instance_count = 2
    assert group.begin_create_or_update(found).result().instance_count == 2
    with pytest.raises(ResourceNotFoundError):
        group.get("red", NAME)


@SUITE.tries("online_endpoints.begin_create_or_update")
def traffic(kit: Kit) -> None:
    """Divide the traffic between deployments."""
    group = kit.client.online_endpoints
    asked = group.get(NAME)
    asked.traffic, asked.mirror_traffic = {"blue": 100, "green": 0}, {"green": 10}
    made = group.begin_create_or_update(asked).result()
    assert (made.traffic["blue"], made.mirror_traffic) == (100, {"green": 10})
    asked.traffic, asked.mirror_traffic = {"blue": 60, "green": 60}, {}
    with pytest.raises(HttpResponseError):
        group.begin_create_or_update(asked).result()
    assert group.get(NAME).traffic["blue"] == 100


@SUITE.tries("online_endpoints.get_keys", "online_endpoints.begin_regenerate_keys")
def keys(kit: Kit) -> None:
    """Read the keys, and rotate one."""
    group = kit.client.online_endpoints
    before = group.get_keys(NAME)
    group.begin_regenerate_keys(NAME, key_type="secondary").result()
    after = group.get_keys(NAME)
    assert after.primary_key == before.primary_key
    assert after.secondary_key != before.secondary_key


@SUITE.tries("online_endpoints.invoke", "online_deployments.get_logs")
def invoke(kit: Kit) -> None:
    """Score by each deployment, and read its log."""
    request = folder(kit, {"request.json": '{"data": [[1, 2]]}'}) / "request.json"
    answered = json.loads(kit.client.online_endpoints.invoke(NAME, request_file=str(request)))
    assert "[[1, 2]]" in json.dumps(answered)
    chosen = kit.client.online_endpoints.invoke(NAME, request_file=str(request), deployment_name="green")
    assert "[[1, 2]]" in json.dumps(json.loads(chosen))
    assert kit.client.online_deployments.get_logs("blue", NAME, lines=10)


@SUITE.tries("online_deployments.begin_delete", "online_endpoints.begin_delete")
def delete(kit: Kit) -> None:
    """Delete deployments and the endpoint."""
    deployments, endpoints = kit.client.online_deployments, kit.client.online_endpoints
    with pytest.raises(HttpResponseError):
        deployments.begin_delete("blue", NAME).result()
    asked = endpoints.get(NAME)
    asked.mirror_traffic = {}
    endpoints.begin_create_or_update(asked).result()
    deployments.begin_delete("green", NAME).result()
    assert names(deployments.list(NAME)) == ["blue"]
    endpoints.begin_delete(NAME).result()
    assert names(endpoints.list()) == []


@SUITE.tries(
    "serverless_endpoints.begin_create_or_update",
    "serverless_endpoints.get",
    "serverless_endpoints.list",
    "serverless_endpoints.get_keys",
    "serverless_endpoints.begin_delete",
)
def serverless(kit: Kit) -> None:
    """Make, read, list and delete a serverless endpoint."""
    group = kit.client.serverless_endpoints
    model = "azureml://registries/azureml/models/Phi-3-mini-4k-instruct"
    made = group.begin_create_or_update(ml.ServerlessEndpoint(name="phi", model_id=model)).result()
    assert (made.name, made.model_id) == ("phi", model)
    assert group.get("phi").scoring_uri
    assert names(group.list()) == ["phi"]
    assert group.get_keys("phi").primary_key
    group.begin_delete("phi").result()
    assert names(group.list()) == []


@SUITE.tries(
    "marketplace_subscriptions.begin_create_or_update",
    "marketplace_subscriptions.get",
    "marketplace_subscriptions.list",
    "marketplace_subscriptions.begin_delete",
)
def marketplace(kit: Kit) -> None:
    """Make, read, list and delete a marketplace subscription."""
    group = kit.client.marketplace_subscriptions
    model = "azureml://registries/azureml-cohere/models/Cohere-command-r"
    made = group.begin_create_or_update(ml.MarketplaceSubscription(name="cohere", model_id=model)).result()
    assert (made.name, made.model_id) == ("cohere", model)
    assert group.get("cohere").status
    assert names(group.list()) == ["cohere"]
    group.begin_delete("cohere").result()
    assert names(group.list()) == []
