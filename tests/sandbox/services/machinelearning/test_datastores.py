"""Datastores: how they are accessed, and who sees their secrets."""

import json
from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import Vaults
from kit.clouds import refused
from kit.ml_paths import ml


def _datastore(**credentials: Any) -> dict[str, Any]:
    return {
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": "stacme",
            "containerName": "data",
            "credentials": credentials,
        }
    }


def test_a_datastores_secrets_are_shown_by_list_secrets_alone(azure: Azure) -> None:
    secrets = {"secretsType": "AccountKey", "key": "hush"}
    made = azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets))
    assert made["properties"]["credentials"] == {"credentialsType": "AccountKey"}
    assert "hush" not in str(azure.resources())
    assert azure.action(ml("datastores/raw"), "listSecrets") == secrets
    assert [json.loads(one.value) for one in Vaults(azure).current("kv-acme")] == [secrets]
    azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets | {"key": "other"}))
    assert azure.action(ml("datastores/raw"), "listSecrets")["key"] == "other"
    azure.put(ml("datastores/open"), _datastore(credentialsType="None"))
    with refused("UserError"):
        azure.action(ml("datastores/open"), "listSecrets")
    azure.delete(ml("datastores/raw"))
    assert Vaults(azure).current("kv-acme") == []
    azure.put(ml("datastores/raw"), _datastore(credentialsType="AccountKey", secrets=secrets))
    assert azure.action(ml("datastores/raw"), "listSecrets") == secrets


@pytest.mark.any_body("what Azure does with a body that lacks credentials")
def test_a_datastore_says_how_it_is_accessed(azure: Azure) -> None:
    with refused("UserError", says="'None' for access by identity"):
        azure.put(ml("datastores/raw"), _datastore())
