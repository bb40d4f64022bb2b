"""app-insights-local-auth-off: telemetry is written with identities.

Off by default: Azure ML itself still writes with the connection string.
"""

from __future__ import annotations

from azureml_policies.fixes import NoWord
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "app-insights-local-auth-off",
    Switch("Microsoft.Insights/components", "properties.DisableLocalAuth", must_be=True, default=False),
    why="whoever has the connection string can write telemetry",
    title="Application Insights takes telemetry from identities only.",
    severity=Severity.LOW,
    remedy="set `disableLocalAuth: true` where nothing writes with the connection string",
    fix=(NoWord("disableLocalAuth: true"),),
    level=Level.DISABLED,
    family="monitoring",
)
