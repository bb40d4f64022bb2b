"""Where the sandbox's cloud lives: ordered tables of texts and bytes, in memory or in one SQLite file.

ARM ids are paths, so what is below a resource is a range of keys: one ordered table answers get, list and cascade.
"""

import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from azureml_sandbox.model.statefile import open_state

Value = str | bytes
_LAST = "\U0010ffff"
_FEW, _MANY = 64, 256
"""Rows of an answer, and answers of a table, that are kept in memory."""


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

    def version(self) -> tuple[int, int]:
        """Return what is another one after any change of a value, by whomever."""

    def steady(self) -> AbstractContextManager[None]:
        """Take others' changes in at the begin of the block and of each transaction: what has been read isn't read
        again.
        """

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
        self._changes = 0

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

    def version(self) -> tuple[int, int]:
        """Return how often something was changed."""
        return self._changes, 0

    def steady(self) -> AbstractContextManager[None]:
        """Do nothing: there are no others."""
        return nullcontext()

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
        self._changes += 1
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
        self._changes = 0
        self._others = -1
        self._steady = 0
        self._read: defaultdict[str, dict[tuple[str, ...], list[Any]]] = defaultdict(dict)
        self._run("CREATE TABLE IF NOT EXISTS cloud (tab TEXT, key TEXT, value, PRIMARY KEY (tab, key)) WITHOUT ROWID")

    def get(self, table: str, key: str) -> Value | None:
        """Return the value, or None."""
        rows = self._look("SELECT value FROM cloud WHERE tab = ? AND key = ?", table, (key,))
        return rows[0][0] if rows else None

    def set(self, table: str, key: str, value: Value) -> None:
        """Add or replace a value."""
        self._change(table, "INSERT OR REPLACE INTO cloud VALUES (?, ?, ?)", (table, key, value))

    def remove(self, table: str, key: str) -> None:
        """Remove a value; nothing happens when there is none."""
        self._change(table, "DELETE FROM cloud WHERE tab = ? AND key = ?", (table, key))

    def scan(self, table: str, prefix: str = "", before: str = _LAST) -> list[tuple[str, Value]]:
        """Return the keys that start with a prefix and come before another, and their values, in the keys' order."""
        query = "SELECT key, value FROM cloud WHERE tab = ? AND key >= ? AND key < ? ORDER BY key"
        return list(self._look(query, table, (prefix, min(prefix + _LAST, before))))

    def version(self) -> tuple[int, int]:
        """Return how often this connection changed something, and SQLite's count of the others' commits."""
        return self._changes, self._others if self._steady else self._count_of_others()

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Take others' changes in at the begin of the block and of each transaction."""
        self._take_in()
        self._steady += 1
        try:
            yield
        finally:
            self._steady -= 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all of what happens inside, or, when it raises, nothing of it."""
        if self._connection.in_transaction:
            yield
            return
        self._run("BEGIN IMMEDIATE")
        self._take_in()
        try:
            yield
        except BaseException:
            self._undo("ROLLBACK")
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
                self._undo("ROLLBACK TO attempt")
                raise
            finally:
                self._run("RELEASE attempt")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _look(self, query: str, table: str, values: tuple[str, ...]) -> list[Any]:
        """Return a query's rows: as they were read before, where the store is steady and the table the same."""
        with self._lock:
            known = self._read[table]
            rows = known.get(values) if self._steady else None
            if rows is None:
                rows = self._connection.execute(query, (table, *values)).fetchall()
                if self._steady and len(rows) <= _FEW and not (rows and isinstance(rows[0][-1], bytes)):
                    if len(known) >= _MANY:
                        known.clear()
                    known[values] = rows
            return rows

    def _change(self, table: str, statement: str, values: Sequence[Value]) -> None:
        with self._lock:
            self._changes += 1
            self._read.pop(table, None)
            self._connection.execute(statement, values)

    def _undo(self, statement: str) -> None:
        with self._lock:
            self._changes += 1
            self._read.clear()
            self._connection.execute(statement)

    def _take_in(self) -> None:
        """Forget what was read where somebody else has changed something since."""
        others = self._count_of_others()
        if others != self._others:
            with self._lock:
                self._read.clear()
            self._others = others

    def _count_of_others(self) -> int:
        return int(self._run("PRAGMA data_version")[0][0])

    def _run(self, statement: str) -> list[Any]:
        """Run one statement to its end, and return its rows: SQLite doesn't wait for another process's write where a
        read of the same connection is under way in a thread.
        """
        with self._lock:
            return self._connection.execute(statement).fetchall()
