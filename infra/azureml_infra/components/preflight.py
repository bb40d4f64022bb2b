"""What only the stack knows, checked before anything is made: its settings, its secrets, what it names in Azure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import config as stack_config

from azureml_arm import ids
from azureml_infra.components.azure import Azure
from azureml_infra.components.base import PACKAGE
from azureml_infra.components.existing import UNREADABLE, Expected, expected_by, look_up
from azureml_infra.components.live import Presence
from azureml_infra.components.names import names
from azureml_infra.description.load import PLATFORM
from azureml_infra.description.located import Located
from azureml_infra.entities.base import SECRET_PATTERN
from azureml_infra.entities.body import leaves
from azureml_infra.yaml.nodes import Location, child, key_at
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest, one_of, quote
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    from azureml_infra.description.load import Description

SETTINGS = ("description", "disposable", "keepAliases", "overrides")
"""What a stack may say below ``azureml-infra:``, besides secrets."""
_SETTINGS = one_of(f"{PACKAGE}:{known}" for known in SETTINGS)


def stack_file() -> Path:
    """Return the file that holds the stack's settings, seen from the project's folder."""
    return Path(f"Pulumi.{pulumi.get_stack()}.yaml")


def check_stack(description: str | None) -> None:
    """Raise DescriptionError where the stack's settings can't be meant: a misspelled one, no folder to read."""
    _refuse(_misspellings())
    _refuse(_no_folder(description))


def check_needs(description: Description) -> list[Problem]:
    """Raise DescriptionError with every secret that the stack lacks and every id that Azure lacks; return warnings."""
    found = [*_unread(description), *_secrets(description), *_existing(description)]
    _refuse([problem for problem in found if problem.severity == "error"])
    return [problem for problem in found if problem.severity == "warning"]


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
        what = f"{PACKAGE}:description is {quote(setting)}, which " + (
            f"has no {PLATFORM}" if folder.is_dir() else "doesn't exist"
        )
        return [_problem("description", what, expected)]
    what = f"there is no {PLATFORM} here, and nothing says where it is"
    if not stack_file().is_file():
        what = f"there is no such file, so the stack {quote(pulumi.get_stack())} has no settings; {what}"
    return [_problem("description", what, f"`{PACKAGE}:description:` with {expected}")]


def _unknown() -> Iterator[tuple[str, str]]:
    """Yield each setting below ``azureml-infra:`` that has no meaning here, and the word that was probably meant."""
    for key in sorted({**stack_config.get_config_env(), **stack_config.CONFIG.get()}):
        package, _, word = key.rpartition(":")
        if package == PACKAGE and word not in SETTINGS:
            yield word, "" if stack_config.is_config_secret(key) else nearest(word, SETTINGS)


def _misspellings() -> list[Problem]:
    """Return a problem for each setting below ``azureml-infra:`` that is nearly the word of another one."""
    return [
        _problem(word, f"unknown setting {quote(f'{PACKAGE}:{word}')}", _SETTINGS, near)
        for word, near in _unknown()
        if near
    ]


def _unread(description: Description) -> list[Problem]:
    """Return a warning for each setting below ``azureml-infra:`` that nothing here reads."""
    used = {name for _, _, name in _secrets_of(description)} if pulumi.get_project() == PACKAGE else set()
    return [
        replace(_problem(word, f"nothing here reads {quote(f'{PACKAGE}:{word}')}", _SETTINGS), severity="warning")
        for word, near in _unknown()
        if not near and word not in used
    ]


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


def _secrets_of(description: Description) -> Iterator[tuple[Located, Location, str]]:
    """Yield each secret that the description uses: where, and its name."""
    for located in description.entities:
        for leaf in leaves(located.entity):
            match = re.match(SECRET_PATTERN, leaf.value) if leaf.spec.secret and isinstance(leaf.value, str) else None
            if match:
                yield located, leaf.location, match[1]


def _secrets(description: Description) -> Iterator[Problem]:
    """Yield a problem for each secret that the description uses and the stack doesn't have."""
    config = pulumi.Config()
    for located, location, name in _secrets_of(description):
        if config.get_secret(name) is None:
            what = f"${{{{secrets.{name}}}}} is used, but the stack has no such secret"
            expected = (
                f"one given by `pulumi config set --secret {name}` (in the sandbox, `{config.name}:{name}: "
                f"TEXT` below `config:` in {stack_file()} will do)"
            )
            yield located.problem(location, what, expected)


def _existing(description: Description) -> Iterator[Problem]:
    """Yield a problem for each id of something that Azure doesn't have; a warning where it may not be asked for."""
    azure = Azure()
    named = [(located, one) for located in _with_workspace(description) for one in expected_by(located.entity)]
    own = _own(description, azure) if named else set()
    named = [(located, one) for located, one in named if one.place not in own]
    named += _group(description, azure)
    answers = look_up([one for _, one in named], azure)
    for located, one in named:
        if answers[one] is Presence.ABSENT:
            yield located.problem(one.location, f"the {one.label} can't be found in Azure", "one that exists")
        elif answers[one] is Presence.FORBIDDEN:
            yield located.problem(one.location, UNREADABLE.format(one.label), severity="warning")


def _group(description: Description, azure: Azure) -> Iterator[tuple[Located, Expected]]:
    """Yield the resource group that is said to exist, if there is one."""
    group, document = description.platform.resource_group, description.document
    if group is not None and group.existing and document is not None:
        at = Located(description.platform, document.name, 1, document)
        yield at, Expected(ids.resource_group_id(azure.subscription, group.name), ("resource_group",))


def _own(description: Description, azure: Azure) -> set[tuple[str, str]]:
    """Return group and name of what the platform itself makes, which may not be there yet."""
    platform = description.platform
    group = platform.resource_group.name if platform.resource_group else None
    made = names(platform.name, azure.subscription, group, platform.workspace.name)
    return {(made.resource_group.lower(), name.lower()) for name in vars(made).values()}


def _with_workspace(description: Description) -> Iterator[Located]:
    if description.document is not None:
        file, platform = description.document.name, description.platform
        yield Located(platform.workspace, file, 1, description.document, ("workspace",))
        yield Located(platform.registry, file, 1, description.document, ("registry",))
    yield from description.entities
