"""Registries and what is in them by azure-ai-ml's MLClient."""

import pytest
from azure.ai.ml import entities as ml
from azure.core.exceptions import ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import REGION, client, folder, names, suite

SUITE = suite("registries", "environments", "models", "components", "data", "feature_stores")
SUITE.refused = {
    "feature_stores.begin_create": (
        "azure-ai-ml gives a connection a name of 35 characters; Microsoft's API has 33 at most"
    )
}
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
NAME = "RegClients"


@SUITE.tries("registries.begin_create", "registries.get", "registries.list")
def registry(kit: Kit) -> None:
    """Make a registry, and list registries."""
    account = ml.SystemCreatedStorageAccount(storage_account_hns=False, storage_account_type="Standard_LRS")
    place = ml.RegistryRegionDetails(
        location=REGION, acr_config=[ml.SystemCreatedAcrAccount(acr_account_sku="Premium")], storage_config=account
    )
    made = kit.client.registries.begin_create(
        ml.Registry(name=NAME, location=REGION, replication_locations=[place], tags={"a": "b"})
    ).result()
    assert (made.name, made.tags) == (NAME, {"a": "b"})
    assert kit.client.registries.get(NAME).location == REGION
    assert NAME in names(kit.client.registries.list())
    with pytest.raises(ResourceNotFoundError):
        kit.client.registries.get("nobody")


@SUITE.tries("environments.create_or_update", "environments.get", "environments.list")
def assets(kit: Kit) -> None:
    """Make, read and list assets in a registry."""
    inside = client(kit, None, registry_name=NAME)
    made = inside.environments.create_or_update(ml.Environment(name="env", version="1", image=IMAGE))
    assert (made.name, made.image) == ("env", IMAGE)
    assert inside.environments.get("env", "1").id.endswith("/environments/env/versions/1")
    assert names(inside.environments.list()) == ["env"]


@SUITE.tries("models.create_or_update", "models.get", "models.list", "data.create_or_update", "data.get", "data.list")
def uploads(kit: Kit) -> None:
    """Upload assets with local files to a registry."""
    inside = client(kit, None, registry_name=NAME)
    local = folder(kit, {"m/model.pkl": "weights"})
    made = inside.models.create_or_update(ml.Model(name="m", version="1", path=str(local / "m"), type="custom_model"))
    assert (made.name, inside.models.get("m", "1").version) == ("m", "1")
    assert names(inside.models.list(list_view_type="ActiveOnly")) == ["m"]
    inside.data.create_or_update(ml.Data(name="d", version="1", path=str(local / "m"), type="uri_folder"))
    assert inside.data.get("d", "1").type == "uri_folder"
    assert names(inside.data.list(list_view_type="ActiveOnly")) == ["d"]


@SUITE.tries("models.share", "environments.share", "data.share")
def share(kit: Kit) -> None:
    """Share assets of a workspace to the registry."""
    path = "azureml://datastores/workspaceblobstore/paths/a"
    kit.client.models.create_or_update(ml.Model(name="shared", version="1", path=path, type="custom_model"))
    kit.client.environments.create_or_update(ml.Environment(name="shared", version="1", image=IMAGE))
    kit.client.data.create_or_update(ml.Data(name="shared", version="1", path=path, type="uri_folder"))
    inside = client(kit, None, registry_name=NAME)
    for group in ("models", "environments", "data"):
        getattr(kit.client, group).share(
            "shared", "1", share_with_name="other", share_with_version="2", registry_name=NAME
        )
        assert getattr(inside, group).get("other", "2").version == "2"


@SUITE.tries("registries.begin_delete")
def delete(kit: Kit) -> None:
    """Delete the registry."""
    kit.client.registries.begin_delete(name=NAME).result()
    assert NAME not in names(kit.client.registries.list())
