"""access-owners-only: who may do what is for those who may change it, and nobody gives themselves what they lack."""

from __future__ import annotations

from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.rights.escalation import PROBES, grants_of
from azureml_policies.rules.rights.family import missing_rights, removals_of
from azureml_policies.run import Run

_AUTHORIZATION = "Microsoft.Authorization"
TYPES = (
    f"{_AUTHORIZATION}/roleAssignments",
    f"{_AUTHORIZATION}/roleDefinitions",
    f"{_AUTHORIZATION}/denyAssignments",
    f"{_AUTHORIZATION}/roleAssignmentScheduleRequests",
    f"{_AUTHORIZATION}/roleEligibilityScheduleRequests",
    f"{_AUTHORIZATION}/roleManagementPolicyAssignments",
    f"{_AUTHORIZATION}/policyDefinitions",
    f"{_AUTHORIZATION}/policySetDefinitions",
    f"{_AUTHORIZATION}/policyAssignments",
    f"{_AUTHORIZATION}/policyExemptions",
    f"{_AUTHORIZATION}/locks",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "Microsoft.KeyVault/vaults/accessPolicies",
)


def _check(write: Write, run: Run, _settings: Settings) -> Found:
    yield from missing_rights(write, run)
    yield from grants_of(write, run, PROBES)


RULE = Rule(
    id="access-owners-only",
    title="Roles, policies and locks are changed only by those who may, and nobody grants themselves what they lack.",
    severity=Severity.CRITICAL,
    remedy="ask an Owner or a Role Based Access Control Administrator to make the change",
    types=TYPES,
    check_run=_check,
    check_all=removals_of(TYPES),
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
