"""acr-no-anonymous-pull: nobody pulls images without saying who they are."""

from __future__ import annotations

from azureml_policies.rule import Covers, Severity
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
    covers=Covers(
        azure_policy=(
            (
                "Container registries should have anonymous authentication disabled. "
                "(9f2dea28-e834-476c-99c5-3507b4728395)"
            ),
            (
                "Configure container registries to disable anonymous authentication. "
                "(cced2946-b08a-44fe-9fd9-e4ed8a779897)"
            ),
        ),
        checkov=("CKV_AZURE_138",),
        psrule=("Azure.ACR.AnonymousAccess (AZR-000401)",),
    ),
    family="container registry",
)
