"""key-vault-rbac: who reads secrets is a role assignment."""

from __future__ import annotations

from azureml_policies.rule import Covers, Level, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "key-vault-rbac",
    "Microsoft.KeyVault/vaults",
    "properties.enableRbacAuthorization",
    must_be=True,
    azure_default=False,
    why="whoever may write the vault can give themselves its secrets by an access policy",
    title="Key Vaults go by role assignments, not by access policies.",
    severity=Severity.HIGH,
    remedy="set `enableRbacAuthorization: true`",
    level=Level.ADVISORY,
    covers=Covers(
        azure_policy=("Azure Key Vault should use RBAC permission model (12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5)",),
        psrule=("Azure.KeyVault.RBAC (AZR-000388)",),
    ),
    family="key vault",
)
