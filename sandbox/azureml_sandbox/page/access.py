"""Who may do what, as the page shows it: everybody who has a role, and whether each of them may do an action."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm.rbac.evaluate import decide, roles_of
from azureml_arm.rbac.model import Effect, Reason
from azureml_arm.roles import find
from azureml_arm.sandbox import PEOPLE
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import people, tables
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.page import names
from azureml_sandbox.services.authorization.rights import ASSIGNMENTS, SignedInPrincipal


@dataclass(frozen=True)
class Somebody:
    """A person, a group, an application or a resource's identity."""

    object_id: str
    name: str
    what: str


@dataclass(frozen=True)
class RoleAtScope:
    """A role that somebody has at a scope."""

    who: Somebody
    role: str
    scope: str
    condition: str = ""


@dataclass(frozen=True)
class AccessVerdict:
    """Whether somebody may do something, and why."""

    who: Somebody
    allowed: bool
    why: str


class Everybody:
    """Who has a role in a cloud, the seeded people first."""

    def __init__(self, azure: Azure, identities: Mapping[str, str]) -> None:
        self._azure = azure
        self._rights = azure.rights
        self._bodies = azure.list("", ASSIGNMENTS)
        self._identities = identities
        self._groups = {key.partition("|")[2] for key, _ in azure.store.scan(tables.MEMBERS)}
        held = (str(body["properties"]["principalId"]).lower() for body in self._bodies)
        known = (person.object_id for person in PEOPLE.values())
        self.all = [self._somebody(one) for one in dict.fromkeys((*known, *sorted(held)))]

    def grants(self) -> list[RoleAtScope]:
        """Return every role assignment, by whose it is."""
        order = {one.object_id: number for number, one in enumerate(self.all)}
        found = [self._grant(body["properties"]) for body in self._bodies]
        return sorted(found, key=lambda one: (order[one.who.object_id], one.scope.lower(), one.role))

    def verdicts(self, action: str, scope: str, who: Iterable[Somebody] | None = None) -> list[AccessVerdict]:
        """Return who may do an action at a scope; with the reason."""
        return [self._verdict(one, action, scope) for one in (self.all if who is None else who)]

    def _verdict(self, who: Somebody, action: str, scope: str) -> AccessVerdict:
        principal = SignedInPrincipal(who.object_id, who.name, self._azure.identities.groups(who.object_id))
        facts = self._rights.of(principal)
        decision = decide(action, scope, principal, facts)
        reasons = decision.of(Effect.DENIES) or decision.of(Effect.GRANTS)
        if reasons:
            return AccessVerdict(who, decision.allowed, "; ".join(map(_why, reasons)))
        roles = roles_of(principal, facts, scope)
        why = f"{', '.join(roles)}: not granted" if roles else "no role here"
        return AccessVerdict(who, decision.allowed, why)

    def _grant(self, properties: dict[str, Any]) -> RoleAtScope:
        who = self._somebody(str(properties["principalId"]).lower())
        role, scope = self._role(str(properties["roleDefinitionId"])), str(properties["scope"])
        return RoleAtScope(who, role, scope, str(properties.get("condition") or ""))

    def _role(self, definition: str) -> str:
        role = find(definition)
        if role is not None:
            return role.name
        try:
            return str(self._azure.get(definition)["properties"]["roleName"])
        except (ArmError, KeyError):
            return definition.rpartition("/")[2]

    def _somebody(self, object_id: str) -> Somebody:
        person = people.by_object_id(object_id)
        if person is not None:
            return Somebody(object_id, person.name, f"person: {person.description}")
        if names.known_name(object_id):
            return Somebody(object_id, names.known_name(object_id), "signs in where nobody else is named")
        if object_id in self._identities:
            return Somebody(object_id, self._identities[object_id], "identity of a resource")
        return Somebody(object_id, object_id, "group" if object_id in self._groups else "principal")


def _why(reason: Reason) -> str:
    """Return a reason in few words: what grants or denies, where, and through which group."""
    what = reason.what.replace(reason.scope, names.place(reason.scope)) if reason.scope else reason.what
    detail, through, group = reason.why.partition(" through ")
    return f"{what}{through}{group}" if reason.effect is Effect.GRANTS else f"{what}: {detail}{through}{group}"
