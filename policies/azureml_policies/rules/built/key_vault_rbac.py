"""key-vault-rbac: who reads secrets is a role assignment."""

from __future__ import annotations

from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "key-vault-rbac",
    Switch("Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", must_be=True, default=False),
    why="whoever may write the vault can give themselves its secrets by an access policy",
    title="Key Vaults go by role assignments, not by access policies.",
    severity=Severity.HIGH,
    remedy="set `enableRbacAuthorization: true`",
    level=Level.ADVISORY,
    family="key vault",
)
