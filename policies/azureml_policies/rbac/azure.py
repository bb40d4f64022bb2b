"""Rights as Azure Resource Manager returns them: three requests for a subscription and a person, four at most.

- role assignments with ``assignedTo('<object id>')``: those of the person and of all groups that the person is in,
  nested ones too, at, above and below the subscription
  (https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest). Roles that one is only
  eligible for (PIM) aren't among them until they are activated, as in Azure's own decision;
- role definitions, with those that are assignable only below the subscription. Conditions inside a role are in no
  earlier version than the one asked for here;
- deny assignments, all of them: which of them the filter leaves out is documented for groups only
  (https://learn.microsoft.com/azure/role-based-access-control/deny-assignments-rest). One for a group that may be the
  person's takes a fourth request, with the filter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azureml_arm.rbac.bodies import MalformedError, assignment, deny_assignment, role_definition
from azureml_arm.rbac.model import EVERYONE, DenyAssignment, RoleDefinition, RoleFacts
from azureml_arm.roles import is_guid
from azureml_policies.azure import ArmReader, AzureUnavailableError
from azureml_policies.rbac.source import RolesUnavailableError
from azureml_policies.requester.model import Person
from azureml_policies.requests.unknown import is_unknown

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

SECONDS = 60
"""How long finding out about one person may take, signing in and all retries included."""
ASSIGNMENTS_VERSION = "2022-04-01"
DEFINITIONS_VERSION = "2022-05-01-preview"
SOURCE = "Azure"
_INDIVIDUALS = frozenset({"user", "serviceprincipal"})
_FORBIDDEN = 403
_READ = "Microsoft.Authorization/*/read"
_OTHERWISE = "or give the pack the assignments in its config, with `roles: given`"

_Bodies = tuple[Mapping[str, Any], ...]


class AzureRoles:
    """A RoleSource that asks Azure. What it has asked once, answers and failures alike, it doesn't ask again."""

    def __init__(
        self,
        credential: TokenCredential | None = None,
        *,
        seconds: float = SECONDS,
        reader: ArmReader | None = None,
    ) -> None:
        self._reader = reader or ArmReader(who=credential)
        self._seconds = seconds
        self._lock = threading.RLock()
        self._answers: dict[tuple[str, ...], RoleFacts | _Bodies | str] = {}
        self._pages: dict[tuple[str, ...], _Bodies] = {}

    def facts(self, person: Person, subscription: str) -> RoleFacts:
        """Return a person's assignments and what denies, at, above and below a subscription."""
        if not is_guid(person.object_id):
            raise RolesUnavailableError(
                f"{person.name} has no object id that Azure could be asked for ({person.object_id!r}); give the "
                "object id that `az ad user show --id LOGIN --query id` prints"
            )
        key = ("facts", subscription.lower(), person.object_id.lower())
        found = self._once(key, lambda: self._facts(person, key[1]), f"the rights of {person.name}")
        return found if isinstance(found, RoleFacts) else RoleFacts()

    def everyone(self, subscription: str) -> RoleFacts:
        """Return all assignments and denies at, above and below a subscription. Members of groups aren't among them."""
        key = ("everyone", subscription.lower())
        found = self._once(key, lambda: self._everyone(key[1]), "who has rights")
        return found if isinstance(found, RoleFacts) else RoleFacts()

    def definition_bodies(self, subscription: str) -> _Bodies:
        """Return all role definitions that a subscription knows, as ARM returns them."""
        key = ("definitions", subscription.lower())
        found = self._once(key, lambda: self._definition_pages(key[1]), "the role definitions")
        return found if isinstance(found, tuple) else ()

    def _facts(self, person: Person, subscription: str) -> RoleFacts:
        definitions = self._definitions(subscription)
        bodies = self._list(subscription, "roleAssignments", ASSIGNMENTS_VERSION, _assigned_to(person))
        assignments = tuple(assignment(body, definitions) for body in bodies)
        me = person.object_id.lower()
        others = [item for item in assignments if item.principal_id != me]
        if any(item.principal_type.lower() in _INDIVIDUALS for item in others):
            raise MalformedError(f"the role assignments of {person.name} have some of other people among them")
        groups = frozenset(item.principal_id for item in others)
        denies = self._denies(person, subscription, groups | person.groups)
        return RoleFacts(assignments, denies, SOURCE, resolved=True, groups=groups)

    def _denies(self, person: Person, subscription: str, groups: frozenset[str]) -> tuple[DenyAssignment, ...]:
        """Return all denies but those for groups that the person isn't in; those for a group of theirs name the
        person."""
        denies = self._all_denies(subscription)
        me = person.object_id.lower()
        unclear = {item.id.lower() for item in denies if _is_unclear(item, {me, *groups})}
        if not unclear:
            return denies
        bodies = self._list(subscription, "denyAssignments", ASSIGNMENTS_VERSION, _assigned_to(person))
        theirs = {deny_assignment(body).id.lower() for body in bodies}
        kept = [item for item in denies if item.id.lower() not in unclear - theirs]
        return tuple(
            replace(item, principals=(*item.principals, me)) if item.id.lower() in unclear else item for item in kept
        )

    def _everyone(self, subscription: str) -> RoleFacts:
        definitions = self._definitions(subscription)
        bodies = self._list(subscription, "roleAssignments", ASSIGNMENTS_VERSION)
        assignments = tuple(assignment(body, definitions) for body in bodies)
        return RoleFacts(assignments, self._all_denies(subscription), SOURCE)

    def _all_denies(self, subscription: str) -> tuple[DenyAssignment, ...]:
        return tuple(map(deny_assignment, self._list(subscription, "denyAssignments", ASSIGNMENTS_VERSION)))

    def _definitions(self, subscription: str) -> dict[str, RoleDefinition]:
        return {role.id: role for role in map(role_definition, self._definition_pages(subscription))}

    def _definition_pages(self, subscription: str) -> _Bodies:
        return self._list(subscription, "roleDefinitions", DEFINITIONS_VERSION, "atScopeAndBelow()")

    def _list(self, subscription: str, kind: str, version: str, condition: str = "") -> _Bodies:
        key = (subscription, kind, condition)
        if key not in self._pages:
            path = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/{kind}"
            self._pages[key] = tuple(self._walk(path, version, {"$filter": condition} if condition else {}))
        return self._pages[key]

    def _walk(self, path: str, version: str, query: Mapping[str, str]) -> Iterable[Mapping[str, Any]]:
        following: str | None = path
        while following:
            page = self._reader.get(following, version, **query)
            if page is None:
                raise AzureUnavailableError(
                    "Azure knows no such subscription, or doesn't show it to whoever is signed in here; check "
                    "`azure-native:subscriptionId` and the tenant of `az login`"
                )
            yield from _items(page)
            following, query = page.get("nextLink"), {}
            if following is not None and not isinstance(following, str):
                raise MalformedError(f"nextLink: expected a text, found {following!r:.80}")

    def _once(self, key: tuple[str, ...], read: Callable[[], RoleFacts | _Bodies], what: str) -> RoleFacts | _Bodies:
        """Return what was read, now or before; RolesUnavailableError where that failed, now or before."""
        with self._lock:
            if key not in self._answers:
                self._answers[key] = self._attempt(read, f"{what} in subscription {key[1]}", key[1])
            answer = self._answers[key]
        if isinstance(answer, str):
            raise RolesUnavailableError(answer)
        return answer

    def _attempt(self, read: Callable[[], RoleFacts | _Bodies], what: str, subscription: str) -> Any:
        if is_unknown(subscription) or not is_guid(subscription):
            problem = "isn't known until the update" if is_unknown(subscription) else "is no subscription's GUID"
            return f"{what} can't be read: {subscription!r} {problem}; set `azure-native:subscriptionId`"
        outcome = _within(self._seconds, read)
        if isinstance(outcome, Exception):
            return f"{what} can't be read: {_reason(outcome)}"
        if outcome is None:
            return (
                f"{what} can't be read: Azure hasn't answered within {self._seconds:g} seconds; check the network "
                f"and run again, {_OTHERWISE}"
            )
        return outcome


