"""YAML as az ml reads it (YAML 1.1, PyYAML's safe types), with the place of every key and value, and limits.

Different from PyYAML on purpose: a key written twice is an error, as are keys that are not text and numbers that are
not finite; a date stays text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from azureml_infra.yaml.composer import Composer, describe
from azureml_infra.yaml.nodes import Document, Map, Scalar
from azureml_infra.yaml.problems import DescriptionError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1024 * 1024
"""Of one file; a description of several thousand computes in one file stays below it."""

OPENED = "this is opened and never closed"
SYNTAX = (
    ("cannot start any token", "this character can't start a value", "text that starts with it in quotes"),
    ("mapping values are not allowed", 'a second ":" on one line', 'text with ": " in it in quotes'),
    ("could not find expected ':'", "this line is neither a key nor a value", '"key: value"'),
    ("did not find expected ',' or", OPENED, '"," or the closing bracket'),
    ("did not find expected key", "this line doesn't line up with the keys above it", "the same indentation"),
    ("did not find expected '-'", "this line doesn't line up with the list above it", "the same indentation"),
    ("<document start>", "this line doesn't line up with the lines above it", "the same indentation"),
    ("unexpected end of stream", OPENED, "the closing quote"),
    ("unknown escape character", "an unknown escape in double quotes", "single quotes, or two backslashes"),
)
"""libyaml's own words -> what is wrong, and what would be right."""


def read(path: Path, name: str, problems: list[Problem] | None = None) -> Document:
    """Return the content of a file. Raises DescriptionError if it can't be read or isn't YAML with a mapping at its
    top.

    Problems that leave the rest readable (a key written twice) are added to `problems`, where it is given.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise _error(name, "is a folder", "a YAML file") from None
    except FileNotFoundError:
        raise _error(name, "no such file", "a YAML file") from None
    except (OSError, ValueError) as problem:
        raise _error(name, f"can't be read ({getattr(problem, 'strerror', None) or 'not a path'})") from None
    return parse(content, name, problems)


def parse(content: bytes, name: str, problems: list[Problem] | None = None) -> Document:
    """Return a file's bytes as nodes, as `read` does."""
    text = _decode(content, name)
    composer = Composer(name, text)
    try:
        root = composer.compose()
    except yaml.YAMLError as problem:
        raise DescriptionError([*composer.problems, _syntax(problem, name, text)]) from None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise _error(name, "the file is empty", "a mapping of fields")
    if not isinstance(root, Map):
        raise _error(name, f"the file holds {describe(root)}", "a mapping of fields", root.line, root.column)
    if problems is not None:
        problems += composer.problems
    elif composer.problems:
        raise DescriptionError(composer.problems)
    return Document(name, tuple(text.splitlines()), root)


def _error(name: str, what: str, expected: str = "", line: int = 1, column: int = 1) -> DescriptionError:
    return DescriptionError([Problem(name, line, column, what, expected)])


def _decode(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise _error(name, "the file is larger than 1 MiB", "a description split into several files")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _error(name, "the file is UTF-16", "UTF-8")
    if b"\0" in content:
        raise _error(name, "the file holds binary data", "YAML text in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = problem.object[: problem.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise _error(
            name, f"byte 0x{problem.object[problem.start]:02x} is not UTF-8", "a file saved as UTF-8", line, column
        ) from None


def _syntax(problem: yaml.YAMLError, name: str, text: str) -> Problem:
    mark = getattr(problem, "problem_mark", None)
    if mark is None:  # a ReaderError has a position only
        before = text[: getattr(problem, "position", 0)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Problem(name, line, column, "a control character", "YAML text in UTF-8")
    reason = str(getattr(problem, "problem", ""))
    lines = text.splitlines() or [""]
    line = lines[min(mark.line, len(lines) - 1)]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(name, mark.line + 1, line.index("\t") + 1, "a tab indents the line", "spaces")
    for words, what, expected in SYNTAX:
        if words in reason:
            place = (getattr(problem, "context_mark", None) or mark) if what == OPENED else mark
            return Problem(name, place.line + 1, place.column + 1, f"not YAML: {what}", expected)
    return Problem(name, mark.line + 1, mark.column + 1, f"not YAML: {reason}")
