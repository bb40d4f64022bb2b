"""key-vault-purge-protection: a deleted vault can be brought back."""

from __future__ import annotations

from azureml_policies.fixes import CommandFix
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
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
    fix=(CommandFix("pulumi config rm azureml-infra:disposable"),),
    level=Level.ADVISORY,
    types=("Microsoft.KeyVault/vaults",),
    check=_check,
    family="key vault",
)
