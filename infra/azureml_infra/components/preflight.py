"""What only the stack knows, checked before the first resource: its settings, its secrets, identities in Azure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import config as stack_config

from azureml_arm import ids
from azureml_infra.components.base import PACKAGE
from azureml_infra.components.live import exists
from azureml_infra.description.load import PLATFORM
from azureml_infra.description.located import Located
from azureml_infra.entities.base import SECRET_PATTERN
from azureml_infra.entities.body import leaves
from azureml_infra.yaml.nodes import Location, child, key_at
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest, one_of, quoted
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    from azureml_infra.description.load import Description

SETTINGS = ("description", "disposable", "keepAliases", "overrides")
"""What a stack may say below ``azureml-infra:``, besides secrets."""
_IDENTITY = "microsoft.managedidentity/userassignedidentities"


def stack_file() -> Path:
    """Return the file that holds the stack's settings, seen from the project's folder."""
    return Path(f"Pulumi.{pulumi.get_stack()}.yaml")


def check_stack(description: str | None) -> None:
    """Raise DescriptionError where the stack's settings can't be meant: a misspelled one, no folder to read."""
    _refuse(_misspelled())
    _refuse(_no_folder(description))


def check_needs(description: Description) -> None:
    """Raise DescriptionError with every secret that the stack lacks and every identity that Azure lacks."""
    _refuse([*_secrets(description), *_identities(description)])


def _refuse(problems: Sequence[Problem]) -> None:
    """Raise DescriptionError with the problems, if there are any."""
    if problems:
        raise DescriptionError(problems)


def _no_folder(setting: str | None) -> list[Problem]:
    """Return what is wrong where there is no description to load: which setting of which file should name it."""
    folder = Path(setting or ".")
    if (folder if folder.name == PLATFORM else folder / PLATFORM).is_file():
        return []
    expected = f"a folder with a {PLATFORM}, seen from the project's folder"
    if setting:
        what = f"{PACKAGE}:description is {quoted(setting)}, which " + (
            f"has no {PLATFORM}" if folder.is_dir() else "doesn't exist"
        )
        return [_problem("description", what, expected)]
    what = f"there is no {PLATFORM} here, and nothing says where it is"
    if not stack_file().is_file():
        what = f"there is no such file, so the stack {quoted(pulumi.get_stack())} has no settings; {what}"
    return [_problem("description", what, f"`{PACKAGE}:description:` with {expected}")]


def _misspelled() -> list[Problem]:
    """Return a problem for each setting below ``azureml-infra:`` that is nearly the word of another one."""
    found = []
    for key in sorted({**stack_config.get_config_env(), **stack_config.CONFIG.get()}):
        package, _, word = key.rpartition(":")
        near = nearest(word, SETTINGS) if package == PACKAGE and word not in SETTINGS else ""
        if near and not stack_config.is_config_secret(key):
            what = f"unknown setting {quoted(key)}"
            found.append(_problem(word, what, one_of(f"{PACKAGE}:{known}" for known in SETTINGS), near))
    return found


def _problem(word: str, what: str, expected: str, suggestion: str = "") -> Problem:
    """Return a problem of one of the stack's settings, at its place in the stack's file where it is written there."""
    file = stack_file()
    line, column = 1, 1
    try:
        settings = child(read(file, file.name, []).root, "config")
    except DescriptionError:
        settings = None
    if settings is not None and child(settings, f"{PACKAGE}:{word}") is not None:
        key = key_at(settings, (f"{PACKAGE}:{word}",))
        line, column = key.line, key.column
    return Problem(file.name, line, column, what, expected, suggestion)


def _secrets(description: Description) -> Iterator[Problem]:
    """Yield a problem for each secret that the description uses and the stack doesn't have."""
    config = pulumi.Config()
    for located in description.entities:
        for leaf in leaves(located.entity):
            match = re.match(SECRET_PATTERN, leaf.value) if leaf.spec.secret and isinstance(leaf.value, str) else None
            if match and config.get_secret(match[1]) is None:
                what = f"${{{{secrets.{match[1]}}}}} is used, but the stack has no such secret"
                expected = (
                    f"one given by `pulumi config set --secret {match[1]}` (in the sandbox, `{config.name}:{match[1]}: "
                    f"TEXT` below `config:` in {stack_file()} will do)"
                )
                yield located.problem(leaf.location, what, expected)


def _identities(description: Description) -> Iterator[Problem]:
    """Yield a problem for each user-assigned identity that Azure doesn't have."""
    known: dict[str, bool] = {}
    for located in _with_workspace(description):
        for leaf in leaves(located.entity):
            if leaf.spec.name != "resource_id" or not isinstance(leaf.value, str):
                continue
            parsed = ids.parse(leaf.value)
            if parsed.type.lower() != _IDENTITY:
                continue
            path = {"resourceGroupName": parsed.resource_group or "", "resourceName": parsed.name}
            if leaf.value.lower() not in known:
                known[leaf.value.lower()] = exists("managedidentity:getUserAssignedIdentity", path)
            if not known[leaf.value.lower()]:
                what = f"the identity {leaf.value} can't be found in Azure"
                yield located.problem(leaf.location, what, "the id of one that exists")


def _with_workspace(description: Description) -> Iterator[Located]:
    if description.document is not None:
        at: Location = ("workspace",)
        file = description.document.name
        yield Located(description.platform.workspace, file, 1, description.document, at)
    yield from description.entities
