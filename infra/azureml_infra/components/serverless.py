"""Models that are rented by the token: the subscription to one, and endpoints of it."""

from __future__ import annotations

from typing import Any

import pulumi

from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.inside import InWorkspace
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import Built
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities import serverless as entities
from azureml_infra.entities.references import Reference

_SUBSCRIPTIONS = entities.MarketplaceSubscriptionArgs.family


class MarketplaceSubscription(InWorkspace):
    """The consent to a model's price and terms."""

    model = entities.MarketplaceSubscriptionArgs
    token = "machinelearningservices:MarketplaceSubscription"  # noqa: S105  (a type's token)

    def __init__(
        self, name: str, entity: Any, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        workspace = use(workspace)
        super().__init__(name, entity, workspace=workspace, opts=opts)
        workspace.scope.built.add(_SUBSCRIPTIONS, str(entity.model_id), None, Built(self.id, self.resource))


class ServerlessEndpoint(InWorkspace):
    """An endpoint of a model of a registry; it waits for the subscription to its model, where this program makes it."""

    model = entities.ServerlessEndpointArgs
    token = "machinelearningservices:ServerlessEndpoint"  # noqa: S105  (a type's token)

    scoring_uri: pulumi.Output[str]

    def __init__(
        self, name: str, entity: Any, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, entity, workspace=workspace, opts=opts)
        self.scoring_uri = self.resource.properties.apply(lambda given: given["inference_endpoint"]["uri"])

    def request(self, entity: Any, workspace: Workspace, resolution: Resolution) -> dict[str, Any]:
        """Return ARM's request body, with the workspace's region."""
        wanted = str(entity.model_id)
        subscribed = workspace.scope.built.find((_SUBSCRIPTIONS,), Reference(wanted, "workspace", name=wanted))
        if subscribed is not None:
            resolution.dependencies.append(subscribed.resource)
        request = super().request(entity, workspace, resolution)
        request.setdefault("location", workspace.scope.location)
        return request
