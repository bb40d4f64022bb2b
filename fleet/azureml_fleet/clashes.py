"""Names that two stacks of a fleet would take, of those that there can be only one of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azureml_arm.names import RULES, azure_name
from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.problems import Problem, quote

Claim = tuple[str, str, str]
"""What it is, its name, and within what there is only one: empty for the tenant."""
_IN_A_REGION = {
    "online_endpoints": "online_endpoint",
    "batch_endpoints": "batch_endpoint",
    "serverless_endpoints": "online_endpoint",
    "computes": "compute_instance",
}
"""The families whose names may be a region's, and the rule that says so."""


def clashes(fleet: Fleet) -> Iterator[Problem]:
    """Yield a problem for each stack that takes what an earlier one has."""
    taken: dict[Claim, Stack] = {}
    for stack in fleet.stacks:
        for what, name, within in _claims(stack):
            earlier = taken.setdefault((what, name.lower(), within.lower()), stack)
            if earlier is not stack and earlier.name.lower() != stack.name.lower():
                where = f" in {within}" if within else ""
                text = f"this stack would make the {what} {quote(name)}{where}, as {quote(earlier.name)} does"
                yield fleet.problem(
                    stack, "name", text, "a name with ${stack} in it, or another one for one of the two, by `overrides`"
                )


def _claims(stack: Stack) -> Iterator[Claim]:
    if stack.found is None:
        return
    platform = stack.found.platform
    given = platform.resource_group
    group = given.name if given else azure_name("resource_group", platform.name, stack.name, "")
    subscription = f"the subscription {stack.subscription or '(of whoever runs it)'}"
    if given is None or not given.existing:
        yield "resource group", group, subscription
    salt = f"{stack.subscription}/{group}"
    workspace = platform.workspace.name or azure_name("workspace", platform.name, stack.name, salt)
    yield "workspace", workspace, f"the resource group {group} of {subscription}"
    role = platform.guardrails.data_scientist_role if platform.guardrails else None
    if role is not None and role.name:
        yield "role", role.name, ""
    for located in stack.found.entities:
        yield from _of_entity(located.entity, platform.location)


def _of_entity(entity: Any, location: str) -> Iterator[Claim]:
    rule = _IN_A_REGION.get(entity.family)
    is_instance = entity.family != "computes" or entity.type == "computeinstance"
    if rule and is_instance and RULES[rule].scope == "region" and isinstance(entity.name, str):
        noun = FAMILIES[entity.family] if entity.family != "computes" else entity.kind
        yield noun, entity.name, str(getattr(entity, "location", None) or location)
