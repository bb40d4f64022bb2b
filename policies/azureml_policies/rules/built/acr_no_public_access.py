"""acr-no-public-access: images can't be pulled from anywhere."""

from __future__ import annotations

from azureml_policies.fixes import NoWord
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity


def _check(write: Write, _settings: Settings) -> Found:
    closed = write.text_at("properties.publicNetworkAccess") == "disabled"
    if not closed and write.text_at("properties.networkRuleSet.defaultAction") != "deny":
        expected = "publicNetworkAccess must be disabled, or networkRuleSet.defaultAction Deny"
        yield f"{write.name}: {expected}: whoever gets hold of a token can pull and push from anywhere"


RULE = Rule(
    id="acr-no-public-access",
    title="Container registries are reached from chosen networks only.",
    severity=Severity.MEDIUM,
    remedy="set `sku: premium` for the registry, and `publicNetworkAccess: Disabled` with a private endpoint",
    fix=(NoWord("publicNetworkAccess: Disabled"),),
    level=Level.DISABLED,
    types=("Microsoft.ContainerRegistry/registries",),
    check=_check,
    family="container registry",
)
