"""storage-https-only: storage is reached by https."""

from __future__ import annotations

from azureml_policies.rule import Severity
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
    family="storage",
)
