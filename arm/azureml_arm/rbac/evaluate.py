"""Azure's decision on one action: what some assignment grants, and no deny assignment takes away.

As in https://learn.microsoft.com/azure/role-based-access-control/overview (how a user's access is determined).
Whatever can't be known here doesn't grant (a condition that `conditions` doesn't read, a role that isn't known) or does
deny (a group whose members aren't known), and the reason says so. Not-actions only take from the actions beside them:
another role may grant the same. Data actions are apart and never grant a management action.
"""

from dataclasses import dataclass

from azureml_arm.rbac.conditions import Attributes, holds
from azureml_arm.rbac.model import (
    EVERYONE,
    Assignment,
    Decision,
    DenyAssignment,
    Effect,
    Permission,
    Principal,
    Reason,
    RoleDefinition,
    RoleFacts,
)
from azureml_arm.rbac.patterns import denies, may_match, may_permit, permits
from azureml_arm.rbac.scopes import covers, is_below, may_cover, segments

_Parts = tuple[str, ...]


def decide(
    action: str, scope: str, person: Principal, facts: RoleFacts, attributes: Attributes | None = None
) -> Decision:
    """Return whether a person may do an action at a scope, by what is known of the person's rights there. `attributes`
    are those of the role assignment that it is about, for conditions.
    """
    target = segments(scope)
    if target is None or not action or "*" in action:
        return Decision(allowed=False, action=action, scope=scope, reasons=(_unreadable(action, scope),))
    asked = _Asked(action, target, person, attributes)
    reasons = [_assignment_reason(item, asked, facts) for item in facts.assignments]
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


@dataclass(frozen=True)
class _Asked:
    """One question: who would do what where, and to which role assignment."""

    action: str
    target: _Parts
    person: Principal
    attributes: Attributes | None


def _assignment_reason(item: Assignment, asked: _Asked, facts: RoleFacts) -> Reason:
    what = f"{item.role.name} at {item.scope}"
    obstacle = _obstacle(item, asked, facts) or _shortfall(item.role, asked) or _unmet_condition(item, asked)
    if obstacle:
        return Reason(what, Effect.NOTHING, obstacle, item.id, item.scope)
    return Reason(what, Effect.GRANTS, f"grants {asked.action}{_through(item, asked.person)}", item.id, item.scope)


def _obstacle(item: Assignment, asked: _Asked, facts: RoleFacts) -> str:
    """Return why an assignment says nothing about this person and scope; empty where it does."""
    if not _is_theirs(item, asked.person, facts):
        return f"it is for {item.principal_id}, who is neither {asked.person.name} nor a known group of theirs"
    if segments(item.scope) is None:
        return "its scope can't be read, so it isn't counted"
    if not _reaches(item.scope, asked.target):
        return "its scope is neither this one nor above it"
    return ""


def _unmet_condition(item: Assignment, asked: _Asked) -> str:
    """Return why an assignment's condition keeps it from counting; empty where there is none, or it is met."""
    met = holds(item.condition, asked.action, asked.attributes) if item.condition else True
    if met:
        return ""
    why = "which isn't evaluated here, so it isn't counted" if met is None else "which isn't met"
    return f"it holds only under a condition, {why}: {item.condition}"


def _shortfall(role: RoleDefinition, asked: _Asked) -> str:
    """Return why a role doesn't grant an action; empty where it does."""
    action = asked.action
    if not role.known:
        return f"the definition of role {role.id} isn't known, so it isn't counted"
    if permits([block for block in role.permissions if _applies(block, asked)], action):
        return ""
    if permits(role.permissions, action):
        return f"it grants {action} only under a condition in the role itself, which isn't evaluated here"
    if any(may_match(one, action) for block in role.permissions for one in block.actions):
        taken = may_permit(role.permissions, action)
        return f"its wildcards may not stand for {action}" if taken else f"its NotActions take {action} out"
    if any(may_match(one, action) for block in role.permissions for one in block.data_actions):
        return f"it has {action} only among its data actions"
    return f"its actions don't have {action}"


def _applies(block: Permission, asked: _Asked) -> bool:
    """Return whether a block of a role has no condition, or one that is met."""
    return not block.condition or holds(block.condition, asked.action, asked.attributes) is True


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
    """Return why a deny doesn't reach this action and scope; empty where it does, or where that can't be determined."""
    outer = segments(item.scope)
    if outer is not None and not may_cover(outer, target):
        return "its scope is neither this one nor above it"
    if outer is not None and item.not_for_children and is_below(target, outer):
        return "it doesn't hold below its own scope"
    if not any(denies(block.actions, block.not_actions, action) for block in item.permissions):
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
