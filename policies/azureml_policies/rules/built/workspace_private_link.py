"""workspace-private-link: the stack has a private endpoint for each of its workspaces."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import NoWord
from azureml_policies.requests.unknown import read
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.beside import Pointing, at, private_endpoints
from azureml_policies.run import Run

_GROUP = "amlworkspace"


def _check(plan: Plan, _run: Run, _settings: Settings) -> Found:
    there = private_endpoints(plan)
    for write in plan.writes:
        if write.is_a(WORKSPACE) and not any(_is_for_workspaces(item) for item in at(there, write)):
            message = f"{write.name}: no private endpoint leads to it: it can be used over public addresses only"
            yield Finding(message, write.planned.urn)


def _is_for_workspaces(item: Pointing) -> bool:
    groups = read(item.properties, "groupIds")
    return isinstance(groups, list | tuple) and _GROUP in {str(group).lower() for group in groups}


RULE = Rule(
    id="workspace-private-link",
    title="Every workspace has a private endpoint in the stack.",
    severity=Severity.MEDIUM,
    remedy="add a private endpoint for the group `amlworkspace`, with its private DNS zones",
    fix=(NoWord("a private endpoint for the group amlworkspace"),),
    level=Level.DISABLED,
    check_all=_check,
    family="workspace",
)
