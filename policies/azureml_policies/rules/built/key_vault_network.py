"""key-vault-network: secrets can't be read from anywhere."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity


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
    level=Level.DISABLED,
    types=("Microsoft.KeyVault/vaults",),
    check=_check,
    covers=Covers(
        azure_policy=(
            "Azure Key Vault should disable public network access (405c5871-3e91-4644-8a63-58e19d68ff5b)",
            (
                "Azure Key Vault should have firewall enabled or public network access disabled "
                "(55615ac9-af46-4a59-874e-391cc3dfb490)"
            ),
            "Configure key vaults to enable firewall (ac673a9a-f77d-4846-b2d8-a57f8e1c01dc)",
            "Azure Key Vaults should use private link (a6abeaec-4d90-4a02-805f-6b26c4d3fbe9)",
        ),
        checkov=(
            "CKV_AZURE_109",
            "CKV_AZURE_189",
            "CKV2_AZURE_32",
        ),
        psrule=("Azure.KeyVault.Firewall (AZR-000355)",),
    ),
    family="key vault",
)
