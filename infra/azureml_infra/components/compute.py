"""Computes: instances, clusters, and machines of other services that a workspace is given."""

from collections.abc import Mapping
from typing import Any, Protocol

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.builders import CREATED, maker
from azureml_infra.components.compute_roles import TOKEN, ComputeRoles, Own, drop_late_identity, fixed_paths
from azureml_infra.components.created_databricks import ask_for_token
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.kubernetes import KubernetesParts
from azureml_infra.components.live import respellings, warn_of_ignored_changes
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities import compute as entities
from azureml_infra.entities.attached import KubernetesCompute
from azureml_infra.entities.body import body, put


class Compute(SingleResource):
    """One compute of a workspace, of any kind that az ml knows.

    `compute` is an `AmlCompute`, `ComputeInstance`, `KubernetesCompute`, …; the resource is azure-native's `Compute`.
    What Azure can't change in place makes a new one (the old one goes first: the name is taken). What `create`
    describes is made before it is attached, and a Kubernetes cluster gets Azure ML's extension (docs/kubernetes.md,
    docs/databricks.md). The identity of a cluster or an instance gets the roles that jobs need (docs/roles.md).
    """

    id: pulumi.Output[str]
    compute_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        compute: entities.Compute,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        refuse_foreign("Compute", "compute", compute, entities.Compute)
        workspace = use(workspace)
        super().__init__("Compute", name, workspace.inside(opts))
        scope = workspace.scope
        resolution = workspace.resolution()
        request = body(compute, resolution)
        request.setdefault("location", scope.location)
        created = create(self, name, compute, workspace)
        before = list(created.resources) if created is not None else []
        if created is not None:
            put(request, "properties.resourceId", created.id)
        before += ask_for_token(self, name, compute, request, before)
        parts = None
        if isinstance(compute, KubernetesCompute):
            parts = KubernetesParts(self, name, compute, workspace, resolution)
            request["properties"]["resourceId"] = parts.cluster_id()
        live, path = scope.find(TOKEN, scope.path(computeName=compute.name))
        if isinstance(compute, Own):
            drop_late_identity(compute, request, live)
        immutable = fixed_paths(type(compute))
        kept = respellings(TOKEN, request, live, immutable)
        before += parts.make(is_same="properties.resourceId" in kept) if parts is not None else []
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, *before],
            ignore_changes=kept,
            replace_on_changes=immutable,
            delete_before_replace=True,
        )
        self.make(TOKEN, name, path, request, options)
        self.grants: list[pulumi.Resource] = []
        if isinstance(compute, Own):
            self.grants = ComputeRoles(self, name, compute, workspace).grant(self.resource, request, live)
        if created is not None:
            self.grants = created.grant_to(self.resource, request, live)
        own_id = scope.add("computes", str(path["computeName"]), self.resource, after=self.grants)
        self.id = wait_for(own_id, self.resource, *self.grants)
        self.compute_name = wait_for(compute.name, self.resource)
        warn_of_ignored_changes(compute, TOKEN, request, live, self.resource)


class Created(Protocol):
    """What is made for one compute."""

    id: pulumi.Input[str]
    """The ARM id that is attached."""
    resources: list[pulumi.Resource]
    """What the compute waits for."""

    def grant_to(
        self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
    ) -> list[pulumi.Resource]:
        """Give the compute's identities what jobs on it need; `live` is the compute as it is in Azure."""


def create(owner: SingleResource, name: str, compute: Any, workspace: Workspace) -> Created | None:
    """Return what is made for a compute; None for one that makes nothing, is given by its id, or is on Kubernetes,
    whose parts are made one after the other.
    """
    if isinstance(compute, KubernetesCompute) or getattr(compute, "create", None) is None:
        return None
    made: Created = maker(CREATED[compute.type])(owner, name, compute, workspace)
    return made
