"""The values of a YAML file with their places, and the way from a location in the data back to the file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from azureml_infra.yaml.problems import Problem, Severity

Location = tuple[str | int, ...]
"""Where a value stands in the data: keys and list indices from the top."""


@dataclass(slots=True)
class Node:
    """A value and its place (from 1). `size` and `depth` count what is at and below it, aliases expanded."""

    line: int
    column: int
    last_line: int
    size: int = 1
    depth: int = 1
    file: str = field(default="", kw_only=True)
    """The file that it stands in, where that isn't the one around it: a value that a stack overrides."""


_ALTERABLE = (bool, int, float)


@dataclass(slots=True)
class Scalar(Node):
    """Text, a number, a boolean or null; `text` is as it was written."""

    value: str | int | float | bool | None = None
    text: str = ""
    merges: bool = False
    """Whether it is the merge key ``<<``."""

    @property
    def altered(self) -> bool:
        """Return whether YAML reads another value than it says: ``1.10`` as 1.1, ``010`` as 8, ``NO`` as false."""
        return isinstance(self.value, _ALTERABLE) and as_text(self.value) != self.text


def as_text(value: Any) -> Any:
    """Return a number or boolean as YAML writes it; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


@dataclass(slots=True)
class Foreign(Node):
    """A value of a Python program that no file can have; `called` says what it is."""

    called: str = ""


@dataclass(slots=True)
class Sequence(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Map(Node):
    """A mapping, merge keys applied: key -> (the key, the value)."""

    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    path: Node | None = None
    """The path in whose place it stands, where it is what a file holds."""


def data(node: Node) -> Any:
    """Return the plain data of a node: dictionaries, lists, text, numbers, booleans and None."""
    if isinstance(node, Map):
        return {key: data(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [data(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


class Written(dict[str, Any]):
    """The data of a mapping; `texts` has what was written for those of its values that YAML alters."""

    texts: Mapping[str, str]


class WrittenList(list[Any]):
    """The data of a list; `texts` has what was written for those of its items that YAML alters."""

    texts: Mapping[int, str]


def written_data(node: Node) -> Any:
    """Return the data of a node, as `data` does, with what was written where YAML reads something else."""
    if isinstance(node, Map):
        values = {key: value for key, (_, value) in node.entries.items()}
        plain: Any = {key: written_data(value) for key, value in values.items()}
        return _with_texts(Written, plain, values.items())
    if isinstance(node, Sequence):
        return _with_texts(WrittenList, [written_data(item) for item in node.items], enumerate(node.items))
    return data(node)


def _with_texts(holder: Any, plain: Any, below: Iterable[tuple[Any, Node]]) -> Any:
    texts = {key: node.text for key, node in below if isinstance(node, Scalar) and node.altered}
    if not texts:
        return plain
    made = holder(plain)
    made.texts = texts
    return made


def texts_of(data: Any) -> Mapping[Any, str]:
    """Return what was written for the values of a mapping or list that YAML alters, by key or index."""
    return data.texts if isinstance(data, Written | WrittenList) else {}


def written_value(value: Any, text: str) -> Written:
    """Return ``{value: …}`` for a value with what was written for it."""
    made = Written(value=value)
    made.texts = {"value": text}
    return made


def as_written(data: Any) -> Any:
    """Return a mapping or list with all of its values as they were written."""
    texts = texts_of(data)
    if isinstance(data, list):
        return [texts.get(index, item) for index, item in enumerate(data)]
    return {**data, **texts} if texts else data


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Written:
    """Return a mapping with another one's values over its own, mappings in both merged alike."""
    both = {name: merge(below[name], above[name]) for name in above if _are_mappings(below.get(name), above[name])}
    made = Written({**below, **above, **both})
    made.texts = {**{name: text for name, text in texts_of(below).items() if name not in above}, **texts_of(above)}
    return made


def _are_mappings(one: Any, other: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(other, Mapping)


def plain(data: Any) -> Any:
    """Return data without what was written, as libraries want it that know `dict` and `list` alone."""
    if isinstance(data, Mapping):
        return {key: plain(value) for key, value in data.items()}
    return [plain(item) for item in data] if isinstance(data, list | tuple) else data


def child(node: Node, step: str | int) -> Node | None:
    """Return the value one step down, or None."""
    if isinstance(node, Map) and isinstance(step, str) and step in node.entries:
        return node.entries[step][1]
    if isinstance(node, Sequence) and isinstance(step, int) and -1 < step < len(node.items):
        return node.items[step]
    return None


def descend(node: Node, location: Location) -> Node:
    """Return the value at a location, or the nearest existing one above it."""
    for step in location:
        below = child(node, step)
        if below is None:
            return node
        node = below
    return node


def substitute(root: Node, at: Location, node: Node) -> Node:
    """Return a root with another value at a location; nothing is changed in place."""
    if not at:
        return node
    step, rest = at[0], at[1:]
    below = child(root, step)
    made = substitute(below, rest, node) if below is not None else node
    if isinstance(root, Map) and isinstance(step, str):
        return replace(root, entries={**root.entries, step: (root.entries[step][0], made)})
    if isinstance(root, Sequence) and isinstance(step, int):
        return replace(root, items=[*root.items[:step], made, *root.items[step + 1 :]])
    return root


def key_at(node: Node, location: Location) -> Node:
    """Return the key at a location (the value, in a list)."""
    if not location:
        return node
    above = descend(node, location[:-1])
    step = location[-1]
    if isinstance(above, Map) and isinstance(step, str) and step in above.entries:
        return above.entries[step][0]
    return descend(node, location)


def scalars(top: Node) -> Iterator[tuple[Location, Scalar]]:
    """Yield every scalar at and below a node with its location, in order; an aliased one once for each alias."""
    left: list[tuple[Location, Node]] = [((), top)]
    while left:
        at, node = left.pop()
        if isinstance(node, Scalar):
            yield at, node
        elif isinstance(node, Sequence):
            left += reversed([((*at, index), item) for index, item in enumerate(node.items)])
        elif isinstance(node, Map):
            left += reversed([((*at, key), value) for key, (_, value) in node.entries.items()])


@dataclass(frozen=True)
class Document:
    """One file: its `name` in messages, its lines, and its top mapping."""

    name: str
    lines: tuple[str, ...]
    root: Map
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The lines of other files whose values stand in it, by the file's name."""

    def with_value(self, node: Node, at: Location = ()) -> "Document":
        """Return the document with another value at a location; the same one where it would be no mapping."""
        root = substitute(self.root, at, node)
        return replace(self, root=root) if isinstance(root, Map) and root is not self.root else self

    def file(self, node: Node) -> str:
        """Return the file that a value of this document is written in."""
        return node.file or self.name

    def problem(
        self, node: Node, what: str, expected: str = "", suggestion: str = "", severity: Severity = "error"
    ) -> Problem:
        """Return a problem of a value of this document."""
        return Problem(self.file(node), node.line, node.column, what, expected, suggestion, severity)

    def find(self, node: Node, text: str) -> tuple[int, int]:
        """Return line and column of a text within a value; the value's own place if it isn't there verbatim."""
        lines = self.others.get(node.file, ()) if node.file else self.lines
        for number in range(node.line, node.last_line + 1):
            line = lines[number - 1] if number <= len(lines) else ""
            column = line.find(text, node.column - 1 if number == node.line else 0)
            if column >= 0:
                return number, column + 1
        return node.line, node.column
