"""The smoke run as somebody makes it on Azure, against the https sandbox: all is well, and each thing that isn't."""

import contextlib
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from azureml_arm import credentials
from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_infra.__main__ import main
from azureml_infra.smoke import checks, project
from azureml_infra.smoke.engine import EngineFailedError, InSandbox
from azureml_infra.smoke.report import CheckOutcome, SmokeReport
from azureml_sandbox import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.environment import leading_to
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import running
from kit.paths import ROOT
from kit.served import serving
from kit.shell import output

COLD = sys.executable
"""What starts a server in the background knows it by its process, so it is a Python that starts cold."""
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-try"
pytestmark = pytest.mark.usefixtures("warm_executable")
"""What the engine starts."""
ROW = re.compile(r"^\| (ok|FAILED|failed|not run) \| ([^|]+) \| (.*) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder whose sandbox is served, with a resource group in which there is something already."""
    folder = tmp_path_factory.mktemp("smoke")
    with serving(folder):
        with _azure(folder) as azure:
            azure.put(GROUP, {"location": "westeurope"})
            azure.put(
                f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs", {"location": "westeurope"}
            )
        yield folder


def _azure(folder: Path) -> contextlib.closing[Azure]:
    return contextlib.closing(Azure(SqliteStore(folder / ".sandbox" / "state.db")))


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the pauses out."""
    monkeypatch.setattr("azureml_infra.smoke.story.time.sleep", lambda _: None)


def smoke(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, *, who: str = "", group: str = "rg-try"
) -> dict[str, tuple[str, str, str]]:
    """Return the checks of a run: outcome, answer and meaning by name."""
    home = Home(folder / ".sandbox")
    record = running(home)
    assert record is not None
    for name, value in leading_to(home, record, who).items():
        monkeypatch.setenv(name, value)
    report = folder / "report.md"
    options = ["--engine", "sandbox", "--folder", str(folder), "--report", str(report), "--resource-group", group]
    assert main(["smoke", *options]) == code, report.read_text("utf-8")
    return {
        name: (outcome, answer, meaning) for outcome, name, answer, meaning in ROW.findall(report.read_text("utf-8"))
    }


def left(folder: Path) -> list[str]:
    """Return what is in the group, and the project's files."""
    with _azure(folder) as azure:
        there = [
            str(one["id"]).rpartition("/")[2]
            for one in azure.resources()
            if str(one["id"]).lower().startswith(f"{GROUP}/".lower())
        ]
    return sorted(there + [name for name in ("platform.yml", "Pulumi.smoke.yaml") if (folder / name).exists()])


def test_all_is_well(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = smoke(folder, monkeypatch, 0)
    assert list(found) == list(checks.MEANINGS)
    assert {outcome for outcome, _, _ in found.values()} == {"ok"}
    assert found[checks.EDIT][1] == "1 update"
    assert found[checks.AGAIN][1] == found[checks.REFRESH][1] == "nothing to do"
    assert "create" in found[checks.PREVIEW][1]
    assert left(folder) == ["theirs"]
    said = capsys.readouterr().out
    assert f"ok      {checks.UP}: all is made" in said
    report = (folder / "report.md").read_text("utf-8")
    assert '"containerName": "azureml-blobstore' in report
    assert "eyJ" not in report


def test_without_the_group_nothing_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = smoke(folder, monkeypatch, 1, group="rg-nowhere")
    assert found[checks.GROUP][:2] == ("failed", "there is none")
    assert "az group create" in found[checks.GROUP][2]
    assert {found[name][0] for name in list(checks.MEANINGS)[3:]} == {"not run"}
    assert left(folder) == ["theirs"]


def test_a_token_that_says_nothing_is_no_sign_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Opaque:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken("opaque", 0)

    monkeypatch.setattr(credentials, "credential", lambda _: Opaque())
    found = smoke(folder, monkeypatch, 1)
    assert found[checks.SIGN_IN][:2] == ("failed", "the token can't be read: it is not a JSON Web Token")
    assert left(folder) == ["theirs"]


def test_without_the_rights_nothing_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = smoke(folder, monkeypatch, 1, who="rita")
    assert PEOPLE["rita"].object_id in found[checks.SIGN_IN][1]
    outcome, answer, _ = found[checks.RIGHTS]
    assert outcome == "failed"
    assert "Microsoft.MachineLearningServices/workspaces/write<br>" in answer
    assert "Microsoft.Authorization/roleAssignments/write" in answer
    assert found[checks.UP][0] == "not run"
    assert left(folder) == ["theirs"]


def test_what_fails_midway_is_cleaned_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = InSandbox.up

    def up(self: InSandbox) -> None:
        real(self)
        raise EngineFailedError("cpu: QuotaExceeded: no cores left")

    with monkeypatch.context() as block:
        block.setattr(InSandbox, "up", up)
        found = smoke(folder, monkeypatch, 1)
    assert found[checks.UP][:2] == ("failed", "cpu: QuotaExceeded: no cores left")
    assert found[checks.EDIT][0] == "not run"
    assert (found[checks.DESTROY][0], found[checks.GONE][0]) == ("ok", "ok")
    assert left(folder) == ["theirs"]


def test_what_isnt_as_it_should_be_is_named_and_the_next_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Previews are never quiet, and what was made can't be deleted."""
    real = InSandbox.preview

    def preview(self: InSandbox, *, refresh: bool = False) -> dict[str, int]:
        found = real(self, refresh=refresh)
        return found if "create" in found else {**found, "replace": 2}

    def destroy(_: InSandbox) -> None:
        raise EngineFailedError("ScopeLocked")

    with monkeypatch.context() as block:
        block.setattr(InSandbox, "preview", preview)
        block.setattr(InSandbox, "destroy", destroy)
        found = smoke(folder, monkeypatch, 1)
    assert found[checks.AGAIN][:2] == ("failed", "2 replace")
    assert found[checks.EDIT][:2] == ("failed", "2 replace, 1 update")
    assert found[checks.EDITED][0] == "ok"
    assert found[checks.DESTROY][:2] == ("failed", "ScopeLocked")
    assert "/workspaces/mlw-smoke-smoke" in found[checks.GONE][1]
    assert "theirs" not in found[checks.GONE][1]
    assert "platform.yml" in left(folder)
    again = smoke(folder, monkeypatch, 0)
    assert again[checks.LEFT_OVER][1] == "an earlier run's, destroyed"
    assert left(folder) == ["theirs"]


def test_where_it_cant_begin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    line = ["smoke", "--resource-group", "rg", "--report", str(tmp_path / "r.md")]
    assert main(line) == 2
    assert capsys.readouterr().err == "error: which subscription? set ARM_SUBSCRIPTION_ID\n"
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000")
    assert main([*line, "--engine", "sandbox"]) == 2
    assert "isn't the sandbox's" in capsys.readouterr().err
    monkeypatch.setenv("ARM_ENVIRONMENT", "moon")
    assert main(line) == 2
    assert "ARM_ENVIRONMENT: there is no cloud 'moon'" in capsys.readouterr().err
    monkeypatch.delenv("ARM_ENVIRONMENT")
    monkeypatch.setenv("ARM_USE_OIDC", "true")
    assert main(line) == 1
    assert "failed  sign-in: ARM_TENANT_ID and ARM_CLIENT_ID not set" in capsys.readouterr().out


def test_the_command_of_the_makefile_with_pulumis_cli(tmp_path: Path) -> None:
    if shutil.which("pulumi") is None:
        pytest.skip("no pulumi CLI")
    (tmp_path / ".sandbox").mkdir()
    with _azure(tmp_path) as azure:
        azure.put(GROUP, {"location": "westeurope"})
    command = [COLD, "-m", "azureml_infra", "smoke", "--resource-group", "rg-try"]
    line = [COLD, "-m", "azureml_sandbox", "run", "--cwd", str(tmp_path), "--", *command]
    output(line, tmp_path)
    assert [name for _, name, _, _ in ROW.findall((tmp_path / "azure-smoke.md").read_text("utf-8"))] == list(
        checks.MEANINGS
    )
    assert left(tmp_path) == []


def test_no_secret_is_in_a_report(tmp_path: Path) -> None:
    report = SmokeReport(tmp_path / "r.md", "x", lambda _: None)
    report.add("a", CheckOutcome.OK, "token eyJhbGciOi.eyJvaWQiOi.c2ln and AccountKey=abc==; and ?sv=1&sig=a%2Fb")
    report.facts["f"] = {"url": "https://x/?sig=abc"}
    report.write()
    assert not re.search("eyJ|abc|a%2Fb", (tmp_path / "r.md").read_text("utf-8"))


def test_the_page_has_every_check_in_order() -> None:
    page = (ROOT / "docs" / "first-run-on-azure.md").read_text("utf-8")
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", page, re.MULTILINE) == list(checks.MEANINGS)
    assert project.NAME in page
