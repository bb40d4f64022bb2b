"""key-vault-purge-protection: a deleted vault can be brought back."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_switched


def _check(write: Write, _settings: Settings) -> Found:
    yield from must_be_switched(
        write,
        "properties.enablePurgeProtection",
        must_be=True,
        default=False,
        why="whoever may purge it can delete its keys for good",
    )
    why = "what is deleted would be gone at once"
    yield from must_be_switched(write, "properties.enableSoftDelete", must_be=True, default=True, why=why)


RULE = Rule(
    id="key-vault-purge-protection",
    title="Key Vaults, and what is in them, can't be purged before their time.",
    severity=Severity.HIGH,
    remedy="leave the setting `disposable` out, or set `enablePurgeProtection: true`, which nobody can take back",
    level=Level.ADVISORY,
    types=("Microsoft.KeyVault/vaults",),
    check=_check,
    covers=Covers(
        azure_policy=(
            "Key vaults should have deletion protection enabled (0b60c0b2-2dc2-4e1c-b5c9-abbed971de53)",
            "Key vaults should have soft delete enabled (1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d)",
        ),
        checkov=(
            "CKV_AZURE_110",
            "CKV_AZURE_42",
            "CKV_AZURE_111",
        ),
        psrule=(
            "Azure.KeyVault.PurgeProtect (AZR-000125)",
            "Azure.KeyVault.SoftDelete (AZR-000124)",
        ),
    ),
    family="key vault",
)
