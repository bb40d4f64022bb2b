"""Labels and missing versions of assets that aren't described: the workspace is asked, and the version is pinned."""

from pathlib import Path
from typing import Any

import pytest

from azureml_infra import Description, Platform
from azureml_sandbox import RunFailedError, Sandbox
from kit.descriptions import load_text
from kit.platforms import ML, THEIRS, beside, changes

JOB = "jobs:\n  - {type: command, name: j, command: echo, environment: '%s', compute: azureml:serverless}\n"
COMPONENT = "components:\n  - {name: c, version: 1, command: echo, environment: '%s'}\n"
IMAGES = {"1": "a/b", "2": "a/c", "10": "a/d"}


def register(sandbox: Sandbox, *versions: str) -> str:
    """Put versions of an environment into the workspace, as somebody else would; return the workspace's id."""
    workspace: str = next(iter(sandbox.azure.resources(ML)))["id"]
    for version in versions:
        body = {"properties": {"image": IMAGES[version]}}
        sandbox.azure.put(f"{workspace}/environments/basic/versions/{version}", body)
    return workspace


def load_in_theirs(folder: Path, text: str) -> Description:
    """Load a description of what is in a workspace that is there."""
    return load_text(folder, text + THEIRS)


@pytest.fixture
def sandbox() -> Sandbox:
    """Return a stack whose workspace has an environment that isn't described."""
    made = beside()
    register(made, "1", "2")
    return made


def only(sandbox: Sandbox, type_: str) -> dict[str, Any]:
    (found,) = sandbox.azure.resources(f"{ML}/{type_}")
    return dict(found["properties"])


@pytest.mark.parametrize("reference", ["azureml:basic@latest", "azureml:basic", "basic@latest"])
def test_a_job_gets_the_id_of_the_latest_version(sandbox: Sandbox, tmp_path: Path, reference: str) -> None:
    found = load_in_theirs(tmp_path, JOB % reference)
    result = sandbox.up(lambda: Platform(found))
    assert only(sandbox, "jobs")["environmentId"].endswith("/environments/basic/versions/2")
    assert any(
        f"{reference} is version 2 of the environment basic now" in line for line in map(str, result.diagnostics)
    )


def test_a_components_latest_version_is_asked_for_among_its_versions(sandbox: Sandbox, tmp_path: Path) -> None:
    workspace = next(iter(sandbox.azure.resources(ML)))["id"]
    for version in ("2", "9", "10"):
        spec = {"name": "prep", "version": version, "type": "command", "command": "echo", "environment": "azureml:e:1"}
        sandbox.azure.put(f"{workspace}/components/prep/versions/{version}", {"properties": {"componentSpec": spec}})
    step = "{type: command, component: 'azureml:prep@latest', compute: azureml:serverless}"
    found = load_in_theirs(tmp_path, f"jobs:\n  - {{type: pipeline, name: p, jobs: {{one: {step}}}}}\n")
    sandbox.up(lambda: Platform(found))
    assert only(sandbox, "jobs")["jobs"]["one"]["componentId"].endswith("/components/prep/versions/10")


def test_a_preview_says_which(sandbox: Sandbox, tmp_path: Path) -> None:
    result = sandbox.preview(lambda: Platform(load_in_theirs(tmp_path, JOB % "azureml:basic@latest")))
    assert any("is version 2 of the environment basic now" in line for line in map(str, result.diagnostics))


def test_a_newer_version_runs_no_job_again(sandbox: Sandbox, tmp_path: Path) -> None:
    found = load_in_theirs(tmp_path, JOB % "azureml:basic@latest")
    sandbox.up(lambda: Platform(found))
    register(sandbox, "10")
    assert changes(sandbox.up(lambda: Platform(found))) == []
    assert only(sandbox, "jobs")["environmentId"].endswith("/versions/2")


def test_a_component_keeps_the_version_that_it_was_registered_with(sandbox: Sandbox, tmp_path: Path) -> None:
    found = load_in_theirs(tmp_path, COMPONENT % "azureml:basic@latest")
    sandbox.up(lambda: Platform(found))
    register(sandbox, "10")
    assert changes(sandbox.up(lambda: Platform(found))) == []
    spec = only(sandbox, "components/versions")["componentSpec"]
    assert spec["environment"].startswith("azureml:/subscriptions/")
    assert spec["environment"].endswith("/environments/basic/versions/2")


def test_what_the_workspace_lacks_is_refused_with_its_place(sandbox: Sandbox, tmp_path: Path) -> None:
    found = load_in_theirs(tmp_path, JOB % "azureml:basik@latest")
    with pytest.raises(RunFailedError, match=r"platform.yml:4:\d+: the workspace mlw-ml-dev has no environment basik"):
        sandbox.up(lambda: Platform(found))
    assert sandbox.azure.resources(f"{ML}/jobs") == []


@pytest.mark.parametrize(
    "reference",
    ["azureml:AzureML-sklearn-1.5@latest", "azureml://registries/azureml/environments/sklearn-1.5/labels/latest"],
)
def test_curated_environments_and_registries_keep_the_label(sandbox: Sandbox, tmp_path: Path, reference: str) -> None:
    sandbox.up(lambda: Platform(load_in_theirs(tmp_path, JOB % reference)))
    assert only(sandbox, "jobs")["environmentId"] == reference


def test_serverless_compute_has_an_id_as_az_ml_sends_it(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.up(lambda: Platform(load_in_theirs(tmp_path, JOB % "azureml:basic:1")))
    assert only(sandbox, "jobs")["computeId"].endswith("/computes/serverless")
