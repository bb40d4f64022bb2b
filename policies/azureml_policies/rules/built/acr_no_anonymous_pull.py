"""acr-no-anonymous-pull: nobody pulls images without saying who they are."""

from __future__ import annotations

from azureml_policies.rule import Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "acr-no-anonymous-pull",
    "Microsoft.ContainerRegistry/registries",
    "properties.anonymousPullEnabled",
    must_be=False,
    azure_default=False,
    why="anybody on the internet could pull the images",
    title="Container registries give no images to anonymous callers.",
    severity=Severity.HIGH,
    remedy="leave `anonymousPullEnabled` out",
    remediable=True,
    family="container registry",
)
