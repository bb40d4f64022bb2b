"""ARM's own endpoints: tenants, regions, resource providers, names, tags, and what isn't modelled."""

import pytest
from azure.core.exceptions import ResourceExistsError

from azureml_sandbox.azure import SUBSCRIPTION, TENANT, Azure
from azureml_sandbox.data.vaults import Vaults
from kit.arm_requests import manager, read, refusal, send
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT

SUB = f"/subscriptions/{SUBSCRIPTION}"
NETWORK = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"


def test_the_subscription_and_its_tenant(azure: Azure) -> None:
    (found,) = read(send(azure, "GET", "/subscriptions"))["value"]
    assert (found["subscriptionId"], found["tenantId"], found["state"]) == (SUBSCRIPTION, TENANT, "Enabled")
    assert read(send(azure, "GET", SUB)) == found
    assert [one["tenantId"] for one in read(send(azure, "GET", "/tenants"))["value"]] == [TENANT]
    other = SUB.replace(SUBSCRIPTION, "11111111-0000-4000-8000-000000000000")
    assert refusal(send(azure, "GET", other)) == (404, "SubscriptionNotFound")


def test_regions(azure: Azure) -> None:
    found = {one["name"]: one["displayName"] for one in read(send(azure, "GET", f"{SUB}/locations"))["value"]}
    assert found["westeurope"] == "West Europe"


def test_groups_are_made_found_and_deleted(azure: Azure) -> None:
    other = f"{GROUP}-2"
    assert send(azure, "HEAD", other).status == 404
    assert send(azure, "PUT", other, {"location": REGION}).status == 201
    assert send(azure, "PUT", other, {"location": REGION, "tags": {"a": "b"}}).status == 200
    assert send(azure, "HEAD", other).status == 204
    assert refusal(send(azure, "PUT", other, {"location": "northeurope"})) == (409, "InvalidResourceLocation")
    assert send(azure, "DELETE", other).status == 200
    assert refusal(send(azure, "GET", other)) == (404, "ResourceGroupNotFound")


def test_providers_tell_their_types(azure: Azure) -> None:
    found = read(send(azure, "GET", f"{SUB}/providers/microsoft.keyvault"))
    assert (found["namespace"], found["registrationState"]) == ("Microsoft.KeyVault", "Registered")
    types = {one["resourceType"]: one for one in found["resourceTypes"]}
    assert "West Europe" in types["vaults"]["locations"]
    assert "2024-11-01" in types["vaults"]["apiVersions"]
    every = {one["namespace"] for one in read(send(azure, "GET", f"{SUB}/providers"))["value"]}
    assert {"Microsoft.Storage", "Microsoft.MachineLearningServices"} <= every
    assert refusal(send(azure, "GET", f"{SUB}/providers/Microsoft.Nothing")) == (404, "InvalidResourceNamespace")
    newer = send(azure, "GET", f"{SUB}/providers/Microsoft.DataFactory?api-version=2021-04-01")  # than its own last one
    assert read(newer)["namespace"] == "Microsoft.DataFactory"


def test_a_subscription_must_be_registered(azure: Azure) -> None:
    provider = f"{SUB}/providers/Microsoft.Network"
    assert refusal(send(azure, "POST", f"{SUB}/providers/Microsoft.Storage/unregister")) == (
        409,
        "CannotUnregisterNamespace",
    )
    assert read(send(azure, "POST", f"{provider}/unregister"))["registrationState"] == "NotRegistered"
    with manager(azure) as client, pytest.raises(ResourceExistsError, match="MissingSubscriptionRegistration"):
        client.resources.begin_create_or_update_by_id(NETWORK, {"location": REGION}, api_version="2024-05-01")
    assert read(send(azure, "POST", f"{provider}/register"))["registrationState"] == "Registered"
    assert send(azure, "PUT", NETWORK, {"location": REGION}).status == 200


