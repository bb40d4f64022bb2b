"""Notebooks in the workspace's file share: written by identity, removed with their entry, and nobody's work is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azureml_infra import Notebooks, NotebooksArgs
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.services.machinelearning.system import CODE_SHARE
from kit.platforms import beside, changes, existing_workspace, live, stack, workspace

SHARED = "Users/shared/lessons"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of notebooks, in the current one."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "lessons"
    (made / "deep").mkdir(parents=True)
    (made / "first.ipynb").write_text("{}")
    (made / "deep" / "tools.py").write_text("x = 1\n")
    (made / ".ipynb_checkpoints").mkdir()
    (made / ".ipynb_checkpoints" / "first-checkpoint.ipynb").write_text("{}")
    return made


def program(*entries: dict[str, Any], **more: Any) -> Callable[[], Any]:
    def run() -> None:
        given = [NotebooksArgs.model_validate(one) for one in entries]
        Notebooks("all", given, workspace=workspace(**more) if more else existing_workspace())

    return run


LESSONS = program({"path": "lessons"})


def account(sandbox: Sandbox) -> str:
    return str(live(sandbox)["properties"]["storageAccount"].rsplit("/", 1)[1])


def files(sandbox: Sandbox, share: str = CODE_SHARE) -> dict[str, bytes]:
    """Return the files of a share by path, without its folders."""
    store = sandbox.azure.files
    found = [one for one in store.list(account(sandbox), share, "") if not one.is_folder]
    return {one.name: store.get(account(sandbox), share, one.name) for one in found}


def folders(sandbox: Sandbox) -> list[str]:
    return [one.name for one in sandbox.azure.files.list(account(sandbox), CODE_SHARE, "") if one.is_folder]


def change_in_place(sandbox: Sandbox, name: str, content: bytes) -> None:
    """Do what somebody's instance does with a file of the mounted share."""
    sandbox.azure.files.put(account(sandbox), CODE_SHARE, name, content)


BOTH = {f"{SHARED}/first.ipynb": b"{}", f"{SHARED}/deep/tools.py": b"x = 1\n"}


def test_a_folder_is_written_changed_and_removed(folder: Path) -> None:
    sandbox = beside(LESSONS)
    assert files(sandbox) == BOTH
    assert changes(sandbox.up(LESSONS)) == []
    (folder / "first.ipynb").write_text('{"cells": []}')
    (folder / "deep" / "tools.py").unlink()
    assert changes(sandbox.up(LESSONS)) == [f"update {SHARED}"]
    assert files(sandbox) == {f"{SHARED}/first.ipynb": b'{"cells": []}'}
    sandbox.up(program())
    assert files(sandbox) == {}
    assert folders(sandbox) == ["Users", "Users/shared"]


@pytest.mark.usefixtures("folder")
def test_an_entry_that_goes_elsewhere_leaves_nothing_behind() -> None:
    sandbox = beside(program({"path": "lessons/first.ipynb"}, {"path": "lessons/deep", "to": "Users/ana/tools/"}))
    assert set(files(sandbox)) == {"Users/shared/first.ipynb", "Users/ana/tools/tools.py"}
    sandbox.up(program({"path": "lessons/first.ipynb", "to": "Users/ana"}))
    assert set(files(sandbox)) == {"Users/ana/first.ipynb"}
    assert folders(sandbox) == ["Users", "Users/ana", "Users/shared"]


def test_what_somebody_changed_is_kept_beside_the_new_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox = beside(LESSONS)
    change_in_place(sandbox, f"{SHARED}/first.ipynb", b"theirs")
    (folder / "first.ipynb").write_text("new")
    sandbox.up(LESSONS)
    kept = next(name for name in files(sandbox) if ".changed-" in name)
    assert kept.startswith(f"{SHARED}/first.changed-")
    assert kept.endswith(".ipynb")
    assert files(sandbox) == {**BOTH, f"{SHARED}/first.ipynb": b"new", kept: b"theirs"}
    assert f"that is kept as {kept}" in capsys.readouterr().err
    (folder / "first.ipynb").write_bytes(b"taken over")
    change_in_place(sandbox, f"{SHARED}/first.ipynb", b"taken over")
    sandbox.up(LESSONS)
    assert [name for name in files(sandbox) if ".changed-" in name] == [kept]
    change_in_place(sandbox, f"{SHARED}/first.ipynb", b"theirs again")
    sandbox.up(program())
    assert set(files(sandbox)) == {f"{SHARED}/first.ipynb", kept}
    assert "so it stays there" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_what_is_gone_from_the_share_is_written_again() -> None:
    sandbox = beside(LESSONS)
    sandbox.azure.files.delete(account(sandbox), CODE_SHARE, f"{SHARED}/first.ipynb")
    sandbox.refresh()
    assert changes(sandbox.up(LESSONS)) == [f"update {SHARED}"]
    assert files(sandbox) == BOTH


@pytest.mark.usefixtures("folder")
def test_isolated_workspaces_have_a_share_of_their_own() -> None:
    sandbox = stack()
    isolated = program({"path": "lessons"}, enable_data_isolation=True)
    sandbox.up(isolated)
    assert files(sandbox, f"{live(sandbox)['properties']['workspaceId']}-code") == BOTH


def test_a_folder_without_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lessons").mkdir()
    with pytest.raises(RunFailedError, match=r"notebooks: .*lessons holds no file to upload"):
        beside().up(LESSONS)
