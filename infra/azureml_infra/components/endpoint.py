"""Endpoints with their deployments, and which deployment the requests go to.

One writer an endpoint: Azure refuses a deployment while its endpoint or another deployment is updating, so those of one
endpoint come one after another; different endpoints go in parallel. What flows is set last, by a resource of its own
(`azureml_infra.dynamic.routing`), and no other update may change it: see `_Endpoint._keep_routing`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import pulumi

from azureml_infra.components.autoscale import TOKEN, setting
from azureml_infra.components.base import Component, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.known import Known, wait_for
from azureml_infra.components.live import changes, is_replaced, respellings
from azureml_infra.components.refusals import refuse_busy_replacement
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.scope import text, token_of
from azureml_infra.dynamic.routing import DefaultDeployment, Traffic
from azureml_infra.entities import endpoint as entities
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.autoscale import Autoscale
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, marked_paths
from azureml_infra.entities.deployment import Deployment
from azureml_infra.entities.reverse import at as value_at

E = TypeVar("E", bound=entities.OnlineEndpoint | entities.BatchEndpoint)
D = TypeVar("D", bound=Deployment)


class _Endpoint(Component, Generic[E, D]):
    """What online and batch endpoints share."""

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
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._refuse_foreign(endpoint, deployments)
        workspace = use(workspace)
        super().__init__(type(self).__name__, name, workspace.inside(opts))
        self._name, self._endpoint = name, endpoint
        self._workspace, self._scope = workspace, workspace.scope
        self.token, self.deployment_token = (token_of(kind.family) for kind in self.kinds)
        live, self._path = self._scope.find(self.token, self._scope.path(endpointName=endpoint.name))
        self.live: Mapping[str, Any] = live or {}
        self.resource = self._make()
        own_id = self._scope.add(endpoint.family, str(self._path["endpointName"]), self.resource)
        self.id = wait_for(own_id, self.resource)
        self._names = [deployment.name for deployment in deployments]
        self.deployments = self._deploy_all(deployments)
        self.routed = self._route()
        self.scaled = self._scale(deployments)
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

    def _make(self) -> Any:
        resolution = self._workspace.resolution()
        request = body(self._endpoint, resolution)
        request.setdefault("location", self._scope.location)
        self._replaced = is_replaced(self.token, self._fixed, request, self.live)
        options = pulumi.ResourceOptions(
            depends_on=resolution.dependencies,
            ignore_changes=self._keep_routing(request),
            replace_on_changes=self._fixed,
            delete_before_replace=True,
        )
        return self.child(self.token, self._name, self._path, request, options)

    def _keep_routing(self, request: dict[str, Any]) -> list[str]:
        """See to it that a PUT of the endpoint carries what flows now; returns what the engine shall ignore.

        Pulumi's update of an endpoint is a PUT of its inputs, and one without traffic stops the traffic. Where the live
        endpoint is as described there is nothing to update, whatever the state says of traffic: everything is ignored.
        Where it isn't, the request carries the live routing along. An endpoint that doesn't exist has none, nor has one
        that is made anew: its deployments come after it.
        """
        if not self.live:
            return [f"properties.{name}" for name in self.routing]
        if self._replaced:  # the new one has no deployments yet that anything could flow to
            return []
        if not changes(self.token, request, self.live):
            return ["*"]
        properties = self.live.get("properties") or {}
        request["properties"] |= {name: properties[name] for name in self.routing if properties.get(name)}
        return respellings(self.token, request, self.live, marked_paths(type(self._endpoint), "immutable"))

    @property
    def _fixed(self) -> list[str]:
        """Return the paths of the endpoint's body that Azure fixes: another value makes another endpoint."""
        return [*marked_paths(type(self._endpoint), "immutable"), "properties.compute"]

    def _deploy_all(self, deployments: Sequence[Entity]) -> list[Any]:
        made: list[Any] = []
        for deployment in deployments:
            made.append(self._deploy(deployment, made[-1:]))
        return made

    def _deploy(self, deployment: Any, after: list[pulumi.Resource]) -> Any:
        resolution = self._workspace.resolution()
        request = body(deployment, resolution)
        request.setdefault("location", self._endpoint.location or self._scope.location)
        path = {**self._path, "deploymentName": deployment.name}
        live = self._scope.live(self.deployment_token, path) if self.live else None
        if live is not None:
            refuse_busy_replacement(deployment, self.deployment_token, request, live, self.live)
        options = pulumi.ResourceOptions(
            depends_on=[*resolution.dependencies, self.resource, *after],
            ignore_changes=self._keep_count(deployment, request, live),
            replace_on_changes=[*marked_paths(type(deployment), "immutable"), "properties.endpointComputeType"],
            replace_with=[self.resource],
            deleted_with=self.resource,  # by itself, Azure deletes none that gets requests
            delete_before_replace=True,
        )
        return self.child(self.deployment_token, f"{self._name}-{deployment.name}", path, request, options)

    def _keep_count(self, deployment: Any, request: dict[str, Any], live: Mapping[str, Any] | None) -> list[str]:
        """See to it that a PUT of a deployment that is scaled carries the instances that it has now; returns what the
        engine shall ignore. As with the routing: where all is as described, there is nothing to update.
        """
        now = value_at(live, "sku.capacity")
        if getattr(deployment, "autoscale", None) is None or now is None:
            return []
        request["sku"]["capacity"] = int(now)
        return [] if changes(self.deployment_token, request, live or {}) else ["*"]

    def _scale(self, _deployments: Sequence[D]) -> list[pulumi.Resource]:
        """Return the settings by which deployments are scaled."""
        return []

    def _route(self) -> pulumi.Resource | None:
        raise NotImplementedError

    def _spelling(self, deployment: str) -> str:
        return next((name for name in self._names if name.lower() == deployment.lower()), deployment)

    def _is_lost(self, *routing: object) -> bool:
        """Return whether an endpoint that is there has none of its routing, or won't have it: it is made anew."""
        return bool(self.live) and (self._replaced or not any(routing))

    def _after_deployments(self) -> pulumi.ResourceOptions:
        return self.below(depends_on=[self.resource, *self.deployments])


