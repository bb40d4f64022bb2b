"""storage-cross-tenant-off: storage isn't copied into other tenants."""

from __future__ import annotations

from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "storage-cross-tenant-off",
    Switch("Microsoft.Storage/storageAccounts", "properties.allowCrossTenantReplication", must_be=False, default=False),
    why="a replication rule could copy the data out of the tenant",
    title="Storage accounts replicate nothing into other tenants.",
    severity=Severity.MEDIUM,
    remedy="leave `allowCrossTenantReplication` out",
    level=Level.ADVISORY,
    family="storage",
)
