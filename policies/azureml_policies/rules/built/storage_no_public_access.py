"""storage-no-public-access: storage can't be reached from anywhere."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Level, Rule, Settings, Severity


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
    level=Level.DISABLED,
    types=("Microsoft.Storage/storageAccounts",),
    check=_check,
    covers=Covers(
        azure_policy=(
            "Storage accounts should disable public network access (b2982f36-99f2-4db5-8eff-283140c09693)",
            "Configure storage accounts to disable public network access (a06d0189-92e8-4dba-b0c4-08d7669fce7d)",
            "Storage accounts should restrict network access (34c877ad-507e-4c82-993e-3452a6e0ad3c)",
            (
                "Storage accounts should restrict network access using virtual network rules "
                "(2a1a9cdf-e04d-429a-8416-3bfb72a1b26f)"
            ),
            (
                "Storage accounts should restrict network access using virtual network rules (excluding "
                "storage accounts created by Databricks) "
                "(db4f9b05-5ffd-4b34-b714-3c710dbb3fd6)"
            ),
            (
                "Storage accounts should allow access from trusted Microsoft services "
                "(c9d007d0-c057-4772-b18c-01e546713bcd)"
            ),
        ),
        checkov=(
            "CKV_AZURE_59",
            "CKV_AZURE_35",
            "CKV_AZURE_36",
        ),
        psrule=("Azure.Storage.Firewall (AZR-000202)",),
    ),
    family="storage",
)
