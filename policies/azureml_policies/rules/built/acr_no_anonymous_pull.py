"""acr-no-anonymous-pull: nobody pulls images without saying who they are."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import Switch, switches

RULE = switches(
    "acr-no-anonymous-pull",
    Switch("Microsoft.ContainerRegistry/registries", "properties.anonymousPullEnabled", must_be=False, default=False),
    why="anybody on the internet could pull the images",
    title="Container registries give no images to anonymous callers.",
    severity=Severity.HIGH,
    remedy="leave `anonymousPullEnabled` out",
    remediable=True,
    family="container registry",
)
