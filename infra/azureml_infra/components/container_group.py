"""Deployments for tests, on Azure Container Instances."""

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.compute_roles import share
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.fetching import Fetching
from azureml_infra.components.grants import IMAGE_ROLE, WantedRole
from azureml_infra.components.known import part_of, plain, wait_for
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.scope import arm_id
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.body import body
from azureml_infra.entities.container_group import ContainerGroupArgs

TOKEN = "containerinstance:ContainerGroup"  # noqa: S105  (a type's token)
_FIXED = ["containers", "ipAddress", "osType", "restartPolicy", "subnetIds", "identity", "imageRegistryCredentials"]
"""What Azure changes in no group that runs: it is deleted and made anew
(https://learn.microsoft.com/azure/container-instances/container-instances-update)."""


class ContainerGroup(SingleResource):
    """A test deployment on Azure Container Instances, beside a workspace. Any change but of tags makes it anew.

    Its identity may read the blobs that model and code are in, and pull from the workspace's registry.
    """

    id: pulumi.Output[str]
    scoring_uri: pulumi.Output[str]
    """Where requests go, by the address that Azure has given the group."""

    def __init__(
        self,
        name: str,
        deployment: ContainerGroupArgs,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        refuse_foreign("ContainerGroup", "deployment", deployment, ContainerGroupArgs)
        workspace = use(workspace)
        super().__init__("ContainerGroup", name, workspace.inside(opts))
        scope, resolution = workspace.scope, workspace.resolution()
        request = body(deployment, resolution)
        fetching = Fetching(deployment, workspace, resolution)
        fetching.fill_in(request)
        self.grants = _let_in(self, name, deployment, workspace, fetching)
        request.setdefault("location", scope.location)
        request["tags"] = merge_tags(workspace.foundation.tags, deployment.tags or {})
        path = {"resourceGroupName": scope.resource_group, "containerGroupName": deployment.group_name}
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, *self.grants],
            replace_on_changes=_FIXED,
            delete_before_replace=True,
        )
        self.make(TOKEN, name, path, request, options)
        self.id = wait_for(arm_id(TOKEN, path, scope.subscription), self.resource)
        self.scoring_uri = self._scoring_uri(deployment)

    def _scoring_uri(self, deployment: ContainerGroupArgs) -> pulumi.Output[str]:
        assert deployment.routes is not None  # noqa: S101 - refused otherwise
        route = deployment.routes.scoring_route
        # The address alone would count as known in a preview: its type and ports are said.
        made = pulumi.Output.all(self.resource.ip_address, self.resource.provisioning_state)
        found: pulumi.Output[str] = made.apply(
            lambda given: f"http://{given[0]['ip']}:{route.port}{route.path}" if (given[0] or {}).get("ip") else ""
        )
        return found


def _let_in(
    owner: SingleResource, name: str, deployment: ContainerGroupArgs, workspace: Workspace, fetching: Fetching
) -> list[pulumi.Resource]:
    """Give the group's identity what it takes to fetch, and to pull from the workspace's registry."""
    if deployment.user_identity is None:
        return []
    foundation, wanted = workspace.foundation, list[WantedRole]()
    for store in fetching.accounts():
        own = store.account_id == foundation.ids["storage"]
        if workspace.may_grant_on("storage", asked=deployment.grants) if own else deployment.grants is not False:
            after = foundation.made_for("storage") if own else list(store.after)
            slug = "read" if own else f"read-{store.label}"
            wanted.append(WantedRole(slug, "Storage Blob Data Reader", store.account_id, after))
    registry, host = foundation.ids["registry"], deployment.image_registry.partition(".")[0].lower()
    pulls = registry is not None and plain(part_of(registry, lambda found: found.name.lower())) == host
    if registry is not None and pulls and workspace.may_grant_on("registry", asked=deployment.grants):
        wanted.append(WantedRole(IMAGE_ROLE.slug, IMAGE_ROLE.name, registry, foundation.made_for("registry")))
    return share(owner, name, workspace, (deployment.user_identity, deployment.name), wanted) if wanted else []
