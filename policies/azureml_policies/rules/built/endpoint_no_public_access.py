"""endpoint-no-public-access: online endpoints answer inside the workspace's private network only."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.rule import Level, Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "endpoint-no-public-access",
    Switch(f"{WORKSPACE}/onlineEndpoints", "properties.publicNetworkAccess", must_be=("Disabled",), default="Enabled"),
    why="anybody on the internet can call it",
    title="Online endpoints answer inside the workspace's private network only.",
    severity=Severity.HIGH,
    remedy="set `public_network_access: disabled`; callers then need the workspace's private endpoint",
    fix=(Line("online_endpoints", "public_network_access", "disabled"),),
    level=Level.DISABLED,
    family="endpoints",
)
