"""storage-no-public-access: storage can't be reached from anywhere."""

from __future__ import annotations

from azureml_policies.fixes import NoWord
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity


def _check(write: Write, _settings: Settings) -> Found:
    closed = write.text_at("properties.publicNetworkAccess") in ("disabled", "securedbyperimeter")
    if closed or write.text_at("properties.networkAcls.defaultAction") == "deny":
        bypass = write.text_at("properties.networkAcls.bypass", "AzureServices")
        if "azureservices" not in bypass and write.text_at("properties.publicNetworkAccess") != "securedbyperimeter":
            yield f"{write.name}: networkAcls.bypass must hold AzureServices: Azure ML itself can't reach the account"
    else:
        yield (
            f"{write.name}: publicNetworkAccess must be Disabled, or networkAcls.defaultAction Deny: "
            "whoever gets hold of a credential can use it from anywhere"
        )


RULE = Rule(
    id="storage-no-public-access",
    title="Storage accounts are reached from chosen networks only, and by Azure's own services.",
    severity=Severity.MEDIUM,
    remedy="set `publicNetworkAccess: Disabled`, with private endpoints for whoever works with the data",
    fix=(NoWord("publicNetworkAccess: Disabled"),),
    level=Level.DISABLED,
    types=("Microsoft.Storage/storageAccounts",),
    check=_check,
    family="storage",
)
