"""A platform that is there, whose Azure answers in this process, and the command line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml_infra.__main__ import main
from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.paths import EXAMPLES
from kit.scenarios import Scenario
from kit.verbs import STACK, Ran, Run


@pytest.fixture(scope="module")
def azure() -> Azure:
    """Return the quickstart's cloud, of a stack named ``dev``."""
    scenario = Scenario("quickstart")
    assert scenario.up().outputs
    return scenario.azure


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, azure: Azure) -> Iterator[Path]:
    """Yield a project's folder with the quickstart's description, whose Azure is the sandbox."""
    shutil.copytree(EXAMPLES / "quickstart", tmp_path / "platform", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "Pulumi.yaml").write_text("name: azureml-infra\nruntime: python\n", "utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path / "az"))
    for name in ("AZURE_CORE_OUTPUT", "AZURE_DEFAULTS_GROUP", "AZURE_DEFAULTS_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    with intercept(azure):
        monkeypatch.setenv("PULUMI_STACK", "dev")
        yield tmp_path


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``azureml-infra`` in the project's folder."""
    assert project.is_dir()

    def run(*words: str) -> Ran:
        capsys.readouterr()
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
