"""What only the stack knows is checked before the first resource: settings, folders, secrets, identities."""

from __future__ import annotations

from pathlib import Path

import pytest

from azureml_sandbox.__main__ import main as sandbox
from kit.platforms import SUBSCRIPTION

PROGRAM = "import pulumi\nfrom azureml_infra import Platform\nPlatform.from_config().export(pulumi.export)\n"
IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-who/providers/Microsoft.ManagedIdentity"
    "/userAssignedIdentities/nobody"
)
PLATFORM = f"""\
name: churn
location: westeurope
computes:
  - name: cpu
    type: amlcompute
    size: Standard_DS3_v2
    identity: {{type: user_assigned, user_assigned_identities: [{{resource_id: {IDENTITY}}}]}}
datastores:
  - name: landing
    type: azure_blob
    account_name: contosolanding
    container_name: raw
    credentials: {{sas_token: "${{{{secrets.LANDING_SAS}}}}"}}
  - name: scans
    type: azure_blob
    account_name: contososcans
    container_name: raw
    credentials: {{account_key: "${{{{secrets.SCANS_KEY}}}}"}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "platform.yml").write_text("name: churn\nlocation: westeurope\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def up(project: Path, capsys: pytest.CaptureFixture[str], *settings: str, code: int = 1, command: str = "up") -> str:
    lines = [f"  {line}" for line in (f"azure-native:subscriptionId: {SUBSCRIPTION}", *settings)]
    (project / "Pulumi.dev.yaml").write_text("\n".join(["config:", *lines, ""]), "utf-8")
    assert sandbox([command, "--stack", "dev", "--door", "in-process"]) == code
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("overides: {tags: {a: b}}", "overrides"),
        ("disposible: true", "disposable"),
        ("keep_aliases: true", "keepAliases"),
    ],
)
def test_a_misspelled_setting_is_refused(
    line: str, meant: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = up(project, capsys, f"azureml-infra:{line}")
    word = line.partition(":")[0]
    assert f'Pulumi.dev.yaml:3:3: unknown setting "azureml-infra:{word}"' in told
    assert f'did you mean "{meant}"?' in told
    assert "created" not in told


def test_a_setting_of_the_programs_own_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "created" in up(project, capsys, "azureml-infra:team_name: churn", code=0)


def test_a_folder_that_does_not_exist_is_told_by_its_setting(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = up(project, capsys, "azureml-infra:description: platforms/churn")
    assert 'Pulumi.dev.yaml:3:3: azureml-infra:description is "platforms/churn", which doesn\'t exist' in told


def test_a_stack_without_a_file_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "platform.yml").unlink()
    sandbox(["up", "--stack", "nosuch", "--door", "in-process"])
    told = capsys.readouterr()
    assert 'Pulumi.nosuch.yaml:1:1: there is no such file, so the stack "nosuch" has no settings' in told.out + told.err


@pytest.mark.parametrize("command", ["up", "preview"])
def test_all_that_is_missing_is_told_before_anything_is_made(
    command: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "platform.yml").write_text(PLATFORM, "utf-8")
    told = up(project, capsys, command=command)
    assert "3 mistakes in ., so nothing was changed" in told
    assert "platform.yml:7:" in told
    assert f"the identity {IDENTITY} can't be found in Azure" in told
    assert "platform.yml:13:" in told
    assert "${{secrets.LANDING_SAS}} is used, but the stack has no such secret" in told
    assert "platform.yml:18:" in told
    assert "pulumi config set --secret SCANS_KEY" in told
    assert "created" not in told


def test_a_secret_in_the_stacks_file_will_do_in_the_sandbox(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(line for line in PLATFORM.splitlines() if "identity:" not in line)
    (project / "platform.yml").write_text(text, "utf-8")
    told = up(project, capsys, "shop:LANDING_SAS: sv=2024&sig=x", "shop:SCANS_KEY: a2V5", code=0)
    assert "created" in told


def test_destroying_what_is_protected_names_the_ways_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    up(project, capsys, code=0)
    assert sandbox(["destroy", "--stack", "dev", "--door", "in-process"]) != 0
    told = capsys.readouterr().err
    for way in (
        "workspace: {protect: false}",
        "azureml-infra:disposable: true` in Pulumi.dev.yaml",
        "azureml-sandbox reset",
    ):
        assert way in told
    up(project, capsys, "azureml-infra:disposable: true", code=0)
    assert sandbox(["destroy", "--stack", "dev", "--door", "in-process"]) == 0
