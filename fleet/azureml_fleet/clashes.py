"""Names that two stacks of a fleet would take, of those that there can be only one of."""

from collections.abc import Iterator

from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.description.claims import EXPECTED, Claim, of_entities, of_platform
from azureml_infra.yaml.problems import Problem, quote


def clashes(fleet: Fleet) -> Iterator[Problem]:
    """Yield a problem for each stack that takes what an earlier one has."""
    taken: dict[tuple[str, str, str], Stack] = {}
    for stack in fleet.stacks:
        for claim in _claims(stack):
            earlier = taken.setdefault(claim.key, stack)
            if earlier is not stack and earlier.name.lower() != stack.name.lower():
                text = f"this stack would make {claim.sentence(quote(earlier.name))}"
                yield fleet.problem(stack, "name", text, EXPECTED)


def _claims(stack: Stack) -> Iterator[Claim]:
    if stack.found is not None:
        yield from of_platform(stack.found.platform, stack.name, stack.subscription)
        yield from of_entities(stack.found.entities, stack.region)