def _within(seconds: float, read: Callable[[], Any]) -> Any:
    """Return what is read, or the exception that it ended in; None where it took longer.

    In a thread of its own: neither signing in nor looking up a name can be given a limit otherwise.
    """
    outcome: list[Any] = []

    def work() -> None:
        try:
            outcome.append(read())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True, name="rights")
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else None


def _reason(error: Exception) -> str:
    if isinstance(error, MalformedError):
        return f"Azure's answer isn't as documented ({error}); run again, {_OTHERWISE}"
    if not isinstance(error, AzureUnavailableError):
        return f"{type(error).__name__}: {error}; run again, {_OTHERWISE}"
    if error.status == _FORBIDDEN:
        return f"{error}. It takes {_READ} on the subscription, which the role Reader has; {_OTHERWISE}"
    return str(error)


def _assigned_to(person: Person) -> str:
    return f"assignedTo('{person.object_id.lower()}')"


def _is_unclear(item: DenyAssignment, theirs: set[str]) -> bool:
    """Return whether only the membership in a group says if a deny is for someone."""
    named = set(item.principals)
    return EVERYONE not in named and not named & theirs and bool(named - item.individuals)


def _items(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a page's items. One without them would read as "nothing denies"."""
    found = page.get("value")
    if not isinstance(found, list):
        raise MalformedError(f"value: expected a list, found {found!r:.80}")
    return found
