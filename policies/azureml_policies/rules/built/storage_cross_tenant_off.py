"""storage-cross-tenant-off: storage isn't copied into other tenants."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import off


def _check(write: Write, _settings: Settings) -> Found:
    yield from off(
        write,
        "properties.allowCrossTenantReplication",
        default=False,
        why="a replication rule could copy the data out of the tenant",
    )


RULE = Rule(
    id="storage-cross-tenant-off",
    title="Storage accounts replicate nothing into other tenants.",
    severity=Severity.MEDIUM,
    remedy="leave `allowCrossTenantReplication` out",
    level=Level.ADVISORY,
    types=("Microsoft.Storage/storageAccounts",),
    check=_check,
    covers=Covers(
        azure_policy=(
            ("Storage accounts should prevent cross tenant object replication (92a89a79-6c52-4a7e-a03f-61306fc49312)"),
        ),
    ),
    family="storage",
)
