"""The built-in roles of our table as definitions, and whether Azure's still say the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from azureml_arm.rbac.bodies import LISTS, role_definition
from azureml_arm.rbac.model import Permission, RoleDefinition
from azureml_arm.roles import ROLES, Role

_LISTS = dict(zip(("actions", "not_actions", "data_actions", "not_data_actions"), LISTS, strict=True))
"""Our names of a permission's lists, and ARM's."""
_CONDITION = "a condition that Azure has on this role"


def definition(role: Role) -> RoleDefinition:
    """Return a built-in role of the table."""
    condition = _CONDITION if role.conditional else None
    block = Permission(role.actions, role.not_actions, role.data_actions, role.not_data_actions, condition)
    return RoleDefinition(role.id, role.name, (block,), known=role.detailed)


def differences(live: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return where our table differs from role definitions as ARM returns them, an action a line; empty: nowhere.

    Order and letter case have no meaning. Custom roles, and built-in ones that aren't in the table, aren't looked at.
    """
    found = {role.id: role for role in map(role_definition, live)}
    return [line for role in ROLES for line in _compare(role, found.get(role.id))]


def _compare(ours: Role, theirs: RoleDefinition | None) -> list[str]:
    where = f"{ours.name} ({ours.id})"
    if theirs is None:
        return [f"{where}: Azure returns no such role; take it out of arm/roles.json if Azure has retired it"]
    lines = (
        [] if theirs.name == ours.name else [f"{where}: Azure calls it {theirs.name!r}; rename it in arm/roles.json"]
    )
    for name, arm_name in _LISTS.items():
        lines += _compared_lists(f"{where}: {arm_name}", getattr(ours, name), _all(theirs, name))
    if ours.conditional != any(block.condition for block in theirs.permissions):
        has = "no condition" if ours.conditional else "a condition"
        lines.append(f"{where}: Azure has {has} on it; correct `conditional` in arm/roles.json")
    return lines


def _all(role: RoleDefinition, name: str) -> list[str]:
    return [action for block in role.permissions for action in getattr(block, name)]


def _compared_lists(where: str, ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    mine, live = ({action.lower(): action for action in actions} for actions in (ours, theirs))
    added = [f"{where}: Azure has {live[key]}; add it in arm/roles.json" for key in live if key not in mine]
    gone = [f"{where}: Azure has no {mine[key]}; take it out of arm/roles.json" for key in mine if key not in live]
    return added + gone
