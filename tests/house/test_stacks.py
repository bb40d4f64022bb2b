"""Each example comes up for whoever reads it: by the stack's file at the top, with what it expects to be there."""

import re
import shutil
from pathlib import Path

import pytest

from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.paths import EXAMPLES, ROOT
from kit.scenarios import existing, scenarios, settings, stack_name

SHOWN = {"preview": " to create", "up": r"\d (created|imported)\b", "destroy": " deleted "}
PREVIEWED = "network"


@pytest.fixture
def project(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the checkout's project with one of its examples, in a folder of its own."""
    monkeypatch.setenv("SANDBOX_DOOR", "in-process")
    for file in ("Pulumi.yaml", "__main__.py", f"Pulumi.{stack_name(name)}.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    ignored = shutil.ignore_patterns(".sandbox", "__pycache__")
    shutil.copytree(EXAMPLES / name, tmp_path / "examples" / name, ignore=ignored)
    return tmp_path


@pytest.mark.parametrize("name", scenarios())
def test_an_example_comes_up_by_its_stack_and_goes(
    name: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it expects to be there is put into the sandbox by the first command, once."""
    put = f"of examples/{name}/existing.yml put into the sandbox\n" if existing(name) else ""
    for command in ("preview", "up", "destroy") if name == PREVIEWED else ("up", "destroy"):
        code = main([command, "--stack", stack_name(name), "--cwd", str(project)])
        captured = capsys.readouterr()
        assert (code, bool(re.search(SHOWN[command], captured.out))) == (0, True), captured.out + captured.err
        assert captured.err.endswith(put) if put else captured.err == ""
        put = ""
    azure = Azure(SqliteStore(project / ".sandbox" / "state.db"))
    assert all(azure.exists(body["id"]) for body in existing(name))
    azure.close()


@pytest.mark.parametrize("name", scenarios())
def test_a_stack_is_named_after_its_example(name: str) -> None:
    config = settings(name)
    assert config["azureml-infra:description"] == f"examples/{name}"
    file = EXAMPLES / name / "existing.yml"
    assert config.get("azureml-sandbox:existing") == (f"examples/{name}/existing.yml" if file.is_file() else None)
