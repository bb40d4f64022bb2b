"""Azure's decision on one action: what some assignment grants, and no deny assignment takes away.

As told in https://learn.microsoft.com/azure/role-based-access-control/overview (how a user's access is determined).
Whatever can't be told here doesn't grant (a condition, a role that isn't known) or does deny (a group whose members
aren't known), and the reason says so. Not-actions only take from the actions beside them: another role may grant the
same. Data actions are apart and never grant a management action.
"""

from __future__ import annotations

from azureml_arm.rbac.model import (
    EVERYONE,
    Assignment,
    Decision,
    DenyAssignment,
    Effect,
    Principal,
    Reason,
    RoleDefinition,
    RoleFacts,
)
from azureml_arm.rbac.patterns import match_any, permits
from azureml_arm.rbac.scopes import covers, is_below, may_cover, segments

_Parts = tuple[str, ...]


def decide(action: str, scope: str, person: Principal, facts: RoleFacts) -> Decision:
    """Return whether a person may do an action at a scope, by what is known of the person's rights there."""
    target = segments(scope)
    if target is None or not action or "*" in action:
        return Decision(allowed=False, action=action, scope=scope, reasons=(_unreadable(action, scope),))
    reasons = [_assignment_reason(item, action, target, person, facts) for item in facts.assignments]
    reasons += [_deny_reason(item, action, target, person, facts) for item in facts.denies]
    effects = {reason.effect for reason in reasons}
    allowed = Effect.GRANTS in effects and Effect.DENIES not in effects
    return Decision(allowed=allowed, action=action, scope=scope, reasons=tuple(reasons))


def roles_of(person: Principal, facts: RoleFacts, scope: str) -> list[str]:
    """Return the names of the roles that a person has at a scope, for messages; those under a condition say so."""
    target = segments(scope)
    if target is None:
        return []
    held = [item for item in facts.assignments if _is_theirs(item, person, facts) and _reaches(item.scope, target)]
    return sorted({item.role.name + (" (under a condition)" if item.condition else "") for item in held})


def _unreadable(action: str, scope: str) -> Reason:
    if action and "*" not in action:
        return Reason(f"scope {scope!r}", Effect.DENIES, "it can't be read as an ARM id; write it as Azure shows it")
    return Reason(f"action {action!r}", Effect.DENIES, "it is no single action")


def _assignment_reason(item: Assignment, action: str, target: _Parts, person: Principal, facts: RoleFacts) -> Reason:
    obstacle = _obstacle(item, target, person, facts) or _shortfall(item.role, action)
    what = f"{item.role.name} at {item.scope}"
    if obstacle:
        return Reason(what, Effect.NOTHING, obstacle, item.id, item.scope)
    return Reason(what, Effect.GRANTS, f"grants {action}{_through(item, person)}", item.id, item.scope)


def _obstacle(item: Assignment, target: _Parts, person: Principal, facts: RoleFacts) -> str:
    """Return why an assignment says nothing about this person and scope; empty where it does."""
    if not _is_theirs(item, person, facts):
        return f"it is for {item.principal_id}, who is neither {person.name} nor a known group of theirs"
    if segments(item.scope) is None:
        return "its scope can't be read, so it isn't counted"
    if not _reaches(item.scope, target):
        return "its scope is neither this one nor above it"
    if item.condition:
        return f"it holds only under a condition, which isn't evaluated here, so it isn't counted: {item.condition}"
    return ""


def _shortfall(role: RoleDefinition, action: str) -> str:
    """Return why a role doesn't grant an action; empty where it does."""
    if not role.known:
        return f"the definition of role {role.id} isn't known, so it isn't counted"
    if permits([block for block in role.permissions if not block.condition], action):
        return ""
    if permits(role.permissions, action):
        return f"it grants {action} only under a condition in the role itself, which isn't evaluated here"
    if any(match_any(block.actions, action) for block in role.permissions):
        return f"its NotActions take {action} out"
    if any(match_any(block.data_actions, action) for block in role.permissions):
        return f"it has {action} only among its data actions"
    return f"its actions don't have {action}"


def _is_theirs(item: Assignment, person: Principal, facts: RoleFacts) -> bool:
    return facts.resolved or item.principal_id.lower() in _identities(person, facts)


def _identities(person: Principal, facts: RoleFacts) -> set[str]:
    """Return the person and the groups they are known to be in."""
    known = {person.object_id, *person.groups, *facts.groups}
    return {item.lower() for item in known if item} - {EVERYONE}


def _through(item: Assignment, person: Principal) -> str:
    return "" if item.principal_id.lower() == person.object_id.lower() else f" through group {item.principal_id}"


def _reaches(scope: str, target: _Parts) -> bool:
    outer = segments(scope)
    return outer is not None and covers(outer, target)


def _deny_reason(item: DenyAssignment, action: str, target: _Parts, person: Principal, facts: RoleFacts) -> Reason:
    what = f"deny assignment {item.name or item.id} at {item.scope}"
    spared = _exemption(item, action, target)
    if spared:
        return Reason(what, Effect.NOTHING, spared, item.id, item.scope)
    concerns, why = _concerns(item, person, facts)
    effect = Effect.DENIES if concerns else Effect.NOTHING
    return Reason(what, effect, f"denies {action} {why}" if concerns else why, item.id, item.scope)


def _exemption(item: DenyAssignment, action: str, target: _Parts) -> str:
    """Return why a deny doesn't reach this action and scope; empty where it does, or where that can't be told."""
    outer = segments(item.scope)
    if outer is not None and not may_cover(outer, target):
        return "its scope is neither this one nor above it"
    if outer is not None and item.not_for_children and is_below(target, outer):
        return "it doesn't hold below its own scope"
    if not permits(item.permissions, action):
        return f"it doesn't name {action}"
    return ""


def _concerns(item: DenyAssignment, person: Principal, facts: RoleFacts) -> tuple[bool, str]:
    """Return whether a deny is for this person, and how that is known."""
    theirs = _identities(person, facts)
    if any(one.lower() in theirs for one in item.excluded):
        return False, f"{person.name} is excluded from it"
    named = {one.lower() for one in item.principals}
    if EVERYONE in named:
        return True, "to everyone but those it excludes"
    if named & theirs:
        return True, f"to {person.name} or a group of theirs"
    if maybe := sorted(named - item.individuals - facts.other_groups):
        return True, f"to {', '.join(maybe)}; whether {person.name} is in there isn't known, so it counts"
    return False, f"it isn't for {person.name}"
