"""Azure's built-in roles that a machine learning platform meets, with their permissions, read from `roles.json`.

They are those that reach Azure Machine Learning or the resources beside a workspace, and those that grant roles.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles, as Azure's list of definitions had
it on 2026-08-22 (https://github.com/iann0036/iam-dataset records it daily). Azure changes them without notice:
`rbac.builtin` compares them with what Azure returns. A role whose `actions` and `data_actions` are both empty
is known by name and id only; nothing may be decided on its permissions.
"""

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("roles.json")


@dataclass(frozen=True)
class Role:
    """One built-in role. Actions are patterns with ``*``; `not_actions` takes from `actions` and denies nothing.

    `conditional`: Azure has a condition on them (which roles it may grant, say), which isn't kept here.
    """

    name: str
    id: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    conditional: bool = False
    description: str = ""
    """In Azure's words; empty where they aren't known here."""

    @property
    def detailed(self) -> bool:
        """Return whether the permissions are known here."""
        return bool(self.actions or self.data_actions)


def _role(row: dict[str, Any]) -> Role:
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return Role(**{**row, **lists})


ROLES: tuple[Role, ...] = tuple(map(_role, json.loads(_TABLE.read_text(encoding="utf-8"))))

_BY_NAME = {role.name.lower(): role for role in ROLES}
_BY_ID = {role.id: role for role in ROLES}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions/"


def is_guid(text: str) -> bool:
    """Return whether the text is a GUID."""
    return _GUID.fullmatch(text) is not None


def is_definition_id(text: str) -> bool:
    """Return whether the text is the ARM id of a role definition."""
    head, found, tail = text.lower().partition(_DEFINITIONS.lower())
    return bool(found) and (not head or head.startswith("/")) and is_guid(tail)


def find(text: str) -> Role | None:
    """Return the built-in role of that name, GUID or definition id, in any letter case."""
    lowered = text.strip().lower()
    return _BY_NAME.get(lowered) or _BY_ID.get(lowered.rpartition("/")[2])


def nearest(text: str, count: int = 3) -> list[str]:
    """Return the names of built-in roles that read most like the text."""
    found = difflib.get_close_matches(text.lower(), list(_BY_NAME), count, cutoff=0.5)
    return [_BY_NAME[name].name for name in found]


def definition_id(role: str, subscription: str) -> str:
    """Return the role definition's ARM id in a subscription, from a built-in role's name, any GUID, or an id as it is.

    ValueError names a role that is none of these: a custom role is only known by its id.
    """
    if is_definition_id(role):
        return role
    known = find(role)
    if known is None and not is_guid(role):
        raise ValueError(f"{role!r} is not a built-in role that is known here; give a custom role by its id")
    return f"/subscriptions/{subscription}{_DEFINITIONS}{known.id if known else role.lower()}"
