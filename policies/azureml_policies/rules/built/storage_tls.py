"""storage-tls: storage is reached by TLS 1.2 at least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import said_as

_ACCOUNT = "Microsoft.Storage/storageAccounts"
_GOOD = ("TLS1_2", "TLS1_3")


def _check(write: Write, _settings: Settings) -> Found:
    yield from said_as(write, "properties.minimumTlsVersion", _GOOD, "TLS1_0", "older TLS can be broken")


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    return with_argument(
        planned, _ACCOUNT, "minimumTlsVersion", value="TLS1_2", right=lambda said: str(said).upper() in _GOOD
    )


RULE = Rule(
    id="storage-tls",
    title="Storage accounts take no TLS below 1.2.",
    severity=Severity.HIGH,
    remedy="set `minimumTlsVersion: TLS1_2`",
    types=(_ACCOUNT,),
    check=_check,
    remediate=_remediate,
    covers=Covers(
        azure_policy=(
            ("Storage accounts should have the specified minimum TLS version (fe83a0eb-a853-422d-aac2-1bffd182c5d0)"),
        ),
        checkov=("CKV_AZURE_44",),
        psrule=("Azure.Storage.MinTLS (AZR-000200)",),
    ),
    family="storage",
)
