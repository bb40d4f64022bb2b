"""datastore-credentials-admins-only: credentials that everybody in a workspace can use are put there by its admins."""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.rights.family import missing_rights, removals_of
from azureml_policies.rules.rights.scopes import workspace_of
from azureml_policies.run import Run

DATASTORE = f"{WORKSPACE}/datastores"
CONNECTION = f"{WORKSPACE}/connections"
TYPES = (DATASTORE, CONNECTION)
_KEYLESS = ("none", "aad", "managedidentity", "useridentity", "accountmanagedidentity", "")


def _check(write: Write, run: Run, settings: Settings) -> Found:
    if has_credentials(write):
        yield from missing_rights(write, run, lambda write: [(settings["needs"], workspace_of(write.id))])
    else:
        yield from missing_rights(write, run)


def has_credentials(write: Write) -> bool:
    """Return whether a datastore or connection holds a credential, rather than using an identity."""
    if write.is_a(CONNECTION):
        return write.text_at("properties.authType") not in _KEYLESS
    return write.text_at("properties.credentials.credentialsType") not in _KEYLESS


RULE = Rule(
    id="datastore-credentials-admins-only",
    title="Datastores and connections with a credential in them are changed only by admins of the workspace.",
    severity=Severity.HIGH,
    remedy="use identity-based access (leave `credentials` out), or ask a Contributor of the workspace",
    types=TYPES,
    check_run=_check,
    check_all=removals_of(TYPES),
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
