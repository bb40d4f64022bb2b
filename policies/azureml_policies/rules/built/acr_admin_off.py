"""acr-admin-off: images are pulled and pushed with identities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Rule, Settings, Severity
from azureml_policies.rules.checks.arguments import with_argument
from azureml_policies.rules.checks.words import off, truth

_REGISTRY = "Microsoft.ContainerRegistry/registries"


def _check(write: Write, _settings: Settings) -> Found:
    yield from off(
        write, "properties.adminUserEnabled", default=False, why="its password pushes images as nobody in particular"
    )


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    return with_argument(
        planned, _REGISTRY, "adminUserEnabled", value=False, right=lambda said: not truth(said, default=False)
    )


RULE = Rule(
    id="acr-admin-off",
    title="Container registries have no admin account.",
    severity=Severity.HIGH,
    remedy="leave `adminUserEnabled` out, and give the workspace's identity AcrPush",
    types=(_REGISTRY,),
    check=_check,
    remediate=_remediate,
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
