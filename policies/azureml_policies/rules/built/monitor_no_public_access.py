"""monitor-no-public-access: telemetry and logs are reached over private links."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_one_of


def _check(write: Write, _settings: Settings) -> Found:
    for path in ("publicNetworkAccessForIngestion", "publicNetworkAccessForQuery"):
        yield from must_be_one_of(
            write, f"properties.{path}", ("Disabled",), "Enabled", "logs would be open to all networks"
        )


RULE = Rule(
    id="monitor-no-public-access",
    title="Application Insights and Log Analytics aren't reached from public networks.",
    severity=Severity.LOW,
    remedy="set `publicNetworkAccessForIngestion` and `…ForQuery` to Disabled, with a private link scope",
    level=Level.DISABLED,
    types=("Microsoft.Insights/components", "Microsoft.OperationalInsights/workspaces"),
    check=_check,
    family="monitoring",
)
