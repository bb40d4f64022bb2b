"""registry-no-public-access: registries of Azure ML are reached by private endpoints only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azureml_arm.actions import ML
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import read, require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_one_of, truth

_REGIONS = "properties.regionDetails"
_ANONYMOUS = "systemCreatedStorageAccount.allowBlobPublicAccess"


def _check(write: Write, _settings: Settings) -> Found:
    why = "models and code in it can be asked for from anywhere"
    yield from must_be_one_of(write, "properties.publicNetworkAccess", ("Disabled",), "Enabled", why)
    for region in _items(write.read(_REGIONS), _REGIONS):
        accounts = read(region, "storageAccountDetails")
        if any(truth(read(one, _ANONYMOUS), default=False) for one in _items(accounts, f"{_REGIONS}.storage")):
            yield f"{write.name}: allowBlobPublicAccess must be false: anybody could read its files without signing in"


def _items(value: Any, path: str) -> Iterator[Any]:
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        yield require_known(item, f"{path}[{index}]")


RULE = Rule(
    id="registry-no-public-access",
    title="Registries of Azure ML are reached by private endpoints only, and their files by nobody unknown.",
    severity=Severity.MEDIUM,
    remedy="set publicNetworkAccess: Disabled, and leave allowBlobPublicAccess out",
    fix=(Line("registries", "public_network_access", "disabled"),),
    level=Level.ADVISORY,
    types=(f"{ML}/registries",),
    check=_check,
    family="endpoints",
)
