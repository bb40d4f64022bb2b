"""app-insights-workspace-based: telemetry is kept in Log Analytics."""

from __future__ import annotations

from azureml_policies.fixes import Kept
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity


def _check(write: Write, _settings: Settings) -> Found:
    if not write.read("properties.WorkspaceResourceId"):
        yield f"{write.name}: WorkspaceResourceId is needed: only Log Analytics has roles and retention for telemetry"


RULE = Rule(
    id="app-insights-workspace-based",
    title="Application Insights keeps its data in a Log Analytics workspace.",
    severity=Severity.LOW,
    remedy="name a Log Analytics workspace in `workspaceResourceId`",
    fix=(Kept("workspaceResourceId: the id of a Log Analytics workspace"),),
    level=Level.ADVISORY,
    types=("Microsoft.Insights/components",),
    check=_check,
    family="monitoring",
)
