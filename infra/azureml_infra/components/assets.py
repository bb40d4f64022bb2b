"""Assets with a name: environments, data, models, components."""

from typing import get_args

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.homes import registry_of
from azureml_infra.components.known import wait_for
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import Built
from azureml_infra.components.shared import digest, refuse_outputs
from azureml_infra.components.versions import NewVersion, register
from azureml_infra.entities import assets as entities
from azureml_infra.entities.body import body
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.component_kinds import AutoMLComponent, CopyComponent, ParallelComponent, SparkComponent
from azureml_infra.entities.features import FeatureSet, FeatureStoreEntity
from azureml_infra.entities.job import PipelineComponent
from azureml_infra.entities.references import SHORT
from azureml_infra.entities.transfers import ExportComponent, ImportComponent

KINDS = {"environments": "Environment", "data": "Data", "models": "Model", "components": "Component",
    "feature_store_entities": "FeatureStoreEntity", "feature_sets": "FeatureSet"}  # fmt: skip
Named = (
    entities.Environment
    | entities.Data
    | entities.RegisteredModel
    | CommandComponent
    | PipelineComponent
    | ParallelComponent
    | SparkComponent
    | CopyComponent
    | ImportComponent
    | ExportComponent
    | AutoMLComponent
    | FeatureStoreEntity
    | FeatureSet
)


class Asset(SingleResource):
    """A version of an environment, a data asset, a model, a component, a feature set or a feature store entity.

    Assets that other workspaces use may be made in a registry.

    Without a `version` in its description, the version is a hash of its content: another content is another version,
    the same content the same. Versions stay in Azure when they leave the description.
    """

    id: pulumi.Output[str]
    version: str

    def __init__(
        self, name: str, asset: Named, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        refuse_foreign("Asset", "asset", asset, *get_args(Named))
        workspace = use(workspace)
        super().__init__(KINDS[asset.family], name, workspace.inside(opts))
        if not asset.version:
            refuse_outputs(asset, "without a version")
        scope = workspace.scope
        registry = registry_of(scope, getattr(asset, "registry", None))
        resolution = workspace.resolution()
        if registry is not None:
            resolution = Resolution(
                scope,
                workspace.shared,
                registry=registry,
                version=(asset.family, asset.name, asset.version or ""),
            )
        request = body(asset, resolution)
        self.version = asset.version or digest([request, resolution.contents])[:SHORT]
        label = name if asset.version else f"{name}-{self.version}"
        hashed = not asset.version
        given = NewVersion(
            asset.family, label, asset.name, self.version, request, hashed=hashed, entity=asset, registry=registry
        )
        register(self.make, scope, given, resolution.dependencies)
        if registry is None:
            own_id = scope.add(asset.family, asset.name, self.resource, self.version, entity=asset)
        else:
            uri = registry.uri(asset.family, asset.name, self.version)
            own_id = scope.keep(asset.family, f"{registry.name}/{asset.name}", Built(uri, self.resource), self.version)
        self.id = wait_for(own_id, self.resource)
