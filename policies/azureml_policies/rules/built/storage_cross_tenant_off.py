"""storage-cross-tenant-off: storage isn't copied into other tenants."""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "storage-cross-tenant-off",
    "Microsoft.Storage/storageAccounts",
    "properties.allowCrossTenantReplication",
    must_be=False,
    azure_default=False,
    why="a replication rule could copy the data out of the tenant",
    title="Storage accounts replicate nothing into other tenants.",
    severity=Severity.MEDIUM,
    remedy="leave `allowCrossTenantReplication` out",
    level=Level.ADVISORY,
    covers=Covers(
        azure_policy=(
            ("Storage accounts should prevent cross tenant object replication (92a89a79-6c52-4a7e-a03f-61306fc49312)"),
        ),
    ),
    family="storage",
)
