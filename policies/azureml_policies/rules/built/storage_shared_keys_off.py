"""storage-shared-keys-off: storage is opened with identities, not with the account's keys."""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "storage-shared-keys-off",
    "Microsoft.Storage/storageAccounts",
    "properties.allowSharedKeyAccess",
    must_be=False,
    azure_default=True,
    why="its keys open everything in it, to nobody in particular",
    title="Storage accounts take no shared keys.",
    severity=Severity.HIGH,
    remedy="set `system_datastores_auth_mode: identity`, or `allowSharedKeyAccess: false` in an account of one's own",
    level=Level.ADVISORY,
    covers=Covers(
        azure_policy=(
            "Storage accounts should prevent shared key access (8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54)",
            (
                "Storage accounts should prevent shared key access (excluding storage accounts created by "
                "Databricks) "
                "(fd9903f1-38c2-4d36-8e44-5c1c20c561e8)"
            ),
        ),
        checkov=("CKV2_AZURE_40",),
        psrule=("Azure.Storage.LocalAuth",),
    ),
    family="storage",
)
