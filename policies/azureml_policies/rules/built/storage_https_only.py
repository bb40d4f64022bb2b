"""storage-https-only: storage is reached by https."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Rule, Settings, Severity
from azureml_policies.rules.checks.arguments import with_argument
from azureml_policies.rules.checks.words import on, truth

_ACCOUNT = "Microsoft.Storage/storageAccounts"


def _check(write: Write, _settings: Settings) -> Found:
    yield from on(write, "properties.supportsHttpsTrafficOnly", default=True, why="plain http can be read on its way")


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    return with_argument(
        planned, _ACCOUNT, "enableHttpsTrafficOnly", value=True, right=lambda said: truth(said, default=True)
    )


RULE = Rule(
    id="storage-https-only",
    title="Storage accounts take no plain http.",
    severity=Severity.HIGH,
    remedy="leave `enableHttpsTrafficOnly` out",
    types=(_ACCOUNT,),
    check=_check,
    remediate=_remediate,
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
