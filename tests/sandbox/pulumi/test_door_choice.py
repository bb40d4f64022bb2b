"""Which engine a stack goes up on, and other commands with the sandbox as their Azure."""

import json
import sys
from pathlib import Path

import pytest

from azureml_sandbox import EngineError, Sandbox
from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi import runner as doors
from azureml_sandbox.pulumi.engine import project as projects
from kit.engine_projects import cli, project

# -- without a CLI ---------------------------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path) -> projects.Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "from pulumi_azure_native.resources import ResourceGroup\nResourceGroup('rg', location='westeurope')"
    )
    return projects.find(tmp_path)


@pytest.fixture
def with_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Something called pulumi is on PATH, and nothing else."""
    found = tmp_path / "bin" / "pulumi"
    found.parent.mkdir()
    found.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(found.parent))
    return found


def test_the_engine_is_chosen_where_there_is_a_cli(plain: projects.Project, with_cli: Path) -> None:
    assert doors.choose(plain, "dev").door == doors.ENGINE
    assert str(with_cli) in doors.choose(plain, "dev").why
    assert doors.choose(plain, "dev", doors.IN_PROCESS).door == doors.IN_PROCESS
    with_cli.unlink()
    assert doors.choose(plain, "dev").door == doors.IN_PROCESS


def test_without_a_cli_the_engine_is_refused_with_where_to_get_one(
    plain: projects.Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["up", "--door", "engine", "--cwd", str(plain.folder)]) == 2
    assert capsys.readouterr().err.startswith("error: there is no pulumi CLI on PATH, and --door engine asks for it; ")


@pytest.mark.usefixtures("with_cli")
def test_a_stack_stays_with_the_door_that_made_it(plain: projects.Project) -> None:
    with Sandbox(plain.folder / ".sandbox" / "state.db") as sandbox:
        sandbox.up(plain.folder)
        assert doors.choose(plain, "sandbox").door == doors.IN_PROCESS
        assert doors.choose(plain, "other").door == doors.ENGINE
        with pytest.raises(EngineError, match="was made through the door 'in-process'"):
            doors.choose(plain, "sandbox", doors.ENGINE)
        sandbox.destroy(plain.folder)
    assert doors.choose(plain, "sandbox").door == doors.ENGINE


def test_what_the_engine_made_is_not_gone_on_with_in_process(
    plain: projects.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    checkpoint = doors.checkpoint_file(plain, "dev")
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text('{"checkpoint": {"latest": {"resources": [{"urn": "urn:pulumi:dev::shop::a:b:C::d"}]}}}')
    with pytest.raises(EngineError, match="this stack was made with it"):
        doors.choose(plain, "dev")
    checkpoint.write_text('{"checkpoint": {"latest": {}}}')
    assert doors.choose(plain, "dev").door == doors.IN_PROCESS


def test_any_command_runs_with_the_sandbox_as_its_azure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARM_CLIENT_SECRET", "of the real Azure")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "of the real Azure")
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    assert main(["run", "--cwd", str(tmp_path), "--", sys.executable, "-c", show]) == 0
    seen = json.loads(capfd.readouterr().out)
    assert seen["PULUMI_DEBUG_PROVIDERS"].startswith("azure-native:")
    assert seen["PULUMI_BACKEND_URL"] == (tmp_path / ".sandbox").as_uri()
    assert "of the real Azure" not in seen.values()
    assert main(["run", "--cwd", str(tmp_path), "--", sys.executable, "-c", "raise SystemExit(3)"]) == 3


@cli
@pytest.mark.parametrize("wrapped", [["bash", "-c", "pulumi stack ls --json"], ["env", "X=1", "pulumi", "stack", "ls"]])
def test_a_pulumi_command_within_another_finds_its_stack_made(tmp_path: Path, wrapped: list[str]) -> None:
    made = project(tmp_path, "")
    assert "sandbox" in made.run("run", "--", *wrapped)
    assert "note:" not in made.run("run", "--", "pulumi", "preview")


@cli
def test_selecting_a_stack_says_how_to_name_one(tmp_path: Path) -> None:
    made = project(tmp_path, "")
    said = made.pulumi("stack", "select", "--create", "sandbox")
    assert "`azureml-sandbox run --stack NAME -- pulumi …`" in said


def test_without_a_cli_a_pulumi_command_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, "")
    monkeypatch.setattr(doors, "cli", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["run", "--cwd", str(tmp_path), "--", "pulumi", "preview"]) == 2
    assert "there is no command 'pulumi' on PATH" in capsys.readouterr().err


def test_nothing_to_run_and_a_command_that_is_not_there_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--cwd", str(tmp_path)]) == 2
    assert "say what after two dashes" in capsys.readouterr().err
    assert main(["run", "--cwd", str(tmp_path), "--", "no-such-command"]) == 2
    assert "there is no command 'no-such-command' on PATH" in capsys.readouterr().err
