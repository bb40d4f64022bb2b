"""storage-tls: storage is reached by TLS 1.2 at least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import with_argument
from azureml_policies.rules.checks.words import must_be_one_of

_ACCOUNT = "Microsoft.Storage/storageAccounts"
_GOOD = ("TLS1_2", "TLS1_3")


def _check(write: Write, _settings: Settings) -> Found:
    yield from must_be_one_of(write, "properties.minimumTlsVersion", _GOOD, "TLS1_0", "older TLS can be broken")


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    return with_argument(
        planned, _ACCOUNT, "minimumTlsVersion", value="TLS1_2", right=lambda value: str(value).upper() in _GOOD
    )


RULE = Rule(
    id="storage-tls",
    title="Storage accounts take no TLS below 1.2.",
    severity=Severity.HIGH,
    remedy="set `minimumTlsVersion: TLS1_2`",
    types=(_ACCOUNT,),
    check=_check,
    remediate=_remediate,
    family="storage",
)
