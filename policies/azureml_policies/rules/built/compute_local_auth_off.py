"""compute-local-auth-off: nodes have no accounts of their own beside Microsoft Entra."""

from __future__ import annotations

from azureml_arm.actions import COMPUTE
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches
from azureml_policies.rules.checks.words import kind_of


def _has_nodes(write: Write) -> bool:
    return kind_of(write) in ("amlcompute", "computeinstance")


RULE = switches(
    "compute-local-auth-off",
    Switch(COMPUTE, "properties.disableLocalAuth", must_be=True, default=False),
    why="accounts on nodes stay when people lose their rights",
    title="Nodes of clusters and instances have no local accounts.",
    severity=Severity.HIGH,
    remedy="leave `ssh_settings` and `ssh_public_access_enabled` out: local accounts are off then",
    fix=(
        Line("computes", "ssh_settings", types=("amlcompute", "computeinstance")),
        Line("computes", "ssh_public_access_enabled", value=False, default=False),
    ),
    level=Level.ADVISORY,
    when=_has_nodes,
    family="compute",
)
