"""acr-no-public-access: images can't be pulled from anywhere."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity


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
    level=Level.DISABLED,
    types=("Microsoft.ContainerRegistry/registries",),
    check=_check,
    covers=Covers(
        azure_policy=(
            (
                "Public network access should be disabled for Container registries "
                "(0fdf0491-d080-4575-b627-ad0e843cba0f)"
            ),
            ("Configure Container registries to disable public network access (a3701552-92ea-433e-9d17-33b7f1208fc9)"),
            (
                "Container registries should not allow unrestricted network access "
                "(d0793b48-0edc-4296-a390-4c75d1bdfd71)"
            ),
            "Container registries should use private link (e8eef0a8-67cf-4eb4-9386-14b0e78733d4)",
        ),
        checkov=("CKV_AZURE_139",),
        psrule=("Azure.ACR.Firewall (AZR-000402)",),
    ),
    family="container registry",
)
