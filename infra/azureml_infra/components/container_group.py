"""Deployments for tests, on Azure Container Instances."""

from __future__ import annotations

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.scope import arm_id
from azureml_infra.entities.body import body
from azureml_infra.entities.container_group import ContainerGroupArgs

TOKEN = "containerinstance:ContainerGroup"  # noqa: S105  (a type's token)
_FIXED = ["containers", "ipAddress", "osType", "restartPolicy", "subnetIds", "identity", "imageRegistryCredentials"]
"""What Azure changes in no group that runs: it is deleted and made anew
(https://learn.microsoft.com/azure/container-instances/container-instances-update)."""


class ContainerGroup(SingleResource):
    """An image on Azure Container Instances, beside a workspace. Any change but of tags makes it anew."""

    id: pulumi.Output[str]

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
        request.setdefault("location", scope.location)
        request["tags"] = merge_tags(workspace.foundation.tags, deployment.tags or {})
        path = {"resourceGroupName": scope.resource_group, "containerGroupName": deployment.group_name}
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies, replace_on_changes=_FIXED, delete_before_replace=True
        )
        self.make(TOKEN, name, path, request, options)
        self.id = wait_for(arm_id(TOKEN, path, scope.subscription), self.resource)
