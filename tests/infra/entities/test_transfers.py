"""Components that import, export and train on their own, as azure-ai-ml sends them; `az_bodies` has the steps."""

from typing import Any

import pytest

from azureml_infra.entities.base import Entity
from azureml_infra.entities.component_kinds import AutoMLComponent
from azureml_infra.entities.transfers import ExportComponent, ImportComponent
from kit.entity_bodies import request_body

NAMED = {"name": "one", "version": "1"}
DATABASE = {"type": "database"}


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (ImportComponent, {"task": "import_data", "source": DATABASE, "outputs": {"sink": {"type": "mltable"}}}),
        (ExportComponent, {"task": "export_data", "sink": DATABASE, "inputs": {"source": {"type": "uri_folder"}}}),
        (AutoMLComponent, {"type": "automl", "task": "classification"}),
    ],
    ids=["import", "export", "automl"],
)
def test_a_component_is_sent_as_it_is_written(model: type[Entity], given: dict[str, Any]) -> None:
    given = {"type": "data_transfer", **NAMED, **given}
    sent = request_body(model.model_validate(given), "components/versions")["properties"]
    assert sent == {
        "componentSpec": {**given, "is_deterministic": True, "_source": "YAML.COMPONENT"},
        "isAnonymous": False,
        "isArchived": False,
    }
