"""The fleet of examples/shared-components: one workspace's component, made in a registry, runs in another one's job."""

import shutil
from pathlib import Path

import pytest

from azureml_fleet.__main__ import main as fleet
from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.paths import EXAMPLES

COMPONENT = "azureml://registries/contoso-components/components/prepare/versions/1"
JOBS = "Microsoft.MachineLearningServices/workspaces/jobs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the example into a folder of its own."""
    monkeypatch.setenv("SANDBOX_DOOR", "in-process")
    ignored = shutil.ignore_patterns(".sandbox", ".fleet", "__pycache__")
    return Path(shutil.copytree(EXAMPLES / "shared-components", tmp_path / "fleet", ignore=ignored))


def run(command: str, stack: str, folder: Path) -> int:
    return main([command, "--stack", stack, "--cwd", str(folder)])


def test_the_fleet_is_valid() -> None:
    assert fleet(["validate", "--fleet", str(EXAMPLES / "shared-components" / "fleet.yml")]) == 0


def test_a_component_is_shared_across_workspaces(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up", "churn", folder) == 2  # the registry isn't there yet
    assert "There is no registry named 'contoso-components'" in capsys.readouterr().out
    assert (run("up", "shared", folder), run("up", "churn", folder)) == (0, 0)
    capsys.readouterr()
    for stack in ("shared", "churn"):
        assert run("preview", stack, folder) == 0
        assert "Nothing to change" in capsys.readouterr().out
    azure = Azure(SqliteStore(folder / ".sandbox" / "state.db"))
    (job,) = [one for one in azure.resources(JOBS) if one["properties"]["jobType"] == "Pipeline"]
    azure.close()
    assert "mlw-churn" in job["id"]
    assert job["properties"]["jobs"]["prepare"]["componentId"] == COMPONENT


def test_another_version_of_it_leaves_the_job_that_uses_the_old_one(folder: Path) -> None:
    assert (run("up", "shared", folder), run("up", "churn", folder)) == (0, 0)
    file = folder / "platforms" / "shared" / "platform.yml"
    file.write_text(file.read_text().replace("  - name: prepare\n    version: 1", "  - name: prepare\n    version: 2"))
    assert (run("up", "shared", folder), run("up", "churn", folder)) == (0, 0)
    azure = Azure(SqliteStore(folder / ".sandbox" / "state.db"))
    versions = [one for one in azure.resources() if "/components/prepare/versions/" in one["id"]]
    jobs = [one for one in azure.resources(JOBS) if one["properties"]["jobType"] == "Pipeline"]
    azure.close()
    assert sorted(one["name"] for one in versions) == ["1", "2"]
    assert len(jobs) == 1
    assert (run("destroy", "churn", folder), run("destroy", "shared", folder)) == (0, 0)
