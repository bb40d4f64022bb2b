"""storage-https-only: storage is reached by https."""

from __future__ import annotations

from azureml_policies.rule import Covers, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "storage-https-only",
    "Microsoft.Storage/storageAccounts",
    "properties.supportsHttpsTrafficOnly",
    must_be=True,
    azure_default=True,
    why="plain http can be read on its way",
    title="Storage accounts take no plain http.",
    severity=Severity.HIGH,
    remedy="leave `enableHttpsTrafficOnly` out",
    remediable=True,
    covers=Covers(
        azure_policy=(
            "Secure transfer to storage accounts should be enabled (404c3081-a854-4457-ae30-26a93ef643f9)",
            "Configure secure transfer of data on a storage account (f81e3117-0093-4b17-8a60-82363134f0eb)",
        ),
        checkov=("CKV_AZURE_3",),
        psrule=("Azure.Storage.SecureTransfer (AZR-000196)",),
    ),
    family="storage",
)
