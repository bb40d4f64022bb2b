"""The report of `azureml-infra validate`: what is wrong with descriptions and az ml files, and how many are valid."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.load import PLATFORM, Description, check_file, load
from azureml_infra.description.overrides import SETTING, of_setting
from azureml_infra.description.stacks import StackSettings, read_stack, stacks_of
from azureml_infra.entities.kinds import UnknownKindError
from azureml_infra.yaml.problems import DescriptionError, Problem


def check(paths: Sequence[str], stacks: Sequence[str]) -> tuple[int, str]:
    """Return 0 where all is well, else 1; and every problem and a summary, line by line."""
    report = Report()
    for path in paths:
        report.add(Path(path))
    for name in stacks:
        report.add_stack(name)
    return (1 if report.errors else 0), "".join(f"{line}\n" for line in report.lines())


@dataclass
class Report:
    """The results of checking files and descriptions."""

    errors: list[str] = field(default_factory=list)
    warnings: dict[Problem, None] = field(default_factory=dict)
    """Each once, in order."""
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
        self.warnings |= dict.fromkeys(one.below(folder) for one in problems)

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
