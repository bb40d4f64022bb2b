"""Azure ML's registries, which stand beside the workspace, in its resource group."""

from collections.abc import Mapping
from typing import Any

import pulumi

from azureml_arm.regions import canonical_region
from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.scope import Built, arm_id
from azureml_infra.entities import registries as entities
from azureml_infra.entities.body import body, marked_paths
from azureml_infra.yaml.problems import one_of

TOKEN = "machinelearningservices:Registry"  # noqa: S105  (a type's token)


class Registry(SingleResource):
    """A registry of Azure ML, with the regions that its assets are kept in.

    Azure makes its storage accounts and container registry, in a resource group of their own. Regions are added in
    place; another region of its own makes a new registry, and the old one goes first, as the name is taken. It is
    protected from deletion where the workspace is.
    """

    id: pulumi.Output[str]
    registry_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        registry: entities.RegistryArgs,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        refuse_foreign("Registry", "registry", registry, entities.RegistryArgs)
        workspace = use(workspace)
        super().__init__("Registry", name, workspace.inside(opts))
        scope, resolution = workspace.scope, workspace.resolution()
        request = body(registry.place(scope.location), resolution)
        request["tags"] = merge_tags(workspace.foundation.tags, request.get("tags", {}))
        live, path = scope.find(TOKEN, {"resourceGroupName": scope.resource_group, "registryName": registry.name})
        refuse_lost_regions(registry, request, live)
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            replace_on_changes=marked_paths(type(registry), "immutable"),
            delete_before_replace=True,
            protect=workspace.foundation.protect,
        )
        self.make(TOKEN, name, path, request, options)
        made = Built(arm_id(TOKEN, path, scope.subscription), self.resource)
        self.id = wait_for(scope.keep("registries", str(path["registryName"]), made), self.resource)
        self.registry_name = wait_for(path["registryName"], self.resource)


def refuse_lost_regions(registry: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Raise RefusedChangeError where a region would leave a registry, which only the action `removeRegions` does."""
    found = {canonical_region(str(one.get("location"))): one for one in (live or {}).get("regionDetails") or []}
    wanted = [one["location"] for one in request["properties"]["regionDetails"]]
    if not all(isinstance(one, str) for one in wanted):
        return
    gone = [region for region in found if region not in map(canonical_region, wanted)]
    if gone:
        what = (
            f"the registry {registry.name} has assets in {one_of(gone)}, too, and a region that leaves the list stays"
        )
        raise RefusedChangeError(
            registry, "replication_locations", what, "that region, or `removeRegions` of Azure's API first"
        )
