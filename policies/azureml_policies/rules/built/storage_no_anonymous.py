"""storage-no-anonymous: nobody reads blobs without saying who they are."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

_ACCOUNT = "Microsoft.Storage/storageAccounts"

RULE = switches(
    "storage-no-anonymous",
    Switch(_ACCOUNT, "properties.allowBlobPublicAccess", must_be=False, default=False),
    Switch(f"{_ACCOUNT}/blobServices/containers", "properties.publicAccess", must_be=("None",), default="None"),
    why="anybody on the internet could read the data",
    title="Blobs can't be read anonymously.",
    severity=Severity.HIGH,
    remedy="leave `allowBlobPublicAccess` out of the account and `publicAccess` out of the container",
    remediable=True,
    family="storage",
)
