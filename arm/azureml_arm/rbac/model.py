"""What Azure role-based access control knows: definitions, assignments, denies; and the answer to one question.

Terms are those of https://learn.microsoft.com/azure/role-based-access-control/role-definitions, role-assignments and
deny-assignments. Ids of principals and of role definitions are GUIDs in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

EVERYONE = "00000000-0000-0000-0000-000000000000"
"""The principal of a deny assignment that stands for all principals of the tenant."""


@dataclass(frozen=True)
class Permission:
    """Patterns of actions: the first less the second, and the same for data actions.

    `condition` is Azure's condition on this very block, as some built-in roles have it.
    """

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None

    @classmethod
    def of_actions(cls, block: Mapping[str, Any]) -> Permission:
        """Return the management actions of a block as ARM has it."""
        return cls(tuple(block.get("actions") or ()), tuple(block.get("notActions") or ()))


@dataclass(frozen=True)
class RoleDefinition:
    """A role. One that isn't `known` has an id and nothing else, and grants nothing."""

    id: str
    name: str
    permissions: tuple[Permission, ...] = ()
    custom: bool = False
    known: bool = True


@dataclass(frozen=True)
class Assignment:
    """A role for a principal at a scope and below it. `principal_type` is ARM's: User, Group, ServicePrincipal."""

    id: str
    scope: str
    role: RoleDefinition
    principal_id: str
    principal_type: str = ""
    condition: str | None = None


@dataclass(frozen=True)
class DenyAssignment:
    """Actions that principals can't do at a scope, and below it unless `not_for_children`, whatever their roles.

    `individuals` are those of `principals` that are known to be one user or service principal; any other may be a
    group that the person is in.
    """

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    principals: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    not_for_children: bool = False
    individuals: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RoleFacts:
    """What is known about one person in one subscription.

    `resolved`: whoever answered has looked up the person's groups, so that every assignment here is the person's.
    Otherwise an assignment is the person's by its principal: the person, or one of their groups. `groups` are groups
    that the person is known to be in, `other_groups` groups that the person is known not to be in.
    """

    assignments: tuple[Assignment, ...] = ()
    denies: tuple[DenyAssignment, ...] = ()
    source: str = ""
    resolved: bool = False
    groups: frozenset[str] = frozenset()
    other_groups: frozenset[str] = frozenset()


class Principal(Protocol):
    """Whose rights are asked about."""

    @property
    def object_id(self) -> str:
        """Return the object id in lower case."""
        ...

    @property
    def name(self) -> str:
        """Return how messages call them."""
        ...

    @property
    def groups(self) -> frozenset[str]:
        """Return the object ids of groups that they are in, as far as they are known."""
        ...


class Effect(StrEnum):
    """What an assignment or a deny does for one action at one scope."""

    GRANTS = "grants"
    DENIES = "denies"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Reason:
    """One assignment or deny that was looked at: `what` it is, its effect, and why that."""

    what: str
    effect: Effect
    why: str
    id: str = ""
    scope: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True)
class Decision:
    """Whether an action is allowed at a scope, with a reason for each assignment and deny."""

    allowed: bool
    action: str
    scope: str
    reasons: tuple[Reason, ...] = ()

    def of(self, effect: Effect) -> tuple[Reason, ...]:
        """Return the reasons with an effect."""
        return tuple(reason for reason in self.reasons if reason.effect is effect)
