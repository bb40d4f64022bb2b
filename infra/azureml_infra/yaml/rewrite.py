"""A YAML file's text changed so that it says something else: only the lines that differ, so comments and order stay."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import yaml

from azureml_arm.documents import compose_yaml
from azureml_infra.yaml.nodes import data
from azureml_infra.yaml.problems import DescriptionError
from azureml_infra.yaml.read import parse

_BOM = "\N{BYTE ORDER MARK}"
_PLAIN = re.compile(r"[^'\"\\\x00-\x1f]*")


class RewriteError(ValueError):
    """What no change of a few lines says, such as a value that an alias shares."""


@dataclass(frozen=True)
class _Span:
    """A part of the text, and what stands there instead."""

    start: int
    end: int
    text: str


def rewrite(text: str, wanted: Mapping[str, Any], name: str) -> str:
    """Return a file's text as one that says `wanted`. Raises RewriteError where it can't be had by a few lines."""
    if text.startswith(_BOM):
        return _BOM + rewrite(text.removeprefix(_BOM), wanted, name)
    root = compose_yaml(text)
    made, end = _Text(text), len(text)
    spans = list(made.changes(root, data(parse(text.encode(), name).root), wanted)) if root is not None else []
    for span in sorted(spans, key=lambda one: (one.start, one.end), reverse=True):
        if span.end > end:
            raise RewriteError(f"{name}: two of its values are one")
        end = span.start
        text = text[: span.start] + span.text + text[span.end :]
    try:
        same = data(parse(text.encode(), name).root) == wanted
    except DescriptionError:
        same = False
    if not same:
        raise RewriteError(f"{name} can't be changed by a few lines")
    return text


class _Text:
    """The text of one file, and what is changed in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def changes(self, node: yaml.Node, old: Any, new: Any) -> Iterator[_Span]:
        """Yield the changes by which a node says `new`."""
        if old == new and type(old) is type(new):
            return
        if isinstance(node, yaml.MappingNode) and isinstance(new, Mapping) and new and node.value:
            yield from self._entries(node, old, new)
        elif isinstance(node, yaml.SequenceNode) and isinstance(new, list) and new and node.value:
            yield from self._items(node, old, new)
        else:
            yield self._whole(node, new)

    def _entries(self, node: yaml.MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[_Span]:
        own = {str(key.value): (key, value) for key, value in node.value}
        gone = [word for word in own if word in old and word not in new]
        if gone and (node.flow_style or len(gone) == len(own)):
            yield self._whole(node, new)
            return
        starts = dict(pairwise([*(key.start_mark.index for key, _ in own.values()), len(self.text)]))
        for word, (key, value) in own.items():
            if word in gone:
                yield self._without(key.start_mark.index, self._end(value, key), starts[key.start_mark.index])
            elif word in new:
                yield from self._entry(node, key, value, old.get(word), new[word])
        added = {
            word: value for word, value in new.items() if word not in own and (word not in old or old[word] != value)
        }
        if added:
            key, value = node.value[-1]
            yield self._more(node, self._end(value, key), added)

    def _entry(
        self, above: yaml.CollectionNode, key: yaml.Node, value: yaml.Node, old: Any, new: Any
    ) -> Iterator[_Span]:
        """Yield the changes of a key's value; a collection that wasn't one begins on a line of its own."""
        kind = Mapping if isinstance(value, yaml.MappingNode) else list
        stays = isinstance(value, yaml.CollectionNode) and isinstance(new, kind) and _is_long(new)
        if old == new or stays or above.flow_style or getattr(value, "flow_style", None):
            yield from self.changes(value, old, new)
        elif _is_long(new):
            lines = self._indent(_block(new), key.start_mark.column + 2)
            yield _Span(key.end_mark.index, self._end(value, key), f":{self.newline}{lines.rstrip()}")
        elif isinstance(value, yaml.CollectionNode):
            yield _Span(key.end_mark.index, self._end(value, key), f": {_flow(new)}")
        else:
            yield self._whole(value, new)

    def _items(self, node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> Iterator[_Span]:
        matched = SequenceMatcher(None, list(map(_identity, old)), list(map(_identity, new)), autojunk=False)
        starts = dict(pairwise([*(item.start_mark.index for item in node.value), len(self.text)]))
        spans: list[_Span] = []
        for _, one, other, first, last in matched.get_opcodes():
            pairs = zip(node.value[one:other], old[one:other], new[first:last], strict=False)
            spans += [span for pair in pairs for span in self.changes(*pair)]
            gone = node.value[one + last - first : other]
            more = new[first + other - one : last]
            if (gone and (node.flow_style or len(gone) == len(old))) or (more and not other):
                yield self._whole(node, new)
                return
            for item in gone:
                dash = self.text.rindex("-", 0, item.start_mark.index)
                spans.append(self._without(dash, self._end(item), starts[item.start_mark.index]))
            if more:
                spans.append(self._more(node, self._end(node.value[other - 1]), more))
        yield from spans

    def _whole(self, node: yaml.Node, new: Any) -> _Span:
        start, end, style = node.start_mark.index, self._end(node), getattr(node, "style", None)
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and _is_long(new):
            return _Span(start, end, self._indent(_block(new), node.start_mark.column).strip())
        if style == '"' and isinstance(new, str):
            return _Span(start, end, json.dumps(new, ensure_ascii=False))
        if style == "'" and isinstance(new, str) and _PLAIN.fullmatch(new):
            return _Span(start, end, f"'{new}'")
        space = " " if start == end and start and not self.text[start - 1].isspace() else ""
        return _Span(start, end, f"{space}{_flow(new)}")

    def _end(self, node: yaml.Node, key: yaml.Node | None = None) -> int:
        """Return where a value ends, without the blank lines and comments after it."""
        start, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1], last[0]) if isinstance(last, tuple) else self._end(last)
        if start == end and key is not None:
            return self.text.index(":", key.end_mark.index) + 1
        return start + len(self.text[start:end].rstrip())

    def _without(self, start: int, end: int, following: int) -> _Span:
        """Return the change that takes out lines; what stands before them on the first one is for what follows."""
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip():
            return _Span(start, following, "")
        return _Span(line, self._next_line(end), "")

    def _more(self, node: yaml.CollectionNode, end: int, added: Any) -> _Span:
        """Return the change that adds to a collection after what ends at a place."""
        if node.flow_style:
            return _Span(end, end, f", {_flow(added)[1:-1]}")
        place = self._next_line(end)
        begin = "" if self.text[place - 1] == "\n" else self.newline
        if not node.start_mark.column and isinstance(added, Mapping) and any(map(_is_long, added.values())):
            begin += self.newline
        return _Span(place, place, begin + self._indent(_block(added), node.start_mark.column))

    def _next_line(self, place: int) -> int:
        return self.text.find("\n", place) + 1 or len(self.text)

    def _indent(self, lines: str, column: int) -> str:
        return "".join(f"{' ' * column}{line}".rstrip(" ") + self.newline for line in lines.splitlines())


def _is_long(value: Any) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _identity(value: Any) -> str:
    """Return what stays of an item of a list when its values change: its names, or all of it."""
    words = ("path", "endpoint_name", "name", "version")
    named = {word: value[word] for word in words if word in value} if isinstance(value, Mapping) else {}
    return json.dumps(named or value, sort_keys=True, default=str)


def _block(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16))


def _flow(value: Any) -> str:
    """Return a value in one line, which may stand in brackets."""
    if isinstance(value, str) and "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    made = yaml.safe_dump([value], default_flow_style=True, sort_keys=False, allow_unicode=True, width=2**16)
    return str(made).strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Indents the lists in a mapping, as most people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent by a level."""
        super().increase_indent(flow, indentless=False)
