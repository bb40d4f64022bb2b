"""diagnostic-settings: what happens in a workspace is logged where it stays.

Looked for in the plan: settings that Azure Policy or somebody else makes aren't seen, so where that is how it is done,
the rule is to be disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_arm.actions import ML, WORKSPACE
from azureml_policies.config import texts
from azureml_policies.fixes import NoWord
from azureml_policies.requests.unknown import read
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.beside import Pointing, at, diagnostic_settings
from azureml_policies.rules.checks.words import truth
from azureml_policies.run import Run

_TARGETS = (
    "workspaceId",
    "storageAccountId",
    "eventHubAuthorizationRuleId",
    "marketplacePartnerId",
    "logAnalyticsWorkspaceId",
    "eventhubAuthorizationRuleId",
)


def _check(plan: Plan, _run: Run, settings: Settings) -> Found:
    wanted = {str(name).lower() for name in settings["types"]}
    there = diagnostic_settings(plan)
    for write in plan.writes:
        if write.type.lower() in wanted and not any(_logs(item) for item in at(there, write)):
            message = f"{write.name}: no diagnostic setting keeps its logs: nobody could tell afterwards what was done"
            yield Finding(message, write.planned.urn)


def _logs(setting: Pointing) -> bool:
    if not any(read(setting.properties, target) for target in _TARGETS):
        return False
    return any(_is_on(item) for name in ("logs", "enabledLogs") for item in _items(read(setting.properties, name)))


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _is_on(item: Any) -> bool:
    """Return whether a log is on; the classic provider's `enabledLogs` are by default."""
    return isinstance(item, Mapping) and truth(read(item, "enabled"), default="enabled" not in item)


RULE = Rule(
    id="diagnostic-settings",
    title="What happens in a workspace is kept in logs.",
    severity=Severity.MEDIUM,
    remedy="add a diagnostic setting with the category group `audit` or `allLogs` and a Log Analytics workspace",
    fix=(NoWord("a diagnostic setting for the workspace"),),
    level=Level.DISABLED,
    check_all=_check,
    settings={
        "types": texts(
            "The ARM types that need one: further ones are "
            f"{ML}/registries, {WORKSPACE}/onlineEndpoints, Microsoft.KeyVault/vaults, …",
            [WORKSPACE],
        )
    },
    family="workspace",
)
