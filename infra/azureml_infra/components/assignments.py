"""The role assignments that Azure has already: it refuses a second one of the same role, holder and scope, whatever its
name (RoleAssignmentExists, https://learn.microsoft.com/azure/role-based-access-control/troubleshooting), and
azure-native's creation can't take one over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.known import plain
from azureml_infra.components.questions import Question, ask_all
from azureml_infra.components.scope import Scope

_TYPE = native_type("authorization:RoleAssignment")


def holders(entity: Any, scope: Scope) -> Iterator[object]:
    """Yield the ids that the names of an entity's role assignments derive from: those of what has an identity."""
    if entity.family == "computes" and hasattr(entity, "identity"):
        yield scope.id(f"/computes/{entity.name}")
        yield from (given.resource_id for given in (entity.identity.user_identities if entity.identity else ()))


class Assignments:
    """What is assigned at the scopes of a program: asked for once a run. It doesn't know what this run makes."""

    def __init__(self, azure: Destination) -> None:
        self._azure = azure
        self._known: dict[str, list[Mapping[str, Any]]] = {}
        self.holders: set[object] = set()
        """Ids of resources whose identities get roles here: names of assignments may derive from them."""

    def skip(self, scopes: Iterable[object]) -> None:
        """Don't ask for scopes that this run makes: nothing is assigned there yet."""
        self._known |= {ids.canonical(scope): [] for scope in map(_text, scopes) if scope}

    def fetch(self, scopes: Iterable[object]) -> None:
        """Ask for what is assigned at several scopes, all at the same time; one that isn't known yet is left out.

        Where nobody is signed in, or may not read it, nothing is known: Azure refuses what is there, as ever.
        """
        asked = {ids.canonical(scope): scope for scope in map(_text, scopes) if scope}
        wanted = {key: _assigned_at(scope) for key, scope in asked.items() if key not in self._known}
        self.skip(wanted)
        self._known |= ask_all(wanted, self._azure)

    def foreign(self, scope: object, role: str, principal: object, seed: object) -> Mapping[str, Any] | None:
        """Return the assignment of a role to a principal at a scope whose name isn't one that this program gives."""
        where, who = _text(scope), _text(principal)
        if not (where and who):
            return None
        self.fetch([where])
        found = next((one for one in self._known[ids.canonical(where)] if _gives(one, where, role, who)), None)
        if found is None:
            return None
        seeds = {one for one in map(_text, (who, seed, *self.holders)) if one}
        ours = {assignment_guid(where, one, spelled) for one in seeds for spelled in self._spellings(role)}
        return None if str(found.get("name")).lower() in ours else found

    def _spellings(self, role: str) -> set[str]:
        """Return the ids that a description may call a role by."""
        everywhere = f"/providers/Microsoft.Authorization/roleDefinitions/{_guid(role)}"
        return {role, everywhere, definition_id(_guid(role), self._azure.subscription)}


def _assigned_at(scope: str) -> Question:
    """Return the question what is assigned at a scope, and above it
    (https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest).
    """
    path, query = f"{scope}/providers/{_TYPE.type}", {"$filter": "atScope()"}
    return Question("", path, _TYPE.api_version, query=query, is_list=True)


def _gives(found: Mapping[str, Any], scope: str, role: str, principal: str) -> bool:
    properties = found.get("properties") or {}
    given = (_guid(str(properties.get("roleDefinitionId"))), str(properties.get("principalId")).lower())
    return ids.same(str(properties.get("scope")), scope) and given == (_guid(role), principal.lower())


def _text(value: object) -> str | None:
    """Return what is known before the run."""
    known = plain(value)
    return known if isinstance(known, str) else None


def _guid(role: str) -> str:
    return role.rpartition("/")[2].lower()
