"""A state that can't be read is one clear line on every command, and `reset` always gets rid of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from azureml_sandbox.__main__ import main
from azureml_sandbox.model.statefile import APPLICATION, VERSION
from azureml_sandbox.server.files import Home

PROGRAM = """
import pulumi
from pulumi_azure_native import resources
pulumi.export("group", resources.ResourceGroup("rg", location="westeurope", resource_group_name="rg").name)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDBOX_DOOR", "in-process")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / ".sandbox").mkdir()
    return tmp_path


def execute(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def junk(home: Path) -> None:
    (home / "state.db").write_bytes(b"junk\n" * 300)


def short_junk(home: Path) -> None:
    (home / "state.db").write_text("junk")


def a_folder(home: Path) -> None:
    (home / "state.db").mkdir()
    (home / "state.db" / "precious.txt").touch()


def somebody_elses(home: Path) -> None:
    execute(home / "state.db", "CREATE TABLE bookmarks (url TEXT)")


def another_application(home: Path) -> None:
    execute(home / "state.db", "PRAGMA application_id = 42")


def newer(home: Path) -> None:
    execute(home / "state.db", f"PRAGMA application_id = {APPLICATION}", f"PRAGMA user_version = {VERSION + 1}")


def file_for_folder(home: Path) -> None:
    home.rmdir()
    home.write_text("mine")


UNREADABLE: dict[Callable[[Path], None], str] = {
    junk: "state.db: not readable as the sandbox's state (file is not a database); expected a SQLite file",
    short_junk: "state.db: not readable as the sandbox's state (file is not a database)",
    a_folder: "state.db: no state can be kept here (unable to open database file)",
    somebody_elses: "state.db: a database of another application; expected the sandbox's state",
    another_application: "state.db: a database of another application",
    newer: f"written by a newer azureml-sandbox (state version {VERSION + 1}); expected version {VERSION} at most; "
    "upgrade azureml-infra, or",
    file_for_folder: ".sandbox: a file; expected the folder of the sandbox's state",
}
COMMANDS = (
    ["up"],
    ["preview"],
    ["refresh"],
    ["destroy"],
    ["run", "--", "true"],
    ["serve"],
    ["start"],
    ["snapshot", "save", "one"],
    ["faults", "list"],
    ["clock"],
)


@pytest.mark.usefixtures("warm_executable")
@pytest.mark.parametrize("spoil", UNREADABLE, ids=lambda spoil: spoil.__name__)
def test_every_command_says_what_is_wrong_and_reset_helps(
    spoil: Callable[[Path], None], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder / ".sandbox")
    for command, *words in COMMANDS:
        code = main([command, "--cwd", str(folder), *words])
        printed = capsys.readouterr().err
        assert (code, printed.count("\n")) == (2, 1), printed
        assert printed.startswith("error: ")
        assert UNREADABLE[spoil] in printed
        assert "`azureml-sandbox reset` sets it aside and starts with none" in printed
    assert main(["reset", "--cwd", str(folder)]) == 0
    assert "the sandbox is empty; what was there is now " in capsys.readouterr().out
    assert main(["up", "--cwd", str(folder)]) == 0
    assert [*folder.glob(".sandbox*/state.db.aside-1"), *folder.glob(".sandbox.aside-1")]


def test_pages_that_are_damaged_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--cwd", str(folder)]) == 0
    database = folder / ".sandbox" / "state.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    capsys.readouterr()
    assert main(["up", "--cwd", str(folder)]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: the sandbox's state is damaged (database disk image is malformed); ")
    assert printed.count("\n") == 1
    assert main(["reset", "--cwd", str(folder)]) == 0
    assert main(["up", "--cwd", str(folder)]) == 0


def test_a_state_of_0_1_0_is_taken_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--cwd", str(folder)]) == 0
    database = Home.of(folder).database
    execute(database, "PRAGMA application_id = 0", "PRAGMA user_version = 0")
    capsys.readouterr()
    assert main(["up", "--cwd", str(folder)]) == 0
    assert "Nothing changed" in capsys.readouterr().out
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_snapshot_that_cant_be_read_leaves_the_state(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--cwd", str(folder)]) == 0
    assert main(["snapshot", "--cwd", str(folder), "save", "one"]) == 0
    short_junk(folder / ".sandbox" / "snapshots" / "one")
    (folder / ".sandbox" / "snapshots" / "one" / "state.db-wal").unlink(missing_ok=True)
    capsys.readouterr()
    assert main(["snapshot", "--cwd", str(folder), "load", "one"]) == 2
    assert capsys.readouterr().err.startswith("error: the snapshot 'one' can't be loaded: not readable")
    assert main(["up", "--cwd", str(folder)]) == 0
    assert "Nothing changed" in capsys.readouterr().out
