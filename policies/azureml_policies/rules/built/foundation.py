"""Rules on what stands beside a workspace: registries, storage, vaults, logs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.actions import ML, WORKSPACE
from azureml_policies.config import texts
from azureml_policies.fixes import Kept, Line, NoWord
from azureml_policies.requests.unknown import UnknownError, has_unknown, read, require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.beside import Pointing, at, diagnostic_settings
from azureml_policies.rules.checks.words import must_be_one_of, truth
from azureml_policies.run import Run

_ACR = "Microsoft.ContainerRegistry/registries"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_REGIONS = "properties.regionDetails"
_ANONYMOUS = "systemCreatedStorageAccount.allowBlobPublicAccess"


def _check_registry_no_public_access(write: Write, _settings: Settings) -> Found:
    why = "models and code in it can be asked for from anywhere"
    yield from must_be_one_of(write, "properties.publicNetworkAccess", ("Disabled",), "Enabled", why)
    for region in _items(write.read(_REGIONS), _REGIONS):
        accounts = read(region, "storageAccountDetails")
        if any(truth(read(one, _ANONYMOUS), default=False) for one in _items(accounts, f"{_REGIONS}.storage")):
            yield f"{write.name}: allowBlobPublicAccess must be false: anybody could read its files without signing in"


def _items(value: Any, path: str) -> Iterator[Any]:
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        yield require_known(item, f"{path}[{index}]")


REGISTRY_NO_PUBLIC_ACCESS = Rule(
    id="registry-no-public-access",
    title="Registries of Azure ML are reached by private endpoints only, and their files by nobody unknown.",
    severity=Severity.MEDIUM,
    remedy="set publicNetworkAccess: Disabled, and leave allowBlobPublicAccess out",
    fix=(Line("registries", "public_network_access", "disabled"),),
    level=Level.ADVISORY,
    types=(f"{ML}/registries",),
    check=_check_registry_no_public_access,
    family="endpoints",
)


def _check_acr_sku(write: Write, settings: Settings) -> Found:
    yield from must_be_one_of(
        write, "sku.name", settings["allowed"], "none", "private links need Premium, and Basic is for trying out"
    )


ACR_SKU = Rule(
    id="acr-sku",
    title="Container registries are of an allowed tier.",
    severity=Severity.MEDIUM,
    remedy="set `registry: {mode: managed, sku: standard}`",
    fix=(Line("registry", "sku", "Standard", setting="allowed"),),
    level=Level.DISABLED,
    types=(_ACR,),
    check=_check_acr_sku,
    settings={
        "allowed": texts(
            "The tiers that may be used; Premium alone where registries need private links.",
            ["Standard", "Premium"],
            among=["Basic", "Standard", "Premium"],
        )
    },
    family="container registry",
)


def _only_from_chosen_networks(rules: str, deed: str) -> Callable[[Write, Settings], Found]:
    """Return the check that something is closed, or denies what its rules on networks don't name."""

    def check(write: Write, _settings: Settings) -> Found:
        closed = write.text_at("properties.publicNetworkAccess") == "disabled"
        if not closed and write.text_at(f"properties.{rules}.defaultAction") != "deny":
            expected = f"publicNetworkAccess must be disabled, or {rules}.defaultAction Deny"
            yield f"{write.name}: {expected}: whoever gets hold of a token can {deed} from anywhere"

    return check


ACR_NO_PUBLIC_ACCESS = Rule(
    id="acr-no-public-access",
    title="Container registries are reached from chosen networks only.",
    severity=Severity.MEDIUM,
    remedy="set `sku: premium` for the registry, and `publicNetworkAccess: Disabled` with a private endpoint",
    fix=(NoWord("publicNetworkAccess: Disabled"),),
    level=Level.DISABLED,
    types=(_ACR,),
    check=_only_from_chosen_networks("networkRuleSet", "pull and push"),
    family="container registry",
)


KEY_VAULT_NETWORK = Rule(
    id="key-vault-network",
    title="Key Vaults are reached from chosen networks only.",
    severity=Severity.HIGH,
    remedy="set `publicNetworkAccess: disabled`, with a private endpoint for the workspace",
    fix=(NoWord("publicNetworkAccess: disabled"),),
    level=Level.DISABLED,
    types=("Microsoft.KeyVault/vaults",),
    check=_only_from_chosen_networks("networkAcls", "read secrets"),
    family="key vault",
)


def _check_storage_no_public_access(write: Write, _settings: Settings) -> Found:
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


