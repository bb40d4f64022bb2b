"""Per-stack overrides of a description that several stacks share.

They are a partial platform.yml: mappings are merged into the description, lists and values replace it, and `null`
removes what is described. Entities are changed by name, wherever they are written:

    computes:
      cpu-cluster: {max_instances: 2}
      gpu-cluster: null
      box: {name: box-dev}

An entity that gets another name keeps what refers to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml_infra.description.located import ENDPOINTS
from azureml_infra.entities.body import Leaf, references
from azureml_infra.entities.references import FAMILIES, BadReferenceError, parse
from azureml_infra.yaml.composer import describe
from azureml_infra.yaml.nodes import (
    Document,
    Location,
    Map,
    Node,
    Scalar,
    Sequence,
    as_text,
    as_written,
    child,
    data,
    descend,
    written_data,
)
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest, quote
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    from azureml_infra.description.variables import Variables
    from azureml_infra.entities.base import Model

SETTING = "azureml-infra:overrides"
"""A stack's setting that holds them."""
_PLAIN = (str, int, float, bool, type(None))


@dataclass
class Overrides:
    """The overrides of one stack, and which entities they have been applied to."""

    root: Map | None
    """Every node in it says its file."""
    _known: dict[str, dict[str, None]] = field(default_factory=dict)

    def platform(self, document: Document) -> Document:
        """Return platform.yml with the overrides of the platform itself."""
        if self.root is None:
            return document
        own = {word: entry for word, entry in self.root.entries.items() if word not in self._sections()}
        return document.with_value(overlay(document.root, replace(self.root, entries=own)))

    def fill(self, variables: Variables) -> None:
        """Fill in what the stack is called and where it is."""
        filled = variables.fill_in(self.root) if self.root is not None else None
        self.root = filled if isinstance(filled, Map) else self.root

    def follow(self, document: Document, at: Location, entity: Model) -> Document:
        """Return a document in which the references of the entity at a location say the names that the stack gives."""
        for leaf in references(entity) if self._renames else ():
            place = (*at, *leaf.location)
            node, text = descend(document.root, place), self._new_text(leaf)
            if text is not None and isinstance(node, Scalar) and node.value == leaf.value:
                document = document.with_value(replace(node, value=text, text=text), place)
        return document

    def _new_text(self, leaf: Leaf) -> str | None:
        try:
            found = parse(leaf.value)
        except BadReferenceError:
            return None
        families = (found.family,) if found.family else leaf.families
        names = (self._renames.get((family, found.name)) for family in families)
        new = next(filter(None, names), None) if found.form == "workspace" else None
        if new is None:
            return None
        return re.sub(rf"^((?:azureml:(?://datastores/)?)?){re.escape(found.name)}", rf"\g<1>{new}", found.text)

    @cached_property
    def _renames(self) -> dict[tuple[str, str], str]:
        """Return the new names that the stack gives, by section and name. A version's is an asset of its own."""
        given = (
            (
                section,
                name,
                data(descend(over, ("name",))) if isinstance(over, Map) and "name" in over.entries else None,
            )
            for section, wanted in self._sections().items()
            for name, (_, over) in wanted.entries.items()
        )
        return {(section, name): new for section, name, new in given if isinstance(new, str) and new != name}

    def entity(self, document: Document, at: Location, section: str) -> Document | None:
        """Return a document with the overrides of the entity at a location; None where the stack leaves it out."""
        wanted = self._sections().get(section)
        node = descend(document.root, at)
        for name in _names(node, section):
            self._known.setdefault(section, {})[name] = None
            over = child(wanted, name) if wanted is not None else None
            if over is not None and _is_nothing(over):
                return None
            node = overlay(node, over) if over is not None else node
        return document if node is descend(document.root, at) else document.with_value(node, at)

    def problems_of_names(self) -> Iterator[Problem]:
        """Yield a problem for each name that no entity has."""
        for section, wanted in self._sections().items():
            known = self._known.get(section, {})
            for name, (key, _) in wanted.entries.items():
                if name not in known:
                    what = f"there is no {FAMILIES[section]} {quote(name)} in the description to override"
                    yield Problem(key.file, key.line, key.column, what, "", nearest(name, known))

    def _sections(self) -> dict[str, Map]:
        """Return the sections whose entities are overridden by name."""
        entries = self.root.entries if self.root is not None else {}
        return {word: node for word, (_, node) in entries.items() if word in FAMILIES and isinstance(node, Map)}


