"""acr-admin-off: images are pulled and pushed with identities."""

from __future__ import annotations

from azureml_policies.rule import Covers, Severity
from azureml_policies.rules.checks.switches import switch

RULE = switch(
    "acr-admin-off",
    "Microsoft.ContainerRegistry/registries",
    "properties.adminUserEnabled",
    must_be=False,
    azure_default=False,
    why="its password pushes images as nobody in particular",
    title="Container registries have no admin account.",
    severity=Severity.HIGH,
    remedy="leave `adminUserEnabled` out, and give the workspace's identity AcrPush",
    remediable=True,
    covers=Covers(
        azure_policy=(
            ("Container registries should have local admin account disabled. (dc921057-6b28-4fbe-9b83-f7bec05db6c2)"),
            ("Configure container registries to disable local admin account. (79fdfe03-ffcb-4e55-b4d0-b925b8241759)"),
        ),
        checkov=("CKV_AZURE_137",),
        psrule=("Azure.ACR.AdminUser (AZR-000005)",),
    ),
    family="container registry",
)
