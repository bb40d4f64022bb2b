"""storage-local-users-off: storage has no users of its own."""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "storage-local-users-off",
    "Microsoft.Storage/storageAccounts",
    "properties.isLocalUserEnabled",
    must_be=False,
    azure_default=False,
    why="they have passwords that Azure doesn't know of",
    title="Storage accounts have no local users.",
    severity=Severity.LOW,
    remedy="leave `isLocalUserEnabled` out",
    level=Level.ADVISORY,
    covers=Covers(
        checkov=("CKV_AZURE_244",),
    ),
    family="storage",
)
