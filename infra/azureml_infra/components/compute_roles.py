"""What a compute's identity is, and the roles that jobs on it need: to pull images, and to read and write data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.base import Component
from azureml_infra.components.grants import DATA_ROLES, IMAGE_ROLE, GrantedRole, WantedRole, give
from azureml_infra.components.identities import find_principal, system_principal
from azureml_infra.components.live import is_replaced
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.attached import KubernetesCompute
from azureml_infra.entities.body import marked_paths
from azureml_infra.entities.compute import AmlCompute, Compute, ComputeInstance
from azureml_infra.entities.fields import UserAssignedIdentity
from azureml_infra.entities.reverse import at as value_at

Own = AmlCompute | ComputeInstance | KubernetesCompute
"""The computes that work with an identity of theirs; those of other services have their own."""
TOKEN = "machinelearningservices:Compute"  # noqa: S105  (a type's token)


def fixed_paths(kind: type[Compute]) -> list[str]:
    """Return the paths of a compute's body that Azure fixes: another value makes another compute."""
    return [*marked_paths(kind, "immutable"), "properties.computeType"]


def drop_late_identity(compute: Own, request: dict[str, Any], live: Mapping[str, Any] | None) -> None:
    """Leave the default identity out of the request for an instance that was made without: Azure gives it none now."""
    is_default = "identity" not in compute.model_fields_set
    has_own = "systemassigned" in str(value_at(live, "identity.type") or "").lower()
    if isinstance(compute, ComputeInstance) and is_default and live is not None and not has_own:
        request.pop("identity", None)


class ComputeRoles:
    """The grants of one compute. `owner` is its component."""

    def __init__(self, owner: Component, name: str, compute: Own, workspace: Workspace) -> None:
        self._owner, self._name, self._compute, self._workspace = owner, name, compute, workspace

    def grant(self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[pulumi.Resource]:
        """Give each identity of the compute the roles that it lacks."""
        wanted = [self._role_on(role) for role in self._roles()]
        kinds = str(value_at(request, "identity.type") or "").lower()
        made: list[pulumi.Resource] = []
        if wanted and "systemassigned" in kinds:
            principal = own_principal(type(self._compute), resource, request, live)
            seed = self._workspace.scope.id(f"/computes/{self._compute.name}")
            own = [replace(one, after=[resource, *one.after]) for one in wanted]
            made += give(self._owner, self._name, self._workspace.granted, own, (principal, seed))
        if wanted and self._compute.identity is not None:
            for given in self._compute.identity.user_identities:
                made += share(self._owner, self._name, self._workspace, (given, self._compute.name), wanted)
        return made

    def _role_on(self, role: GrantedRole) -> WantedRole:
        foundation = self._workspace.foundation
        return WantedRole(role.slug, role.name, foundation.ids[role.part] or "", foundation.made_for(role.part))

    def _roles(self) -> Iterator[GrantedRole]:
        """Yield the roles that jobs on this compute need, on what this description may give them on."""
        asked = self._compute.grants
        if self._workspace.may_grant_on("registry", asked=asked):
            yield IMAGE_ROLE
        by_identity = self._workspace.args.system_datastores_auth_mode == "identity"
        if by_identity and self._workspace.may_grant_on("storage", asked=asked):
            yield from DATA_ROLES


def share(
    owner: Component,
    name: str,
    workspace: Workspace,
    whose: tuple[UserAssignedIdentity, str],
    wanted: Sequence[WantedRole],
) -> list[pulumi.Resource]:
    """Give roles to an identity that several may have: as the workspace's, so they stay if one goes."""
    given, user = whose
    principal = find_principal(given)
    if principal is None:
        pulumi.log.warn(
            f"the identity {given.resource_id} of {user} can't be found in Azure, so it gets no roles here; say its "
            "principal_id, or give it its roles by `access`"
        )
        return []
    if not isinstance(given.resource_id, str):
        return give(owner, f"{name}-given", workspace.granted, wanted, (principal, given.resource_id))
    parsed = ids.parse(given.resource_id)
    name = f"{workspace.foundation.name}-{parsed.resource_group}-{parsed.name}".lower()
    return give(workspace, name, workspace.granted, wanted, (principal, given.resource_id.lower()))


def own_principal(
    kind: type[Compute], resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
) -> pulumi.Input[str]:
    """Return the object id of the compute's own identity: as it is in Azure where the compute stays, so that a preview
    knows it, else what it will be.
    """
    return system_principal(resource, None if is_replaced(TOKEN, fixed_paths(kind), request, live) else live)
