"""workspace-settings-admins-only: the workspace and what it stands on are for those who may change them in Azure."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.rights.family import missing_rights, removals_of
from azureml_policies.run import Run

TYPES = (
    WORKSPACE,
    f"{WORKSPACE}/outboundRules",
    f"{WORKSPACE}/managedNetworks*",
    "*/privateEndpointConnections",
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "*/diagnosticSettings",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Network/*",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
)


def _check(write: Write, run: Run, _settings: Settings) -> Found:
    yield from missing_rights(write, run)


RULE = Rule(
    id="workspace-settings-admins-only",
    title="The workspace, its storage, vault, registry and network are changed only by those who may in Azure.",
    severity=Severity.HIGH,
    remedy="ask a Contributor of the resource group to make the change",
    types=TYPES,
    check_run=_check,
    check_all=removals_of(TYPES),
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
