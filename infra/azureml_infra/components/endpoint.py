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
from azureml_infra.components.live import changes, touching
from azureml_infra.components.refusals import refuse_busy_replacement, refuse_other_case
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
        self._anew = False
        self.live: Mapping[str, Any] = self._live()
        self.resource = self._made()
        self.id = pulumi.Output.from_input(self._scope.add(self.family, endpoint.name, self.resource))
        self.deployments = self._deployed(deployments)
        self.routed = self._route()
        self.scoring_uri = self.resource.properties.apply(lambda given: given["scoring_uri"])
        self.register_outputs({"id": self.id, "scoringUri": self.scoring_uri})

    def _refuse_foreign(self, endpoint: object, deployments: Sequence[object]) -> None:
        owner, (kind, below) = type(self).__name__, self.kinds
        refuse_foreign(owner, "endpoint", endpoint, kind)
        refuse_unless(deployments, Sequence, owner, "deployments", "a list")
        for at, deployment in enumerate(deployments):
            refuse_foreign(owner, f"deployments[{at}]", deployment, below)

    def _live(self) -> Mapping[str, Any]:
        live = self._scope.live(self.token, self._scope.path(endpointName=self._endpoint.name))
        refuse_other_case(self._endpoint, live)
        return live or {}

    def _made(self) -> Any:
        resolution = self._workspace.resolution()
        request = body(self._endpoint, resolution)
        request.setdefault("location", self._scope.location)
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            ignore_changes=self._keep_routing(request),
            replace_on_changes=self._fixed,
            delete_before_replace=True,
        )
        path = self._scope.path(endpointName=self._endpoint.name)
        return self.child(self.token, self._name, path, request, options)

    def _keep_routing(self, request: dict[str, Any]) -> list[str] | None:
        """See to it that a PUT of the endpoint carries what flows now; returns what the engine shall ignore.

        Pulumi's update of an endpoint is a PUT of its inputs, and one without traffic stops the traffic. Where the live
        endpoint is as described there is nothing to update, whatever the state says of traffic: everything is ignored.
        Where it isn't, the request carries the live routing along. An endpoint that doesn't exist has none, nor has one
        that is made anew: its deployments come after it.
        """
        if not self.live:
            return [f"properties.{name}" for name in self.routing]
        found = changes(self.token, request, self.live)
        if not found:
            return ["*"]
        self._anew = bool(touching(found, *self._fixed))
        if not self._anew:
            properties = self.live.get("properties") or {}
            request["properties"] |= {name: properties[name] for name in self.routing if properties.get(name)}
        return None

    @property
    def _fixed(self) -> list[str]:
        """The paths of the endpoint's body that Azure fixes: another value makes another endpoint."""
        return [*marked_paths(type(self._endpoint), "immutable"), "properties.compute"]

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
        self._refuse_replacement(deployment, request, path)
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, self.resource, *after],
            replace_on_changes=[*marked_paths(type(deployment), "immutable"), "properties.endpointComputeType"],
            replace_with=[self.resource],
            deleted_with=self.resource,  # by itself, Azure deletes none that gets requests
            delete_before_replace=True,
        )
        return self.child(self.deployment_token, f"{self._name}-{deployment.name}", path, request, options)

    def _refuse_replacement(self, deployment: Any, request: dict[str, Any], path: Mapping[str, Any]) -> None:
        live = self._scope.live(self.deployment_token, path) if self.live else None
        if live is not None:
            refuse_busy_replacement(deployment, self.deployment_token, request, live, self.live)

    def _route(self) -> pulumi.Resource | None:
        raise NotImplementedError

    def _is_lost(self, *routing: object) -> bool:
        """Return whether an endpoint that is there has none of its routing, or won't have it: it is made anew."""
        return self._anew or bool(self.live and not any(routing))

    def _after_deployments(self) -> pulumi.ResourceOptions:
        return self.below(depends_on=[self.resource, *self.deployments])


class OnlineEndpoint(_Endpoint[entities.OnlineEndpoint, entities.OnlineDeployment]):
    """An online endpoint, managed or on Kubernetes, with its deployments and traffic.

    `endpoint.traffic` is set once the deployments exist. Where it isn't given, what flows stays as it is; what isn't
    mirrored by `endpoint.mirror_traffic` isn't mirrored.
    """

    family = "online_endpoints"
    token = "machinelearningservices:OnlineEndpoint"  # noqa: S105  (a type's token)
    deployment_token = "machinelearningservices:OnlineDeployment"  # noqa: S105
    routing = ("traffic", "mirrorTraffic")
    kinds = (entities.OnlineEndpoint, entities.OnlineDeployment)

    def _route(self) -> pulumi.Resource | None:
        live = self.live.get("properties") or {}
        traffic = self._endpoint.traffic if self._endpoint.traffic is not None else live.get("traffic")
        mirror = self._endpoint.mirror_traffic
        if not self.deployments or not (traffic or mirror):
            return None
        shares = [*(traffic or {}).values(), *(mirror or {}).values()]
        lost = any(shares) and self._is_lost(live.get("traffic"), live.get("mirrorTraffic"))
        options = self._after_deployments()
        return Traffic(f"{self._name}-traffic", self.id, traffic or {}, mirror or {}, lost=lost, opts=options)


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
        options = self._after_deployments()
        return DefaultDeployment(f"{self._name}-default", self.id, chosen, lost=self._is_lost(live), opts=options)
