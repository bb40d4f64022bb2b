"""databricks-no-public-ip: machines of Databricks can't be reached from outside."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "databricks-no-public-ip",
    # Azure's default since API version 2024-05-01:
    # https://learn.microsoft.com/azure/databricks/security/network/classic/secure-cluster-connectivity
    Switch(
        "Microsoft.Databricks/workspaces", "properties.parameters.enableNoPublicIp.value", must_be=True, default=True
    ),
    why="a public address is a way in to its machines",
    title="Machines of a Databricks workspace have no public addresses.",
    severity=Severity.HIGH,
    remedy="leave `public_ip` out of `create`, or set it to false",
    fix=(Line("computes", "create.public_ip", value=False, types=("databricks",), default=False),),
    family="compute",
)
