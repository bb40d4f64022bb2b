"""Processes that Pulumi's engine starts by itself reach the sandbox: the program, dynamic resources."""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit import shell
from kit.paths import ROOT
from kit.platforms import SUBSCRIPTION

Plugin = Callable[..., shell.Done]


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    """Return a stand-in for `python -m pulumi.dynamic`, which serves for ever: other code in a process like its own."""
    package = tmp_path / "pulumi" / "dynamic"
    package.mkdir(parents=True)
    (tmp_path / "pulumi" / "__init__.py").touch()
    (package / "__init__.py").touch()

    def run(code: str, **variables: str) -> shell.Done:
        (package / "__main__.py").write_text(code)
        path = os.pathsep.join([str(ROOT / "sandbox" / "azureml_sandbox" / "pulumi" / "path"), str(tmp_path)])
        line = [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"]
        return shell.run(line, tmp_path, {"PYTHONPATH": path, **variables})

    return run


GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-here"


def test_dynamic_resources_reach_the_sandbox_from_a_process_of_their_own(tmp_path: Path, plugin: Plugin) -> None:
    with contextlib.closing(Azure(SqliteStore(tmp_path / "state.db"))) as azure:
        azure.put(GROUP, {"location": "westeurope"})
    imports = "from azureml_arm import clouds, credentials\nfrom azureml_infra.dynamic.clients import ArmClient\n"
    client = "ArmClient(clouds.choose(), credentials.credential())"
    code = f"{imports}print({client}.get('{GROUP}', '2024-03-01')['location'])"
    done = plugin(code, SANDBOX_STATE=str(tmp_path / "state.db"))
    assert (done.stdout, done.stderr) == ("westeurope\n", "")


def test_a_program_of_the_engine_reaches_the_sandbox_where_no_server_runs(tmp_path: Path) -> None:
    with contextlib.closing(Azure(SqliteStore(tmp_path / "state.db"))) as azure:
        azure.put(GROUP, {"location": "westeurope"})
    (tmp_path / "pulumi-language-python-exec").write_text(
        "from azureml_arm import clouds, credentials\nfrom azureml_infra.dynamic.clients import ArmClient\n"
        f"print(ArmClient(clouds.choose(), credentials.credential()).get('{GROUP}', '2024-03-01')['location'])"
    )
    path = str(ROOT / "sandbox" / "azureml_sandbox" / "pulumi" / "path")
    line = [sys.executable, "-u", tmp_path / "pulumi-language-python-exec"]
    done = shell.run(line, tmp_path, {"PYTHONPATH": path, "SANDBOX_STATE": str(tmp_path / "state.db")})
    assert (done.stdout, done.stderr) == ("westeurope\n", "")


def test_where_the_sandbox_cannot_stand_in_nothing_runs(tmp_path: Path, plugin: Plugin) -> None:
    done = plugin("print('went on')", SANDBOX_STATE=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"the sandbox can't stand in for Azure: StateFileError: {tmp_path}: ")
    assert "expected a file" in done.stderr
    assert "`azureml-sandbox reset`" in done.stderr


def test_somebody_elses_sitecustomize_runs_as_well(tmp_path: Path, plugin: Plugin) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    assert plugin("print('ours')", SANDBOX_STATE=str(tmp_path / "state.db")).stdout == "theirs\nours\n"
