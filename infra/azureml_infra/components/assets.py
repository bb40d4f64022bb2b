"""Assets with a name: environments, data, models, components."""

from __future__ import annotations

from typing import Any

import pulumi

from azureml_infra.components.base import Component
from azureml_infra.components.shared import SHORT, digest, refuse_outputs
from azureml_infra.components.versions import Version, register
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.body import body

KINDS = {"environments": "Environment", "data": "Data", "models": "Model", "components": "Component"}


class Asset(Component):
    """A version of an environment, a data asset, a model or a component.

    Without a `version` in its description, the version is a hash of its content: another content is another version,
    the same content the same. Versions stay in Azure when they leave the description.
    """

    id: pulumi.Output[str]
    version: str

    def __init__(
        self, name: str, asset: Any, *, workspace: Workspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(KINDS[asset.family], name, workspace.inside(opts))
        if not asset.version:
            refuse_outputs(asset, "without a version")
        scope = workspace.scope
        resolution = workspace.resolution()
        request = body(asset, resolution)
        self.version = asset.version or digest([request, resolution.contents])[:SHORT]
        label = name if asset.version else f"{name}-{self.version}"
        given = Version(asset.family, label, asset.name, self.version, request, hashed=not asset.version)
        self.resource = register(self, scope, given, resolution.dependencies).resource
        self.id = pulumi.Output.from_input(scope.add(asset.family, asset.name, self.resource, self.version))
        self.register_outputs({"id": self.id, "version": self.version})
