"""storage-tls: storage is reached by TLS 1.2 at least."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "storage-tls",
    Switch(
        "Microsoft.Storage/storageAccounts",
        "properties.minimumTlsVersion",
        must_be=("TLS1_2", "TLS1_3"),
        default="TLS1_0",
    ),
    why="older TLS can be broken",
    title="Storage accounts take no TLS below 1.2.",
    severity=Severity.HIGH,
    remedy="set `minimumTlsVersion: TLS1_2`",
    remediable=True,
    family="storage",
)
