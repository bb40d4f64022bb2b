"""The files that a path or glob in a description matches. None may lie outside of its folder."""

import glob
import itertools
from dataclasses import dataclass
from pathlib import Path

from azureml_infra.yaml.nodes import Scalar
from azureml_infra.yaml.problems import Problem, nearest, quote

SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True)
class ResolvedFile:
    """A file: its resolved path, its name in messages, and whether a glob matched it."""

    path: Path
    name: str
    by_glob: bool


def find(root: Path, item: Scalar, file: str, platform: str) -> tuple[list[ResolvedFile], list[Problem]]:
    """Return the files of one item of a section, sorted, and what is wrong with it.

    A glob leaves out folders, files that aren't YAML, and the platform's own file.
    """
    pattern = str(item.value)
    by_glob = glob.has_magic(pattern)
    try:
        names = sorted(glob.glob(pattern, root_dir=root, recursive=True)) if by_glob else [pattern]  # noqa: PTH207
        paths = [(name, (root / name).resolve()) for name in names]
        outside = [name for name, path in [(pattern, _start(root, pattern)), *paths] if not path.is_relative_to(root)]
        files = [ResolvedFile(path, Path(name).as_posix(), by_glob) for name, path in paths if path.is_file()]
    except (OSError, ValueError, RuntimeError):  # too long, a null character, a circle of links
        return [], [_problem(item, file, f"{quote(pattern)} can't be a path", "the path of a YAML file")]
    if outside:
        return [], [_problem(item, file, f"{quote(outside[0])} leads out of the folder", "a path inside of it")]
    if by_glob:
        files = [found for found in files if found.path.suffix in SUFFIXES and found.path != root / platform]
        return files, [] if files else [
            _problem(item, file, f"{quote(pattern)} matches no YAML file", "a path or glob")
        ]
    if files and files[0].path == root / platform:
        return [], [_problem(item, file, f"{quote(pattern)} is this file itself", "an az ml file")]
    return files, [] if files else [_missing(root, item, file, pattern)]


def _start(root: Path, pattern: str) -> Path:
    """Return the folder that a glob starts in."""
    steps = Path(pattern).parts
    return root.joinpath(*itertools.takewhile(lambda step: not glob.has_magic(step), steps)).resolve()


def _missing(root: Path, item: Scalar, file: str, pattern: str) -> Problem:
    if (root / pattern).is_dir():
        return _problem(
            item, file, f"{quote(pattern)} is a folder", f"a file, or {quote(pattern.rstrip('/') + '/*.yml')}"
        )
    folder = (root / pattern).parent
    others = [other.relative_to(root).as_posix() for other in folder.glob("*.y*ml")] if folder.is_dir() else []
    return _problem(item, file, f"{quote(pattern)} doesn't exist", "a file in the folder", nearest(pattern, others))


def _problem(item: Scalar, file: str, what: str, expected: str, suggestion: str = "") -> Problem:
    return Problem(item.file or file, item.line, item.column, what, expected, suggestion)
