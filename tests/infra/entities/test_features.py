"""Feature store entities and feature sets: az ml's YAML in, ARM's request bodies out."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from azureml_infra.entities.features import FeatureSet, FeatureStoreEntity
from kit.entity_bodies import refusals, request_body

SPEC = {
    "source": {
        "type": "mltable",
        "path": "../data",
        "timestamp_column": {"name": "datetime", "format": "%Y-%m-%d"},
        "source_delay": {"days": 2, "hours": 0, "minutes": 0},
    },
    "feature_transformation_code": {"path": "./code", "transformer_class": "driver.Transformer"},
    "features": [{"name": "conv_rate", "type": "double"}],
    "index_columns": [{"name": "driver_id", "type": "long"}],
    "source_lookback": {"days": 30},
    "temporal_join_lookback": {"days": 2},
}


def feature_set(folder: Path, spec: Any = None, **fields: Any) -> FeatureSet:
    """Return a feature set whose folder has a specification."""
    folder.mkdir(exist_ok=True)
    (folder / "FeatureSetSpec.yaml").write_text(yaml.safe_dump(spec or SPEC), "utf-8")
    given = {"name": "drivers", "version": 1, "specification": {"path": folder.name}, "entities": ["azureml:driver:1"]}
    return FeatureSet.model_validate({**given, **fields}, context={"folder": folder.parent, "root": folder.parent})


def test_a_feature_set_says_its_specification_as_azure_ai_ml_was_recorded_to(tmp_path: Path) -> None:
    """Azure/azure-sdk-assets, feature_set/e2etests/test_feature_set.py, test_create_and_get."""
    made = request_body(feature_set(tmp_path / "spec"), "featuresets/versions")["properties"]
    assert made["properties"]["featuresetPropertiesVersion"] == "1"
    assert json.loads(made["properties"]["featuresetProperties"]) == {
        "source": {
            "type": "mltable",
            "path": "../data",
            "timestampColumn": {"name": "datetime", "format": "%Y-%m-%d"},
            "sourceDelay": {"Days": 2, "Hours": 0, "Minutes": 0},
        },
        "featureTransformationCode": {"Path": "./code", "TransformerClass": "driver.Transformer"},
        "features": [{"FeatureName": "conv_rate", "DataType": "double"}],
        "indexColumns": [{"ColumnName": "driver_id", "DataType": "long"}],
        "sourceLookback": {"Days": 30},
        "temporalJoinLookback": {"Days": 2},
    }
    assert (made["isAnonymous"], made["isArchived"], made["stage"]) == (False, False, "Development")


@pytest.mark.parametrize(
    ("given", "store"),
    [
        ({"offline_enabled": True}, "Offline"),
        ({"online_enabled": True}, "Online"),
        ({"offline_enabled": True, "online_enabled": True}, "OnlineAndOffline"),
        ({}, "None"),
    ],
)
def test_features_are_materialized_into_stores(given: dict[str, bool], store: str, tmp_path: Path) -> None:
    made = request_body(feature_set(tmp_path / "spec", materialization_settings=given), "featuresets/versions")
    assert made["properties"]["materializationSettings"] == {"storeType": store}


def test_a_schedule_needs_a_store(tmp_path: Path) -> None:
    settings = {"schedule": {"type": "recurrence", "frequency": "day", "interval": 1}}
    with pytest.raises(ValueError, match="the schedule materializes into no store"):
        feature_set(tmp_path / "spec", materialization_settings=settings)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({**SPEC, "features": []}, "features: List should have at least 1 item"),
        ({**SPEC, "sources": {}}, "sources: Extra inputs are not permitted"),
        ({"features": SPEC["features"]}, "source: Field required"),
    ],
)
def test_a_wrong_specification_says_where(spec: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"spec/FeatureSetSpec.yaml: {message}"):
        feature_set(tmp_path / "spec", spec)


def test_a_column_has_a_type_that_there_is() -> None:
    found = refusals(FeatureStoreEntity, "{name: a, index_columns: [{name: id, type: text}]}")
    assert [place for place, _, _ in found] == ["index_columns.0.type"]
