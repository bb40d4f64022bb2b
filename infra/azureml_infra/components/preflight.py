"""What only the stack knows, checked before anything is made: its settings, its secrets, what it names in Azure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import config as stack_config

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.existing import UNREADABLE, Expected, expected_by, look_up, subnets_of
from azureml_infra.components.fit import unfit
from azureml_infra.components.foundation import GET_WORKSPACE, PARTS, WORKSPACE
from azureml_infra.components.live import Presence, lookup
from azureml_infra.components.names import names_of
from azureml_infra.components.refusals import RefusedChangeError, raise_refusals
from azureml_infra.components.replacement import refuse_other_platform
from azureml_infra.description.located import Located
from azureml_infra.description.platform import access
from azureml_infra.description.stacks import StackSettings
from azureml_infra.yaml.problems import DescriptionError, Problem

if TYPE_CHECKING:
    from azureml_infra.description.load import Description
    from azureml_infra.entities.workspace import WorkspaceArgs

WORKSPACE_TYPE = native_type(WORKSPACE)


def stack_file() -> Path:
    """Return the file that holds the stack's settings, seen from the project's folder."""
    return Path(f"Pulumi.{pulumi.get_stack()}.yaml")


def this_stack() -> StackSettings:
    """Return the stack of this run, with what the engine knows of its settings."""
    given = {**stack_config.get_config_env(), **stack_config.CONFIG.get()}
    settings = {key: None if stack_config.is_config_secret(key) else value for key, value in given.items()}
    return StackSettings(pulumi.get_stack(), stack_file(), pulumi.get_project(), settings)


def check_stack() -> None:
    """Raise DescriptionError where the stack's settings can't be meant: a misspelled one, no folder to read."""
    stack = this_stack()
    _refuse(stack.misspellings())
    _refuse(stack.no_folder())


def check_needs(description: Description) -> list[Problem]:
    """Raise DescriptionError with every secret that the stack lacks and every id that Azure lacks; return warnings."""
    stack = this_stack()
    found = [*stack.unread(description), *stack.missing_secrets(description), *_existing(description)]
    found += _given_twice(description)
    _refuse([problem for problem in found if problem.severity == "error"])
    return [problem for problem in found if problem.severity == "warning"]


def check_fit(description: Description) -> list[Problem]:
    """Return a warning for all that Azure won't take. Raises DescriptionError where `preflight` is ``refuse``."""
    found = unfit(description, names_of(description.platform, Destination().subscription))
    _refuse([problem for problem in found if problem.severity == "error"])
    return found


def check_past(description: Description) -> None:
    """Raise RunError where the stack's last run was of another platform, whose workspace this one would delete."""
    azure, platform = Destination(), description.platform
    made = names_of(description.platform, azure.subscription)
    if lookup(GET_WORKSPACE, made.path()) is None:
        try:
            refuse_other_platform(platform, WORKSPACE_TYPE.id(made.path(), azure.subscription))
        except RefusedChangeError as refusal:
            raise_refusals([refusal], places(description, platform.workspace))


def places(description: Description, workspace: WorkspaceArgs | None) -> list[Located]:
    """Return what platform.yml says itself, with its place; `workspace` is what became of its workspace."""
    own = description.own
    group = own.part(description.platform.resource_group, "resource_group")
    return [own, own.part(workspace, "workspace"), group]


def _refuse(problems: Sequence[Problem]) -> None:
    """Raise DescriptionError with the problems, if there are any."""
    if problems:
        raise DescriptionError(problems)


def _given_twice(description: Description) -> Iterator[Problem]:
    """Yield the entries of `access` that name by a word what an earlier one names by its id, or the reverse."""
    if len(description.platform.access) <= 1:
        return
    azure = Destination()
    made = names_of(description.platform, azure.subscription)
    group = ids.resource_group_id(azure.subscription, made.resource_group)
    scopes = {
        word: f"{group}/providers/{native_type(token).type}/{getattr(made, word)}"
        for word, token in {"workspace": WORKSPACE, **PARTS}.items()
    }
    yield from access(description.own, {**scopes, "resource_group": group})


def _existing(description: Description) -> Iterator[Problem]:
    """Yield a problem for each id of something that Azure doesn't have; a warning where it may not be asked for."""
    azure = Destination()
    made = names_of(description.platform, azure.subscription)
    group_id = ids.resource_group_id(azure.subscription, made.resource_group)
    named = [(located, one) for located in _with_workspace(description) for one in expected_by(located.entity)]
    named += [(located, one) for located in description.entities for one in subnets_of(located.entity, group_id)]
    own = {(made.resource_group.lower(), name.lower()) for name in vars(made).values()}  # may not be there yet
    named = [(located, one) for located, one in named if one.place not in own]
    named += _group(description, azure)
    answers = look_up([one for _, one in named], azure)
    for located, one in named:
        if answers[one] is Presence.ABSENT:
            yield located.problem(one.location, f"the {one.label} can't be found in Azure", "one that exists")
        elif answers[one] is Presence.FORBIDDEN:
            yield located.problem(one.location, UNREADABLE.format(one.label), severity="warning")


def _group(description: Description, azure: Destination) -> Iterator[tuple[Located, Expected]]:
    """Yield the resource group and the workspace that are said to exist."""
    group, workspace = description.platform.resource_group, description.platform.workspace
    if group is None:
        return
    at = description.own
    group_id = ids.resource_group_id(azure.subscription, group.name)
    if group.existing:
        yield at, Expected(group_id, ("resource_group",))
    if workspace.existing:
        yield at, Expected(f"{group_id}/providers/{WORKSPACE_TYPE.type}/{workspace.name}", ("workspace", "name"))


def _with_workspace(description: Description) -> Iterator[Located]:
    own, platform = description.own, description.platform
    yield own.part(platform.workspace, "workspace")
    yield own.part(platform.registry, "registry")
    for index, entry in enumerate(platform.access):
        yield own.part(entry, "access", index)
    yield from description.entities
