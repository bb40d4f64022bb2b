"""app-insights-local-auth-off: telemetry is written with identities.

Off by default: Azure ML itself still writes with the connection string.
"""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "app-insights-local-auth-off",
    "Microsoft.Insights/components",
    "properties.DisableLocalAuth",
    must_be=True,
    azure_default=False,
    why="whoever has the connection string can write telemetry",
    title="Application Insights takes telemetry from identities only.",
    severity=Severity.LOW,
    remedy="set `disableLocalAuth: true` where nothing writes with the connection string",
    level=Level.DISABLED,
    covers=Covers(
        azure_policy=(
            (
                "Application Insights components should block non-Azure Active Directory based ingestion. "
                "(199d5677-e4d9-4264-9465-efe1839c06bd)"
            ),
        ),
        psrule=("Azure.AppInsights.LocalAuth (AZR-000484)",),
    ),
    family="monitoring",
)
