"""Where the sandbox's cloud lives: ordered tables of texts and bytes, in memory or in one SQLite file.

ARM ids are paths, so what is below a resource is a range of keys: one ordered table answers get, list and cascade.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from azureml_sandbox.model.statefile import open_state

Value = str | bytes
_LAST = "\U0010ffff"


class Store(Protocol):
    """Tables of key and value; a table exists once something is in it."""

    def get(self, table: str, key: str) -> Value | None:
        """Return the value, or None."""

    def set(self, table: str, key: str, value: Value) -> None:
        """Add or replace a value."""

    def remove(self, table: str, key: str) -> None:
        """Remove a value; nothing happens when there is none."""

    def scan(self, table: str, prefix: str = "", before: str = _LAST) -> list[tuple[str, Value]]:
        """Return the keys that start with a prefix and come before another, and their values, in the keys' order."""

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all of what happens inside, or, when it raises, nothing of it. May be nested; the outermost one
        counts.
        """

    def attempt(self) -> AbstractContextManager[None]:
        """Return the same within a transaction: what is undone is what happened inside, and the transaction goes on."""

    def close(self) -> None:
        """Let go of the file, if there is one."""


class MemoryStore:
    """Lives as long as the process; for tests."""

    def __init__(self) -> None:
        self._values: defaultdict[str, dict[str, Value]] = defaultdict(dict)
        self._keys: defaultdict[str, list[str]] = defaultdict(list)
        self._undo: list[Callable[[], None]] | None = None

    def get(self, table: str, key: str) -> Value | None:
        """Return the value, or None."""
        return self._values[table].get(key)

    def set(self, table: str, key: str, value: Value) -> None:
        """Add or replace a value."""
        old = self._values[table].get(key)
        if old is None:
            insort(self._keys[table], key)
        self._values[table][key] = value
        self._remember(table, key, old)

    def remove(self, table: str, key: str) -> None:
        """Remove a value; nothing happens when there is none."""
        old = self._values[table].pop(key, None)
        if old is None:
            return
        keys = self._keys[table]
        del keys[bisect_left(keys, key)]
        self._remember(table, key, old)

    def scan(self, table: str, prefix: str = "", before: str = _LAST) -> list[tuple[str, Value]]:
        """Return the keys that start with a prefix and come before another, and their values, in the keys' order."""
        keys, values = self._keys[table], self._values[table]
        found = keys[bisect_left(keys, prefix) : bisect_left(keys, min(prefix + _LAST, before))]
        return [(key, values[key]) for key in found]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all of what happens inside, or, when it raises, nothing of it."""
        if self._undo is not None:
            yield
            return
        self._undo = []
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._undo = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run the block in a transaction: when it raises, nothing of it stays."""
        with self.transaction():
            assert self._undo is not None  # noqa: S101 - this is a transaction
            kept, self._undo = self._undo, []
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._undo = kept + (self._undo or [])

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _roll_back(self) -> None:
        """Undo what is remembered, the last first; nothing of that is remembered."""
        steps, self._undo = self._undo or [], None
        for step in reversed(steps):
            step()

    def _remember(self, table: str, key: str, old: Value | None) -> None:
        if self._undo is None:
            return
        if old is None:
            self._undo.append(lambda: self.remove(table, key))
        else:
            self._undo.append(lambda: self.set(table, key, old))


class SqliteStore:
    """One SQLite file in WAL mode, which several processes may have open; a transaction holds its write lock."""

    def __init__(self, path: Path | str) -> None:
        self._connection = open_state(path)
        self._lock = threading.Lock()
        self._run("CREATE TABLE IF NOT EXISTS cloud (tab TEXT, key TEXT, value, PRIMARY KEY (tab, key)) WITHOUT ROWID")

    def get(self, table: str, key: str) -> Value | None:
        """Return the value, or None."""
        rows = self._run("SELECT value FROM cloud WHERE tab = ? AND key = ?", (table, key))
        return rows[0][0] if rows else None

    def set(self, table: str, key: str, value: Value) -> None:
        """Add or replace a value."""
        self._run("INSERT OR REPLACE INTO cloud VALUES (?, ?, ?)", (table, key, value))

    def remove(self, table: str, key: str) -> None:
        """Remove a value; nothing happens when there is none."""
        self._run("DELETE FROM cloud WHERE tab = ? AND key = ?", (table, key))

    def scan(self, table: str, prefix: str = "", before: str = _LAST) -> list[tuple[str, Value]]:
        """Return the keys that start with a prefix and come before another, and their values, in the keys' order."""
        query = "SELECT key, value FROM cloud WHERE tab = ? AND key >= ? AND key < ? ORDER BY key"
        return self._run(query, (table, prefix, min(prefix + _LAST, before)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all of what happens inside, or, when it raises, nothing of it."""
        if self._connection.in_transaction:
            yield
            return
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run the block in a transaction: when it raises, nothing of it stays."""
        with self.transaction():
            self._run("SAVEPOINT attempt")
            try:
                yield
            except BaseException:
                self._run("ROLLBACK TO attempt")
                raise
            finally:
                self._run("RELEASE attempt")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _run(self, statement: str, values: Sequence[Value] = ()) -> list[Any]:
        """Run one statement to its end, and return its rows: SQLite doesn't wait for another process's write where a
        read of the same connection is under way in a thread.
        """
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
