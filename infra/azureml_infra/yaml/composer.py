"""From libyaml's events to nodes with places, within limits.

PyYAML's own composer recurses as deep as the file is nested and expands every alias.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from azureml_infra.yaml.nodes import Foreign, Map, Node, Scalar, Sequence
from azureml_infra.yaml.problems import DescriptionError, Problem, quote

MAX_VALUES = 250_000
"""Keys and values of one file, aliases expanded."""
MAX_DEPTH = 64
"""Of mappings and lists in each other."""

_CORE = "tag:yaml.org,2002:"
_COLLECTION_TAGS = {None, "!", _CORE + "map", _CORE + "seq"}
_READ = {_CORE + name for name in ("null", "bool", "int", "float")}
_BOOLEANS = ("true", "false")
_MERGE = _CORE + "merge"
_TEXTS = {_CORE + name for name in ("str", "timestamp", "value")}
_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def describe(node: Node) -> str:
    """Return the type of a value in words, without its content."""
    if isinstance(node, Map):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Foreign):
        return node.called
    value = node.value if isinstance(node, Scalar) else None
    names = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    return "nothing" if value is None else names[type(value)]


@dataclass
class _Frame:
    """A mapping or list that isn't closed yet."""

    node: Map | Sequence
    anchor: str | None
    parts: list[Node] = field(default_factory=list)


_RESOLVER = Resolver()


@lru_cache(maxsize=4096)
def _plain_tag(text: str) -> str:
    """Return the tag of a scalar without quotes, by PyYAML's rules. Files of one sort repeat the same words."""
    return str(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]


class Composer:
    """Builds nodes from events, and collects the problems that leave the rest readable."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.problems: list[Problem] = []
        self._constructor = SafeConstructor()
        self._anchors: dict[str, Node] = {}
        self._open: list[_Frame] = []
        self._root: Node | None = None

    def compose(self) -> Node | None:
        """Return the file's value, or None if it is empty. Raises DescriptionError or yaml.YAMLError."""
        for event in yaml.parse(self.text, _LOADER):
            if isinstance(event, yaml.ScalarEvent):
                self._place(self._scalar(event), event.anchor)
            elif isinstance(event, _STARTS):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._place(self._alias(event), None)
            elif isinstance(event, yaml.DocumentStartEvent) and self._root is not None:
                self._fail(event, "a second YAML document in one file", "one document per file")
        return self._root

    def _fail(self, event: yaml.Event, what: str, expected: str) -> NoReturn:
        """Raise DescriptionError: what follows can't be read, or is too much."""
        line, column, _ = _place_of(event)
        raise DescriptionError([*self.problems, Problem(self.name, line, column, what, expected)])

    def _problem(self, at: Node, what: str, expected: str) -> Problem:
        return Problem(self.name, at.line, at.column, what, expected)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._fail(event, f"mappings and lists more than {MAX_DEPTH} deep", "a flatter file")
        node = (Map if isinstance(event, yaml.MappingStartEvent) else Sequence)(*_place_of(event))
        if event.tag not in _COLLECTION_TAGS:
            self.problems.append(self._problem(node, f"unknown YAML tag {quote(event.tag)}", "plain YAML"))
        self._open.append(_Frame(node, event.anchor))

    def _end(self, event: yaml.Event) -> None:
        frame = self._open.pop()
        node, parts = frame.node, frame.parts
        node.size += sum(part.size for part in parts)
        node.depth += max((part.depth for part in parts), default=0)
        node.last_line = _place_of(event)[2]
        self._limit(event, node)
        if isinstance(node, Sequence):
            node.items = parts
        else:
            node.entries = self._entries(parts)
        self._place(node, frame.anchor)

    def _limit(self, event: yaml.Event, node: Node) -> None:
        if node.size > MAX_VALUES:
            self._fail(event, f"aliases or values make more than {MAX_VALUES:,} values", "a smaller file")
        if node.depth > MAX_DEPTH:
            self._fail(event, f"aliases make mappings and lists more than {MAX_DEPTH} deep", "a flatter file")

    def _place(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self._root = node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        if name not in self._anchors:
            inside = any(frame.anchor == name for frame in self._open)
            what = f"alias {quote('*' + name)} {'is inside its own anchor' if inside else 'has no anchor'}"
            self._fail(event, what, f"{quote('&' + name)} before it")
        return self._anchors[name]

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = event.value
        node = Scalar(*_place_of(event), value=text, text=text)
        tag = event.tag
        if tag is None or tag == "!":
            if not event.implicit[0]:
                return node
            tag = _plain_tag(text)
        if tag in _READ:
            node.value = self._convert(tag, text)
        elif tag == _MERGE:
            node.merges = True
        elif tag not in _TEXTS:
            self.problems.append(self._problem(node, f"unknown YAML tag {quote(tag)}", "plain YAML"))
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self.problems.append(self._problem(node, f"{text} is not a finite number", "a number, or text in quotes"))
        return node

    def _convert(self, tag: str, text: str) -> str | int | float | bool | None:
        try:
            made: str | int | float | bool | None = self._constructor.construct_object(yaml.ScalarNode(tag, text))
        except (ValueError, KeyError, IndexError, OverflowError):  # PyYAML's patterns admit a few non-numbers: 0x_
            return text
        return made

    def _entries(self, parts: list[Node]) -> dict[str, tuple[Scalar, Node]]:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if isinstance(key, Scalar) and isinstance(key.value, bool) and key.text.lower() not in _BOOLEANS:
                key.value = key.text  # `on`, `yes`: words to YAML 1.2, and to whoever writes them as a key
            if isinstance(key, Scalar) and key.merges:
                merged |= {name: entry for name, entry in self._merge(value).items() if name not in merged}
            elif isinstance(key, Map):
                what = "a mapping in braces is the key, as {{…}} of templates is to YAML"
                self.problems.append(self._problem(key, what, "text; put it in quotes, or fill the template in"))
            elif not isinstance(key, Scalar) or not isinstance(key.value, str):
                self.problems.append(self._problem(key, f"the key is {describe(key)}", "text; put it in quotes"))
            elif key.value in own:
                first = own[key.value][0].line
                what = f"key {quote(key.value)} occurs twice (first in line {first})"
                self.problems.append(self._problem(key, what, "each key once"))
            else:
                own[key.value] = (key, value)
        return merged | own

    def _merge(self, value: Node) -> dict[str, tuple[Scalar, Node]]:
        sources = value.items if isinstance(value, Sequence) else [value]
        found: dict[str, tuple[Scalar, Node]] = {}
        for source in sources:
            if not isinstance(source, Map):
                what = f'the merge key "<<" has {describe(source)}'
                self.problems.append(self._problem(source, what, "a mapping or a list of mappings"))
                continue
            found |= {name: entry for name, entry in source.entries.items() if name not in found}
        return found


def _place_of(event: yaml.Event) -> tuple[int, int, int]:
    """Return an event's line, column and last line."""
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:  # libyaml marks every event; the types allow for events made by hand
        return 1, 1, 1
    return start.line + 1, start.column + 1, end.line + 1
