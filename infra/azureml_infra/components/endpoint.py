"""Endpoints with their deployments, and which deployment the requests go to.

One writer an endpoint: Azure refuses a deployment while its endpoint or another deployment is updating, so those of one
endpoint come one after another; different endpoints go in parallel. What flows is set last, by a resource of its own
(`azureml_infra.dynamic.routing`), and no other update may change it: see `_Endpoint._keep_routing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi

from azureml_infra.components.base import Component, refuse_foreign
from azureml_infra.components.known import Known, known
from azureml_infra.components.live import is_replaced, same, value_at
from azureml_infra.components.workspace import Workspace, inside
from azureml_infra.dynamic.routing import DefaultDeployment, Traffic
from azureml_infra.entities import endpoint as entities
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, marked_paths
from azureml_infra.entities.deployment import Deployment

E = TypeVar("E", bound=entities.OnlineEndpoint | entities.BatchEndpoint)
D = TypeVar("D", bound=Deployment)


class _Endpoint(Component, Generic[E, D]):
    """What online and batch endpoints share."""

    family: ClassVar[str]
    token: ClassVar[str]
    deployment_token: ClassVar[str]
    routing: ClassVar[tuple[str, ...]]
    """The properties of ARM's endpoint that hold the routing."""

    kinds: ClassVar[tuple[type[Entity], type[Entity]]]
    """The models of the endpoint and of its deployments."""

    id: pulumi.Output[str]
    scoring_uri: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        endpoint: E,
        deployments: Sequence[D] = (),
        *,
        workspace: Workspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._refuse_foreign(endpoint, deployments)
        super().__init__(type(self).__name__, name, inside(workspace, opts))
        self._name, self._endpoint = name, endpoint
        self._workspace, self._scope = workspace, workspace.scope
        self.live: Mapping[str, Any] = self._live()
        self.resource = self._made()
        self.id = known(self._scope.add(self.family, endpoint.name, self.resource), self.resource)
        self.deployments = self._deployed(deployments)
        self.routed = self._route()
        self.scoring_uri = self._scoring_uri()
        self.register_outputs({"id": self.id, "scoringUri": self.scoring_uri})

    def _scoring_uri(self) -> pulumi.Output[str]:
        """Return where requests go: as it is in Azure where the endpoint stays, so that a preview knows it."""
        live = value_at(self.live, "properties.scoringUri")
        if live and not self._replaced:
            return Known(str(live), self.resource)
        found: pulumi.Output[str] = self.resource.properties.apply(lambda given: given["scoring_uri"])
        return found

    def _refuse_foreign(self, endpoint: object, deployments: Sequence[object]) -> None:
        owner, (kind, below) = type(self).__name__, self.kinds
        refuse_foreign(owner, "endpoint", endpoint, kind)
        refuse_unless(deployments, Sequence, owner, "deployments", "a list")
        for at, deployment in enumerate(deployments):
            refuse_foreign(owner, f"deployments[{at}]", deployment, below)

    def _live(self) -> Mapping[str, Any]:
        return self._scope.live(self.token, self._scope.path(endpointName=self._endpoint.name)) or {}

    def _made(self) -> Any:
        resolution = self._workspace.resolution()
        request = body(self._endpoint, resolution)
        request.setdefault("location", self._scope.location)
        self._replaced = is_replaced(type(self._endpoint), request, self.live)
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            ignore_changes=self._keep_routing(request),
            replace_on_changes=marked_paths(type(self._endpoint), "immutable"),
            delete_before_replace=True,
        )
        path = self._scope.path(endpointName=self._endpoint.name)
        return self.child(self.token, self._name, path, request, options)

    def _keep_routing(self, request: dict[str, Any]) -> list[str] | None:
        """See to it that a PUT of the endpoint carries what flows now; returns what the engine shall ignore.

        Pulumi's update of an endpoint is a PUT of its inputs, and one without traffic stops the traffic. Where the live
        endpoint is as described there is nothing to update, whatever the state says of traffic: everything is ignored.
        Where it isn't, the request carries the live routing along. An endpoint that doesn't exist has none.
        """
        if not self.live:
            return [f"properties.{name}" for name in self.routing]
        if _up_to_date(request, self.live):
            return ["*"]
        properties = self.live.get("properties") or {}
        request["properties"] |= {name: properties[name] for name in self.routing if properties.get(name)}
        return None

    def _deployed(self, deployments: Sequence[Entity]) -> list[Any]:
        made: list[Any] = []
        for deployment in deployments:
            made.append(self._deploy(deployment, made[-1:]))
        return made

    def _deploy(self, deployment: Any, after: list[pulumi.Resource]) -> Any:
        resolution = self._workspace.resolution()
        request = body(deployment, resolution)
        request.setdefault("location", self._scope.location)
        path = self._scope.path(endpointName=self._endpoint.name, deploymentName=deployment.name)
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, self.resource, *after],
            replace_on_changes=marked_paths(type(deployment), "immutable"),
            delete_before_replace=True,
        )
        return self.child(self.deployment_token, f"{self._name}-{deployment.name}", path, request, options)

    def _route(self) -> pulumi.Resource | None:
        raise NotImplementedError

    def _after_deployments(self) -> pulumi.ResourceOptions:
        return self.below(depends_on=[self.resource, *self.deployments])


def _up_to_date(request: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Whether a PUT would change nothing. What is absent from a request may be Azure's default, but not these two."""
    gone = any(value_at(live, path) and not value_at(request, path) for path in ("tags", "properties.description"))
    tags = {**(request.get("tags") or {})} == {**(live.get("tags") or {})}
    return same(request, live) and tags and not gone


class OnlineEndpoint(_Endpoint[entities.OnlineEndpoint, entities.OnlineDeployment]):
    """An online endpoint, managed or on Kubernetes, with its deployments and traffic.

    `endpoint.traffic` is set once the deployments exist. Where it isn't given, what flows stays as it is.
    """

    family = "online_endpoints"
    token = "machinelearningservices:OnlineEndpoint"  # noqa: S105  (a type's token)
    deployment_token = "machinelearningservices:OnlineDeployment"  # noqa: S105
    routing = ("traffic", "mirrorTraffic")
    kinds = (entities.OnlineEndpoint, entities.OnlineDeployment)

    def _route(self) -> pulumi.Resource | None:
        live = self.live.get("properties") or {}
        traffic = self._endpoint.traffic if self._endpoint.traffic is not None else live.get("traffic")
        mirror = (
            self._endpoint.mirror_traffic if self._endpoint.mirror_traffic is not None else live.get("mirrorTraffic")
        )
        if not self.deployments or not (traffic or mirror):
            return None
        return Traffic(f"{self._name}-traffic", self.id, traffic or {}, mirror or {}, self._after_deployments())


class BatchEndpoint(_Endpoint[entities.BatchEndpoint, entities.BatchDeployment]):
    """A batch endpoint with its deployments and the one that is the default."""

    family = "batch_endpoints"
    token = "machinelearningservices:BatchEndpoint"  # noqa: S105  (a type's token)
    deployment_token = "machinelearningservices:BatchDeployment"  # noqa: S105
    routing = ("defaults",)
    kinds = (entities.BatchEndpoint, entities.BatchDeployment)

    def _route(self) -> pulumi.Resource | None:
        live = ((self.live.get("properties") or {}).get("defaults") or {}).get("deploymentName")
        chosen = self._endpoint.defaults.deployment_name if self._endpoint.defaults else live
        if not self.deployments or not chosen:
            return None
        return DefaultDeployment(f"{self._name}-default", self.id, chosen, self._after_deployments())
