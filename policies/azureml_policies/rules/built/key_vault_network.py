"""key-vault-network: secrets can't be read from anywhere."""

from __future__ import annotations

from azureml_policies.fixes import NoWord
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity


def _check(write: Write, _settings: Settings) -> Found:
    closed = write.text_at("properties.publicNetworkAccess") == "disabled"
    if not closed and write.text_at("properties.networkAcls.defaultAction") != "deny":
        expected = "publicNetworkAccess must be disabled, or networkAcls.defaultAction Deny"
        yield f"{write.name}: {expected}: whoever gets hold of a token can read secrets from anywhere"


RULE = Rule(
    id="key-vault-network",
    title="Key Vaults are reached from chosen networks only.",
    severity=Severity.HIGH,
    remedy="set `publicNetworkAccess: disabled`, with a private endpoint for the workspace",
    fix=(NoWord("publicNetworkAccess: disabled"),),
    level=Level.DISABLED,
    types=("Microsoft.KeyVault/vaults",),
    check=_check,
    family="key vault",
)
