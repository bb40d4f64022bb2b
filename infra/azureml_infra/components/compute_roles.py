"""What a compute's identity is, and the roles that jobs on it need: to pull images, and to read and write data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.base import Component
from azureml_infra.components.grants import DATA_ROLES, IMAGE_ROLE, Grant, GrantedRole, grant
from azureml_infra.components.identities import find_principal, system_principal
from azureml_infra.components.live import is_replaced, value_at
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.attached import KubernetesCompute, SynapseSparkCompute
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import marked_paths
from azureml_infra.entities.compute import AmlCompute, Compute, ComputeInstance
from azureml_infra.entities.fields import UserAssignedIdentity

Own = AmlCompute | ComputeInstance | KubernetesCompute
"""The computes that work with an identity of theirs; those of other services have their own."""
TOKEN = "machinelearningservices:Compute"  # noqa: S105  (a type's token)


def fixed_paths(kind: type[Compute]) -> list[str]:
    """Return the paths of a compute's body that Azure fixes: another value makes another compute."""
    return [*marked_paths(kind, "immutable"), "properties.computeType"]


def drop_late_identity(compute: Own, request: dict[str, Any], live: Mapping[str, Any] | None) -> None:
    """Leave the default identity out of the request for an instance that was made without: Azure gives it none now."""
    is_default = "identity" not in compute.model_fields_set
    if isinstance(compute, ComputeInstance) and is_default and live is not None and not _has_own(live):
        request.pop("identity", None)


def holders(entity: Entity, workspace: Workspace) -> Iterator[object]:
    """Yield the ids that the names of an entity's role assignments derive from."""
    if isinstance(entity, Own | SynapseSparkCompute):
        yield workspace.scope.id(f"/computes/{entity.name}")
        yield from (given.resource_id for given in (entity.identity.user_identities if entity.identity else ()))


class ComputeRoles:
    """The grants of one compute. `owner` is its component."""

    def __init__(self, owner: Component, name: str, compute: Own, workspace: Workspace) -> None:
        self._owner, self._name, self._compute, self._workspace = owner, name, compute, workspace

    def grant(self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[pulumi.Resource]:
        """Give each identity of the compute the roles that it lacks."""
        wanted = list(self._roles())
        kinds = str(value_at(request, "identity.type") or "").lower()
        made: list[pulumi.Resource] = []
        if wanted and "systemassigned" in kinds:
            principal = own_principal(type(self._compute), resource, request, live)
            seed = self._workspace.scope.id(f"/computes/{self._compute.name}")
            made += self._give(self._owner, self._name, wanted, (principal, seed), [resource])
        if wanted and self._compute.identity is not None:
            for given in self._compute.identity.user_identities:
                made += self._share(given, wanted)
        return made

    def _roles(self) -> Iterator[GrantedRole]:
        """Yield the roles that jobs on this compute need, on what this description may give them on."""
        asked = self._compute.grants
        if self._workspace.may_grant_on("registry", asked=asked):
            yield IMAGE_ROLE
        by_identity = self._workspace.args.system_datastores_auth_mode == "identity"
        if by_identity and self._workspace.may_grant_on("storage", asked=asked):
            yield from DATA_ROLES

    def _share(self, given: UserAssignedIdentity, wanted: list[GrantedRole]) -> list[pulumi.Resource]:
        """Give roles to an identity that several computes may have: as the workspace's, so they stay if one goes."""
        principal = find_principal(given)
        if principal is None:
            pulumi.log.warn(
                f"the identity {given.resource_id} of {self._compute.name} can't be found in Azure, so it gets no "
                "roles here; say its principal_id, or give it its roles by `access`"
            )
            return []
        if not isinstance(given.resource_id, str):
            return self._give(self._owner, f"{self._name}-given", wanted, (principal, given.resource_id), [])
        parsed = ids.parse(given.resource_id)
        name = f"{self._workspace.foundation.name}-{parsed.resource_group}-{parsed.name}".lower()
        return self._give(self._workspace, name, wanted, (principal, given.resource_id.lower()), [])

    def _give(
        self,
        owner: Component,
        name: str,
        wanted: list[GrantedRole],
        whom: tuple[pulumi.Input[str], Any],
        after: list[pulumi.Resource],
    ) -> list[pulumi.Resource]:
        made: list[pulumi.Resource] = []
        foundation = self._workspace.foundation
        principal, seed = whom
        for role in wanted:
            target = foundation.ids[role.part] or ""
            if self._workspace.granted.add(target, role.name, principal, seed):
                given = Grant(f"can-{role.slug}", role.name, target, principal, seed=seed)
                waits = [*after, *foundation.made_for(role.part)]
                made += grant(owner, name, self._workspace.granted, given, waits)
        return made


def _has_own(live: Mapping[str, Any]) -> bool:
    return "systemassigned" in str(value_at(live, "identity.type") or "").lower()


def own_principal(
    kind: type[Compute], resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
) -> pulumi.Input[str]:
    """Return the object id of the compute's own identity: as it is in Azure where the compute stays, so that a preview
    knows it, else what it will be.
    """
    return system_principal(resource, None if is_replaced(TOKEN, fixed_paths(kind), request, live) else live)
