"""key-vault-rbac: who reads secrets is a role assignment."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import on


def _check(write: Write, _settings: Settings) -> Found:
    yield from on(
        write,
        "properties.enableRbacAuthorization",
        default=False,
        why="whoever may write the vault can give themselves its secrets by an access policy",
    )


RULE = Rule(
    id="key-vault-rbac",
    title="Key Vaults go by role assignments, not by access policies.",
    severity=Severity.HIGH,
    remedy="say `enableRbacAuthorization: true`",
    level=Level.ADVISORY,
    types=("Microsoft.KeyVault/vaults",),
    check=_check,
    covers=Covers(
        azure_policy=("Azure Key Vault should use RBAC permission model (12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5)",),
        psrule=("Azure.KeyVault.RBAC (AZR-000388)",),
    ),
    family="key vault",
)
