"""Writing an entity into a description: its file, and where platform.yml doesn't find it yet, a line of its own.

What is there stays as it is, with its comments: a line is inserted, nothing is written anew. An entity that the
description doesn't accept leaves nothing behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.load import PLATFORM, Description, load
from azureml_infra.description.located import Located, key
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.nodes import Document, Map, Node, Scalar, Sequence, child
from azureml_infra.yaml.problems import DescriptionError, quote
from azureml_infra.yaml.read import parse

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class AddingError(ValueError):
    """An entity that can't be added; the text says why, and what to do."""


@dataclass(frozen=True)
class Added:
    """What was written: the entity's file, relative to the description, unless it was there already (`made`), and
    whether platform.yml has a line for it now (`named`)."""

    file: str
    made: bool
    named: bool


def add(folder: Path, entity: Any, text: Callable[[Path], str], source: Path | None = None) -> Added:
    """Add an entity, whose file has this text (of the place that the file gets), to the description in a folder.

    `source` is the file that it was read from: one inside the folder stays where it is. Raises AddingError where the
    description has one of this name, and DescriptionError where it isn't valid with it.
    """
    before = load(folder)
    _refuse_second(before, entity)
    root = before.root
    inside = source is not None and source.resolve().is_relative_to(root)
    file = source.resolve() if source is not None and inside else root / _place(before, entity)
    name = file.relative_to(root).as_posix()
    platform = root / PLATFORM
    written = platform.read_bytes()
    with ExitStack() as undo:
        if not inside:
            undo.callback(_take_away, file, root)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text(file), "utf-8")
        undo.callback(platform.write_bytes, written)
        named = not _is_found(load(folder), name)
        if named:
            platform.write_bytes(insert(written, entity.family, name))
            load(folder)
        undo.pop_all()
    return Added(name, not inside, named)


def insert(platform: bytes, section: str, file: str) -> bytes:
    """Return platform.yml with one more file in a section. Raises AddingError where the section can't take a line."""
    text = platform.decode("utf-8-sig")
    document = parse(platform, PLATFORM)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    node = child(document.root, section)
    item = file if re.fullmatch(r"[\w./-]+", file) else f'"{file}"'
    if node is None:
        made = [*lines, *([] if not lines or not lines[-1].strip() else ["\n"]), f"{section}:\n", f"  - {item}\n"]
    elif isinstance(node, Sequence) and node.items and not _is_flow(node, lines):
        last = _last_line(document, node, lines)
        indent = " " * (node.column - 1)
        made = [*lines[:last], f"{indent}- {item}\n", *lines[last:]]
    elif isinstance(node, Sequence):
        made = _into_brackets(node, lines, item)
    elif isinstance(node, Scalar) and node.value is None:
        line = document.root.entries[section][0].line
        made = [*lines[:line], f"  - {item}\n", *lines[line:]]
    else:
        raise AddingError(f"{PLATFORM}:{node.line}: {quote(section)} is no list; write {item} there by hand")
    return _check("".join(made), document, section, file)


def _check(text: str, before: Document, section: str, file: str) -> bytes:
    """Return the new text; AddingError where it says anything else than the old one and the file."""
    from azureml_infra.yaml.nodes import data

    made = text.encode()
    wanted = data(before.root)
    wanted[section] = [*(wanted.get(section) or []), file]
    try:
        same = data(parse(made, PLATFORM).root) == wanted
    except DescriptionError:
        same = False
    if not same:
        raise AddingError(f'{PLATFORM}: "{section}" can\'t be extended by a line; write {file} there by hand')
    return made


def _is_flow(node: Node, lines: list[str]) -> bool:
    return lines[node.line - 1][node.column - 1 : node.column] == "["


def _last_line(document: Document, section: Sequence, lines: list[str]) -> int:
    """Return the last line of a section's last item, from 1."""
    keys = (key.line for key, _ in document.root.entries.values())
    after = min((line for line in keys if line > section.line), default=len(lines) + 1)
    last = min(_end(section.items[-1]), after - 1)
    while not lines[last - 1].strip():
        last -= 1
    return last


