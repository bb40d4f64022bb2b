"""storage-local-users-off: storage has no users of its own."""

from __future__ import annotations

from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "storage-local-users-off",
    Switch("Microsoft.Storage/storageAccounts", "properties.isLocalUserEnabled", must_be=False, default=False),
    why="they have passwords that Azure doesn't know of",
    title="Storage accounts have no local users.",
    severity=Severity.LOW,
    remedy="leave `isLocalUserEnabled` out",
    level=Level.ADVISORY,
    family="storage",
)
