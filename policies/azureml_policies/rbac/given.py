"""Rights from the pack's config: for the sandbox, and where Azure can't be asked (the pull request of a fork).

An entry says what a role assignment says: ``{"role": …, "scope": …, "principal": …, "condition": …}``, the role by a
built-in role's name or GUID, or as a definition in place: ``{"name": …, "actions": […], "notActions": […], …}``.
`groups` has each group's members, who may be groups again. A deny is ``{"name": …, "scope": …, "actions": […],
"principals": […], "excludePrincipals": […], "doNotApplyToChildScopes": …}``, where the principal "everyone" is all, and
``{"id": …, "type": "User"}`` one that is known to be no group.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from azureml_arm import roles
from azureml_arm.rbac.bodies import LISTS
from azureml_arm.rbac.builtin import definition
from azureml_arm.rbac.model import EVERYONE, Assignment, DenyAssignment, Permission, RoleDefinition, RoleFacts
from azureml_arm.rbac.scopes import is_above_subscriptions, segments
from azureml_policies.requester.model import Person

SOURCE = "the pack's config"
_ASSIGNMENT = ("role", "scope", "principal", "condition")
_ROLE = ("name", "id", *LISTS)
_DENY = ("name", "scope", "principals", "excludePrincipals", "doNotApplyToChildScopes", *LISTS)


class GivenRolesError(ValueError):
    """Assignments that can't be used; each of `problems` says where, what, and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class GivenRoles:
    """A RoleSource over the assignments, groups and denies of the pack's config. GivenRolesError: all that is wrong."""

    def __init__(
        self,
        assignments: Sequence[Any],
        groups: Mapping[str, Any] | None = None,
        denies: Sequence[Any] = (),
        where: str = "guardrails",
    ) -> None:
        reading = _Reading()
        self._assignments = tuple(
            reading.assignment(entry, f"{where}.assignments[{at}]") for at, entry in enumerate(assignments)
        )
        self._groups = reading.groups(groups or {}, f"{where}.groups")
        self._denies = tuple(reading.deny(entry, f"{where}.denies[{at}]") for at, entry in enumerate(denies))
        if reading.problems:
            raise GivenRolesError(reading.problems)

    def facts(self, person: Person, subscription: str) -> RoleFacts:  # noqa: ARG002 - one config is for all of them
        """Return what the config gives a person, themselves or through groups."""
        theirs = self._groups_of({person.object_id.lower(), *(group.lower() for group in person.groups)})
        held = tuple(item for item in self._assignments if item.principal_id in theirs)
        others = frozenset(self._groups) - theirs
        return RoleFacts(held, self._denies, SOURCE, resolved=True, groups=theirs, other_groups=others)

    def everyone(self, subscription: str) -> RoleFacts:  # noqa: ARG002 - as above
        """Return all that the config says."""
        return RoleFacts(self._assignments, self._denies, SOURCE)

    def _groups_of(self, identities: set[str]) -> frozenset[str]:
        """Return the identities, and all groups that hold one of them, or hold a group that does."""
        found: set[str] = set()
        following = identities - {""}
        while following:
            found |= following
            following = {group for group, members in self._groups.items() if members & found} - found
        return frozenset(found)


