"""The role assignments that Azure has already: it refuses a second one of the same role, holder and scope, whatever its
name (RoleAssignmentExists, https://learn.microsoft.com/azure/role-based-access-control/troubleshooting), and
azure-native's creation can't take one over.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from azureml_arm import ids
from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.known import plain
from azureml_infra.components.live import client_context
from azureml_infra.components.questions import find_all
from azureml_infra.components.scope import Scope
from azureml_infra.dynamic.clients import ArmClient

_TYPE = native_type("authorization:RoleAssignment")
_AT_ONCE = 8


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
        wanted = {key: scope for key, scope in asked.items() if key not in self._known}
        if not wanted:
            return
        self.skip(wanted)
        reachable = client_context(self._azure.opts)
        if reachable is None:
            return
        with reachable, ThreadPoolExecutor(_AT_ONCE) as pool:
            arm = self._azure.arm()
            found = pool.map(lambda scope: _list(arm, scope), wanted.values())
            self._known |= dict(zip(wanted, found, strict=True))

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


def _list(arm: ArmClient, scope: str) -> list[Mapping[str, Any]]:
    """Return what is assigned at a scope, and above it; nothing where it can't be read.

    https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
    """
    return [*(find_all(arm, f"{scope}/providers/{_TYPE.type}", _TYPE.api_version, {"$filter": "atScope()"}) or ())]


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
