"""storage-shared-keys-off: storage is opened with identities, not with the account's keys."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "storage-shared-keys-off",
    Switch("Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", must_be=False, default=True),
    why="its keys open everything in it, to nobody in particular",
    title="Storage accounts take no shared keys.",
    severity=Severity.HIGH,
    remedy="set `system_datastores_auth_mode: identity`, or `allowSharedKeyAccess: false` in an account of one's own",
    fix=(Line("workspace", "system_datastores_auth_mode", "identity", default="identity"),),
    level=Level.ADVISORY,
    family="storage",
)
