"""The sandbox's one SQLite file: opened only where it is ours and of a version that this code reads."""

import sqlite3
import time
from collections.abc import Set
from pathlib import Path

APPLICATION = 0x617A6D6C
"""`azml`, the application_id in the file's header."""
VERSION = 1
"""The user_version in the file's header: raised when an older sandbox can no longer read the file."""
UNVERSIONED = frozenset({"cloud", "pulumi_resources", "pulumi_pending"})
"""The tables of 0.1.0, whose files say neither application nor version."""
REMEDY = "`azureml-sandbox reset` sets it aside and starts with none"
_FOREIGN = "a database of another application; expected the sandbox's state"
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
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StateFileError(file, f"not readable as the sandbox's state ({error}); expected a SQLite file") from None
    except StateFileError:
        connection.close()
        raise
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Let the file have a write-ahead log; SQLite doesn't wait here for others who do the same."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _check(file: Path, connection: sqlite3.Connection) -> None:
    """Raise StateFileError where the file is another application's or newer; say in its header that it is ours."""
    if _is_ours(file, connection):
        return
    with connection:  # commits, or takes back
        connection.execute("BEGIN IMMEDIATE")  # as another process may be making the same file
        if _is_ours(file, connection):
            return
        if not _tables(connection) <= UNVERSIONED:
            raise StateFileError(file, _FOREIGN)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_ours(file: Path, connection: sqlite3.Connection) -> bool:
    """Return whether the header says so; False where it says nothing. Raises StateFileError where it says otherwise."""
    both = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"  # of one moment
    application, version = connection.execute(both).fetchone()
    if application == APPLICATION and version > VERSION:
        reason = f"written by a newer azureml-sandbox (state version {version}); expected version {VERSION} at most"
        raise StateFileError(file, reason, "upgrade azureml-infra, or ")
    if application != APPLICATION and (application or version):
        raise StateFileError(file, _FOREIGN)
    return bool(application)


def _tables(connection: sqlite3.Connection) -> Set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in rows}
