"""A stack's state: what the last runs made, written step by step so that a killed run loses nothing.

Secrets are marked, not encrypted: the file is for a cloud that isn't there.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from azureml_sandbox.model.statefile import open_state
from azureml_sandbox.pulumi.engine.values import Properties


@dataclass(frozen=True)
class Resource:
    """One resource as it was last seen. Secrets in inputs and outputs stay wrapped."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    external: bool = False
    """Read by the program, not made by it."""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replacement_trigger: Any = None
    pending_delete: bool = False
    """Replaced already; what is left of it goes at the end of a run."""

    @property
    def key(self) -> str:
        """Return its key among the others: a replaced resource shares its URN with its successor."""
        return f"{self.urn}#{self.id}" if self.pending_delete else self.urn

    @property
    def name(self) -> str:
        """Return the name in the program."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the URNs that must exist as long as this one does."""
        provider = self.provider.rsplit("::", 1)[0]
        by_property = (urn for urns in self.property_dependencies.values() for urn in urns)
        return tuple(urn for urn in dict.fromkeys((self.parent, provider, *self.dependencies, *by_property)) if urn)


_SCHEMA = """
CREATE TABLE IF NOT EXISTS pulumi_resources (
    position INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT, key TEXT, state TEXT, UNIQUE (stack, key));
CREATE TABLE IF NOT EXISTS pulumi_pending (stack TEXT, urn TEXT, id TEXT, PRIMARY KEY (stack, urn));
"""
_UPSERT = """
INSERT INTO pulumi_resources (stack, key, state) VALUES (?, ?, ?)
ON CONFLICT (stack, key) DO UPDATE SET state = excluded.state
"""


class State:
    """The state of one stack, in memory or in a SQLite file (which others may share)."""

    def __init__(self, path: Path | None = None, stack: str = "sandbox") -> None:
        self._stack = stack
        # Each step is a commit: with the file's write-ahead log that is cheap, and safe against a killed process.
        self._database = open_state(path) if path else sqlite3.connect(":memory:", isolation_level=None)
        self._database.executescript(_SCHEMA)

    def resources(self) -> list[Resource]:
        """Return everything, in the order in which it was first made."""
        rows = self._database.execute(
            "SELECT state FROM pulumi_resources WHERE stack = ? ORDER BY position", (self._stack,)
        )
        return [_read(text) for (text,) in rows]

    def commit(self, *saved: Resource, removed: Iterable[str] = (), done: str = "") -> None:
        """Save resources, remove others by key, and end what `begin` began for a URN: all or nothing."""
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            self._database.executemany(
                "DELETE FROM pulumi_resources WHERE stack = ? AND key = ?", [(self._stack, key) for key in removed]
            )
            self._database.executemany(_UPSERT, [(self._stack, item.key, _write(item)) for item in saved])
            if done:
                self._database.execute("DELETE FROM pulumi_pending WHERE stack = ? AND urn = ?", (self._stack, done))

    def begin(self, urn: str, resource_id: str) -> None:
        """Note that this id is about to be made, so that a run killed right after finds it again as its own."""
        self._database.execute(
            "INSERT OR REPLACE INTO pulumi_pending VALUES (?, ?, ?)", (self._stack, urn, resource_id)
        )

    def pending(self) -> dict[str, str]:
        """Return what earlier runs began and didn't end: URN -> id."""
        rows = self._database.execute("SELECT urn, id FROM pulumi_pending WHERE stack = ?", (self._stack,))
        return dict(rows.fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


_NAMES = tuple(item.name for item in fields(Resource))


def _write(resource: Resource) -> str:
    return json.dumps({name: getattr(resource, name) for name in _NAMES}, separators=(",", ":"))


def _read(text: str) -> Resource:
    data = json.loads(text)
    data["dependencies"] = tuple(data["dependencies"])
    data["property_dependencies"] = {key: tuple(urns) for key, urns in data["property_dependencies"].items()}
    return Resource(**data)
