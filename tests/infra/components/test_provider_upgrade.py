"""An azure-native with other default versions of the API sends nothing again, replaces nothing, and goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_azure_native as azure_native
import pytest

from azureml_arm import types
from azureml_sandbox import Sandbox
from azureml_sandbox.__main__ import main
from azureml_sandbox.commands.common import OK
from azureml_sandbox.pulumi.engine import providers
from kit.engine_projects import cli, project
from kit.paths import ROOT
from kit.platforms import PROGRAM, changes, platform_of
from kit.scenarios import Scenario

NEWER = "2027-01-01"
PLATFORM = """\
name: churn
location: westeurope
computes:
  - {name: cpu, type: amlcompute, size: Standard_DS3_v2, max_instances: 4}
environments:
  - {name: sklearn, version: 1, image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"}
jobs:
  - {type: command, command: echo hello, environment: "azureml:sklearn:1", compute: "azureml:cpu"}
"""


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sandbox's azure-native send a later version of the API for every type."""
    monkeypatch.setattr(providers, "by_token", lambda token: _later(types.by_token(token)))


def _later(found: Any) -> Any:
    return found and replace(found, api_version=NEWER)


def made_before(name: str) -> Scenario:
    """Return an example that was made by the azure-native that is installed."""
    scenario = Scenario(name)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(providers, "by_token", types.by_token)
        scenario.up()
    return scenario


NAMES = "quickstart jobs batch schedules connections attached-computes adopted-workspace"


@pytest.mark.parametrize("name", NAMES.split())
def test_nothing_is_sent_again_and_nothing_is_replaced(name: str, newer: None) -> None:  # noqa: ARG001
    scenario = made_before(name)
    sent: list[Any] = []
    scenario.azure.observers.append(sent.append)
    assert changes(scenario.sandbox.preview(scenario.program)) == []
    assert changes(scenario.sandbox.up(scenario.program)) == []
    assert sent == []


@cli
def test_the_engine_sends_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANDBOX_DOOR", "engine")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = project(tmp_path, PROGRAM, "  azureml-infra:description: .")
    (tmp_path / "platform.yml").write_text(PLATFORM, "utf-8")
    assert main(["up", "--cwd", str(tmp_path)]) == OK, capfd.readouterr()
    known = sorted(made.urns())
    capfd.readouterr()
    monkeypatch.setattr(providers, "by_token", lambda token: _later(types.by_token(token)))
    assert main(["up", "--cwd", str(tmp_path)]) == OK
    said = capfd.readouterr().out
    assert "updated" not in said
    assert "replaced" not in said
    assert sorted(made.urns()) == known


def test_a_change_is_sent_with_the_later_version_and_alone(newer: None) -> None:  # noqa: ARG001
    scenario = made_before("quickstart")
    made = scenario.sandbox.up(platform_of(scenario.folder, computes={"aml-cluster": {"max_instances": 9}}))
    assert changes(made) == ["update aml-cluster"]
    (cluster,) = (one for one in scenario.sandbox.state.resources() if one.urn.endswith("Compute::aml-cluster"))
    assert cluster.outputs["azureApiVersion"] == NEWER


def test_a_resource_of_the_sdk_itself_is_sent_again(newer: None) -> None:  # noqa: ARG001
    """The stand-in is one: without a component of ours, the version is a change."""

    def program() -> None:
        azure_native.resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")

    sandbox = Sandbox()
    with pytest.MonkeyPatch.context() as before:
        before.setattr(providers, "by_token", types.by_token)
        sandbox.up(program)
    assert changes(sandbox.preview(program)) == ["update rg"]
