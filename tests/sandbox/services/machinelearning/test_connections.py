"""Connections: what they tell, and where their secrets are."""

import json
from typing import Any

import pytest

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model.bodies import Body
from kit.clouds import VAULT, WORKSPACE, refused

FEED = f"{WORKSPACE}/connections/feed"
SECRETS: dict[str, dict[str, Any]] = {
    "AccessKey": {"accessKeyId": "a", "secretAccessKey": "b"},
    "AccountKey": {"key": "a"},
    "ApiKey": {"key": "a"},
    "CustomKeys": {"keys": {"token": "a"}},
    "OAuth2": {"clientId": "5a4d0b0c-0000-4000-8000-0000000000c1", "clientSecret": "b"},
    "PAT": {"pat": "a"},
    "SAS": {"sas": "a"},
    "ServicePrincipal": {"clientId": "a", "clientSecret": "b", "tenantId": "c"},
    "UsernamePassword": {"username": "a", "password": "b"},
}


def connection(kind: str, credentials: Any = None, category: str = "PythonFeed", target: str = "https://feed") -> Body:
    given = {} if credentials is None else {"credentials": credentials}
    return {"properties": {"authType": kind, "category": category, "target": target, **given}}


def in_the_vault(azure: Azure) -> list[Any]:
    return [json.loads(secret.value) for secret in Vaults(azure).current(ids.parse(VAULT).name)]


@pytest.mark.parametrize(("kind", "credentials"), SECRETS.items(), ids=list(SECRETS))
def test_secrets_are_in_the_vault_and_nowhere_else(azure: Azure, kind: str, credentials: dict[str, Any]) -> None:
    made = azure.put(FEED, connection(kind, credentials))
    assert "credentials" not in made["properties"]
    assert "credentials" not in azure.get(FEED)["properties"]
    assert azure.action(FEED, "listsecrets")["properties"]["credentials"] == credentials
    assert in_the_vault(azure) == [credentials]
    assert not any("secrets" in str(value) for _, value in azure.store.scan("secrets", FEED.lower()))


@pytest.mark.parametrize("kind", ["AAD", "None", "ManagedIdentity"])
def test_some_sign_in_without_a_secret(azure: Azure, kind: str) -> None:
    identity = {"clientId": "a", "resourceId": "/b"} if kind == "ManagedIdentity" else None
    made = azure.put(FEED, connection(kind, identity))
    assert made["properties"].get("credentials") == identity
    assert azure.action(FEED, "listsecrets")["properties"]["authType"] == kind
    assert in_the_vault(azure) == []


def test_a_secret_stays_until_another_one_is_given(azure: Azure) -> None:
    azure.put(FEED, connection("PAT", {"pat": "one"}))
    azure.patch(FEED, {"properties": {"target": "https://other"}})
    assert azure.get(FEED)["properties"]["target"] == "https://other"
    assert azure.action(FEED, "listsecrets")["properties"]["credentials"] == {"pat": "one"}
    azure.put(FEED, connection("PAT", {"pat": "two"}))
    assert azure.action(FEED, "listsecrets")["properties"]["credentials"] == {"pat": "two"}
    azure.put(FEED, connection("AAD"))
    assert in_the_vault(azure) == []


def test_a_deleted_connection_can_be_made_again(azure: Azure) -> None:
    azure.put(FEED, connection("PAT", {"pat": "one"}))
    azure.delete(FEED)
    assert in_the_vault(azure) == []
    azure.put(FEED, connection("PAT", {"pat": "two"}))
    assert azure.action(FEED, "listsecrets")["properties"]["credentials"] == {"pat": "two"}


def test_whoever_deletes_the_secret_breaks_the_connection(azure: Azure) -> None:
    azure.put(FEED, connection("PAT", {"pat": "one"}))
    vault = ids.parse(VAULT).name
    Vaults(azure).delete(vault, Vaults(azure).current(vault)[0].name)
    with refused("UserError", 400, says=f"not in vault '{vault}'"):
        azure.action(FEED, "listsecrets")


@pytest.mark.any_body("what Azure refuses")
@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"category": "Git", "authType": "Magic"}, "'Magic'; expected AAD"),
        ({"category": "Git"}, "authType is None"),
        ({"authType": "None"}, "category"),
        ({"category": "Git", "authType": "PAT"}, "credentials"),
        ({"category": "Git", "authType": "PAT", "credentials": {"pat": ""}}, "credentials"),
    ],
)
def test_what_a_connection_must_say(azure: Azure, properties: dict[str, Any], message: str) -> None:
    with refused("ValidationError", 400, says=message):
        azure.put(FEED, {"properties": properties})
    assert not azure.exists(FEED)


def test_lists_are_narrowed(azure: Azure) -> None:
    azure.put(FEED, connection("None", target="https://one"))
    azure.put(f"{WORKSPACE}/connections/repository", connection("None", category="Git", target="https://two"))
    azure.put(f"{WORKSPACE}/connections/lake", connection("None", category="AzureBlob", target="https://lake"))
    kind = azure.kind(ids.parse(FEED))
    for query, names in (
        ({}, ["feed", "repository"]),
        ({"includeall": "true"}, ["feed", "lake", "repository"]),
        ({"category": "git"}, ["repository"]),
        ({"category": "azureBlob"}, ["lake"]),
        ({"target": "https://ONE"}, ["feed"]),
    ):
        assert [one["name"] for one in kind.query_list(azure, WORKSPACE, query)] == names
    assert azure.get(FEED)["properties"]["group"] == "GenericProtocol"
