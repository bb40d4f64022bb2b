"""An entity with its place in the files, and the context that entities are checked in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from azureml_infra.entities.base import Model
from azureml_infra.entities.references import BadReferenceError, KnownNames, known_as, parse
from azureml_infra.yaml.nodes import Document, Location, Map, descend, key_at
from azureml_infra.yaml.problems import Problem, Severity

ENDPOINTS = {"online_deployments": "online_endpoints", "batch_deployments": "batch_endpoints"}
"""Deployments live below an endpoint: their names are its own, and it must be there."""


@dataclass(frozen=True)
class Located:
    """An entity, and the file (relative to the description's root) and line that it starts in.

    While a description is read, `entity` is None for one with mistakes of its own.
    """

    entity: Any
    file: str
    line: int
    document: Document = field(repr=False, compare=False)
    at: Location = field(default=(), repr=False, compare=False)

    def problem(
        self, location: Location, what: str, expected: str = "", suggestion: str = "", severity: Severity = "error"
    ) -> Problem:
        """Return a problem of the value at a location of this entity."""
        node = descend(self.document.root, (*self.at, *location))
        node = node.path or node if isinstance(node, Map) else node  # about the file, not about something in it
        return self.document.problem(node, what, expected, suggestion, severity)

    def key_problem(self, location: Location, what: str, expected: str = "", suggestion: str = "") -> Problem:
        """Return a problem of the key at a location of this entity."""
        return self.document.problem(key_at(self.document.root, (*self.at, *location)), what, expected, suggestion)

    def text_problem(self, location: Location, text: str, what: str, expected: str, suggestion: str) -> Problem:
        """Return a problem of a text within the value at a location."""
        node = descend(self.document.root, (*self.at, *location))
        line, column = self.document.find(node, text)
        return Problem(self.document.file(node), line, column, what, expected, suggestion)

    def part(self, entity: Any, *at: str | int) -> Located:
        """Return a part of this, with its place."""
        return replace(self, entity=entity, at=(*self.at, *at))


@dataclass
class Checked:
    """The entities to check together. `names` includes those with mistakes, so that none is reported twice."""

    entities: list[Located] = field(default_factory=list)
    strict: bool = False
    by_identity: bool = False
    """Whether the workspace's datastores hold no keys."""
    existing: bool = False
    """Whether the workspace is there already, and only Azure knows how it is."""
    isolated: bool = False
    """Whether the workspace has a managed network."""
    names: KnownNames[Located] = field(default_factory=KnownNames)
    made_data: set[str] = field(default_factory=set)
    """The names, in lower case, of data assets whose versions come of what is described: of an ingestion, an import."""

    def find_entity(self, families: tuple[str, ...], given: Any) -> Any:
        """Return the entity that a reference names, or that is written in its place; None where only Azure knows it."""
        if isinstance(given, Model) or given is None:
            return given
        try:
            found = self.names.find(families, parse(str(given)))
        except BadReferenceError:
            return None
        return found.entity if found is not None else None


def key(entity: Any) -> str:
    """Return the name that identifies an entity in its family."""
    _, name, _ = known_as(entity)
    name = name or str(getattr(entity, "label", ""))
    return f"{entity.endpoint_name}/{name}" if entity.family in ENDPOINTS else name
