"""``azureml-infra validate PATH…``: descriptions and az ml files, checked without Azure and without Pulumi."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.load import PLATFORM, Description, check_file, load
from azureml_infra.description.overrides import SETTING, of_setting
from azureml_infra.description.stacks import StackSettings, read_stack, stacks_of
from azureml_infra.entities.kinds import UnknownKindError
from azureml_infra.yaml.problems import DescriptionError, Problem


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help=f"a folder with a {PLATFORM}, any folder with az ml files in it, or one file",
    )
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="NAME",
        help="a stack of the project in the current folder: its settings, its secrets, and its description with its "
        "overrides; the stacks of a description that is given as PATH are looked at anyway",
    )


def run(arguments: Namespace, out: TextIO | None = None) -> int:
    """Print every problem and a summary; return 0 where all is well, else 1."""
    report = Report()
    for path in arguments.paths or ([] if arguments.stack else [Path()]):
        report.add(path)
    for name in arguments.stack:
        report.add_stack(name)
    (out or sys.stdout).write("".join(f"{line}\n" for line in report.lines()))
    return 1 if report.errors else 0


@dataclass
class Report:
    """The results of checking files and descriptions."""

    errors: list[str] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _bad: int = 0

    def add(self, path: Path) -> None:
        """Check a folder or a file."""
        if path.is_dir() and not (path / PLATFORM).exists():
            self._folder(path)
        elif path.is_dir() or path.name == PLATFORM:
            self._description(path if path.is_dir() else path.parent)
        else:
            self._file(path, walked=False)

    def add_stack(self, name: str) -> None:
        """Check what a stack of the current folder says, and its description as the stack has it."""
        stack = self._stack(name)
        found = stack and self._of_stack(stack)
        if stack and found:
            self.good.append(f"{stack.file}: {found.platform.name}, {len(found.entities)} entities")

    def _stacks(self, folder: Path) -> None:
        """Check the stacks of the current folder that have a description."""
        for stack in map(self._stack, stacks_of(Path())):
            if stack and stack.folder.resolve() == folder.resolve():
                self._of_stack(stack)

    def _stack(self, name: str) -> StackSettings | None:
        try:
            return read_stack(name, Path())
        except DescriptionError as error:
            self._fail(error.problems)
            return None

    def _of_stack(self, stack: StackSettings) -> Description | None:
        """Return a stack's description, if nothing is wrong with the stack or with it."""
        wrong: Sequence[Problem] = [*stack.misspellings(), *stack.no_folder()]
        if not wrong:
            try:
                found = load(stack.folder, of_setting(stack.settings.get(SETTING), stack.file), stack.name)
            except DescriptionError as error:
                wrong = error.problems
            else:
                self._warn([*found.warnings, *stack.unread(found)], stack.folder)
                wrong = list(stack.missing_secrets(found))
                if not wrong:
                    return found
        self._fail(wrong, stack.folder)
        return None

    def lines(self) -> list[str]:
        """Return errors, warnings, skipped files, and a summary."""
        skipped = [f"{name}: skipped, no $schema or type of an entity of az ml" for name in self.skipped]
        return [*self.errors, *map(str, self.warnings), *skipped, *self.good, self._summary()]

    def _summary(self) -> str:
        parts = [f"{len(self.good)} valid", f"{self._bad} invalid"]
        parts += [f"{len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}"] if self.warnings else []
        parts += [f"{len(self.skipped)} skipped"] if self.skipped else []
        return ", ".join(parts)

    def _folder(self, path: Path) -> None:
        before = len(self.good) + self._bad
        for inner in _walk(path):
            self._description(inner.parent) if inner.name == PLATFORM else self._file(inner, walked=True)
        if before == len(self.good) + self._bad:
            what = f"neither a {PLATFORM} nor an az ml file in this folder"
            self._fail([Problem(str(path), 1, 1, what)])

    def _description(self, folder: Path) -> None:
        try:
            found = load(folder)
        except DescriptionError as error:
            self._fail(error.problems, folder)
            return
        self._warn(found.warnings, folder)
        self.good.append(f"{folder / PLATFORM}: {found.platform.name}, {len(found.entities)} entities")
        self._stacks(folder)

    def _file(self, path: Path, *, walked: bool) -> None:
        try:
            found, warnings = check_file(path)
        except DescriptionError as error:
            self._fail(error.problems)
        except UnknownKindError as error:
            if walked:
                self.skipped.append(str(path))
            else:
                self._fail([Problem(str(path), 1, 1, error.what, error.expected)])
        else:
            self._warn(warnings)
            name = getattr(found.entity, "name", None)
            self.good.append(f"{path}: {found.entity.kind}" + (f" {name}" if name else ""))

    def _warn(self, problems: Iterable[Problem], folder: Path = Path()) -> None:
        self.warnings += [one for one in (told.below(folder) for told in problems) if one not in self.warnings]

    def _fail(self, problems: Iterable[Problem], folder: Path = Path()) -> None:
        self.errors += DescriptionError(one.below(folder) for one in problems).lines()
        self._bad += 1


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder, sorted; a description counts as its platform.yml alone."""
    for current, folders, files in os.walk(folder):
        if PLATFORM in files:
            folders.clear()
            yield Path(current) / PLATFORM
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(current)
        yield from (here / name for name in sorted(files) if os.path.splitext(name)[1] in SUFFIXES)  # noqa: PTH122
