"""acr-sku: the registry's tier has what is asked of it."""

from __future__ import annotations

from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import must_be_one_of


def _check(write: Write, settings: Settings) -> Found:
    yield from must_be_one_of(
        write, "sku.name", settings["allowed"], "none", "private links need Premium, and Basic is for trying out"
    )


RULE = Rule(
    id="acr-sku",
    title="Container registries are of an allowed tier.",
    severity=Severity.MEDIUM,
    remedy="set `registry: {mode: managed, sku: standard}`",
    fix=(Line("registry", "sku", "Standard", setting="allowed"),),
    level=Level.DISABLED,
    types=("Microsoft.ContainerRegistry/registries",),
    check=_check,
    settings={
        "allowed": texts(
            "The tiers that may be used; Premium alone where registries need private links.",
            ["Standard", "Premium"],
            among=["Basic", "Standard", "Premium"],
        )
    },
    family="container registry",
)
