"""Datastores of every kind by azure-ai-ml's MLClient, and local files that go through them."""

import pytest
from azure.ai.ml import entities as ml
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient

from kit.clients import Kit
from kit.mlclient.client import WORKSPACE, allow_data, folder, names, suite

SUITE = suite("datastores", "data")
SYSTEM = ["workspaceartifactstore", "workspaceblobstore", "workspacefilestore", "workspaceworkingdirectory"]


def _account(kit: Kit) -> str:
    return str(kit.client.datastores.get("workspaceblobstore").account_name)


def _key(kit: Kit) -> str:
    return str(kit.client.workspaces.get_keys(WORKSPACE).user_storage_key)


@SUITE.tries("datastores.list", "datastores.get_default", "datastores.get")
def system(kit: Kit) -> None:
    """Read the workspace's own datastores."""
    group = kit.client.datastores
    assert names(group.list()) == SYSTEM
    default = group.get_default()
    assert (default.name, default.type) == ("workspaceblobstore", "AzureBlob")
    assert "sig=" in group.get("workspaceblobstore", include_secrets=True).credentials.sas_token
    with pytest.raises(ResourceNotFoundError):
        group.get("nobody")


@SUITE.tries("datastores.create_or_update")
def kinds(kit: Kit) -> None:
    """Make a datastore of each kind."""
    group = kit.client.datastores
    account, key = _account(kit), _key(kit)
    principal = ml.ServicePrincipalConfiguration(
        tenant_id=kit.served.environment["AZURE_TENANT_ID"],
        client_id=kit.served.environment["AZURE_CLIENT_ID"],
        client_secret="sandbox",
    )
    by_key = ml.AccountKeyConfiguration(account_key=key)
    for name in ("by-key", "by-identity", "lake"):
        ContainerClient(f"{kit.served.url}/blob/{account}", name, key).create_container()
    for one in (
        ml.AzureBlobDatastore(name="by_key", account_name=account, container_name="by-key", credentials=by_key),
        ml.AzureBlobDatastore(name="by_identity", account_name=account, container_name="by-identity"),
        ml.AzureFileDatastore(name="files", account_name=account, file_share_name="files", credentials=by_key),
        ml.AzureDataLakeGen2Datastore(name="lake", account_name=account, filesystem="lake"),
        ml.AzureDataLakeGen1Datastore(name="old_lake", store_name="old", credentials=principal),
        ml.OneLakeDatastore(
            name="one",
            one_lake_workspace_name="f3b6b4d4-0000-4000-8000-000000000001",
            endpoint="msit-onelake.dfs.fabric.microsoft.com",
            artifact=ml.OneLakeArtifact(name="f3b6b4d4-0000-4000-8000-000000000002", type="lake_house"),
        ),
    ):
        made = group.create_or_update(one)
        assert (made.name, made.type) == (one.name, one.type)
    assert "sig=" in group.get("by_key", include_secrets=True).credentials.sas_token
    assert not getattr(group.get("by_key").credentials, "account_key", None)
    assert names(group.list()) == sorted([*SYSTEM, "by_identity", "by_key", "files", "lake", "old_lake", "one"])


@SUITE.tries("data.create_or_update", "data.get")
def uploads(kit: Kit) -> None:
    """Upload local files through a datastore."""
    allow_data(kit)
    local = folder(kit, {"in/a.csv": "a,b\n1,2\n", "in/deep/b.csv": "c\n"})
    data = kit.client.data
    key = _key(kit)
    for store in ("workspaceblobstore", "by_key", "by_identity"):
        asked = ml.Data(name=f"up_{store}", version="1", path=str(local / "in"), type="uri_folder", datastore=store)
        made = data.create_or_update(asked)
        assert f"/datastores/{store}/paths/LocalUpload/" in made.path
        found = kit.client.datastores.get(store)
        container = ContainerClient(f"{kit.served.url}/blob/{found.account_name}", found.container_name, key)
        start = made.path.partition("/paths/")[2]
        blobs = {one.name.removeprefix(start).strip("/") for one in container.list_blobs(name_starts_with=start)}
        assert blobs == {"a.csv", "deep/b.csv"}
    file = data.create_or_update(ml.Data(name="file", version="7", path=str(local / "in" / "a.csv"), type="uri_file"))
    assert file.path.endswith("/a.csv")


@SUITE.tries("data.create_or_update")
def uploads_to_other_stores(kit: Kit) -> None:
    """Upload local files through a datastore of ADLS."""
    local = folder(kit, {"in/a.csv": "a,b\n1,2\n"})
    asked = ml.Data(name="up_lake", version="1", path=str(local / "in"), type="uri_folder", datastore="lake")
    assert "/datastores/lake/paths/LocalUpload/" in kit.client.data.create_or_update(asked).path


@SUITE.tries("datastores.delete")
def delete(kit: Kit) -> None:
    """Delete datastores."""
    group = kit.client.datastores
    for name in ("by_key", "by_identity", "files", "lake", "old_lake", "one"):
        group.delete(name)
    assert names(group.list()) == SYSTEM
