"""access-owners-only: who may do what is for those who may change it, and nobody gives themselves what they lack."""

from collections.abc import Sequence

from azureml_arm.actions import COMPUTE
from azureml_arm.names import assignment_guid
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.rights.escalation import PROBES, grants_of
from azureml_policies.rules.rights.family import known_removals, missing_rights, removals
from azureml_policies.run import Run

_AUTHORIZATION = "Microsoft.Authorization"
_ASSIGNMENT = f"{_AUTHORIZATION}/roleAssignments"
TYPES = (
    f"{_AUTHORIZATION}/*",
    "Microsoft.ManagedServices/*",
    "*/federatedIdentityCredentials",
    "*/accessPolicies",
    "*/*AccessPolicyAssignments",
    "*/*RoleAssignments",
    "*/*RoleDefinitions",
    "*/trustedAccessRoleBindings",
)
"""Whatever gives rights, by the names that Azure's types have: role assignments, scheduled and eligible ones and their
management policies, deny assignments, Azure Policies, locks; Lighthouse; who may act as an identity; the roles that
services have of their own."""


def _removals(plan: Plan, run: Run, _settings: Settings) -> Found:
    """Yield who may not remove roles and locks. The roles of a compute's own identity go with the compute: they give
    nobody anything without it, and who may remove it is another rule's matter.
    """
    gone = [write.id for write in known_removals(plan, run) if write.is_a(COMPUTE)]
    yield from removals(plan, run, lambda write: RULE.looks_at(write.type) and not _goes_with(write, gone))


def _goes_with(write: Write, computes: Sequence[str]) -> bool:
    """Return whether an assignment has the name that `Compute` gives those of one of these computes."""
    if not write.is_a(_ASSIGNMENT):
        return False
    scope, role = write.id.partition(f"/providers/{_ASSIGNMENT}/")[0], str(write.read("properties.roleDefinitionId"))
    return any(write.name.lower() == assignment_guid(scope, compute, role) for compute in computes)


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
    check_all=_removals,
    decides=True,
    lowest=Level.ADVISORY,
    family="permissions",
)
