"""log-analytics-local-auth-off: logs are written with identities."""

from __future__ import annotations

from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "log-analytics-local-auth-off",
    Switch(
        "Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", must_be=True, default=False
    ),
    why="whoever has the workspace's key can write logs",
    title="Log Analytics takes logs from identities only.",
    severity=Severity.MEDIUM,
    remedy="set `features: {disableLocalAuth: true}`",
    level=Level.ADVISORY,
    family="monitoring",
)
