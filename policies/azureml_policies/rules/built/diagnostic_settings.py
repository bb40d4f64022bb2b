"""diagnostic-settings: what happens in a workspace is logged where it stays.

Looked for in the plan: settings that Azure Policy or somebody else makes aren't seen, so where that is how it is done,
the rule is to be disabled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_arm.actions import ML, WORKSPACE
from azureml_policies.requests.unknown import read
from azureml_policies.rule import Covers, Finding, Found, Level, Plan, Rule, Settings, Severity
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
    level=Level.ADVISORY,
    check_all=_check,
    settings={
        "types": {
            "type": "array",
            "items": {"type": "string"},
            "default": [WORKSPACE],
            "description": "The ARM types that need one: further ones are "
            f"{ML}/registries, {WORKSPACE}/onlineEndpoints, Microsoft.KeyVault/vaults, …",
        }
    },
    covers=Covers(
        azure_policy=(
            (
                "Resource logs in Azure Machine Learning Workspaces should be enabled "
                "(afe0c3be-ba3b-4544-ba52-0c99672a8ad6)"
            ),
            (
                "Configure diagnostic settings for Azure Machine Learning Workspaces to Log Analytics workspace "
                "(f59276f0-5740-4aaf-821d-45d185aa210e)"
            ),
            (
                "Enable logging by category group for Azure Machine Learning "
                "(microsoft.machinelearningservices/workspaces) to Log Analytics "
                "(90c90eda-bfe7-4c67-bf26-410420ed1047)"
            ),
            (
                "Enable logging by category group for Azure Machine Learning "
                "(microsoft.machinelearningservices/workspaces) to Event Hub "
                "(ae48c709-d2b4-4fad-8c5c-838524130aa4)"
            ),
            (
                "Enable logging by category group for Azure Machine Learning "
                "(microsoft.machinelearningservices/workspaces) to Storage "
                "(a8de4d0a-d637-4684-b70e-6df73b74d117)"
            ),
            (
                "Enable logging by category group for microsoft.machinelearningservices/registries to Log Analytics "
                "(33835ef6-bc67-4bde-bf5f-5a857f195a57)"
            ),
            (
                "Enable logging by category group for microsoft.machinelearningservices/registries to Event Hub "
                "(12000b3e-e38b-4bef-9098-38785f06ea32)"
            ),
            (
                "Enable logging by category group for microsoft.machinelearningservices/registries to Storage "
                "(84d8a69f-788a-4025-ba96-f36406cc9ee5)"
            ),
            (
                "Enable logging by category group for "
                "microsoft.machinelearningservices/workspaces/onlineendpoints to Log Analytics "
                "(5cfb9e8a-2f13-40bd-a527-c89bc596d299)"
            ),
            (
                "Enable logging by category group for "
                "microsoft.machinelearningservices/workspaces/onlineendpoints to Event Hub "
                "(cc789f91-3e63-4cfb-86f4-87565055f269)"
            ),
            (
                "Enable logging by category group for "
                "microsoft.machinelearningservices/workspaces/onlineendpoints to Storage "
                "(315c965f-c0d7-4397-86d3-c05a0981437a)"
            ),
            "Audit diagnostic setting for selected resource types (7f89b1eb-583c-429a-8828-af049802c1d9)",
            ("Resource logs should be enabled for Audit on supported resources (187242f4-89c6-4c43-9a4e-188c0efacc5f)"),
            "Resource logs in Key Vault should be enabled (cf820ca0-f99e-4f3e-84fb-66e913812d21)",
        ),
        psrule=("Azure.KeyVault.Logs (AZR-000119)",),
    ),
    family="workspace",
)
