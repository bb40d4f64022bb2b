"""app-insights-workspace-based: telemetry is kept in Log Analytics."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity


def _check(write: Write, _settings: Settings) -> Found:
    if not write.read("properties.WorkspaceResourceId"):
        yield f"{write.name}: WorkspaceResourceId is needed: only Log Analytics has roles and retention for telemetry"


RULE = Rule(
    id="app-insights-workspace-based",
    title="Application Insights keeps its data in a Log Analytics workspace.",
    severity=Severity.LOW,
    remedy="name a Log Analytics workspace in `workspaceResourceId`",
    level=Level.ADVISORY,
    types=("Microsoft.Insights/components",),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Azure Monitor Logs for Application Insights should be linked to a Log Analytics workspace "
                "(d550e854-df1a-4de9-bf44-cd894b39a95e)"
            ),
        ),
        psrule=("Azure.AppInsights.Workspace (AZR-000069)",),
    ),
    family="monitoring",
)
