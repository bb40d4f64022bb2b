"""acr-sku: the registry's tier has what is asked of it."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import said_as


def _check(write: Write, settings: Settings) -> Found:
    yield from said_as(
        write, "sku.name", settings["allowed"], "none", "private links need Premium, and Basic is for trying out"
    )


RULE = Rule(
    id="acr-sku",
    title="Container registries are of an allowed tier.",
    severity=Severity.MEDIUM,
    remedy="set `registry: {mode: managed, sku: standard}`",
    level=Level.DISABLED,
    types=("Microsoft.ContainerRegistry/registries",),
    check=_check,
    settings={
        "allowed": {
            "type": "array",
            "items": {"type": "string", "enum": ["Basic", "Standard", "Premium"]},
            "default": ["Standard", "Premium"],
            "description": "The tiers that may be used; Premium alone where registries need private links.",
        },
    },
    covers=Covers(
        azure_policy=(
            ("Container registries should have SKUs that support Private Links (bd560fc0-3c69-498a-ae9f-aa8eb7de0e13)"),
        ),
        psrule=("Azure.ACR.MinSku (AZR-000006)",),
    ),
    family="container registry",
)
