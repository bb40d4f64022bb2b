"""The program of examples/python-program: about fifty lines with the components, run as a user runs it."""

import json
import shutil
from pathlib import Path

import pytest

from azureml_sandbox.__main__ import main
from kit.paths import EXAMPLES

EXAMPLE = EXAMPLES / "python-program"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy, so that its state is its own."""
    return Path(
        shutil.copytree(EXAMPLE, tmp_path / "program", ignore=shutil.ignore_patterns(".sandbox", "__pycache__"))
    )


def run(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what happened to each resource that changed, and the outputs."""
    assert main([command, "--door", "in-process", "--cwd", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    done = {one["name"]: one["op"] for one in document["operations"] if one["op"] not in ("unchanged", "read")}
    return done, document["outputs"]


def test_it_comes_up_stays_and_goes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    previewed, _ = run("preview", folder, capsys)
    made, outputs = run("up", folder, capsys)
    assert made == previewed
    assert {"vnet", "nodes", "research", "cpu", "raw", "raw-place"} <= set(made)
    assert set(made.values()) == {"create"}
    assert outputs["cluster"] == f"{outputs['workspace']}/computes/cpu"
    assert run("up", folder, capsys) == ({}, outputs)
    destroyed, _ = run("destroy", folder, capsys)
    assert set(destroyed.values()) == {"delete"}


def test_it_is_about_fifty_lines() -> None:
    lines = (EXAMPLE / "__main__.py").read_text("utf-8").splitlines()
    assert len(lines) <= 60
