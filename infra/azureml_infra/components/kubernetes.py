"""What a Kubernetes compute stands on: Azure ML's extension, and the cluster where that is made, too.

All of it is made before the cluster is attached, one after the other, as AKS works on one thing at a time; and deleted
after it is detached.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from azureml_infra.components.adoption import is_adopted
from azureml_infra.components.base import Component
from azureml_infra.components.grants import Grant, WantedRole, give, grant
from azureml_infra.components.identities import system_principal
from azureml_infra.components.known import map_text, part_of, wait_for
from azureml_infra.components.live import certain_changes
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import arm_id, text
from azureml_infra.components.workspace import Workspace
from azureml_infra.entities.attached import KubernetesCompute, KubernetesExtension
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import body, marked_paths, specs, words
from azureml_infra.entities.kubernetes import ROUTERS, KubernetesCluster, NodePool

CLUSTER, POOL = "containerservice:ManagedCluster", "containerservice:AgentPool"
_BINDING, _EXTENSION = "containerservice:TrustedAccessRoleBinding", "kubernetesconfiguration:Extension"
_MLWORKLOAD = "Microsoft.MachineLearningServices/workspaces/mlworkload"
"""The role by which Azure ML works on a cluster without local accounts
(https://github.com/Azure/AML-Kubernetes/blob/master/docs/azureml-aks-ta-support.md)."""
_OF_WORKSPACE = {
    "reader": "Reader",
    "extensions": "Kubernetes Extension Contributor",
    "admin": "Azure Kubernetes Service Cluster Admin Role",
    "contributor": "Contributor",
}
"""What a user-assigned identity of the workspace needs before it attaches a cluster; its own gets that by itself
(https://learn.microsoft.com/azure/machine-learning/how-to-attach-kubernetes-to-workspace)."""
_LONGEST = 63
"""Characters of a cluster's name."""


@dataclass
class KubernetesParts:
    """What one compute stands on. `owner` is its component."""

    owner: Component
    name: str
    compute: KubernetesCompute
    workspace: Workspace
    resolution: Resolution

    def cluster_id(self) -> pulumi.Input[str]:
        """Return the ARM id of the cluster, whether it is there or is made."""
        if self.compute.create is None:
            return cast("pulumi.Input[str]", self.compute.resource_id)
        return arm_id(CLUSTER, self._path(self.compute.create), self.workspace.scope.subscription)

    def make(self, *, is_same: bool) -> list[pulumi.Resource]:
        """Make what has to be there before the cluster is attached, and return what to wait for.

        `is_same`: it is attached already, however its id is spelled.
        """
        made = self._cluster(self.compute.create) if self.compute.create is not None else []
        return [*made, *self._extension(made, is_same=is_same)]

    def _cluster_name(self, cluster: KubernetesCluster) -> pulumi.Input[str]:
        made = text("aks-{w}-{c}", w=self.workspace.scope.workspace, c=self.compute.name)
        return cluster.name if cluster.name is not None else map_text(made, _shorten)

    def _path(self, cluster: KubernetesCluster) -> dict[str, pulumi.Input[str]]:
        return {"resourceGroupName": self.workspace.scope.resource_group, "resourceName": self._cluster_name(cluster)}

    def _cluster(self, cluster: KubernetesCluster) -> list[pulumi.Resource]:
        scope, path = self.workspace.scope, self._path(cluster)
        request = body(cluster, self.resolution)
        request["location"] = self.compute.location or scope.location
        request["tags"] = merge_tags(self.workspace.foundation.tags, self.compute.tags or {})
        request["properties"]["dnsPrefix"] = map_text(path["resourceName"], _dns_prefix)
        live = scope.live(CLUSTER, path)
        _refuse_fixed(self.compute, request, live)
        wait = pulumi.ResourceOptions(depends_on=self.resolution.dependencies)
        made = self.owner.child(CLUSTER, f"{self.name}-cluster", path, request, wait)
        steps: list[pulumi.Resource] = [made]
        for pool in cluster.pools[1:]:
            steps.append(self._pool(cluster, pool, path, steps[-1]))
        if not cluster.local_accounts:
            steps.append(self._binding(path, steps[-1]))
        return [*steps, *self._grants(cluster, made, live)]

    def _pool(
        self, cluster: KubernetesCluster, pool: NodePool, path: Mapping[str, Any], after: pulumi.Resource
    ) -> pulumi.Resource:
        fixed = [path.removeprefix("properties.") for path in (*marked_paths(NodePool, "immutable"), "vnetSubnetID")]
        options = pulumi.ResourceOptions(depends_on=[after], replace_on_changes=fixed, delete_before_replace=True)
        request = cluster.pool(pool, self.resolution)
        own = {**path, "agentPoolName": pool.name}
        made: pulumi.Resource = self.owner.child(POOL, f"{self.name}-{pool.name}", own, request, options)
        return made

    def _binding(self, path: Mapping[str, Any], after: pulumi.Resource) -> pulumi.Resource:
        request = {"properties": {"sourceResourceId": self.workspace.scope.id(), "roles": [_MLWORKLOAD]}}
        own = {**path, "trustedAccessRoleBindingName": "azureml"}
        wait = pulumi.ResourceOptions(depends_on=[after])
        made: pulumi.Resource = self.owner.child(_BINDING, f"{self.name}-access", own, request, wait)
        return made

    def _grants(
        self, cluster: KubernetesCluster, made: Any, live: Mapping[str, Any] | None
    ) -> Iterator[pulumi.Resource]:
        """Yield the roles of the workspace's identity on the cluster, and of the cluster's own on its network."""
        workspace, where = self.workspace, wait_for(self.cluster_id(), made)
        if workspace.has_user_identity:
            wanted = [WantedRole(f"attach-{slug}", role, where, [made]) for slug, role in _OF_WORKSPACE.items()]
            whom = (workspace.principal, workspace.principal_seed)
            yield from give(self.owner, self.name, workspace.granted, wanted, whom)
        if cluster.network is not None:
            subnet, own = cluster.subnet(self.resolution), system_principal(made, live)
            joins = Grant("joins", "Network Contributor", subnet, own, seed=cast("str", self.cluster_id()))
            yield from grant(self.owner, self.name, workspace.granted, joins, [made])

    def _extension(self, after: list[pulumi.Resource], *, is_same: bool) -> list[pulumi.Resource]:
        given = self.compute.extension
        if given is False:
            return []
        extension = self._adjust(KubernetesExtension() if given is True else given)
        path = _cluster_path(self.cluster_id())
        request = body(extension, self.resolution)
        if self.compute.create is not None:
            self._add_settings(request["properties"]["configurationSettings"])
        options = pulumi.ResourceOptions(
            depends_on=[*self.resolution.dependencies, *after],
            ignore_changes=list(path) if is_same else None,
            replace_on_changes=["extensionType", "scope"],
            delete_before_replace=True,
        )
        own = {**path, "extensionName": extension.name}
        self._keep_unsaid(extension, request["properties"], own)
        return [self.owner.child(_EXTENSION, f"{self.name}-extension", own, request, options)]

    def _keep_unsaid(
        self, extension: KubernetesExtension, request: dict[str, Any], path: Mapping[str, pulumi.Input[str]]
    ) -> None:
        """Leave what the description doesn't say of an extension that is adopted as Azure has it."""
        live = self.workspace.scope.live(_EXTENSION, path)
        if live is None or not is_adopted(str(live.get("id"))):
            return
        unsaid = {one.arm.path for one in specs(KubernetesExtension) if one.name not in extension.model_fields_set}
        names = {str(path).removeprefix("properties.") for path in unsaid}
        settings = request["configurationSettings"]
        own = {name: value for name, value in settings.items() if f"configurationSettings.{name}" not in names}
        request["configurationSettings"] = {**(live.get("configurationSettings") or {}), **own}
        for name in names & request.keys() - {"configurationSettings"}:
            request[name] = live.get(name, request[name])

    def _adjust(self, extension: KubernetesExtension) -> KubernetesExtension:
        """Return an extension with what follows from a cluster that is made, where nothing else is said."""
        cluster = self.compute.create
        if cluster is None:
            return extension
        follows: dict[str, Any] = {"inference_router_ha": cluster.least >= ROUTERS}
        if cluster.private:
            follows["internal_load_balancer_provider"] = "azure"
        if any(pool.has_gpus for pool in cluster.pools):
            follows["install_nvidia_device_plugin"] = True
        new = {word: value for word, value in follows.items() if word not in extension.model_fields_set}
        return extension.model_copy(update=new)

    def _add_settings(self, settings: dict[str, Any]) -> None:
        """Add what `az k8s-extension create` sends for an AKS cluster (azure-cli-extensions, AzureMLKubernetes.py)."""
        location, cluster = self.compute.location or self.workspace.scope.location, self.cluster_id()
        assert self.compute.create is not None  # noqa: S101 - asked before
        sent = {
            "cluster_name": cluster,
            "clusterId": cluster,
            "cluster_name_friendly": self._cluster_name(self.compute.create),
            "location": location,
            "jobSchedulerLocation": location,
            "domain": text("{l}.cloudapp.azure.com", l=location),
            "servicebus.enabled": "false",
            "relayserver.enabled": "false",
            "nginxIngress.enabled": "true",
        }
        settings |= {key: value for key, value in sent.items() if key not in settings}


def _refuse_fixed(compute: KubernetesCompute, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Raise RefusedChangeError where Azure would refuse a change of a cluster or of its first pool.

    Another first pool: pulumi/pulumi-azure-native#579 ("A new agent pool was introduced").
    """
    if live is None:
        return
    for path, word in _fixed_words(KubernetesCluster).items():
        if certain_changes(CLUSTER, request, live, path):
            what = f"{word} of a cluster is fixed when it is made"
            raise RefusedChangeError(compute, f"create.{word}", what, "the value that is there, or another `name`")
    first = request["properties"]["agentPoolProfiles"][0]
    there = {str(pool["name"]): pool for pool in live.get("agentPoolProfiles") or ()}
    before = there.get(first["name"])
    if before is None:
        what = f"the pool {first['name']} is first, and the cluster was made with another one"
        expected = f"one of {', '.join(there)} first, and {first['name']} below it"
        raise RefusedChangeError(compute, "create.pools", what, expected)
    for path, word in {**_fixed_words(NodePool), "properties.vnetSubnetID": "network"}.items():
        key = path.removeprefix("properties.")
        if isinstance(first.get(key), str | int | list) and not _same(first[key], before.get(key)):
            what = f"{word} of a pool is fixed when it is made, and the pool {first['name']} was made with the cluster"
            expected = f"{before.get(key)}; a pool below it with `mode: system` can have another {word}"
            raise RefusedChangeError(compute, "create.pools", what, expected)


def _fixed_words(model: type[Model]) -> dict[str, str]:
    """Return the ARM paths of what is fixed in a model, with its words."""
    fixed = marked_paths(model, "immutable")
    return {path: word for path, word in words(model).items() if path in fixed}


def _shorten(name: str) -> str:
    """Return a cluster's name as it is, or as long as it may be, and still a name of its own."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _dns_prefix(name: str) -> str:
    return name.replace("_", "-")[:54].strip("-")


def _same(one: Any, other: Any) -> bool:
    return str(one).lower() == str(other).lower()


def _cluster_path(cluster: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    """Return the arguments that name the cluster an extension is installed on."""
    return {
        "resourceGroupName": part_of(cluster, lambda one: one.resource_group),
        "clusterRp": part_of(cluster, lambda one: one.type.partition("/")[0]),
        "clusterResourceName": part_of(cluster, lambda one: one.type.partition("/")[2]),
        "clusterName": part_of(cluster, lambda one: one.name),
    }
