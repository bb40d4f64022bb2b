"""acr-admin-off: images are pulled and pushed with identities."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "acr-admin-off",
    Switch("Microsoft.ContainerRegistry/registries", "properties.adminUserEnabled", must_be=False, default=False),
    why="its password pushes images as nobody in particular",
    title="Container registries have no admin account.",
    severity=Severity.HIGH,
    remedy="leave `adminUserEnabled` out, and give the workspace's identity AcrPush",
    remediable=True,
    family="container registry",
)
