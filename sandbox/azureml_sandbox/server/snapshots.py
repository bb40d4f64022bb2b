"""States to go back to: all that a sandbox is, the cloud and the stacks in it, in a folder by a name.

The file of the cloud is copied by SQLite's own backup, so that it is whole whoever writes to it meanwhile, and a server
that runs goes on with what is loaded.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from azureml_sandbox.model.statefile import StateFileError, open_state
from azureml_sandbox.server.files import Home, free_name
from azureml_sandbox.server.record import ServerError, running

_STACKS = ".pulumi"
"""What the engine's file backend keeps, beside the cloud."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")


def save(home: Home, name: str) -> Path:
    """Keep the state under a name, in place of what had it; ServerError."""
    _check(home)
    folder = _folder(home, name)
    fresh = folder.with_name(f"{name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    _copy(home.database, fresh / home.database.name)
    if (home.folder / _STACKS).is_dir():
        shutil.copytree(home.folder / _STACKS, fresh / _STACKS)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return folder


def load(home: Home, name: str) -> None:
    """Go back to a state that was kept; ServerError."""
    _check(home)
    folder = _snapshot_of(home, name)
    try:
        _copy(folder / home.database.name, home.database)
    except StateFileError as error:
        raise ServerError(f"the snapshot {name!r} can't be loaded: {error.reason}; delete it") from None
    _replace(home.folder / _STACKS, folder / _STACKS)


def delete(home: Home, name: str) -> None:
    """Forget a state that was kept; ServerError."""
    shutil.rmtree(_snapshot_of(home, name))


def names(home: Home) -> list[str]:
    """Return what is kept."""
    return sorted(one.name for one in home.snapshots.glob("*") if one.is_dir() and not one.name.endswith(".new"))


def reset(home: Home) -> Path | None:
    """Forget the cloud and the stacks in it; certificates, keys and snapshots stay. ServerError.

    Return where a file went that isn't the sandbox's state, or can't be read as it: that is kept, under another name.
    """
    _check(home)
    aside = None
    try:
        _empty(home.database)
    except (StateFileError, sqlite3.DatabaseError):
        aside = _set_aside(home)
    _replace(home.folder / _STACKS, None)
    return aside


def _empty(database: Path) -> None:
    with _database(database) as kept, kept:  # the tables stay: a server that runs has them open
        kept.execute("BEGIN IMMEDIATE")
        tables = kept.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            kept.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the file's own names


def _set_aside(home: Home) -> Path:
    """Rename the state and its write-ahead log; return the new name."""
    found = running(home)
    if found is not None:
        raise ServerError(f"the state can't be emptied while {found.url} uses it: `azureml-sandbox stop` first")
    aside = free_name(home.database)
    for end in ("", "-wal", "-shm"):
        part = home.database.with_name(home.database.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _check(home: Home) -> None:
    found = running(home)
    if found is not None and found.memory:
        raise ServerError("the server keeps its state in memory only: stop it, which forgets everything")


def _folder(home: Home, name: str) -> Path:
    if not _NAME.fullmatch(name) or name.endswith(".new"):
        raise ServerError(f"{name!r} can't be a snapshot's name: letters, digits, dots, dashes, at most 64")
    return home.snapshots / name


def _snapshot_of(home: Home, name: str) -> Path:
    folder = _folder(home, name)
    if not folder.is_dir():
        raise ServerError(f"there is no snapshot {name!r}; there are: {', '.join(names(home)) or 'none'}")
    return folder


def _copy(source: Path, target: Path) -> None:
    with _database(source) as one, _database(target) as other:
        one.backup(other)


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_state(path)) as connection:
        yield connection


def _replace(target: Path, source: Path | None) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source is not None and source.is_dir():
        shutil.copytree(source, target)
