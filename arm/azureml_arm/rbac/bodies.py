"""ARM's bodies of Microsoft.Authorization, read into the model.

Shapes: https://learn.microsoft.com/rest/api/authorization/role-assignments, role-definitions and deny-assignments.
"""

from collections.abc import Mapping
from typing import Any

from azureml_arm.rbac.model import EVERYONE, Assignment, DenyAssignment, Permission, RoleDefinition

LISTS = ("actions", "notActions", "dataActions", "notDataActions")
"""ARM's names of what a permission block lists."""
_EVERYONE_TYPES = frozenset({"systemdefined", "everyone"})
_INDIVIDUALS = frozenset({"user", "serviceprincipal", "device"})


class MalformedError(ValueError):
    """A body that isn't what ARM answers."""


def role_definition(body: Any) -> RoleDefinition:
    """Return a role definition."""
    properties = _properties(body)
    return RoleDefinition(
        id=_guid(body, "name"),
        name=_text(properties, "roleName"),
        permissions=permissions(properties),
        custom=str(properties.get("type") or "").lower() == "customrole",
    )


def permissions(properties: Mapping[str, Any]) -> tuple[Permission, ...]:
    """Return the permission blocks of a role definition or a deny assignment."""
    return tuple(_permission(block) for block in _list(properties, "permissions"))


def assignment(body: Any, definitions: Mapping[str, RoleDefinition]) -> Assignment:
    """Return a role assignment; a role that isn't among the definitions is one that isn't known."""
    properties = _properties(body)
    role = _text(properties, "roleDefinitionId").rstrip("/").rpartition("/")[2].lower()
    return Assignment(
        id=_text(body, "id"),
        scope=_text(properties, "scope"),
        role=definitions.get(role) or RoleDefinition(role, f"role {role}", known=False),
        principal_id=_guid(properties, "principalId"),
        principal_type=str(properties.get("principalType") or ""),
        condition=str(properties.get("condition") or "") or None,
    )


def deny_assignment(body: Any) -> DenyAssignment:
    """Return a deny assignment. A condition on it isn't read: without it, it denies at least as much."""
    properties = _properties(body)
    principals = [_principal(item) for item in _list(properties, "principals")]
    return DenyAssignment(
        id=_text(body, "id"),
        name=str(properties.get("denyAssignmentName") or ""),
        scope=_text(properties, "scope"),
        permissions=permissions(properties),
        principals=tuple(identity for identity, _ in principals),
        excluded=tuple(_principal(item)[0] for item in _list(properties, "excludePrincipals")),
        not_for_children=properties.get("doNotApplyToChildScopes") is True,
        individuals=frozenset(identity for identity, kind in principals if kind in _INDIVIDUALS),
    )


def _permission(block: Any) -> Permission:
    if not isinstance(block, Mapping):
        raise MalformedError(f"expected a permission, found {block!r:.80}")
    actions, not_actions, data_actions, not_data_actions = (tuple(map(str, _list(block, name))) for name in LISTS)
    condition = str(block.get("condition") or "") or None
    return Permission(actions, not_actions, data_actions, not_data_actions, condition)


def _principal(item: Any) -> tuple[str, str]:
    kind = str(item.get("type") or "").lower() if isinstance(item, Mapping) else ""
    return (EVERYONE if kind in _EVERYONE_TYPES else _guid(item, "id")), kind


def _properties(body: Any) -> Mapping[str, Any]:
    found = body.get("properties") if isinstance(body, Mapping) else None
    if not isinstance(found, Mapping):
        raise MalformedError(f"expected a resource with properties, found {body!r:.80}")
    return found


def _list(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list; ARM leaves out empty ones, or says null."""
    found = holder.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise MalformedError(f"{name}: expected a list, found {found!r:.80}")
    return found


def _text(holder: Mapping[str, Any], name: str) -> str:
    found = holder.get(name)
    if not isinstance(found, str) or not found:
        raise MalformedError(f"{name}: expected a text, found {found!r:.80}")
    return found


def _guid(holder: Any, name: str) -> str:
    if not isinstance(holder, Mapping):
        raise MalformedError(f"expected an object with {name}, found {holder!r:.80}")
    return _text(holder, name).lower()
