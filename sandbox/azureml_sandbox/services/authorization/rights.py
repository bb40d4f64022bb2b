"""Who may do what in the sandbox: its role and deny assignments as `azureml_arm.rbac` decides by them."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azureml_arm import ids
from azureml_arm.rbac import builtin
from azureml_arm.rbac.bodies import assignment, deny_assignment, role_definition
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import EVERYONE, Assignment, Decision, DenyAssignment, Permission, RoleDefinition, RoleFacts
from azureml_arm.rbac.patterns import denies, grants, matches
from azureml_arm.rbac.scopes import covers, segments
from azureml_arm.roles import find
from azureml_sandbox.faults import effects
from azureml_sandbox.model import people
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import CUSTOM_ROLES, VERSIONS

_KEY = "rights"
_REMEMBERED = 10_000
"""Decisions that are kept."""
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DENIES = "Microsoft.Authorization/denyAssignments"


@dataclass(frozen=True)
class SignedInPrincipal:
    """Someone who is signed in: `azureml_arm.rbac.model.Principal`."""

    object_id: str
    name: str
    groups: frozenset[str] = frozenset()


class Rights:
    """What everybody may do, read again whenever it has changed, by whichever process."""

    def __init__(self, azure: Cloud) -> None:
        self._azure = azure
        self._version: object = None
        self._lagging: frozenset[str] = frozenset()
        self._assignments: dict[str, list[Assignment]] = {}
        self._denies: tuple[DenyAssignment, ...] = ()
        self._decisions: dict[tuple[str, str, SignedInPrincipal], Decision] = {}

    def decide(self, action: str, scope: str, principal: SignedInPrincipal) -> Decision:
        """Return whether a principal may do an action at a scope; what was decided holds until somebody's rights
        change.
        """
        self._refresh()
        question = (action, scope, principal)
        found = self._decisions.get(question)
        if found is None:
            found = decide(action, scope, principal, self.of(principal))
            if len(self._decisions) >= _REMEMBERED:
                self._decisions.clear()
            self._decisions[question] = found
        return found

    def may_data(self, action: str, scope: str, principal: SignedInPrincipal) -> bool:
        """Return whether some role has a data action at a scope, and no deny takes it; roles with a condition have
        none.
        """
        facts, target = self.of(principal), segments(scope) or ()
        granted = any(
            _grants_data(block, action)
            for one in facts.assignments
            if not one.condition and covers(segments(one.scope) or ("",), target)
            for block in one.role.permissions
        )
        return granted and not any(
            denies(block.data_actions, block.not_data_actions, action)
            for deny in facts.denies
            if covers(segments(deny.scope) or ("",), target) and _concerns(deny, principal)
            for block in deny.permissions
        )

    def of(self, principal: SignedInPrincipal) -> RoleFacts:
        """Return the assignments of a principal and of their groups, and every deny."""
        self._refresh()
        everyone = (principal.object_id, *sorted(principal.groups))
        lagging = self._lagging
        given = (one for identity in everyone for one in self._assignments.get(identity.lower(), ()))
        found = [one for one in given if one.id.lower() not in lagging]
        others = frozenset(one for deny in self._denies for one in (*deny.principals, *deny.excluded)) - {*everyone}
        return RoleFacts(
            tuple(found),
            self._denies,
            source="the sandbox",
            resolved=True,
            groups=principal.groups,
            other_groups=others,
        )

    def _refresh(self) -> None:
        version, lagging = self._azure.store.get(VERSIONS, _KEY) or "", effects.lagging(self._azure)
        if (version, lagging) == (self._version, self._lagging):
            return
        if version != self._version:
            self._read()
        self._version, self._lagging = version, lagging
        self._decisions.clear()

    def _read(self) -> None:
        self._assignments = {}
        for one in _assignments(self._azure):
            self._assignments.setdefault(one.principal_id, []).append(one)
        self._denies = tuple(deny_assignment(body) for body in self._azure.resources(DENIES))


def _grants_data(block: Permission, action: str) -> bool:
    """Return whether a role has an action of a data plane. Those on containers aren't data actions, but an Owner still
    needs a role for data (https://learn.microsoft.com/azure/storage/blobs/authorize-data-operations-cli).
    """
    if any(matches(one, action) for one in block.data_actions):
        return grants(block.data_actions, block.not_data_actions, action)
    return bool(block.data_actions) and grants(block.actions, block.not_actions, action)


def _concerns(deny: DenyAssignment, principal: SignedInPrincipal) -> bool:
    theirs = {principal.object_id, *principal.groups}
    excluded, named = ({one.lower() for one in whom} for whom in (deny.excluded, deny.principals))
    return not excluded & theirs and bool(named & {EVERYONE, *theirs})


def note_change(azure: Cloud) -> None:
    """Say that somebody's rights may be others now."""
    azure.store.set(VERSIONS, _KEY, secrets.token_hex(8))


def _assignments(azure: Cloud) -> Iterator[Assignment]:
    stored = {body["id"].lower(): body for body in azure.resources(ASSIGNMENTS)}
    bodies = {**people.assignments(azure), **stored}.values()
    roles = {name: _definition(azure, name) for name in {_role(body) for body in bodies}}
    known = {name: role for name, role in roles.items() if role is not None}
    for body in bodies:
        yield assignment(body, known)


def _role(body: dict[str, Any]) -> str:
    return str(body["properties"]["roleDefinitionId"]).rpartition("/")[2].lower()


def _definition(azure: Cloud, name: str) -> RoleDefinition | None:
    role = find(name)
    if role is not None:
        return builtin.definition(role)
    home = azure.store.get(CUSTOM_ROLES, name)
    return None if home is None or not ids.is_id(str(home)) else role_definition(azure.get(str(home)))
