"""The sandbox's one SQLite file: opened only where it is ours and of a version that this code reads."""

import sqlite3
from collections.abc import Set
from pathlib import Path

APPLICATION = 0x617A6D6C
"""`azml`, the application_id in the file's header."""
VERSION = 1
"""The user_version in the file's header: raised when an older sandbox can no longer read the file."""
UNVERSIONED = frozenset({"cloud", "pulumi_resources", "pulumi_pending"})
"""The tables of 0.1.0, whose files say neither application nor version."""
REMEDY = "`azureml-sandbox reset` sets it aside and starts with none"
_WAIT_SECONDS = 30


class StateFileError(Exception):
    """The state can't be read; the text is the whole message, and `reason` what is wrong with the file."""

    def __init__(self, path: Path, reason: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {reason}; {remedy}{REMEDY}")
        self.reason = reason


def open_state(path: Path | str) -> sqlite3.Connection:
    """Return a connection to the state, which is made where there is none; StateFileError where it isn't ours."""
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Azure serialises its callers with a lock, so a thread other than this one may come next.
        connection = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StateFileError(file, f"no state can be kept here ({error}); expected a file in a folder") from None
    try:
        _check(file, connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StateFileError(file, f"not readable as the sandbox's state ({error}); expected a SQLite file") from None
    except StateFileError:
        connection.close()
        raise
    return connection


def _check(file: Path, connection: sqlite3.Connection) -> None:
    """Raise StateFileError where the file is another application's or newer; say in its header that it is ours."""
    application, version = (_pragma(connection, name) for name in ("application_id", "user_version"))
    if application == APPLICATION and version <= VERSION:
        return
    if application == APPLICATION:
        reason = f"written by a newer azureml-sandbox (state version {version}); expected version {VERSION} at most"
        raise StateFileError(file, reason, "upgrade azureml-infra, or ")
    if application or version or not _tables(connection) <= UNVERSIONED:
        raise StateFileError(file, "a database of another application; expected the sandbox's state")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> Set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in rows}
