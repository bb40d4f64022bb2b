"""Roles, assignments and denies in a few words, and who may do what by them."""

from collections.abc import Iterable

from azureml_arm.rbac.builtin import definition
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import EVERYONE, Assignment, Decision, DenyAssignment, Permission, RoleDefinition, RoleFacts
from azureml_arm.roles import find
from azureml_policies.requester.model import Person

S = "/subscriptions/11111111-0000-4000-8000-000000000001"
RG = f"{S}/resourceGroups/rg"
WORKSPACE = f"{RG}/providers/Microsoft.MachineLearningServices/workspaces/ws"
CLUSTER = f"{WORKSPACE}/computes/aml-cluster"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/contoso"
WS = "Microsoft.MachineLearningServices/workspaces"
CREATE = f"{WS}/computes/write"
DANA = Person("d0000000-0000-4000-8000-00000000da7a", "dana")
EVE = "e0000000-0000-4000-8000-0000000000ee"
TEAM = "a0000000-0000-4000-8000-0000000000aa"
OTHER_TEAM = "b0000000-0000-4000-8000-0000000000bb"


def builtin(name: str) -> RoleDefinition:
    """Return a built-in role by its name."""
    role = find(name)
    assert role is not None, name
    return definition(role)


def custom(*actions: str, without: tuple[str, ...] = (), data: tuple[str, ...] = ()) -> RoleDefinition:
    """Return a custom role of some actions."""
    return RoleDefinition("c", "Custom", (Permission(actions, without, data),), custom=True)


def holds(role: RoleDefinition, scope: str = S, principal: str = DANA.object_id, condition: str = "") -> Assignment:
    """Return an assignment of a role."""
    return Assignment("id", scope, role, principal, "User", condition or None)


def denies(
    *actions: str,
    scope: str = S,
    principals: Iterable[str] = (EVERYONE,),
    excluded: Iterable[str] = (),
    not_for_children: bool = False,
    individuals: Iterable[str] = (),
) -> DenyAssignment:
    """Return a deny assignment of some actions."""
    block = (Permission(actions),)
    return DenyAssignment(
        "id", "Lock", scope, block, tuple(principals), tuple(excluded), not_for_children, frozenset(individuals)
    )


def decision_on(
    *assignments: Assignment,
    action: str = CREATE,
    scope: str = CLUSTER,
    deny: DenyAssignment | None = None,
    person: Person = DANA,
) -> Decision:
    """Return whether somebody with these assignments may do an action."""
    return decide(action, scope, person, RoleFacts(assignments, (deny,) if deny else (), "test"))


def why(decision: Decision) -> str:
    """Return the reasons of a decision, a line each."""
    return "\n".join(map(str, decision.reasons))
