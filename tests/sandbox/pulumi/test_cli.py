"""Where the pulumi CLI comes from: PATH, or what `azureml-sandbox engine` put below the checkout."""

import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from semver import VersionInfo

from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.provider import cli

REAL = runner.cli()


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for `azureml-sandbox engine` on a machine without a CLI."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(runner, "INSTALLED", tmp_path / ".pulumi-cli")
    return tmp_path / ".pulumi-cli" / "bin" / "pulumi"


def put(cli: Path, version: str) -> None:
    cli.parent.mkdir(parents=True)
    cli.write_text(f"#!/bin/sh\necho v{version}\n")
    cli.chmod(0o755)


def test_a_cli_below_the_checkout_is_found_where_path_has_none(target: Path) -> None:
    assert runner.cli() is None
    put(target, "3.999.0")
    assert runner.cli() == str(target)


def test_what_runs_in_the_sandbox_finds_that_cli_too(target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put(target, "3.999.0")
    folder = target.parents[2]
    (folder / ".sandbox").mkdir()
    assert cli.run(folder, "sandbox", ["pulumi", "version"]) == 0
    assert capfd.readouterr().out == "v3.999.0\n"


def test_the_one_on_path_comes_first(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put(target, "3.999.0")
    put(tmp_path / "theirs" / "pulumi", "3.1.0")
    monkeypatch.setenv("PATH", str(tmp_path / "theirs"))
    (tmp_path / ".sandbox").mkdir()
    assert runner.cli() == str(tmp_path / "theirs" / "pulumi")
    assert cli.run(tmp_path, "sandbox", ["pulumi", "version"]) == 0
    assert capfd.readouterr().out == "v3.1.0\n"


def test_a_cli_that_is_there_is_not_fetched_again(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(target, "3.999.0")
    assert main(["engine"]) == 0
    assert capsys.readouterr().out.startswith(
        f"pulumi 3.999.0 is in {runner.INSTALLED}: `azureml-sandbox up` runs on it"
    )


def test_without_the_internet_it_says_so_in_a_line(
    target: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    assert main(["engine"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: the pulumi CLI can't be downloaded (")
    assert said.count("\n") == 1
    assert "`up` runs in-process without one" in said
    assert not target.exists()


@pytest.fixture
def real() -> str:
    """Return the CLI on PATH, which the installer leaves alone unless it is older than the SDK."""
    if REAL is None:
        pytest.skip("no pulumi CLI")
    version = subprocess.run([REAL, "version"], capture_output=True, text=True, check=True).stdout.strip()
    if not version or VersionInfo.parse(version.lstrip("v")) < VersionInfo.parse(metadata.version("pulumi")):
        pytest.skip("the pulumi CLI on PATH is older than the SDK, or was built without a version")
    return REAL


def test_the_real_one_is_recognised_by_its_version(
    real: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(real, tmp_path / "bin" / "pulumi")
    monkeypatch.setattr(runner, "INSTALLED", tmp_path)
    assert main(["engine"]) == 0
    assert capsys.readouterr().out.startswith("pulumi 3.")
