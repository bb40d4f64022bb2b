"""Writing an entity into a description: its file, and where platform.yml doesn't find it yet, a line of its own.

What is there stays as it is, with its comments: a line is inserted, nothing is written anew. An entity that the
description doesn't accept leaves nothing behind.
"""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.load import PLATFORM, Description, load
from azureml_infra.description.located import Located, key
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.nodes import Scalar, Sequence, child, data
from azureml_infra.yaml.problems import quote
from azureml_infra.yaml.read import parse
from azureml_infra.yaml.rewrite import RewriteError, rewrite

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


def add(
    folder: Path,
    entity: Any,
    text: Callable[[Path], str],
    source: Path | None = None,
    *,
    then: Callable[[Path], None] | None = None,
) -> Added:
    """Add an entity, whose file has this text (of the place that the file gets), to the description in a folder.

    `source` is the file that it was read from: one inside the folder stays where it is. `then` writes what else changes
    with it; where that fails, nothing is written. Raises AddingError where the
    description has one of this name, and DescriptionError where it isn't valid with it.
    """
    before = load(folder)
    _refuse_second(before, entity)
    root = before.root
    inside = source is not None and source.resolve().is_relative_to(root)
    file = source.resolve() if source is not None and inside else root / place_of(before, entity)
    name = file.relative_to(root).as_posix()
    platform = root / PLATFORM
    written = platform.read_bytes()
    with ExitStack() as undo:
        if not inside:
            undo.callback(_take_away, file, root)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text(file), "utf-8")
        undo.callback(platform.write_bytes, written)
        named = not any(located.file == name for located in load(folder).entities)
        if named:
            platform.write_bytes(insert(written, entity.family, name))
            load(folder)
        if then is not None:
            then(folder)
        undo.pop_all()
    return Added(name, not inside, named)


def insert(platform: bytes, section: str, file: str) -> bytes:
    """Return platform.yml with one more file in a section. Raises AddingError where the section can't take a line."""
    document = parse(platform, PLATFORM)
    wanted, node = data(document.root), child(document.root, section)
    if node is not None and not isinstance(node, Sequence) and data(node) is not None:
        raise AddingError(f"{PLATFORM}:{node.line}: {quote(section)} is no list; write {file} there by hand")
    try:
        return rewrite(platform.decode(), {**wanted, section: [*(wanted.get(section) or []), file]}, PLATFORM).encode()
    except RewriteError as error:
        raise AddingError(f"{error}; write {file} into {quote(section)} there by hand") from None


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


def place_of(description: Description, entity: Any, taken: Collection[str] = ()) -> str:
    """Return the name of a new file: where a glob of its section looks, else in a folder named after the section."""
    folder, suffix = _folder(description, entity.family)
    stem = _UNSAFE.sub("-", key(entity) or entity.kind).strip("-.") or entity.family
    version = getattr(entity, "version", None)
    names = [stem, *([f"{stem}-{_UNSAFE.sub('-', version)}"] if version else [])]
    for name in names:
        file = f"{folder}{name}{suffix}"
        if file not in taken and not (description.root / file).exists():
            return file
    raise AddingError(f"{folder}{names[-1]}{suffix} exists already, with something else; write the file yourself")


def _folder(description: Description, section: str) -> tuple[str, str]:
    items = child(description.document.root, section)
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


def write_checked(texts: Mapping[Path, str | None], check: Callable[[], object]) -> None:
    """Write files, and take away those without a text; they are as before where the check raises."""
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            _put(path, text.encode() if text is not None else None)
        check()
    except Exception:
        for path, content in before.items():
            _put(path, content)
        raise


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
