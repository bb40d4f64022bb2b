"""Datastores: az ml's YAML in, ARM's request bodies out."""

from typing import Any

import pytest
import yaml

from azureml_infra.entities.datastore import (
    AzureBlobDatastore,
    AzureDataLakeGen1Datastore,
    AzureDataLakeGen2Datastore,
    AzureFileDatastore,
    Datastore,
    FileShareOptions,
    OneLakeDatastore,
)
from kit.entity_bodies import CORPUS, load, refusals, request_body

KINDS: dict[str, type[Datastore]] = {
    "azure_blob": AzureBlobDatastore,
    "azure_file": AzureFileDatastore,
    "azure_data_lake_gen1": AzureDataLakeGen1Datastore,
    "azure_data_lake_gen2": AzureDataLakeGen2Datastore,
    "one_lake": OneLakeDatastore,
}


def _credentials(model: type[Datastore], text: str) -> Any:
    return request_body(load(model, text), "datastores")["properties"]["credentials"]


def test_blob_without_credentials() -> None:
    """terraform-provider-azurerm#21443: identity-based access is said with credentials of type None."""
    blob = load(AzureBlobDatastore, "{name: raw, type: azure_blob, account_name: acme, container_name: raw}")
    assert request_body(blob, "datastores") == {
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": "acme",
            "containerName": "raw",
            "protocol": "https",
            "credentials": {"credentialsType": "None"},
        }
    }
    assert not blob.create


@pytest.mark.parametrize("credentials", ["{}", "null"])
def test_empty_credentials_are_none(credentials: str) -> None:
    text = f"{{name: raw, container_name: raw, credentials: {credentials}}}"
    assert _credentials(AzureBlobDatastore, text) == {"credentialsType": "None"}


def test_one_lake() -> None:
    text = "{name: fabric, one_lake_workspace_name: ws, artifact: {name: house, type: lake_house}}"
    made = request_body(load(OneLakeDatastore, text), "datastores")["properties"]
    assert made["artifact"] == {"artifactName": "house", "artifactType": "LakeHouse"}
    assert made["endpoint"] == "onelake.dfs.fabric.microsoft.com"


def test_the_platforms_own_account_and_a_new_share() -> None:
    share = load(AzureFileDatastore, "{name: notes, file_share_name: notes, create: {quota: 50, tier: hot}}")
    assert "accountName" not in request_body(share)["properties"]
    assert isinstance(share.create, FileShareOptions)
    assert request_body(share.create) == {"properties": {"shareQuota": 50, "accessTier": "Hot"}}


@pytest.mark.parametrize(
    ("model", "text", "where", "what"),
    [
        (AzureBlobDatastore, "{name: workspaceblobstore, container_name: abc}", "name", "comes with every workspace"),
        (AzureBlobDatastore, "{name: a b, container_name: abc}", "name", "is not a valid name"),
        (AzureBlobDatastore, "{name: ab, container_name: Raw}", "container_name", "is not a valid name"),
        (AzureDataLakeGen2Datastore, "{name: ab, filesystem: raw}", "account_name", "Field required"),
        (
            AzureDataLakeGen2Datastore,
            "{name: ab, account_name: a, filesystem: raw, credentials: {account_key: '${{secrets.k}}'}}",
            "credentials",
            "don't fit this kind",
        ),
        (
            AzureBlobDatastore,
            "{name: ab, container_name: raw, credentials: {account_key: c2VjcmV0}}",
            "credentials.account_key.account_key",
            "written in clear",
        ),
        (
            OneLakeDatastore,
            "{name: ab, one_lake_workspace_name: w, artifact: {name: h}, credentials: {sas_token: '${{secrets.k}}'}}",
            "credentials",
            "don't fit this kind",
        ),
    ],
)
def test_bad_datastores(model: type[Datastore], text: str, where: str, what: str) -> None:
    [(at, said, _)] = refusals(model, text)
    assert (at, what in said) == (where, True)


def _corpus_files() -> list[str]:
    return sorted(path.name for path in (CORPUS / "datastore").glob("*.yml"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files isn't at hand")
@pytest.mark.parametrize("name", _corpus_files())
def test_real_datastores(name: str) -> None:
    """Those with credentials hold them in clear, and are refused for that."""
    text = (CORPUS / "datastore" / name).read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    model = KINDS[data["type"]]
    if "credentials" in data:
        assert any("written in clear" in what for _, what, _ in refusals(model, text))
    else:
        assert _credentials(model, text) == {"credentialsType": "None"}