@pytest.mark.parametrize(
    ("target", "name", "reason"),
    [
        (STORAGE, "stacme", "AlreadyExists"),
        (STORAGE, "STACME", "AccountNameInvalid"),
        (STORAGE, "stfree", None),
        (VAULT, "kv-acme", "AlreadyExists"),
        (VAULT, "1", "AccountNameInvalid"),
        (VAULT, "kv-free", None),
        (REGISTRY, "cracme", "AlreadyExists"),
        (REGISTRY, "no_name", "Invalid"),
        (REGISTRY, "crfree", None),
    ],
)
def test_names_that_may_be_had(azure: Azure, target: str, name: str, reason: str | None) -> None:
    azure.put(REGISTRY, BODIES[REGISTRY])
    type_name = "/".join(target.split("/")[6:8])
    path = f"{SUB}/providers/{type_name.partition('/')[0]}/checkNameAvailability"
    answer = read(send(azure, "POST", path, {"name": name, "type": type_name}))
    assert (answer["nameAvailable"], answer.get("reason")) == (reason is None, reason)
    assert bool(answer.get("message")) == (reason is not None)


def test_a_deleted_vault_keeps_its_name_and_secrets_until_it_is_purged(azure: Azure) -> None:
    Vaults(azure).set("kv-acme", "token", "hidden")
    azure.delete(VAULT)
    path, asked = f"{SUB}/providers/Microsoft.KeyVault", {"name": "kv-acme", "type": "Microsoft.KeyVault/vaults"}
    assert not read(send(azure, "POST", f"{path}/checkNameAvailability", asked))["nameAvailable"]
    deleted = f"{path}/locations/{REGION}/deletedVaults/kv-acme"
    assert read(send(azure, "GET", deleted))["properties"]["vaultId"] == VAULT
    elsewhere = deleted.replace(REGION, "northeurope")
    assert refusal(send(azure, "GET", elsewhere)) == (404, "ResourceNotFound")
    assert send(azure, "POST", f"{deleted}/purge").status == 200
    assert read(send(azure, "POST", f"{path}/checkNameAvailability", asked))["nameAvailable"]
    azure.put(VAULT, BODIES[VAULT])
    assert Vaults(azure).current("kv-acme") == []


def test_tags_by_themselves(azure: Azure) -> None:
    path = f"{STORAGE}/providers/Microsoft.Resources/tags/default"
    put = send(azure, "PUT", path, {"properties": {"tags": {"a": "1", "b": "2"}}})
    assert read(put)["properties"]["tags"] == {"a": "1", "b": "2"}
    send(azure, "PATCH", path, {"operation": "Merge", "properties": {"tags": {"c": "3"}}})
    send(azure, "PATCH", path, {"operation": "Delete", "properties": {"tags": {"a": "1", "b": "other"}}})
    assert azure.get(STORAGE)["tags"] == {"b": "2", "c": "3"}
    (used, _) = read(send(azure, "GET", f"{SUB}/tagNames"))["value"]
    assert (used["tagName"], used["values"][0]["tagValue"]) == ("b", "2")
    assert refusal(send(azure, "PATCH", path, {"operation": "Mix"})) == (400, "BadRequest")
    assert send(azure, "DELETE", path).status == 200
    assert read(send(azure, "GET", path))["properties"]["tags"] == {}


def test_what_the_caller_may_do(azure: Azure) -> None:
    found = read(send(azure, "GET", f"{GROUP}/providers/Microsoft.Authorization/permissions"))["value"]
    assert any("*" in block["actions"] for block in found)


@pytest.mark.parametrize("path", [f"{GROUP}/moveResources", f"{GROUP}/exportTemplate"])
def test_what_is_not_modelled_says_what_to_add(azure: Azure, path: str) -> None:
    answer = send(azure, "POST", path, {})
    assert refusal(answer) == (501, "NotImplemented")
    assert "sandbox/http/arm/" in read(answer)["error"]["message"]
