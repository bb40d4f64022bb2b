"""databricks-no-public-access: a Databricks workspace is reached by private endpoints."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "databricks-no-public-access",
    Switch(
        "Microsoft.Databricks/workspaces", "properties.publicNetworkAccess", must_be=("Disabled",), default="Enabled"
    ),
    why="whoever has a token can use it from anywhere",
    title="Databricks workspaces are reached by private endpoints only.",
    severity=Severity.MEDIUM,
    remedy="set `public_network_access: disabled` in `create`, with `vnet`, and make the private endpoints",
    fix=(Line("computes", "create.public_network_access", value="disabled", types=("databricks",)),),
    level=Level.DISABLED,
    family="compute",
)
