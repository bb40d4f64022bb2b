"""Feature sets, their entities and data imports by azure-ai-ml's MLClient."""

import pytest
from azure.ai.ml import entities as ml
from azure.ai.ml.entities._inputs_outputs.external_data import Database
from azure.core.exceptions import ResourceNotFoundError

from kit.az_bodies import CORPUS
from kit.clients import Kit
from kit.mlclient.client import names, suite

SUITE = suite("feature_sets", "feature_store_entities", "data", "jobs")


@SUITE.tries(
    "feature_store_entities.begin_create_or_update",
    "feature_store_entities.get",
    "feature_store_entities.list",
    "feature_store_entities.archive",
    "feature_store_entities.restore",
)
def entities(kit: Kit) -> None:
    """Make an entity, list, archive and restore it."""
    group = kit.client.feature_store_entities
    columns = [ml.DataColumn(name="id", type="string")]
    asked = ml.FeatureStoreEntity(name="account", version="1", index_columns=columns, tags={"a": "b"})
    assert group.begin_create_or_update(asked).result().version == "1"
    found = group.get("account", version="1")
    assert (found.index_columns[0].name, found.tags, found.stage) == ("id", {"a": "b"}, "Development")
    group.archive("account", version="1")
    group.restore("account", version="1")
    assert names(group.list()) == ["account"]
    with pytest.raises(ResourceNotFoundError):
        group.get("nobody", version="1")


@SUITE.tries(
    "feature_sets.begin_create_or_update",
    "feature_sets.get",
    "feature_sets.list",
    "feature_sets.archive",
    "feature_sets.list_features",
    "feature_sets.list_materialization_operations",
)
def feature_sets(kit: Kit) -> None:
    """Make a feature set of a local folder, and look at it."""
    group = kit.client.feature_sets
    specification = ml.FeatureSetSpecification(path=str(CORPUS / "features"))
    asked = ml.FeatureSet(name="rows", version="1", entities=["azureml:account:1"], specification=specification)
    assert group.begin_create_or_update(asked).result().version == "1"
    assert group.get("rows", version="1").entities[0].endswith("account:1")
    assert names(group.list()) == ["rows"]
    assert list(group.list_features("rows", version="1")) == []
    assert list(group.list_materialization_operations("rows", version="1")) == []
    group.archive("rows", version="1")


@SUITE.tries("data.import_data", "data.list", "jobs.stream")
def data_import(kit: Kit) -> None:
    """Import data from a database: the job is over, and the asset has a version."""
    source = Database(connection="azureml:orders", query="select 1")
    path = "azureml://datastores/workspaceblobstore/paths/pulled/"
    asked = ml.DataImport(name="pulled", version="1", type="mltable", path=path, source=source)
    made = kit.client.data.import_data(asked)
    assert kit.client.jobs.get(made.name).status in ("Completed", "Running", "Queued", "Starting")
    kit.client.jobs.stream(made.name)
    (found,) = kit.client.data.list(name="pulled")
    assert (found.version, found.type) == ("1", "mltable")
