"""Copies of a workspace's assets in registries."""

import pulumi

from azureml_arm import ids
from azureml_infra.components.base import refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.homes import RegistryHome, registry_of
from azureml_infra.components.known import part_of, wait_for
from azureml_infra.components.scope import Built, text
from azureml_infra.components.workspace import Workspace
from azureml_infra.dynamic import sharing
from azureml_infra.entities.references import parse, registry_name
from azureml_infra.entities.sharing import ShareArgs


class Share:
    """A version of the workspace's asset, copied into a registry, which keeps it also when this leaves the program.

    `id` is what refers to the copy from any workspace: ``azureml://registries/R/components/NAME/versions/1``.
    """

    id: pulumi.Output[str]
    resource: sharing.SharedVersion

    def __init__(
        self, name: str, share: ShareArgs, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        refuse_foreign("Share", "share", share, ShareArgs)
        workspace = use(workspace)
        scope, resolution, family = workspace.scope, workspace.resolution(), share.shared_family
        asset = resolution.reference((family,), share.shared)
        if isinstance(asset, str) and not ids.is_id(asset):
            raise pulumi.RunError(f"{share.shared} has no version to share; name one: azureml:NAME:VERSION")
        title = share.share_with_name or part_of(asset, lambda one: one.names[-2])
        version = share.share_with_version or part_of(asset, lambda one: one.name)
        home = self._home(workspace, share)
        needs = [*resolution.dependencies, *(home.needs if home else ())]
        registry = home.name if home else registry_name(share.registry)
        self.resource = sharing.SharedVersion(
            name,
            asset,
            registry=registry,
            registry_id=home.id if home else "",
            share_with=(title, version),
            opts=pulumi.ResourceOptions.merge(
                workspace.inside(opts), pulumi.ResourceOptions(depends_on=needs, retain_on_delete=True)
            ),
        )
        uri = text(f"azureml://registries/{registry}/{family}/" + "{n}/versions/{v}", n=title, v=version)
        self.id = wait_for(uri, self.resource)
        if isinstance(title, str) and isinstance(version, str):
            scope.keep(family, f"{registry}/{title}", Built(uri, self.resource), version)

    def _home(self, workspace: Workspace, share: ShareArgs) -> RegistryHome | None:
        """Return the registry where its id is known; its name alone is enough to share."""
        described = workspace.scope.built.find(("registries",), parse(registry_name(share.registry)))
        known = described is not None or ids.is_id(share.registry)
        return registry_of(workspace.scope, share.registry) if known else None