STORAGE_NO_PUBLIC_ACCESS = Rule(
    id="storage-no-public-access",
    title="Storage accounts are reached from chosen networks only, and by Azure's own services.",
    severity=Severity.MEDIUM,
    remedy="set `publicNetworkAccess: Disabled`, with private endpoints for whoever works with the data",
    fix=(NoWord("publicNetworkAccess: Disabled"),),
    level=Level.DISABLED,
    types=(_ACCOUNT,),
    check=_check_storage_no_public_access,
    family="storage",
)


def _check_hbi_storage_private(plan: Plan, _run: Run, _settings: Settings) -> Found:
    for workspace in plan.writes:
        if workspace.is_a(WORKSPACE) and truth(workspace.read("properties.hbiWorkspace"), default=False):
            for account in _accounts(plan, workspace):
                if account.text_at("properties.publicNetworkAccess", "Enabled") == "enabled":
                    message = (
                        f"{account.name}: publicNetworkAccess must be Disabled: {workspace.name} is of high impact"
                    )
                    yield Finding(f"{message} and keeps its data there", account.planned.urn)


def _accounts(plan: Plan, workspace: Write) -> Iterator[Write]:
    """Yield the workspace's account, where it is in the plan too."""
    used = str(workspace.read("properties.storageAccount", ""))
    accounts = [write for write in plan.writes if write.is_a(_ACCOUNT)]
    if accounts and has_unknown(used):
        raise UnknownError(f"{workspace.name}: storage_account")
    yield from (write for write in accounts if ids.canonical(write.id) == ids.canonical(used))


HBI_STORAGE_PRIVATE = Rule(
    id="hbi-storage-private",
    title="The storage of a workspace of high business impact isn't reached from public networks.",
    severity=Severity.HIGH,
    remedy="bring the storage account along as `storage_account`, with its public network access off",
    fix=(Line("workspace", "storage_account", "ID", chosen=True),),
    level=Level.ADVISORY,
    check_all=_check_hbi_storage_private,
    family="workspace",
)


def _check_app_insights_workspace_based(write: Write, _settings: Settings) -> Found:
    if not write.read("properties.WorkspaceResourceId"):
        yield f"{write.name}: WorkspaceResourceId is needed: only Log Analytics has roles and retention for telemetry"


APP_INSIGHTS_WORKSPACE_BASED = Rule(
    id="app-insights-workspace-based",
    title="Application Insights keeps its data in a Log Analytics workspace.",
    severity=Severity.LOW,
    remedy="name a Log Analytics workspace in `workspaceResourceId`",
    fix=(Kept("workspaceResourceId: the id of a Log Analytics workspace"),),
    level=Level.ADVISORY,
    types=("Microsoft.Insights/components",),
    check=_check_app_insights_workspace_based,
    family="monitoring",
)


_LOG_TARGETS = (
    "workspaceId",
    "storageAccountId",
    "eventHubAuthorizationRuleId",
    "marketplacePartnerId",
    "logAnalyticsWorkspaceId",
    "eventhubAuthorizationRuleId",
)


def _check_diagnostic_settings(plan: Plan, _run: Run, settings: Settings) -> Found:
    wanted = {str(name).lower() for name in settings["types"]}
    there = diagnostic_settings(plan)
    for write in plan.writes:
        if write.type.lower() in wanted and not any(_keeps_logs(item) for item in at(there, write)):
            message = f"{write.name}: no diagnostic setting keeps its logs: nobody could tell afterwards what was done"
            yield Finding(message, write.planned.urn)


def _keeps_logs(setting: Pointing) -> bool:
    if not any(read(setting.properties, target) for target in _LOG_TARGETS):
        return False
    return any(
        _is_logged(item) for name in ("logs", "enabledLogs") for item in _log_list(read(setting.properties, name))
    )


def _log_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _is_logged(item: Any) -> bool:
    """Return whether a log is on; the classic provider's `enabledLogs` are by default."""
    return isinstance(item, Mapping) and truth(read(item, "enabled"), default="enabled" not in item)


DIAGNOSTIC_SETTINGS = Rule(
    id="diagnostic-settings",
    title="What happens in a workspace is kept in logs.",
    severity=Severity.MEDIUM,
    remedy="add a diagnostic setting with the category group `audit` or `allLogs` and a Log Analytics workspace",
    fix=(NoWord("a diagnostic setting for the workspace"),),
    level=Level.DISABLED,
    check_all=_check_diagnostic_settings,
    settings={
        "types": texts(
            "The ARM types that need one: further ones are "
            f"{ML}/registries, {WORKSPACE}/onlineEndpoints, Microsoft.KeyVault/vaults, …",
            [WORKSPACE],
        )
    },
    family="workspace",
)
"""Settings are looked for in the plan: those that Azure Policy or somebody else makes aren't seen.

Where that is how it is done, the rule is to be disabled.
"""
