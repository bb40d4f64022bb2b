"""Locks, federated credentials, keys and the blob service's settings, as ARM takes and refuses them."""

from typing import Any

import pytest

from azureml_sandbox import Azure
from azureml_sandbox.model.errors import ArmError

GROUP = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stlocked"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/state"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-up"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-locked"
ISSUER = "https://token.actions.githubusercontent.com"


@pytest.fixture
def azure() -> Azure:
    azure = Azure()
    azure.put(GROUP, {"location": "westeurope"})
    account: dict[str, Any] = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    azure.put(ACCOUNT, account)
    azure.put(IDENTITY, {"location": "westeurope"})
    vault = {"tenantId": azure.tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    azure.put(VAULT, {"location": "westeurope", "properties": vault})
    return azure


def lock(azure: Azure, scope: str, level: str = "CanNotDelete") -> str:
    made = azure.put(f"{scope}/providers/Microsoft.Authorization/locks/kept", {"properties": {"level": level}})
    return str(made["id"])


def refusal(call: Any, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(ArmError) as refused:
        call(*arguments)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize("target", [GROUP, ACCOUNT, CONTAINER])
def test_what_is_locked_is_not_deleted(azure: Azure, target: str) -> None:
    azure.put(CONTAINER, {})
    made = lock(azure, ACCOUNT)
    assert refusal(azure.delete, target) == (409, "ScopeLocked")
    assert azure.exists(CONTAINER)
    assert azure.delete(IDENTITY)
    assert azure.delete(made)
    assert azure.delete(target)


def test_a_lock_of_the_group_holds_for_all_in_it(azure: Azure) -> None:
    lock(azure, GROUP)
    assert refusal(azure.delete, IDENTITY) == (409, "ScopeLocked")
    assert azure.put(CONTAINER, {})["name"] == "state"


def test_what_is_read_only_is_not_changed(azure: Azure) -> None:
    made = lock(azure, ACCOUNT, "ReadOnly")
    assert refusal(azure.put, CONTAINER, {}) == (409, "ScopeLocked")
    assert refusal(azure.patch, ACCOUNT, {"tags": {"a": "b"}}) == (409, "ScopeLocked")
    assert refusal(azure.delete, ACCOUNT) == (409, "ScopeLocked")
    assert azure.delete(made)
    assert azure.put(CONTAINER, {})["name"] == "state"


def test_a_name_that_only_begins_alike_is_not_locked(azure: Azure) -> None:
    other = f"{ACCOUNT}2"
    azure.put(other, {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    lock(azure, ACCOUNT)
    assert azure.delete(other)


@pytest.mark.any_body("a level that there isn't")
def test_a_lock_has_one_of_two_levels(azure: Azure) -> None:
    assert refusal(lock, azure, ACCOUNT, "Forever") == (400, "InvalidLockLevel")


def credential(azure: Azure, name: str, **more: Any) -> Any:
    given = {"issuer": ISSUER, "subject": f"repo:o/r:environment:{name}", "audiences": ["api://AzureADTokenExchange"]}
    return azure.put(f"{IDENTITY}/federatedIdentityCredentials/{name}", {"properties": {**given, **more}})


def test_an_identity_takes_each_subject_once(azure: Azure) -> None:
    assert credential(azure, "dev")["properties"]["issuer"] == ISSUER
    assert credential(azure, "dev", subject="repo:o/r:pull_request")["properties"]["subject"] == "repo:o/r:pull_request"
    assert refusal(lambda: credential(azure, "other", subject="repo:o/r:pull_request")) == (409, "Conflict")
    azure.delete(IDENTITY)
    assert azure.resources("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials") == []


def test_an_identity_takes_twenty(azure: Azure) -> None:
    for number in range(20):
        credential(azure, f"env{number:02}")
    assert refusal(credential, azure, "env20") == (400, "TooManyCredentials")


@pytest.mark.parametrize("wrong", [{"audiences": ["a", "b"]}, {"subject": ""}, {"issuer": ""}])
def test_a_credential_that_says_too_little_is_refused(azure: Azure, wrong: dict[str, Any]) -> None:
    assert refusal(lambda: credential(azure, "dev", **wrong)) == (400, "InvalidRequest")


def test_a_key_says_where_it_is_used(azure: Azure) -> None:
    key = azure.put(f"{VAULT}/keys/pulumi", {"properties": {"kty": "RSA", "keySize": 4096}})["properties"]
    assert key["keyUri"] == "https://kv-locked.vault.azure.net/keys/pulumi"
    assert key["keyUriWithVersion"].startswith(f"{key['keyUri']}/")
    changed = {"properties": {"kty": "EC", "curveName": "P-256"}}
    assert refusal(azure.put, f"{VAULT}/keys/pulumi", changed)[0] in (400, 409)


@pytest.mark.any_body("kinds and sizes that there aren't")
@pytest.mark.parametrize("wrong", [{}, {"kty": "DSA"}, {"kty": "RSA", "keySize": 1024}])
def test_a_key_that_there_is_not_is_refused(azure: Azure, wrong: dict[str, Any]) -> None:
    assert refusal(azure.put, f"{VAULT}/keys/pulumi", {"properties": wrong}) == (400, "BadParameter")


def test_a_blob_service_keeps_its_settings(azure: Azure) -> None:
    service = f"{ACCOUNT}/blobServices/default"
    assert azure.get(service)["properties"] == {}
    kept = {"isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 90}}
    azure.put(service, {"properties": kept})
    assert azure.get(service)["properties"] == kept
    assert azure.delete(service)
    assert azure.get(service)["properties"] == {}
    assert azure.put(CONTAINER, {})["name"] == "state"


@pytest.mark.any_body("days that there aren't")
@pytest.mark.parametrize(
    "wrong", [{"deleteRetentionPolicy": {"enabled": True, "days": 0}}, {"restorePolicy": {"enabled": True, "days": 7}}]
)
def test_a_blob_service_refuses_what_it_can_not_keep(azure: Azure, wrong: dict[str, Any]) -> None:
    assert refusal(azure.put, f"{ACCOUNT}/blobServices/default", {"properties": wrong})[0] == 400


def test_a_lock_keeps_the_spelling_of_its_group(azure: Azure) -> None:
    """azure-cli, test_cannotdelete_resource_group_lock, 2020-07: a list shows the group as its creator wrote it."""
    made = lock(azure, ACCOUNT.replace("resourceGroups", "resourcegroups"))
    assert made.startswith(f"{GROUP.replace('resourceGroups', 'resourcegroups')}/")
    assert azure.get(f"{ACCOUNT}/providers/Microsoft.Authorization/locks/kept")["id"] == made
    assert refusal(azure.delete, ACCOUNT) == (409, "ScopeLocked")
    assert azure.put(CONTAINER.replace("resourceGroups", "resourcegroups"), {})["id"] == CONTAINER