def _names(node: Node, section: str) -> list[str]:
    """Return the names of an entity: its name, and NAME:VERSION where it has a version."""
    fields = as_written(written_data(node)) if isinstance(node, Map) else {}
    name, version = fields.get("name"), fields.get("version")
    if not isinstance(name, str):
        return []
    name = f"{fields.get('endpoint_name')}/{name}" if section in ENDPOINTS else name
    return [name] if version is None else [name, f"{name}:{version}"]


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def overlay(under: Node, over: Node) -> Node:
    """Return a value with another one merged over it."""
    if not isinstance(under, Map) or not isinstance(over, Map):
        return over
    entries = dict(under.entries)
    for word, (key, value) in over.entries.items():
        if _is_nothing(value):
            entries.pop(word, None)
        elif word in entries:
            entries[word] = (entries[word][0], overlay(entries[word][1], value))
        else:
            entries[word] = (key, value)
    return replace(under, entries=entries)


def merge_layers(layers: list[Map]) -> Map | None:
    """Return several overrides as one, the last one first. What one removes stays away unless a later one adds it."""
    return reduce(_merge, layers) if layers else None


def _merge(under: Map, over: Map) -> Map:
    entries = dict(under.entries)
    for word, (key, value) in over.entries.items():
        before = entries[word][1] if word in entries else None
        both = _merge(before, value) if isinstance(before, Map) and isinstance(value, Map) else value
        entries[word] = (key, both)
    return replace(under, entries=entries)


def with_file(node: Node, file: str) -> Node:
    """Return a copy of a value, each part of which carries its file."""
    if isinstance(node, Map):
        entries = {
            word: (replace(key, file=file), with_file(value, file)) for word, (key, value) in node.entries.items()
        }
        return replace(node, entries=entries, file=file)
    if isinstance(node, Sequence):
        return replace(node, items=[with_file(item, file) for item in node.items], file=file)
    return replace(node, file=file)


def of_setting(given: Any, stack_file: Path) -> Map | None:
    """Return a stack's setting as a mapping, with places in the stack's file if it is written there.

    Raises DescriptionError where it isn't a mapping.
    """
    if given is None:
        return None
    node = _in_file(given, stack_file) or of_data(given, stack_file.name)
    if not isinstance(node, Map):
        what = f"{SETTING} is {describe(node)}"
        raise DescriptionError([Problem(stack_file.name, node.line, node.column, what, "a part of a platform.yml")])
    return node


def _in_file(given: Any, stack_file: Path) -> Node | None:
    try:
        document = read(stack_file, stack_file.name, [])
    except DescriptionError:
        return None
    config = child(document.root, "config")
    found = child(config, SETTING) if config is not None else None
    return with_file(found, stack_file.name) if found is not None and data(found) == given else None


def of_data(given: Any, file: str) -> Node:
    """Return plain data as nodes at the start of a file."""
    if isinstance(given, Mapping):
        entries = {str(key): (_scalar(str(key), file), of_data(value, file)) for key, value in given.items()}
        return Map(1, 1, 1, entries=entries, file=file)
    if isinstance(given, list | tuple):
        return Sequence(1, 1, 1, items=[of_data(item, file) for item in given], file=file)
    return _scalar(given if isinstance(given, _PLAIN) else json.dumps(given, default=str), file)


def _scalar(value: str | int | float | bool | None, file: str) -> Scalar:
    return Scalar(1, 1, 1, value=value, text=str(as_text(value)), file=file)
