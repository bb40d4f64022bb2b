"""monitor-no-public-access: telemetry and logs are reached over private links."""

from __future__ import annotations

from azureml_policies.fixes import NoWord
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

_TYPES = ("Microsoft.Insights/components", "Microsoft.OperationalInsights/workspaces")
_PATHS = ("properties.publicNetworkAccessForIngestion", "properties.publicNetworkAccessForQuery")

RULE = switches(
    "monitor-no-public-access",
    *(Switch(name, path, must_be=("Disabled",), default="Enabled") for name in _TYPES for path in _PATHS),
    why="logs would be open to all networks",
    title="Application Insights and Log Analytics aren't reached from public networks.",
    severity=Severity.LOW,
    remedy="set `publicNetworkAccessForIngestion` and `…ForQuery` to Disabled, with a private link scope",
    fix=(NoWord("publicNetworkAccessForIngestion and publicNetworkAccessForQuery: Disabled"),),
    level=Level.DISABLED,
    family="monitoring",
)
