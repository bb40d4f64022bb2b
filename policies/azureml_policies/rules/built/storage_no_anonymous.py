"""storage-no-anonymous: nobody reads blobs without saying who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import must_be_one_of, must_be_switched, truth

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_WHY = "anybody on the internet could read the data"


def _check(write: Write, _settings: Settings) -> Found:
    if write.is_a(CONTAINER):
        yield from must_be_one_of(write, "properties.publicAccess", ("None",), "None", _WHY)
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
    types=(ACCOUNT, CONTAINER),
    check=_check,
    remediate=_remediate,
    family="storage",
)