def _end(node: Node) -> int:
    """Return the last line of a value, from 1."""
    inner = [value for _, value in node.entries.values()] if isinstance(node, Map) else []
    inner += node.items if isinstance(node, Sequence) else []
    return max([node.line, *map(_end, inner)] if inner else [node.line, node.last_line])


def _into_brackets(node: Sequence, lines: list[str], item: str) -> list[str]:
    """Return lines with one more item before a list's closing bracket."""
    line, column = _closing(node, lines)
    before = lines[line][:column]
    needs = bool(node.items) and not _after_comma(lines, line, column)
    made = f"{before.rstrip()}{', ' if needs else ' ' if before.strip() and node.items else ''}{item}"
    return [*lines[:line], made + lines[line][column:], *lines[line + 1 :]]


def _closing(node: Sequence, lines: list[str]) -> tuple[int, int]:
    """Return line and column, from 0, of the bracket that closes a list."""
    depth, quoted = 0, ""
    for line, column, char in _characters(lines, node.line - 1, node.column - 1):
        if quoted:
            quoted = "" if char == quoted else quoted
        elif char in "\"'":
            quoted = char
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
            if not depth:
                return line, column
    raise AddingError(f"{PLATFORM}:{node.line}: this list has no end; write the line there by hand")


def _characters(lines: list[str], line: int, column: int) -> Iterator[tuple[int, int, str]]:
    """Yield the characters from a place on, without comments."""
    for at in range(line, len(lines)):
        text = _COMMENT.sub("", lines[at])
        yield from ((at, place, text[place]) for place in range(column if at == line else 0, len(text)))


def _after_comma(lines: list[str], line: int, column: int) -> bool:
    """Return whether the last thing before a place is a comma."""
    text = "".join(_COMMENT.sub("", one) for one in [*lines[:line], lines[line][:column]])
    return text.rstrip().endswith(",")


def _refuse_second(description: Description, entity: Any) -> None:
    for located in description.entities:
        if _is_same(located, entity):
            noun = FAMILIES[entity.family]
            where = f"{located.file}:{located.line}"
            raise AddingError(f"the {noun} {quote(key(entity))} is described already, in {where}; change it there")


def _is_same(located: Located, entity: Any) -> bool:
    other = located.entity
    return (
        other.family == entity.family
        and bool(key(entity))
        and key(other).lower() == key(entity).lower()
        and getattr(other, "version", None) == getattr(entity, "version", None)
    )


def _is_found(description: Description, name: str) -> bool:
    return any(located.file == name for located in description.entities)


def _place(description: Description, entity: Any) -> str:
    """Return the name of a new file: where a glob of its section looks, else in a folder named after the section."""
    folder, suffix = _folder(description, entity.family)
    stem = _UNSAFE.sub("-", key(entity) or entity.kind).strip("-.") or entity.family
    version = getattr(entity, "version", None)
    names = [stem, *([f"{stem}-{_UNSAFE.sub('-', version)}"] if version else [])]
    for name in names:
        file = f"{folder}{name}{suffix}"
        if not (description.root / file).exists():
            return file
    raise AddingError(f"{folder}{names[-1]}{suffix} exists already, with something else; write the file yourself")


def _folder(description: Description, section: str) -> tuple[str, str]:
    items = child(description.document.root, section) if description.document else None
    for item in items.items if isinstance(items, Sequence) else ():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            pattern = PurePosixPath(item.value)
            if pattern.suffix in SUFFIXES and pattern.stem == "*" and "*" not in str(pattern.parent):
                return ("" if str(pattern.parent) == "." else f"{pattern.parent}/"), pattern.suffix
    return f"{section}/", SUFFIXES[0]


def _take_away(file: Path, root: Path) -> None:
    file.unlink(missing_ok=True)
    if file.parent != root and file.parent.is_dir() and not any(file.parent.iterdir()):
        file.parent.rmdir()


def as_yaml(words: Mapping[str, Any]) -> str:
    """Return an entity's words as a file of az ml has them."""
    text: str = yaml.safe_dump(dict(words), sort_keys=False, allow_unicode=True, width=2**16)
    return text
