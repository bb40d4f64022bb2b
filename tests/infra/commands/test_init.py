"""`azureml-infra init` and `azureml-policies init`: what they write works at once, and nothing is overwritten."""

from importlib.metadata import version
from pathlib import Path

import pytest

from azureml_infra.__main__ import main as infra
from azureml_infra.commands.init import platform_name
from azureml_policies.commands.cli import main as policies
from azureml_sandbox.__main__ import main as sandbox

WRITTEN = {
    ".gitignore",
    "Pulumi.dev.yaml",
    "Pulumi.sandbox.yaml",
    "Pulumi.yaml",
    "__main__.py",
    "platform.yml",
    "requirements.txt",
}
pytestmark = pytest.mark.usefixtures("warm_executable")
"""What a pack's process starts with."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    assert infra(["init", str(tmp_path / "shop")]) == 0
    assert "azureml-sandbox up" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_what_is_written_is_valid_and_goes_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert (folder / "requirements.txt").read_text("utf-8") == f"azureml-infra=={version('azureml-infra')}\n"
    assert infra(["validate", "."]) == 0
    assert sandbox(["up", "--door", "in-process"]) == 0
    assert "12 created" in capsys.readouterr().out
    assert sandbox(["destroy", "--door", "in-process"]) == 0


@pytest.mark.parametrize(("requester", "code"), [("olga", 0), ("dana", 2)])
def test_the_pack_that_is_written_judges(
    requester: str, code: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policies(["init", "guardrails"]) == 0
    pack = ["--policy-pack", "guardrails", "--policy-pack-config", "guardrails/guardrails.json"]
    assert sandbox(["up", "--door", "in-process", *pack, "--requester", requester]) == code
    output = capsys.readouterr()
    assert ("12 created" in output.out + output.err) is (code == 0)
    assert ("denied by" in output.out + output.err) is (code != 0)
    assert {path.name for path in (folder / "guardrails").iterdir()} >= {"PulumiPolicy.yaml", "guardrails.json"}


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "platform.yml").write_text("name: mine\n", "utf-8")
    (folder / "__main__.py").unlink()
    assert infra(["init", str(folder)]) == 1
    assert f"{folder / 'platform.yml'}" in capsys.readouterr().err
    assert (folder / "platform.yml").read_text("utf-8") == "name: mine\n"
    assert not (folder / "__main__.py").exists()
    assert policies(["init", "pack"]) == 0
    assert policies(["init", "pack"]) == 2


@pytest.mark.parametrize(
    ("folder_name", "name"), [("Shop Platform", "shop-platform"), ("9", "ml-platform"), ("ml_2", "ml-2")]
)
def test_the_folders_name_becomes_the_platforms(folder_name: str, name: str, tmp_path: Path) -> None:
    assert platform_name(tmp_path / folder_name) == name
