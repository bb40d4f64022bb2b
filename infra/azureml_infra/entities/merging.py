"""The files of a component's code with what it includes, as azure-ai-ml puts them together before it uploads them.

Each include stands in the folder under its own name; a folder of the same name is merged. What stays behind is said by
the code's `.amlignore` or `.gitignore`, which counts for includes as if they stood in the folder, and by those of the
folders inside (azure-ai-ml's entities/_component/_additional_includes.py and code.py).
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from azureml_infra.entities.base import Includes

if TYPE_CHECKING:
    import pathspec

MERGED = "code_with_additional_includes"
"""The name of the folder that is uploaded."""
IGNORE_FILES = (".amlignore", ".gitignore")
"""The first one found in a folder says what stays behind, as `az ml` has it."""
_ZIP = ".zip"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
"""What zip files say of each file, so that the same content is the same file."""


@dataclass(frozen=True)
class _Rules:
    """What an ignore file says, of names below `above`."""

    above: str
    spec: pathspec.GitIgnoreSpec

    def refuse(self, name: str) -> bool:
        return self.spec.match_file(name.removeprefix(self.above))


def ignore_lines(folder: Path) -> list[str]:
    """Return the lines of a folder's ignore file."""
    found = next((folder / name for name in IGNORE_FILES if (folder / name).is_file()), None)
    return found.read_text(encoding="utf-8").splitlines() if found else []


def zips(path: Path) -> bool:
    """Return whether a path means the folder beside it, compressed: there is `lib`, and no `lib.zip`."""
    return path.suffix == _ZIP and not path.exists() and path.with_suffix("").is_dir()


def merge(code: Path, includes: Includes, always: Sequence[str]) -> dict[str, Path]:
    """Return the files by their names in the folder; `always` is what stays behind anyway.

    Raises ValueError where a link leads out of what is uploaded.
    """
    folder = code.is_dir()
    tops = [] if includes.alone else sorted(code.iterdir()) if folder else [code]
    own = [one for one in tops if one.resolve() not in includes.paths]
    lines = ignore_lines(code) if folder else []
    rules = (_rules("", [*lines, *(one.rstrip("/") for one in always)]),)
    inside = (*includes.paths, *([] if includes.alone else [code.resolve()]))
    found: dict[str, Path] = {}
    for one in own + [path for path in includes.paths if not zips(path)]:
        found |= dict(_walk(one, one.name, rules, inside))
    for path in filter(zips, includes.paths):
        at = path.with_suffix("")
        found[path.name] = _zip(at, dict(_walk(at, at.name, rules, [at])))
    return dict(sorted(found.items()))


def _rules(above: str, lines: Sequence[str]) -> _Rules:
    from pathspec import GitIgnoreSpec

    return _Rules(above, GitIgnoreSpec.from_lines(lines))


def _walk(path: Path, name: str, rules: tuple[_Rules, ...], inside: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    if any(one.refuse(name) for one in rules):
        return
    if not any(path.resolve().is_relative_to(one) for one in inside):
        raise ValueError(
            f"{path} is a link that leads out of what is uploaded; copy the file in, or list it in .amlignore"
        )
    if path.is_file():
        yield name, path
    elif path.is_dir():
        lines = ignore_lines(path)
        below = (*rules, _rules(f"{name}/", lines)) if lines else rules
        for one in sorted(path.iterdir()):
            yield from _walk(one, f"{name}/{one.name}", below, inside)


def _zip(folder: Path, files: dict[str, Path]) -> Path:
    """Return a zip file of a folder, the same one for the same content."""
    made = Path(tempfile.mkdtemp(dir=_scratch().name)) / f"{folder.name}{_ZIP}"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{folder.name}/", _SAME_TIME), b"")
        for name, file in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _SAME_TIME), file.read_bytes())
    return made


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes with the process."""
    return tempfile.TemporaryDirectory()
