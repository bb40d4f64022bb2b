"""What a stack's file says to a description: settings, secrets, the folder. Read from the file, or from a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml_infra.description.load import PLATFORM
from azureml_infra.entities.base import SECRET_PATTERN
from azureml_infra.entities.body import Location, leaves
from azureml_infra.yaml.nodes import Map, child, data, key_at
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest, one_of, quote
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    from azureml_infra.description.load import Description
    from azureml_infra.description.located import Located

PACKAGE = "azureml-infra"
SETTINGS = ("description", "disposable", "keepAliases", "overrides")
"""What a stack may say below ``azureml-infra:``, besides secrets."""
_SETTINGS = one_of(f"{PACKAGE}:{known}" for known in SETTINGS)
_FILE = re.compile(r"Pulumi\.(.+)\.yaml")


@dataclass(frozen=True)
class StackSettings:
    """A stack's settings: key -> value, None for a secret's; and the file that holds them, in the project's folder."""

    name: str
    file: Path
    project: str
    settings: Mapping[str, Any]

    @property
    def description(self) -> str | None:
        """Return the folder of the description, seen from the project's; None where the stack doesn't say."""
        return self.settings.get(f"{PACKAGE}:description")

    @property
    def folder(self) -> Path:
        """Return the folder of the description: the project's where the stack doesn't say."""
        folder = self.file.parent / (self.description or ".")
        return folder.parent if folder.name == PLATFORM else folder

    def misspellings(self) -> list[Problem]:
        """Return a problem for each setting below ``azureml-infra:`` that is nearly the word of another one."""
        return [
            self._problem(word, f"unknown setting {quote(f'{PACKAGE}:{word}')}", _SETTINGS, near)
            for word, near in self._unknown_settings()
            if near
        ]

    def unread(self, description: Description) -> list[Problem]:
        """Return a warning for each setting below ``azureml-infra:`` that nothing here reads."""
        used = {name for _, _, name in _secrets_of(description)} if self.project == PACKAGE else set()
        return [
            replace(
                self._problem(word, f"nothing here reads {quote(f'{PACKAGE}:{word}')}", _SETTINGS), severity="warning"
            )
            for word, near in self._unknown_settings()
            if not near and word not in used
        ]

    def missing_secrets(self, description: Description) -> Iterator[Problem]:
        """Yield a problem for each secret that the description uses and the stack doesn't have."""
        for located, location, name in _secrets_of(description):
            if f"{self.project}:{name}" not in self.settings:
                what = f"${{{{secrets.{name}}}}} is used, but the stack has no such secret"
                expected = (
                    f"one given by `pulumi config set --secret {name}` (in the sandbox, `{self.project}:{name}: "
                    f"TEXT` below `config:` in {self.file} will do)"
                )
                yield located.problem(location, what, expected)

    def no_folder(self) -> list[Problem]:
        """Return what is wrong where there is no description to load: which setting of which file should name it."""
        root = self.file.parent
        folder = root / (self.description or ".")
        if (folder if folder.name == PLATFORM else folder / PLATFORM).is_file():
            return []
        expected = f"a folder with a {PLATFORM}, seen from the project's folder"
        if self.description:
            what = f"{PACKAGE}:description is {quote(self.description)}, which " + (
                f"has no {PLATFORM}" if folder.is_dir() else "doesn't exist"
            )
            return [self._problem("description", what, expected)]
        what = f"there is no {PLATFORM} here, and nothing says where it is"
        if not self.file.is_file():
            what = f"there is no such file, so the stack {quote(self.name)} has no settings; {what}"
        return [self._problem("description", what, f"`{PACKAGE}:description:` with {expected}")]

    def _unknown_settings(self) -> Iterator[tuple[str, str]]:
        """Yield each setting below ``azureml-infra:`` that has no meaning here, and the word that was meant if any."""
        for key, value in sorted(self.settings.items()):
            package, _, word = key.rpartition(":")
            if package == PACKAGE and word not in SETTINGS:
                yield word, "" if value is None else nearest(word, SETTINGS)

    def _problem(self, word: str, what: str, expected: str, suggestion: str = "") -> Problem:
        """Return a problem of one of the settings, at its place in the stack's file where it is written there."""
        line, column = 1, 1
        try:
            settings = child(read(self.file, self.file.name, []).root, "config")
        except DescriptionError:
            settings = None
        if settings is not None and child(settings, f"{PACKAGE}:{word}") is not None:
            key = key_at(settings, (f"{PACKAGE}:{word}",))
            line, column = key.line, key.column
        return Problem(self.file.name, line, column, what, expected, suggestion)


def read_stack(name: str, project: Path) -> StackSettings:
    """Return a stack of a project's folder, as its file says. Raises DescriptionError."""
    file = project / f"Pulumi.{name}.yaml"
    if not file.is_file():
        known = stacks_of(project)
        what = f"there is no such file, so nothing is known of the stack {quote(name)}"
        expected = one_of(known) if known else "a project's folder, with a file for each stack"
        raise DescriptionError([Problem(file.name, 1, 1, what, expected, nearest(name, known))])
    config = child(read(file, file.name, []).root, "config")
    entries = config.entries if isinstance(config, Map) else {}
    settings = {key: None if _is_secret(data(node)) else data(node) for key, (_, node) in entries.items()}
    return StackSettings(name, file, _project(project), settings)


def stacks_of(project: Path) -> list[str]:
    """Return the names of the stacks that have a file in a project's folder."""
    found = (_FILE.fullmatch(path.name) for path in project.glob("Pulumi.*.yaml"))
    return sorted(match[1] for match in found if match)


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _project(folder: Path) -> str:
    """Return a project's name, whose settings need no other one before their colon."""
    file = folder / "Pulumi.yaml"
    if not file.is_file():
        return ""
    name = child(read(file, file.name, []).root, "name")
    return str(data(name)) if name is not None else ""


def _secrets_of(description: Description) -> Iterator[tuple[Located, Location, str]]:
    """Yield each secret that the description uses: where, and its name."""
    for located in description.entities:
        for leaf in leaves(located.entity):
            match = (
                re.match(SECRET_PATTERN, leaf.value) if leaf.spec.names_secret and isinstance(leaf.value, str) else None
            )
            if match:
                yield located, leaf.location, match[1]
