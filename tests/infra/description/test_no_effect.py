"""What is taken, as az ml takes it, and does nothing: warnings with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.descriptions import load_text

DATA = "data:\n  - {name: d, version: 1, path: ./src, datastore: %s}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.csv").write_text("a\n")
    return tmp_path


def warnings(folder: Path, text: str) -> list[str]:
    return [str(one).partition(": warning: ")[2] for one in load_text(folder, text).warnings]


def test_a_datastore_to_upload_to(folder: Path) -> None:
    (found,) = warnings(folder, DATA % "azureml:landing")
    assert found.startswith("`datastore` has no effect: what is uploaded lies in the workspace's own container")


@pytest.mark.parametrize("store", ["workspaceblobstore", "azureml:workspaceblobstore"])
def test_the_datastore_that_uploads_go_to_anyway(folder: Path, store: str) -> None:
    assert warnings(folder, DATA % store) == []


def test_the_version_of_a_job_output(folder: Path) -> None:
    job = "{type: command, command: echo, environment: 'azureml:AzureML-a@latest', outputs: {o: {name: n, version: 2}}}"
    assert warnings(folder, f"jobs:\n  - {job}\n") == [
        "`version` has no effect: the API has no place for it, and Azure ML counts up",
    ]


def test_the_resource_group_of_a_workspace(folder: Path) -> None:
    assert warnings(folder, "workspace: {resource_group: rg}\n") == [
        "`resource_group` has no effect: `resource_group:` of platform.yml says it",
    ]
