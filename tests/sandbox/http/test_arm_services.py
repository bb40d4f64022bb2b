"""What services do over ARM beside storing a body: keys made anew, vaults' policies and secrets, rules of accounts."""

from typing import Any

import pytest

from azureml_sandbox.azure import TENANT, Azure
from azureml_sandbox.data.vaults import Vaults
from kit.arm_requests import read, refusal, send
from kit.clouds import BODIES, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, WORKSPACE, foundation

LOGS = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs-acme"
SOMEBODY = "9f2d6c1e-0000-4000-8000-00000000da7a"


@pytest.fixture
def azure() -> Azure:
    made = foundation(Azure())
    made.put(REGISTRY, {**BODIES[REGISTRY], "properties": {"adminUserEnabled": True}})
    made.put(LOGS, {"location": REGION})
    return made


def keys(azure: Azure, target: str, action: str) -> list[str]:
    """Return the keys that an action tells, in their order."""
    answer = read(send(azure, "POST", f"{target}/{action}"))
    listed = answer.get("keys") or answer.get("passwords")
    return [one["value"] for one in listed] if listed else list(answer.values())


@pytest.mark.parametrize(
    ("target", "actions", "given", "changed"),
    [
        (STORAGE, ("listKeys", "regenerateKey"), {"keyName": "key2"}, [False, True]),
        (REGISTRY, ("listCredentials", "regenerateCredential"), {"name": "password"}, [True, False]),
        (LOGS, ("sharedKeys", "regenerateSharedKey"), {}, [True, True]),
    ],
)
def test_keys_are_made_anew(
    azure: Azure, target: str, actions: tuple[str, str], given: dict[str, Any], changed: list[bool]
) -> None:
    action, renewal = actions
    before = keys(azure, target, action)
    assert keys(azure, target, action) == before
    for _ in range(2):
        assert send(azure, "POST", f"{target}/{renewal}", given).status == 200
        after = keys(azure, target, action)
        assert [old != new for old, new in zip(before, after, strict=True)] == changed
        assert len(set(after)) == 2
        before = after


@pytest.mark.parametrize(
    ("target", "renewal", "given"),
    [(STORAGE, "regenerateKey", {"keyName": "key3"}), (REGISTRY, "regenerateCredential", {})],
)
def test_a_key_that_there_is_not(azure: Azure, target: str, renewal: str, given: dict[str, str]) -> None:
    assert send(azure, "POST", f"{target}/{renewal}", given).status == 400


def test_what_uses_a_key_has_the_new_one(azure: Azure) -> None:
    azure.put(WORKSPACE, BODIES[WORKSPACE])
    send(azure, "POST", f"{STORAGE}/regenerateKey", {"keyName": "key1"})
    first = keys(azure, STORAGE, "listKeys")[0]
    assert read(send(azure, "POST", f"{WORKSPACE}/listKeys"))["userStorageKey"] == first


def policies(azure: Azure) -> Any:
    return azure.get(VAULT)["properties"]["accessPolicies"]


def test_a_vaults_access_policies_are_changed_one_by_one(azure: Azure) -> None:
    def change(how: str, *permissions: str) -> int:
        policy = {"tenantId": TENANT, "objectId": SOMEBODY, "permissions": {"secrets": list(permissions)}}
        given = {"properties": {"accessPolicies": [policy]}}
        return send(azure, "PUT", f"{VAULT}/accessPolicies/{how}", given).status

    assert change("add", "get") == 200
    assert change("add", "list") == 200
    assert [one["permissions"]["secrets"] for one in policies(azure)] == [["get", "list"]]
    assert change("replace", "set") == 200
    assert [one["permissions"]["secrets"] for one in policies(azure)] == [["set"]]
    assert change("remove") == 200
    assert policies(azure) == []
    assert change("mix") == 400
    assert azure.resources("Microsoft.KeyVault/vaults/accessPolicies") == []


@pytest.mark.any_body("without a value, on purpose")
def test_secrets_over_arm_are_the_vaults_own(azure: Azure) -> None:
    target = f"{VAULT}/secrets/token"
    assert send(azure, "PUT", target, {"properties": {}}).status == 400
    made = send(azure, "PUT", target, {"properties": {"value": "hidden", "attributes": {"exp": 1_900_000_000}}})
    assert made.status == 200
    assert b"hidden" not in made.body
    assert Vaults(azure).get("kv-acme", "token").value == "hidden"
    assert read(send(azure, "PATCH", target, {"properties": {"contentType": "text"}}))["properties"]["contentType"]
    assert Vaults(azure).get("kv-acme", "token").times == {"exp": 1_900_000_000}
    Vaults(azure).set("kv-acme", "other", "x")
    assert [one["name"] for one in read(send(azure, "GET", f"{VAULT}/secrets"))["value"]] == ["other", "token"]


def test_an_accounts_rules(azure: Azure) -> None:
    target = f"{STORAGE}/managementPolicies"
    filters = {"blobTypes": ["blockBlob"]}
    actions = {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 30}}}
    rule = {"name": "old", "type": "Lifecycle", "definition": {"actions": actions, "filters": filters}}
    given = {"properties": {"policy": {"rules": [rule]}}}
    assert send(azure, "PUT", f"{target}/default", given).status == 200
    assert read(send(azure, "GET", f"{target}/default"))["properties"]["policy"]["rules"] == [rule]
    assert refusal(send(azure, "PUT", f"{target}/other", given)) == (400, "InvalidValues")
    assert send(azure, "DELETE", f"{target}/default").status == 200


def test_what_a_registry_uses(azure: Azure) -> None:
    found = {one["name"]: one for one in read(send(azure, "GET", f"{REGISTRY}/listUsages"))["value"]}
    assert found["Size"]["limit"] == 10 * 2**30
    bad = {"location": REGION, "sku": {"name": "Gold"}}
    assert refusal(send(azure, "PUT", f"{REGISTRY}2", bad)) == (400, "UnsupportedSku")
