"""acr-no-anonymous-pull: nobody pulls images without saying who they are."""

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
        write, "properties.anonymousPullEnabled", default=False, why="anybody on the internet could pull the images"
    )


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    return with_argument(
        planned, _REGISTRY, "anonymousPullEnabled", value=False, right=lambda said: not truth(said, default=False)
    )


RULE = Rule(
    id="acr-no-anonymous-pull",
    title="Container registries give no images to anonymous callers.",
    severity=Severity.HIGH,
    remedy="leave `anonymousPullEnabled` out",
    types=(_REGISTRY,),
    check=_check,
    remediate=_remediate,
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
