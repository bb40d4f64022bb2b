"""The Azure Databricks workspace that is made for a compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi

from azureml_arm.ids import resource_group_id
from azureml_arm.names import azure_name
from azureml_infra.components.known import wait_for
from azureml_infra.components.live import respellings
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.scope import arm_id
from azureml_infra.dynamic.databricks import DatabricksToken
from azureml_infra.entities.attached import DatabricksCompute
from azureml_infra.entities.body import body, marked_paths, put
from azureml_infra.entities.created_databricks import DatabricksTokenArgs, DatabricksWorkspaceArgs

if TYPE_CHECKING:
    from azureml_infra.components.base import SingleResource
    from azureml_infra.components.workspace import Workspace
    from azureml_infra.entities.compute import Compute

TOKEN = "databricks:Workspace"  # noqa: S105  (a type's token)
_FIXED = ["properties.managedResourceGroupId", *marked_paths(DatabricksWorkspaceArgs, "immutable")]
"""What another workspace is made for; its notebooks and tables go with the one before."""


class CreatedDatabricks:
    """The workspace that `create` of a compute describes. Databricks makes the managed resource group itself: one that
    is there already is refused (https://github.com/pulumi/pulumi-azure-native/issues/3733).
    """

    def __init__(self, owner: SingleResource, name: str, compute: DatabricksCompute, workspace: Workspace) -> None:
        described = cast("DatabricksWorkspaceArgs", compute.create)
        base, scope = workspace.foundation, workspace.scope
        own = described.name or azure_name(
            "databricks", f"{base.name}-{compute.name}", pulumi.get_stack(), scope.subscription
        )
        request = body(described, workspace.resolution())
        request["location"] = compute.location or scope.location
        request["tags"] = merge_tags(base.tags, described.tags or {})
        managed = described.managed_resource_group or f"rg-{own}"
        put(request, "properties.managedResourceGroupId", resource_group_id(scope.subscription, managed))
        live, path = scope.find(TOKEN, {"resourceGroupName": scope.resource_group, "workspaceName": own})
        options = pulumi.ResourceOptions(
            depends_on=base.made_for("resource_group"),
            ignore_changes=respellings(TOKEN, request, live, _FIXED),
            replace_on_changes=[path.removeprefix("properties.") for path in _FIXED],
            delete_before_replace=True,
        )
        made = owner.child(TOKEN, f"{name}-databricks", path, request, options)
        self.id: pulumi.Input[str] = wait_for(arm_id(TOKEN, path, scope.subscription), made)
        self.resources: list[pulumi.Resource] = [made]

    def grant_to(self, resource: Any, request: Any, live: Any) -> list[pulumi.Resource]:  # noqa: ARG002
        """Grant nothing: what runs there has Databricks' identities."""
        return []


def ask_for_token(
    owner: SingleResource, name: str, compute: Compute, request: dict[str, Any], created: list[pulumi.Resource]
) -> list[pulumi.Resource]:
    """Add a token of its workspace to a Databricks compute that has none; return what the compute waits for then."""
    if not isinstance(compute, DatabricksCompute) or compute.access_token is not None:
        return []
    token = DatabricksToken(
        f"{name}-token",
        request["properties"]["resourceId"],
        compute=compute.name,
        lifetime_days=(compute.token or DatabricksTokenArgs()).lifetime_days,
        opts=owner.below(depends_on=created, deleted_with=next(iter(created), None)),
    )
    put(request, "properties.properties.databricksAccessToken", token.token)
    return [token]
