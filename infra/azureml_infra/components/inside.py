"""What most entities are: one resource in the workspace, under the name that they were given."""

from typing import Any, ClassVar

import pulumi

from azureml_infra.components.base import SingleResource, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import wait_for
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import Built, own_path, token_of
from azureml_infra.components.workspace import Workspace
from azureml_infra.dynamic.schedules import ScheduleSwitch
from azureml_infra.entities import connection, schedule, serverless
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, marked_paths, put
from azureml_infra.entities.capability_host import CapabilityHostArgs
from azureml_infra.entities.references import Reference
from azureml_infra.entities.words import snake
from azureml_infra.entities.workspace_kinds import ProjectArgs


class InWorkspace(SingleResource):
    """One azure-native resource in a workspace. A subclass says of what entity.

    What Azure can't change in place (fields that are marked `immutable`) makes a new one; the old one goes first, as
    the name is taken.
    """

    model: ClassVar[type[Entity]]
    """The entity that it is made of; its `family` is where references find it."""

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
        token = token_of(entity.family)
        _, path = scope.find(token, scope.path(**own_path(entity)))
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            replace_on_changes=marked_paths(type(entity), "immutable"),
            delete_before_replace=True,
        )
        self.make(token, name, path, request, options)
        *_, own_name = path.values()
        self.id = wait_for(scope.add(entity.family, str(own_name), self.resource), self.resource)

    def request(self, entity: Any, workspace: Workspace, resolution: Resolution) -> dict[str, Any]:  # noqa: ARG002
        """Return ARM's request body. A subclass adds what the workspace knows, such as its location."""
        return body(entity, resolution)


class Connection(InWorkspace):
    """A connection of a workspace: `ServiceConnection`, `AzureOpenAIConnection`, `AzureBlobConnection`, …

    What it signs in with is in the workspace's key vault. A change is sent as a whole, secrets included.
    """

    model = connection.Connection


class CapabilityHost(InWorkspace):
    """What agents of a hub or project work with. Azure changes none: another one takes its place."""

    model = CapabilityHostArgs

    def request(self, entity: Any, workspace: Workspace, resolution: Resolution) -> dict[str, Any]:
        """Return ARM's request body; it waits for the connections that this program makes."""
        for word in ("ai_services", "storage", "vector_store", "thread_storage"):
            for name in getattr(entity, f"{word}_connections") or ():
                built = workspace.scope.built.find(("connections",), Reference(name, "workspace", name=name))
                resolution.dependencies += [built.resource] if built is not None else []
        request = super().request(entity, workspace, resolution)
        if isinstance(workspace.args, ProjectArgs) and not entity.storage_connections:
            put(request, "properties.storageConnections", [f"{workspace.scope.workspace}/workspaceblobstore"])
        return request


class Schedule(InWorkspace):
    """A schedule of a workspace: `JobSchedule`.

    A change is sent in place. What leaves the program is disabled first, as Azure deletes no schedule that is enabled;
    what it has submitted stays.
    """

    model = schedule.Schedule

    def __init__(
        self, name: str, schedule: Any, *, workspace: Workspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, schedule, workspace=workspace, opts=opts)
        self.switch = ScheduleSwitch(f"{name}-switch", self.id, self.below(depends_on=[self.resource]))


_SUBSCRIPTIONS = serverless.MarketplaceSubscriptionArgs.family


class MarketplaceSubscription(InWorkspace):
    """The consent to a model's price and terms."""

    model = serverless.MarketplaceSubscriptionArgs

    def __init__(
        self, name: str, entity: Any, *, workspace: AnyWorkspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        workspace = use(workspace)
        super().__init__(name, entity, workspace=workspace, opts=opts)
        workspace.scope.built.add(_SUBSCRIPTIONS, str(entity.model_id), None, Built(self.id, self.resource))


class ServerlessEndpoint(InWorkspace):
    """An endpoint of a model of a registry; it waits for the subscription to its model, where this program makes it."""

    model = serverless.ServerlessEndpointArgs

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
