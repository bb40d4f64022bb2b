"""storage-no-anonymous: nobody reads blobs without saying who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import must_be_switched, said_as, truth

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_WHY = "anybody on the internet could read the data"


def _check(write: Write, _settings: Settings) -> Found:
    if write.is_a(CONTAINER):
        yield from said_as(write, "properties.publicAccess", ("None",), "None", _WHY)
    else:
        yield from must_be_switched(write, "properties.allowBlobPublicAccess", must_be=False, default=False, why=_WHY)


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    account = with_argument(planned, ACCOUNT, "allowBlobPublicAccess", value=False, right=_is_off)
    return account or with_argument(planned, CONTAINER, "publicAccess", value="None", right=_is_private)


def _is_off(value: Any) -> bool:
    return not truth(value, default=False)


def _is_private(value: Any) -> bool:
    return value is None or str(value).lower() == "none"


RULE = Rule(
    id="storage-no-anonymous",
    title="Blobs can't be read anonymously.",
    severity=Severity.HIGH,
    remedy="leave `allowBlobPublicAccess` out of the account and `publicAccess` out of the container",
    types=(
        ACCOUNT,
        CONTAINER,
    ),
    check=_check,
    remediate=_remediate,
    covers=Covers(
        azure_policy=(
            "Storage account public access should be disallowed (4fa4b6c0-31ca-4c0d-b10d-24b96f62a751)",
            ("Configure your Storage account public access to be disallowed (13502221-8df0-4414-9937-de9c5c4e396b)"),
        ),
        checkov=(
            "CKV_AZURE_34",
            "CKV_AZURE_190",
            "CKV2_AZURE_47",
        ),
        psrule=(
            "Azure.Storage.BlobPublicAccess (AZR-000198)",
            "Azure.Storage.BlobAccessType (AZR-000199)",
        ),
    ),
    family="storage",
)
