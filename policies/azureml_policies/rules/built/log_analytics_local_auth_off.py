"""log-analytics-local-auth-off: logs are written with identities."""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "log-analytics-local-auth-off",
    "Microsoft.OperationalInsights/workspaces",
    "properties.features.disableLocalAuth",
    must_be=True,
    azure_default=False,
    why="whoever has the workspace's key can write logs",
    title="Log Analytics takes logs from identities only.",
    severity=Severity.MEDIUM,
    remedy="set `features: {disableLocalAuth: true}`",
    level=Level.ADVISORY,
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
