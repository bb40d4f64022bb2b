"""monitor-no-public-access: telemetry and logs are reached over private links."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import said_as


def _check(write: Write, _settings: Settings) -> Found:
    for path in ("publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"):
        yield from said_as(write, f"properties.{path}", ("Disabled",), "Enabled", "logs would be open to all networks")


RULE = Rule(
    id="monitor-no-public-access",
    title="Application Insights and Log Analytics aren't reached from public networks.",
    severity=Severity.LOW,
    remedy="set `publicNetworkAccessForIngestion` and `…ForQuery` to Disabled, with a private link scope",
    level=Level.DISABLED,
    types=(
        "Microsoft.Insights/components",
        "Microsoft.OperationalInsights/workspaces",
    ),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Application Insights components should block log ingestion and querying from public networks "
                "(1bc02227-0cb6-4e11-8f53-eb0b22eab7e8)"
            ),
            (
                "Log Analytics workspaces should block log ingestion and querying from public networks "
                "(6c53d030-cc64-46f0-906d-2bc061cd1334)"
            ),
            (
                "Configure Azure Application Insights components to disable public network access for log "
                "ingestion and querying "
                "(dddfa1af-dcd6-42f4-b5b0-e1db01e0b405)"
            ),
            (
                "Configure Azure Log Analytics workspaces to disable public network access for log "
                "ingestion and querying "
                "(d3ba9c42-9dd5-441a-957c-274031c750c0)"
            ),
        ),
    ),
    family="monitoring",
)
