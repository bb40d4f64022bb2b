"""log-analytics-local-auth-off: logs are written with identities."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import on


def _check(write: Write, _settings: Settings) -> Found:
    yield from on(
        write,
        "properties.features.disableLocalAuth",
        default=False,
        why="whoever has the workspace's key can write logs",
    )


RULE = Rule(
    id="log-analytics-local-auth-off",
    title="Log Analytics takes logs from identities only.",
    severity=Severity.MEDIUM,
    remedy="say `features: {disableLocalAuth: true}`",
    level=Level.ADVISORY,
    types=("Microsoft.OperationalInsights/workspaces",),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Log Analytics Workspaces should block non-Azure Active Directory based ingestion. "
                "(e15effd4-2278-4c65-a0da-4d6f6d1890e2)"
            ),
        ),
    ),
    family="monitoring",
)
