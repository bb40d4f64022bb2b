"""What most entities are: one resource in the workspace, under the name that they were given."""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, marked_paths
from azureml_infra.entities.words import snake


class InWorkspace(SingleResource):
    """One azure-native resource in a workspace. A subclass says of what entity, and which resource.

    What Azure can't change in place (fields that are marked `immutable`) makes a new one; the old one goes first, as
    the name is taken.
    """

    model: ClassVar[type[Entity]]
    """The entity that it is made of; its `family` is where references find it."""
    token: ClassVar[str]
    """azure-native's type, short: ``machinelearningservices:Schedule``."""
    named: ClassVar[str] = "name"
    """The argument that has the name."""

    id: pulumi.Output[str]

    def __init__(
        self, name: str, entity: Any, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        kind = type(self).__name__
        refuse_foreign(kind, snake(kind), entity, self.model)
        workspace = use(workspace)
        super().__init__(kind, name, workspace.inside(opts))
        scope, resolution = workspace.scope, workspace.resolution()
        request = self.request(entity, workspace, resolution)
        path = scope.path(**{self.named: entity.name})
        path = scope.respell(path, scope.live(self.token, path))
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            replace_on_changes=marked_paths(type(entity), "immutable"),
            delete_before_replace=True,
        )
        self.make(self.token, name, path, request, options)
        self.id = wait_for(scope.add(entity.family, str(path[self.named]), self.resource), self.resource)

    def request(self, entity: Any, workspace: Workspace, resolution: Resolution) -> dict[str, Any]:  # noqa: ARG002
        """Return ARM's request body. A subclass adds what the workspace knows, such as its location."""
        return body(entity, resolution)
