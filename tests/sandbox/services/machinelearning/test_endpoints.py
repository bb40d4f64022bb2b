"""What Azure ML's endpoints do: who gets which request, keys and tokens, and one change at a time."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.operations import CREATING, UPDATING
from azureml_sandbox.services.machinelearning.endpoints import accepted_keys
from azureml_sandbox.services.machinelearning.traffic import route
from kit.clouds import REGION, WORKSPACE, refused, workspace

ENDPOINT = f"{WORKSPACE}/onlineEndpoints/scores"
BATCH = f"{WORKSPACE}/batchEndpoints/nightly"
SERVERLESS = f"{WORKSPACE}/serverlessEndpoints/llm"
MANAGED = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"}


def endpoint(mode: str = "Key", **properties: Any) -> dict[str, Any]:
    return {"location": REGION, "properties": {"authMode": mode, **properties}}


def deploy(azure: Azure, name: str, count: int = 1, **properties: Any) -> dict[str, Any]:
    body = {"location": REGION, "sku": {"name": "Default", "capacity": count}, "properties": {**MANAGED, **properties}}
    return azure.put(f"{ENDPOINT}/deployments/{name}", body)


def two(azure: Azure, **more: Any) -> dict[str, Any]:
    """Return an endpoint with two deployments and some traffic."""
    azure.put(ENDPOINT, endpoint())
    for name in ("blue", "green"):
        deploy(azure, name)
    return azure.put(ENDPOINT, endpoint(**more))


# -- traffic ---------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(share=st.integers(0, 100))
def test_of_a_hundred_requests_each_deployment_gets_its_share(share: int) -> None:
    azure = workspace(Azure())
    found = two(azure, traffic={"blue": share, "green": 100 - share})
    got = Counter(route(azure, found)["name"] for _ in range(100))
    assert (got["blue"], got["green"]) == (share, 100 - share)


def test_requests_alternate_between_equal_shares(azure: Azure) -> None:
    found = two(azure, traffic={"blue": 50, "green": 50})
    first = Counter(route(azure, found)["name"] for _ in range(10))
    assert abs(first["blue"] - first["green"]) <= 2


def test_a_header_names_the_deployment_whatever_the_traffic(azure: Azure) -> None:
    found = two(azure, traffic={"blue": 100})
    assert route(azure, found, "green")["name"] == "green"
    for unknown in ("red", "../blue", "blue/x"):
        with refused("NotFound", 404, says="could not be found"):
            route(azure, found, unknown)


def test_nobody_answers_without_traffic(azure: Azure) -> None:
    with refused("NotFound", 404, says="valid deployment with positive weight"):
        route(azure, two(azure))


def test_a_deployment_answers_once_it_is_there(azure: Azure) -> None:
    azure.operations.seconds = 60
    azure.clock = lambda: 1000.0
    found = two(azure, traffic={"blue": 100})
    target = azure.get(f"{ENDPOINT}/deployments/blue")
    with azure.changing():
        azure.operations.begin(ids.parse(target["id"]), "PUT", CREATING)
    with refused("NotFound", 404):
        route(azure, found)
    azure.clock = lambda: 1060.0
    assert route(azure, found)["name"] == "blue"


@pytest.mark.any_body("what Azure refuses")
@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"traffic": {"blue": 60, "green": 60}}, "adds up to 120"),
        ({"traffic": {"blue": 150, "green": -50}}, "expected 0 or 100"),
        ({"traffic": {"blue": "all"}}, "whole number of percent"),
        ({"traffic": ["blue"]}, "whole number of percent"),
        ({"traffic": {"red": 100}}, "no deployment 'red'"),
        ({"traffic": {"a/b": 100}}, "no deployment 'a/b'"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"green": 51}}, "at most 50 percent"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"blue": 10}}, "gets live traffic"),
        ({"mirrorTraffic": {"blue": 10, "green": 10}}, "one deployment"),
    ],
)
def test_traffic_has_rules(azure: Azure, more: dict[str, Any], message: str) -> None:
    two(azure)
    with refused("BadRequest" if "whole" not in message else "InvalidPropertyValue", 400, says=message):
        azure.put(ENDPOINT, endpoint(**more))


# -- keys and tokens -------------------------------------------------------------------------------------------------


def test_keys_are_given_listed_and_made_anew(azure: Azure) -> None:
    made = azure.put(ENDPOINT, endpoint(keys={"primaryKey": "mine"}))
    assert "keys" not in made["properties"]
    keys = azure.action(ENDPOINT, "listKeys")
    assert keys["primaryKey"] == "mine"
    azure.action(ENDPOINT, "regenerateKeys", {"keyType": "Primary", "keyValue": "mine"})
    azure.action(ENDPOINT, "regenerateKeys", {"keyType": "Secondary", "keyValue": "other"})
    fresh = azure.action(ENDPOINT, "listKeys")
    assert fresh["primaryKey"] != "mine"
    assert fresh["secondaryKey"] == "other"
    assert accepted_keys(azure, made) == set(fresh.values())
    with refused("BadRequest", says="must be Primary or Secondary"):
        azure.action(ENDPOINT, "regenerateKeys", {"keyType": "Third"})
    with refused("BadRequest"):
        azure.action(ENDPOINT, "token")


def test_tokens_last_for_hours(azure: Azure) -> None:
    now = [1_000_000.0]
    azure.clock = lambda: now[0]
    made = azure.put(ENDPOINT, endpoint("AMLToken"))
    token = azure.action(ENDPOINT, "token")
    assert token["tokenType"] == "Bearer"
    assert token["accessToken"] in accepted_keys(azure, made)
    now[0] = token["refreshAfterTimeUtc"] + 1.0
    assert azure.action(ENDPOINT, "token")["accessToken"] != token["accessToken"]
    assert token["accessToken"] in accepted_keys(azure, made)
    now[0] = token["expiryTimeUtc"] + 1.0
    assert token["accessToken"] not in accepted_keys(azure, made)
    assert azure.action(ENDPOINT, "listKeys") == {"primaryKey": None, "secondaryKey": None}


@pytest.mark.any_body("what Azure refuses")
def test_an_endpoint_for_entras_tokens_has_no_keys(azure: Azure) -> None:
    made = azure.put(ENDPOINT, endpoint("AADToken"))
    assert accepted_keys(azure, made) == frozenset()
    with refused("BadRequest"):
        azure.put(f"{ENDPOINT}-two", {"location": REGION, "properties": {}})


# -- deployments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "more", "message"),
    [
        (51, {}, "must be 1 to 50"),
        (0, {}, "must be 1 to 50"),
        (1, {"instanceType": "Standard_DS3_v9"}, "is not offered for managed online deployments"),
    ],
)
def test_machines_are_those_there_are(azure: Azure, count: int, more: dict[str, Any], message: str) -> None:
    azure.put(ENDPOINT, endpoint())
    with refused("BadRequest", says=message):
        deploy(azure, "blue", count, **more)


def test_an_endpoint_has_twenty_deployments_at_most(azure: Azure) -> None:
    azure.put(ENDPOINT, endpoint())
    for number in range(20):
        deploy(azure, f"blue-{number}")
    with refused("BadRequest", says="as many as it may have"):
        deploy(azure, "one-more")
    deploy(azure, "blue-0", 2)


def test_one_deployment_of_an_endpoint_is_changed_at_a_time(azure: Azure) -> None:
    azure.operations.seconds = 60
    azure.clock = lambda: 1000.0
    two(azure)
    with azure.changing():
        azure.operations.begin(ids.parse(f"{ENDPOINT}/deployments/blue"), "PUT", UPDATING)
    with refused("Conflict", 409, says="'blue' is Updating"):
        deploy(azure, "green", 2)
    with refused("Conflict", 409):
        azure.delete(f"{ENDPOINT}/deployments/green")
    azure.clock = lambda: 1060.0
    assert deploy(azure, "green", 2)["sku"]["capacity"] == 2


def test_logs_are_read_from_their_end(azure: Azure) -> None:
    two(azure)
    target = f"{ENDPOINT}/deployments/blue"
    whole = azure.action(target, "getLogs", {"containerType": "InferenceServer"})["content"].splitlines()
    assert azure.action(target, "getLogs", {"tail": 1})["content"].splitlines() == whole[-1:]
    assert azure.action(target, "getLogs", {"tail": 1000})["content"].splitlines() == whole
    assert "Downloading" in azure.action(target, "getLogs", {"containerType": "StorageInitializer"})["content"]
    for tail in (-1, "all"):
        with refused("BadRequest"):
            azure.action(target, "getLogs", {"tail": tail})


def test_what_a_deployment_can_be_scaled_to(azure: Azure) -> None:
    two(azure)
    skus = azure.list(
        f"{ENDPOINT}/deployments/blue", "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/skus"
    )
    assert skus[0]["capacity"]["maximum"] == 50


# -- other endpoints -------------------------------------------------------------------------------------------------


def test_online_and_batch_endpoints_share_the_names_of_a_region(azure: Azure) -> None:
    azure.put(ENDPOINT, endpoint())
    with refused("BadRequest", 409, says="unique within a region"):
        azure.put(BATCH.replace("nightly", "scores"), endpoint("AADToken"))


def test_serverless_endpoints_rent_a_model_of_a_registry(azure: Azure) -> None:
    model = {"modelId": "azureml://registries/azureml-meta/models/Llama-3"}
    made = azure.put(SERVERLESS, {"location": REGION, "properties": {"authMode": "Key", "modelSettings": model}})
    assert made["properties"]["inferenceEndpoint"]["uri"] == f"https://llm.{REGION}.models.ai.azure.com"
    old = azure.action(SERVERLESS, "listKeys")["primaryKey"]
    assert azure.action(SERVERLESS, "regenerateKeys", {"keyType": "Primary"})["primaryKey"] != old
    versioned = {"modelId": f"{model['modelId']}/versions/1"}
    with refused("BadRequest", says="without a version"):
        azure.put(
            f"{SERVERLESS}-two", {"location": REGION, "properties": {"authMode": "Key", "modelSettings": versioned}}
        )


@pytest.mark.any_body("what Azure refuses")
def test_a_model_of_the_marketplace_is_subscribed_to(azure: Azure) -> None:
    target = f"{WORKSPACE}/marketplaceSubscriptions/llama"
    made = azure.put(target, {"properties": {"modelId": "azureml://registries/azureml-meta/models/Llama-3"}})
    assert made["properties"]["marketplaceSubscriptionStatus"] == "Subscribed"
    with refused("BadRequest"):
        azure.put(f"{target}-two", {"properties": {}})
