"""A workspace that azure-ai-ml makes is exported, adopted without a change, changed by a line, and given back."""

import contextlib
from pathlib import Path

import pytest

pytest.importorskip("azure.ai.ml", reason="no azure-ai-ml")

from azure.ai.ml.entities import AmlCompute

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.made_elsewhere import adopt_and_give_back, by_azure_ai_ml, shapes
from kit.mlclient.client import WORKSPACE, starting
from kit.platforms import ML, stack
from kit.served import serving


@pytest.mark.any_body("the client made them")
def test_what_azure_ai_ml_made_is_adopted_and_given_back(tmp_path: Path) -> None:
    with serving(tmp_path) as served, starting(served) as kit:
        cluster = AmlCompute(name="cpu", size="Standard_DS3_v2", max_instances=2)
        kit.client.compute.begin_create_or_update(cluster).result()
    with contextlib.closing(Azure(SqliteStore(tmp_path / ".sandbox" / "state.db"))) as azure:
        recorded = stack().azure
        by_azure_ai_ml(recorded)
        assert shapes(azure) == shapes(recorded)
        (workspace,) = azure.resources(ML)
        assert workspace["name"] == WORKSPACE
        adopt_and_give_back(azure, workspace["id"], tmp_path / "exported")
