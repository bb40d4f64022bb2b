"""Clouds to deploy to."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.arm_templates import group


@pytest.fixture(params=["memory", "sqlite"])
def azure(request: pytest.FixtureRequest, tmp_path: Any) -> Azure:
    made = Azure(SqliteStore(tmp_path / "state.db") if request.param == "sqlite" else None)
    made.put(group(made), {"location": "westeurope"})
    return made
