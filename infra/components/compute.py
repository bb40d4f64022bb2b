"""Computes: instances, clusters, and machines of other services that a workspace is given."""

from __future__ import annotations

import pulumi

from infra.components.base import Component
from infra.components.live import warn_of_ignored_changes
from infra.components.workspace import Workspace
from infra.entities import compute as entities
from infra.entities.body import body, marked_paths

TOKEN = "machinelearningservices:Compute"  # noqa: S105  (a type's token)


class Compute(Component):
    """One compute of a workspace, of any kind that az ml knows.

    `compute` is an `AmlCompute`, `ComputeInstance`, `KubernetesCompute`, …; the resource is azure-native's `Compute`.
    What Azure can't change in place makes a new one (the old one goes first: the name is taken).
    """

    id: pulumi.Output[str]
    compute_name: pulumi.Output[str]

    def __init__(
        self, name: str, compute: entities.Compute, *, workspace: Workspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Compute", name, workspace.inside(opts))
        scope = workspace.scope
        resolution = scope.resolution()
        request = body(compute, resolution)
        request.setdefault("location", scope.location)
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            replace_on_changes=marked_paths(type(compute), "immutable"),
            delete_before_replace=True,
        )
        path = scope.path(computeName=compute.name)
        self.resource = self.child(TOKEN, name, path, request, options)
        self.id = pulumi.Output.from_input(scope.add("computes", compute.name, self.resource))
        self.compute_name = pulumi.Output.from_input(compute.name)
        warn_of_ignored_changes(compute, "machinelearningservices:getCompute", path, request)
        self.register_outputs({"id": self.id, "computeName": self.compute_name})
