"""What is taken, as az ml takes it, and does nothing: warnings with their place."""

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


JOB = "{type: command, command: echo, environment: %s%s}"
IMAGE = "{image: a/b}"
COMPONENT = "{name: c, version: 1, command: echo, environment: {image: a/b}, queue_settings: {job_tier: spot}}"
BATCH = """\
batch_endpoints: [{name: batch}]
batch_deployments:
  - name: scores
    endpoint_name: batch
    model: {path: 'azureml://datastores/d/paths/m', type: mlflow_model}
    compute: azureml:cpu
    resources: {instance_count: 2, shm_size: 4g}
"""
NAMELESS = (
    "an environment in place of a reference has no name in Azure; describe it under `environments:`, and refer to it"
)
NOT_IN_GA = "Azure's GA API doesn't have it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"jobs: [{JOB % ('{name: e, version: 3, image: a/b}', '')}]\n",
            [f"`name` has no effect: {NAMELESS}", f"`version` has no effect: {NAMELESS}"],
        ),
        (f"components: [{COMPONENT}]\n", ["`queue_settings` has no effect: az ml doesn't send it; a step has its own"]),
        (BATCH, [f"`shm_size` has no effect: {NOT_IN_GA}"]),
        (
            f"jobs: [{JOB % (IMAGE, ', inputs: {d: {path: ./src, path_on_compute: /d}}')}]\n",
            [f"`path_on_compute` has no effect: {NOT_IN_GA}"],
        ),
        (
            f"jobs: [{JOB % (IMAGE, ', outputs: {d: {path_on_compute: /d}}')}]\n",
            [f"`path_on_compute` has no effect: {NOT_IN_GA}"],
        ),
    ],
    ids=["environment", "component", "batch", "input", "output"],
)
def test_what_az_ml_takes_and_nothing_comes_of(folder: Path, text: str, said: list[str]) -> None:
    found = [one for one in warnings(folder, text) if "has no effect" in one]
    assert sorted(found) == said
