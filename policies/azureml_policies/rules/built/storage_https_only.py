"""storage-https-only: storage is reached by https."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "storage-https-only",
    Switch("Microsoft.Storage/storageAccounts", "properties.supportsHttpsTrafficOnly", must_be=True, default=True),
    why="plain http can be read on its way",
    title="Storage accounts take no plain http.",
    severity=Severity.HIGH,
    remedy="leave `enableHttpsTrafficOnly` out",
    remediable=True,
    family="storage",
)
