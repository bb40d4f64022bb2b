"""Rules on who may change a type of resource, with one right more where it rents machines or holds a credential."""

from azureml_arm.actions import BATCH_DEPLOYMENT, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_arm.ids import workspace_of
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.rights.asking import may
from azureml_policies.rules.rights.family import missing_rights, removals_of
from azureml_policies.rules.rights.renting import rent, rents_more
from azureml_policies.run import Run

DEPLOYMENTS = (ONLINE_DEPLOYMENT, BATCH_DEPLOYMENT, SERVERLESS_ENDPOINT, f"{WORKSPACE}/inferencePools")
_CONNECTION = f"{WORKSPACE}/connections"
_OPENING = (f"{WORKSPACE}/datastores", _CONNECTION)
_KEYLESS = ("none", "aad", "managedidentity", "useridentity", "accountmanagedidentity", "")
_SETTINGS = (
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
"""The workspace, and what it stands on."""


def _check_deployment(write: Write, run: Run, _settings: Settings) -> Found:
    yield from missing_rights(write, run, lambda write: _needs_of(write, run))


def _needs_of(write: Write, run: Run) -> list[tuple[str, str]]:
    """Return the right to rent, for a deployment that rents more than before; it isn't asked for where it is had."""
    action, scope = rent(run), workspace_of(write.id)
    return [] if may(run, action, scope) or rents_more(write, run) is None else [(action, scope)]


ENDPOINTS_OPERATORS_ONLY = Rule(
    id="endpoints-operators-only",
    title="Deployments that rent machines are changed only by those who may create compute.",
    severity=Severity.HIGH,
    remedy="ask someone with the role AzureML Compute Operator beside AzureML Data Scientist (or Contributor)",
    types=DEPLOYMENTS,
    check_run=_check_deployment,
    check_all=removals_of(DEPLOYMENTS),
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
"""Azure lets every data scientist make them."""


def _check_credentials(write: Write, run: Run, settings: Settings) -> Found:
    if _has_credentials(write):
        yield from missing_rights(write, run, lambda write: [(settings["needs"], workspace_of(write.id))])
    else:
        yield from missing_rights(write, run)


def _has_credentials(write: Write) -> bool:
    """Return whether a datastore or connection holds a credential, rather than using an identity."""
    place = "authType" if write.is_a(_CONNECTION) else "credentials.credentialsType"
    return write.text_at(f"properties.{place}") not in _KEYLESS


DATASTORE_CREDENTIALS_ADMINS_ONLY = Rule(
    id="datastore-credentials-admins-only",
    title="Datastores and connections with a credential in them are changed only by admins of the workspace.",
    severity=Severity.HIGH,
    remedy="use identity-based access (leave `credentials` out), or ask a Contributor of the workspace",
    types=_OPENING,
    check_run=_check_credentials,
    check_all=removals_of(_OPENING),
    settings={
        "needs": {
            "type": "string",
            "default": f"{WORKSPACE}/write",
            "description": "The action on the workspace that makes someone an admin of its credentials.",
        }
    },
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
"""Everybody in a workspace can use them."""


def _check_settings(write: Write, run: Run, _settings: Settings) -> Found:
    yield from missing_rights(write, run)


WORKSPACE_SETTINGS_ADMINS_ONLY = Rule(
    id="workspace-settings-admins-only",
    title="The workspace, its storage, vault, registry and network are changed only by those who may in Azure.",
    severity=Severity.HIGH,
    remedy="ask a Contributor of the resource group to make the change",
    types=_SETTINGS,
    check_run=_check_settings,
    check_all=removals_of(_SETTINGS),
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