class OnlineEndpoint(_Endpoint[entities.OnlineEndpoint, entities.OnlineDeployment]):
    """An online endpoint, managed or on Kubernetes, with its deployments and traffic.

    `endpoint.traffic` is set once the deployments exist. Where it isn't given, what flows stays as it is; what isn't
    mirrored by `endpoint.mirror_traffic` isn't mirrored.
    """

    routing = ("traffic", "mirrorTraffic")
    kinds = (entities.OnlineEndpoint, entities.OnlineDeployment)

    def _route(self) -> pulumi.Resource | None:
        live = self.live.get("properties") or {}
        traffic = self._endpoint.traffic
        if traffic is None:
            traffic = live.get("traffic")
            self._warn_of_others(traffic or {})
        mirror = self._endpoint.mirror_traffic
        if not self.deployments or not (traffic or mirror):
            return None
        shares, mirrored = self._by_name(traffic or {}), self._by_name(mirror or {})
        wanted = [*shares.values(), *mirrored.values()]
        lost = any(wanted) and self._is_lost(live.get("traffic"), live.get("mirrorTraffic"))
        options = self._after_deployments()
        rollout = getattr(self._endpoint, "rollout", None)
        steps = rollout.model_dump(exclude_none=True) if rollout else None
        return Traffic(f"{self._name}-traffic", self.id, shares, mirrored, lost=lost, rollout=steps, opts=options)

    def _scale(self, deployments: Sequence[entities.OnlineDeployment]) -> list[pulumi.Resource]:
        """Return the settings of Azure Monitor, made last: what it scales can't be changed meanwhile."""
        managed = [one for one in deployments if isinstance(one, entities.ManagedOnlineDeployment)]
        return [self._autoscale(one, one.autoscale) for one in managed if one.autoscale is not None]

    def _autoscale(self, deployment: entities.ManagedOnlineDeployment, autoscale: Autoscale) -> pulumi.Resource:
        target = text("{endpoint}/deployments/" + deployment.name, endpoint=self.id)
        count = deployment.instance_count if "instance_count" in deployment.model_fields_set else autoscale.min
        request = setting(
            autoscale,
            count,
            deployment=target,
            endpoint=self.id,
            location=self._endpoint.location or self._scope.location,
            tags=merge_tags(self._workspace.foundation.tags, deployment.tags or {}),
        )
        path = {
            "resourceGroupName": self._scope.resource_group,
            "autoscaleSettingName": f"{self._endpoint.name}_{deployment.name}",  # no endpoint's name has a "_"
        }
        routed = [self.routed] if self.routed else []
        options = pulumi.ResourceOptions(depends_on=[*self.deployments, *routed], delete_before_replace=True)
        made: pulumi.Resource = self.child(TOKEN, f"{self._name}-{deployment.name}-autoscale", path, request, options)
        return made

    def _warn_of_others(self, flowing: Mapping[str, int]) -> None:
        """Warn of deployments that get requests and aren't described: nothing says that these go elsewhere now."""
        names = {name.lower() for name in self._names}
        busy = [name for name, share in flowing.items() if share and name.lower() not in names]
        if self.deployments and busy:
            pulumi.log.warn(
                f"online endpoint {self._endpoint.name} sends requests to {', '.join(busy)}, which isn't described: "
                "Azure deletes no deployment that gets any, so `up` fails where it is this stack's; say in `traffic` "
                "where they go",
                self.resource,
            )

    def _by_name(self, shares: Mapping[str, int]) -> dict[str, int]:
        """Return shares by the names of the deployments, as these are spelled."""
        return {self._spelling(name): share for name, share in shares.items()}


class BatchEndpoint(_Endpoint[entities.BatchEndpoint, entities.BatchDeployment]):
    """A batch endpoint with its deployments and the one that is the default."""

    routing = ("defaults",)
    kinds = (entities.BatchEndpoint, entities.BatchDeployment)

    def _route(self) -> pulumi.Resource | None:
        live = ((self.live.get("properties") or {}).get("defaults") or {}).get("deploymentName")
        if live and live.lower() not in (name.lower() for name in self._names):
            live = None  # it goes with its deployment
        chosen = self._endpoint.defaults.deployment_name if self._endpoint.defaults else live
        if not self.deployments or not chosen:
            return None
        name, options = self._spelling(chosen), self._after_deployments()
        return DefaultDeployment(f"{self._name}-default", self.id, name, lost=self._is_lost(live), opts=options)
