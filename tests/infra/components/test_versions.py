"""Versions of assets: what can change in them does, and what left comes back."""

from collections.abc import Callable
from typing import Any

import pytest

from azureml_infra import Asset, Environment
from kit.platforms import ML, beside, changes, existing_workspace, live

VERSION = f"{ML}/environments/versions"
CONDA = {"channels": ["conda-forge"], "dependencies": ["python=3.10", {"pip": ["pandas"]}]}


def program(**more: Any) -> Callable[[], Any]:
    def run() -> None:
        given = {"name": "e", "version": "1", "image": "a/b", "conda_file": CONDA, **more}
        Asset("e", Environment.model_validate(given), workspace=existing_workspace())

    return run


@pytest.mark.parametrize("gone", [{"tags": {"team": "a"}}, {"description": "Trains."}], ids=["tags", "description"])
def test_what_leaves_a_version_is_taken_away_in_azure(gone: dict[str, Any]) -> None:
    sandbox = beside(program(**gone))
    assert changes(sandbox.up(program())) == ["update e"]
    properties = live(sandbox, VERSION)["properties"]
    assert not properties.get("tags")
    assert not properties.get("description")


def test_a_version_comes_back_as_it_stayed() -> None:
    sandbox = beside(program(tags={"team": "a"}))
    sandbox.up(existing_workspace)
    assert changes(sandbox.up(program(tags={"team": "a"}))) == ["import e"]
    assert changes(sandbox.up(program(tags={"team": "a"}))) == []
