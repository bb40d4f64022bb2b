"""Rights that people would give themselves: a role assignment or a custom role in the very plan that is judged."""

from collections.abc import Iterator, Mapping, Sequence

from azureml_arm import roles
from azureml_arm.actions import ANY_COMPUTE, WORKSPACE
from azureml_arm.rbac.model import Permission
from azureml_arm.rbac.patterns import may_permit
from azureml_policies.baseline.model import Op
from azureml_policies.requester.model import Person
from azureml_policies.requests.unknown import has_unknown, is_unknown, require_all_known
from azureml_policies.requests.write import Write
from azureml_policies.rules.rights.asking import known_part
from azureml_policies.run import Run, subscription_of

ASSIGNMENT = "microsoft.authorization/roleassignments"
SCHEDULED = (
    "microsoft.authorization/roleassignmentschedulerequests",
    "microsoft.authorization/roleeligibilityschedulerequests",
)
DEFINITION = "microsoft.authorization/roledefinitions"

PROBES: tuple[str, ...] = (
    *ANY_COMPUTE,
    f"{WORKSPACE}/write",
    f"{WORKSPACE}/delete",
    f"{WORKSPACE}/listKeys/action",
    f"{WORKSPACE}/datastores/listSecrets/action",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Resources/deployments/write",
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.KeyVault/vaults/write",
)
"""Actions that decide whether a role is worth giving oneself."""


def grants_of(write: Write, run: Run, actions: Sequence[str] = ANY_COMPUTE) -> Iterator[str]:
    """Yield what whoever asks would gain by a write, and lacks."""
    type_ = write.type.lower()
    if type_ not in (ASSIGNMENT, *SCHEDULED, DEFINITION) or run.change(write).op is Op.SAME:
        return
    permissions = _permissions_of_definition(write) if type_ == DEFINITION else _permissions_of_assignment(write)
    scope = known_part(write.id)[0].lower().partition("/providers/microsoft.authorization/")[0]
    if not run.requester.persons:
        yield f"{write.planned.name}: changes who may do what, and nobody is known to ask: {run.requester.problem}"
    for person in run.requester.persons:
        gained = [action for action in actions if permissions is None or may_permit(permissions, action)]
        lacking = [action for action in gained if not run.decide(person, action, scope or "/").allowed]
        if lacking and (type_ == DEFINITION or _is_for(write, person, run, scope)):
            yield _describe_grant(write, person, lacking, role_known=permissions is not None)


def _describe_grant(write: Write, person: Person, lacking: Sequence[str], *, role_known: bool) -> str:
    role = "a role" if role_known else "a role whose permissions aren't known here, so perhaps all,"
    verb = "would define" if write.type.lower() == DEFINITION else "would give you"
    return (
        f"{write.planned.name}: {verb} {role} with {lacking[0]}{_more(lacking)}, which you ({person.name}) don't have; "
        "nobody grants themselves what they lack: ask someone who has it, or an Owner"
    )


def _more(items: Sequence[str]) -> str:
    return f" and {len(items) - 1} more" if len(items) > 1 else ""


def _is_for(write: Write, person: Person, run: Run, scope: str) -> bool:
    """Return whether an assignment reaches a person: directly, or through a group that they are, or may be, in.

    A principal that isn't known yet may be the person, unless it is said to be an application or an identity.
    """
    properties = write.read("properties", {})
    kind = str(properties.get("principalType") or "").lower()
    principal = str(properties.get("principalId") or "").lower()
    if principal == person.object_id.lower() or principal in person.groups:
        return True
    if kind == "serviceprincipal" or (kind in ("user", "device") and not has_unknown(principal)):
        return False
    return principal not in run.roles.facts(person, subscription_of(scope)).other_groups


def _permissions_of_assignment(write: Write) -> list[Permission] | None:
    """Return what an assignment's role grants; None where the role isn't known here."""
    given = write.body.get("properties", {}).get("roleDefinitionId")
    role = None if is_unknown(given) else roles.find(str(given))
    if role is None or not role.detailed:
        return None
    return [Permission(tuple(role.actions), tuple(role.not_actions))]


def _permissions_of_definition(write: Write) -> list[Permission] | None:
    blocks = require_all_known(write.read("properties.permissions", []), "permissions")
    return [Permission.of_actions(block) for block in blocks if isinstance(block, Mapping)]