class _Reading:
    """Reads entries, and keeps what is wrong with them instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def assignment(self, entry: Any, where: str) -> Assignment:
        fields = self._fields(entry, where, _ASSIGNMENT)
        role = self._role(fields.get("role"), f"{where}.role")
        scope = self._scope(fields.get("scope"), f"{where}.scope")
        principal = self._principal(fields.get("principal"), f"{where}.principal")
        condition = self._text(fields.get("condition") or "", f"{where}.condition")
        return Assignment(where, scope, role, principal, condition=condition or None)

    def deny(self, entry: Any, where: str) -> DenyAssignment:
        fields = self._fields(entry, where, _DENY)
        principals = self._list(fields.get("principals"), f"{where}.principals")
        excluded = self._list(fields.get("excludePrincipals"), f"{where}.excludePrincipals")
        if not principals:
            self._wrong(f"{where}.principals", 'say for whom: object ids, or ["everyone"]')
        denied = [self._denies_for(item, f"{where}.principals[{at}]") for at, item in enumerate(principals)]
        return DenyAssignment(
            id=where,
            name=self._text(fields.get("name") or where, f"{where}.name"),
            scope=self._scope(fields.get("scope"), f"{where}.scope"),
            permissions=(self._permission(fields, where),),
            principals=tuple(identity for identity, _ in denied),
            excluded=tuple(
                self._principal(item, f"{where}.excludePrincipals[{at}]") for at, item in enumerate(excluded)
            ),
            not_for_children=self._flag(fields, "doNotApplyToChildScopes", where),
            individuals=frozenset(identity for identity, individual in denied if individual),
        )

    def groups(self, entries: Mapping[str, Any], where: str) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for group, members in entries.items():
            at = f"{where}.{group}"
            listed = self._list(members, at)
            named = frozenset(self._principal(item, f"{at}[{number}]") for number, item in enumerate(listed))
            found[self._principal(group, at)] = named
        return found

    def _role(self, value: Any, where: str) -> RoleDefinition:
        if isinstance(value, Mapping):
            fields = self._fields(value, where, _ROLE)
            name = self._text(fields.get("name"), f"{where}.name")
            identity = self._text(fields.get("id") or name, f"{where}.id").lower()
            return RoleDefinition(identity, name, (self._permission(fields, where),), custom=True)
        found = roles.find(value) if isinstance(value, str) else None
        if found is None:
            self._wrong(where, self._no_role(value))
            return RoleDefinition("", "", known=False)
        return definition(found)

    def _no_role(self, value: Any) -> str:
        near = roles.nearest(value, 1) if isinstance(value, str) else []
        meant = f"; did you mean {near[0]}?" if near else ";"
        form = '{"name": …, "actions": […], "notActions": […]}'
        return (
            f"{value!r} is no built-in role that is known here{meant} give a built-in role by its name or GUID, "
            f"a custom one as {form}"
        )

    def _permission(self, fields: Mapping[str, Any], where: str) -> Permission:
        actions, not_actions, data_actions, not_data_actions = (self._actions(fields, name, where) for name in LISTS)
        if not actions and not data_actions:
            self._wrong(f"{where}.actions", "there are none; list actions, with * for any text")
        return Permission(actions, not_actions, data_actions, not_data_actions)

    def _actions(self, fields: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        listed = self._list(fields.get(name), f"{where}.{name}")
        return tuple(self._text(item, f"{where}.{name}[{at}]") for at, item in enumerate(listed))

    def _scope(self, value: Any, where: str) -> str:
        text = value if isinstance(value, str) else ""
        parts = segments(text)
        if parts is None or not (is_above_subscriptions(parts) or parts[0] == "subscriptions"):
            self._wrong(where, f"{value!r} is no scope; give an ARM id such as /subscriptions/GUID/resourceGroups/NAME")
        return text

    def _principal(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not roles.is_guid(value):
            self._wrong(where, f"{value!r} is no object id; give the GUID of a user, group or service principal")
        return str(value).lower()

    def _denies_for(self, value: Any, where: str) -> tuple[str, bool]:
        """Return whom a deny names, and whether that is known to be no group."""
        if value == "everyone":
            return EVERYONE, False
        if not isinstance(value, Mapping):
            return self._principal(value, where), False
        fields = self._fields(value, where, ("id", "type"))
        return self._principal(fields.get("id"), f"{where}.id"), fields.get("type") in ("User", "ServicePrincipal")

    def _flag(self, fields: Mapping[str, Any], name: str, where: str) -> bool:
        value = fields.get(name, False)
        if not isinstance(value, bool):
            self._wrong(f"{where}.{name}", f"expected true or false, found {value!r}")
        return value is True

    def _list(self, value: Any, where: str) -> Sequence[Any]:
        if value is None:
            return ()
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        self._wrong(where, f"expected a list, found {value!r}")
        return ()

    def _text(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or (not value and not where.endswith(".condition")):
            self._wrong(where, f"expected a text, found {value!r}")
        return str(value)

    def _fields(self, entry: Any, where: str, known: Collection[str]) -> Mapping[str, Any]:
        if not isinstance(entry, Mapping):
            self._wrong(where, f"expected an object with {', '.join(known)}, found {entry!r}")
            return {}
        for name in entry:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                self._wrong(f"{where}.{name}", f"there is no such field; {hint}")
        return entry

    def _wrong(self, where: str, problem: str) -> None:
        self.problems.append(f"{where}: {problem}")
