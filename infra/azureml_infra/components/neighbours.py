"""Names that another stack of the project would make, too, as its file and description say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from azureml_arm import sandbox
from azureml_infra.components.quota import UNFIT
from azureml_infra.description.claims import EXPECTED, Claim, of_entities, of_platform
from azureml_infra.description.load import load, load_platform
from azureml_infra.description.overrides import SETTING, of_setting
from azureml_infra.description.stacks import StackSettings, read_stack, stacks_of
from azureml_infra.yaml.problems import DescriptionError, Problem

if TYPE_CHECKING:
    from azureml_infra.description.load import Description
    from azureml_infra.description.located import Located

_SUBSCRIPTION = "azure-native:subscriptionId"


def collisions(
    description: Description, platform: Located, stack: str, subscription: str, new: list[Claim]
) -> Iterator[Problem]:
    """Yield the claims of this stack, of those that are `new`, that another stack of the project makes, too.

    A stack of another description is asked for its platform alone: entities that meet by chance are the fleet's to
    find. A stack in the sandbox's subscription and one in Azure's are in nobody's way.
    """
    wanted = {claim.key: claim for claim in new}
    for name in stacks_of(Path()) if wanted else ():
        try:
            other = read_stack(name, Path())
            theirs = [] if name == stack else list(_claims(other, description, subscription))
        except DescriptionError:
            continue  # it says so itself
        for claim in (wanted[one.key] for one in theirs if one.key in wanted):
            what = f"{UNFIT}this stack would make {claim.sentence(f'the stack {name}')} ({other.file})"
            yield (claim.located or platform).problem(claim.place, what, EXPECTED)


def _claims(other: StackSettings, description: Description, subscription: str) -> Iterator[Claim]:
    """Yield what another stack would make."""
    theirs = str(other.settings.get(_SUBSCRIPTION) or subscription).lower()
    if (theirs == sandbox.SUBSCRIPTION) != (subscription == sandbox.SUBSCRIPTION):
        return
    over = of_setting(other.settings.get(SETTING), other.file)
    if other.folder.resolve() != description.root:
        yield from of_platform(load_platform(other.folder, over, other.name), other.name, theirs)
        return
    found = load(other.folder, over, other.name)
    yield from of_platform(found.platform, other.name, theirs)
    yield from of_entities(found.entities, found.platform.location)
