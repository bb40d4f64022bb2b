"""Computes of other services: Kubernetes, Spark, Databricks, virtual machines. They are given by id, or made here."""

import base64
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, SecretStr, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.compute import COMPUTE_TYPE, Compute
from azureml_infra.entities.created import give_identity, require_target
from azureml_infra.entities.created_databricks import DatabricksTokenArgs, DatabricksWorkspaceArgs
from azureml_infra.entities.created_spark import CreatedSparkPool
from azureml_infra.entities.fields import LOWER, ArmId, Identity, id_of, refuse_both
from azureml_infra.entities.kubernetes import ROUTERS, KubernetesCluster
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.words import TextMap, name_rule

_IN = "properties.properties"
_RESOURCE_ID = Arm("properties.resourceId", immutable=True)
_SETTINGS = "properties.configurationSettings"
_PROTECTED = "properties.configurationProtectedSettings"
_ROUTER_SERVICES = {"load_balancer": "loadBalancer", "node_port": "nodePort", "cluster_ip": "clusterIP"}
DatabricksId = Annotated[InputStr, id_of("Microsoft.Databricks/workspaces")]
SparkPoolId = Annotated[InputStr, id_of("Microsoft.Synapse/workspaces/bigDataPools")]


def _word(given: bool) -> str:
    """Return a boolean as the text that the extension's settings use."""
    return "True" if given else "False"


def _base64(given: str) -> str:
    return base64.b64encode(given.encode()).decode()


class KubernetesExtension(Model):
    """Azure ML's extension on a cluster; settings as in
    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-kubernetes-extension.
    """

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "properties.extensionType": "Microsoft.AzureML.Kubernetes",
        "properties.scope.cluster.releaseNamespace": "azureml",
        "identity.type": "SystemAssigned",
    }

    name: Annotated[str, LOCAL] = "azureml"
    """The extension's name on the cluster."""
    release_train: Annotated[str, Arm("properties.releaseTrain")] = "stable"
    """``stable`` or another release train."""
    version: Annotated[str | None, Arm("properties.version")] = None
    """A fixed version; needs `auto_upgrade_minor_version: false`."""
    auto_upgrade_minor_version: Annotated[bool, Arm("properties.autoUpgradeMinorVersion")] = True
    """Whether Azure keeps it up to date."""
    enable_training: Annotated[bool, Arm(f"{_SETTINGS}.enableTraining", _word)] = True
    """Whether jobs can run on the cluster."""
    enable_inference: Annotated[bool, Arm(f"{_SETTINGS}.enableInference", _word)] = True
    """Whether deployments can run on the cluster."""
    inference_router_service_type: Annotated[
        Literal["load_balancer", "node_port", "cluster_ip"],
        Arm(f"{_SETTINGS}.inferenceRouterServiceType", _ROUTER_SERVICES.__getitem__),
    ] = "load_balancer"
    """How scoring requests reach the cluster."""
    internal_load_balancer_provider: Annotated[
        Literal["azure"] | None, Arm(f"{_SETTINGS}.internalLoadBalancerProvider")
    ] = None
    """``azure`` for a load balancer that is reachable from its virtual network only."""
    inference_router_ha: Annotated[bool, Arm(f"{_SETTINGS}.inferenceRouterHA", _word)] = True
    """Three routers; `false` on a cluster with fewer than three nodes."""
    allow_insecure_connections: Annotated[bool, Arm(f"{_SETTINGS}.allowInsecureConnections", _word)] = False
    """Scoring over http, for tests; without it `ssl_secret` is needed for inference."""
    ssl_secret: Annotated[str | None, Arm(f"{_SETTINGS}.sslSecret")] = None
    """Name of the Kubernetes secret, in the namespace ``azureml``, with the certificate for https scoring."""
    ssl_certificate: Annotated[SecretStr | None, Arm(f"{_PROTECTED}.sslCert", _base64)] = None
    """The certificate itself, PEM-encoded; with `ssl_key`, in place of `ssl_secret`."""
    ssl_key: Annotated[SecretStr | None, Arm(f"{_PROTECTED}.sslKey", _base64)] = None
    """Its key, PEM-encoded."""
    ssl_cname: Annotated[str | None, Arm(f"{_SETTINGS}.sslCname")] = None
    """The certificate's domain name."""
    install_nvidia_device_plugin: Annotated[bool | None, Arm(f"{_SETTINGS}.installNvidiaDevicePlugin", _word)] = None
    """Whether the plugin is installed by which workloads get GPUs; by default where a cluster is made with GPUs."""
    settings: Annotated[TextMap, Arm(_SETTINGS)] = Field(default_factory=dict)
    """Further settings, by the extension's own names."""

    @property
    def can_score(self) -> bool:
        """Return whether requests can reach deployments, with a certificate or without."""
        by_itself = self.ssl_certificate is not None and self.ssl_key is not None
        return self.allow_insecure_connections or (self.ssl_cname is not None and (by_itself or bool(self.ssl_secret)))

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Write the certificate as az does (azure-cli-extensions, k8s-extension, AzureMLKubernetes.py)."""
        given = body["properties"].get("configurationProtectedSettings")
        if given is not None:
            body["properties"]["configurationProtectedSettings"] = {f"scoringFe.{word}": given[word] for word in given}


_SET_BY_AZURE = (
    "extensionInstanceReleaseTrain", "extensionPrincipalId", "namespace", "relayConnectionString",
    "serviceBusConnectionString", "vcName",
)  # fmt: skip
"""Properties of a Kubernetes compute that aren't described among its further ones."""


class KubernetesCompute(Compute):
    """A Kubernetes cluster (AKS, or Arc-enabled) for jobs and deployments: one that is there, or one that is made."""

    kind: ClassVar[str] = "Kubernetes compute"

    type: Annotated[Literal["kubernetes"], LOWER, COMPUTE_TYPE("Kubernetes")] = "kubernetes"
    """The kind of compute."""
    resource_id: Annotated[ArmId | None, _RESOURCE_ID] = None
    """ARM id of the AKS or Arc-enabled cluster that is there."""
    create: Annotated[KubernetesCluster | None, LOCAL] = None
    """In place of `resource_id`: an AKS cluster that is made, and deleted once it is detached. Not a field of az ml."""
    namespace: Annotated[str, name_rule("kubernetes_namespace"), Arm(f"{_IN}.namespace", immutable=True)] = "default"
    """The Kubernetes namespace that Azure ML uses."""
    identity: Annotated[Identity | None, AfterValidator(refuse_both), Arm("identity")] = None
    """The identity of its jobs and deployments in Azure; its own where the cluster is made."""
    grants: Annotated[bool | None, LOCAL] = None
    """Whether its identity gets the roles that jobs and deployments need, AcrPull and data access: on the registry and
    storage account that this description makes if left out, with `true` on given ones, too, with `false` on none. Not a
    field of az ml."""
    properties: Annotated[dict[str, Any] | None, Arm(_IN)] = None
    """Further properties in ARM's words: ``defaultInstanceType``, ``instanceTypes``."""
    extension: Annotated[bool | KubernetesExtension, LOCAL] = True
    """Azure ML's extension: made with its defaults, described, or `false` where the cluster has it already."""

    _has_target = model_validator(mode="after")(require_target)

    @model_validator(mode="after")
    def _fits_its_cluster(self) -> Self:
        """Refuse what a cluster that is made can't do."""
        fault = next(self._faults(), None)
        if fault is None:
            return self
        what, expected, field = fault
        raise refusal(what, expected, field)

    def _faults(self) -> Iterator[tuple[str, str, str]]:
        if self.create is None:
            return
        given = self.extension
        if given is False:
            yield "a cluster that is made has no extension by itself", "extension, or nothing", "extension"
            return
        made = KubernetesExtension() if given is True else given
        if made.enable_inference and not made.can_score:
            what = "nothing says how requests reach deployments on the cluster"
            expected = "ssl_certificate and ssl_key with ssl_cname, or `allow_insecure_connections: true` for tests"
            yield what, expected, "extension"
        routers = made.inference_router_ha and "inference_router_ha" in made.model_fields_set
        if made.enable_inference and routers and self.create.least < ROUTERS:
            nodes = f"{self.create.least} node{'' if self.create.least == 1 else 's'}"
            what = f"{ROUTERS} routers need {ROUTERS} nodes, and {nodes} may be all that there are"
            yield what, f"pools with {ROUTERS} nodes together, or no inference_router_ha", "create"

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Add the identity that jobs and deployments have on a cluster that is made."""
        give_identity(self, body)

    @classmethod
    def restore(cls, found: dict[str, Any], _body: Mapping[str, Any], _place: Any) -> None:
        """Leave out of the further properties what Azure or another field says."""
        given = found.pop("properties", None) or {}
        if own := {name: value for name, value in given.items() if name not in _SET_BY_AZURE and value is not None}:
            found["properties"] = own


class SynapseSparkCompute(Compute):
    """A Synapse Spark pool."""

    kind: ClassVar[str] = "Synapse Spark compute"
    read_only: ClassVar[tuple[str, ...]] = (
        "auto_pause_settings",
        "node_count",
        "node_family",
        "node_size",
        "scale_settings",
        "spark_version",
    )

    type: Annotated[Literal["synapsespark"], LOWER, COMPUTE_TYPE("SynapseSpark")] = "synapsespark"
    """The kind of compute."""
    resource_id: Annotated[SparkPoolId | None, _RESOURCE_ID] = None
    """ARM id of the Spark pool, unless it is made by `create`."""
    create: Annotated[CreatedSparkPool | None, LOCAL] = None
    """The Spark pool that is made for this compute. Not a field of az ml."""
    identity: Annotated[Identity | None, Arm("identity")] = None
    """The identity of Spark jobs in Azure; one of its own if left out with `create`."""
    grants: Annotated[bool | None, LOCAL] = None
    """Whether the identities of a pool that is made here get the roles that jobs need: on the lake and storage account
    that this description makes if left out, with `true` on a given storage account, too, with `false` on none. Not a
    field of az ml."""

    @property
    def pool_name(self) -> str:
        """Return the name of the pool that `create` makes."""
        return (self.create.name if self.create else None) or self.name.replace("-", "")[:15]

    _has_target = model_validator(mode="after")(require_target)

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Give what is made an identity, by which jobs are let in."""
        give_identity(self, body)


class DatabricksCompute(Compute):
    """An Azure Databricks workspace. az ml has no file for it; the words are in its manner."""

    kind: ClassVar[str] = "Databricks compute"

    type: Annotated[Literal["databricks"], LOWER, COMPUTE_TYPE("Databricks")] = "databricks"
    """The kind of compute."""
    resource_id: Annotated[DatabricksId | None, _RESOURCE_ID] = None
    """ARM id of the Databricks workspace; without it there is `create`."""
    create: Annotated[DatabricksWorkspaceArgs | None, LOCAL] = None
    """The workspace that is made for it and attached, in place of `resource_id`. Not a field of az ml."""
    access_token: Annotated[SecretStr | None, Arm(f"{_IN}.databricksAccessToken")] = None
    """A personal access token for it; in place of `token`."""
    token: Annotated[DatabricksTokenArgs | None, LOCAL] = None
    """A token that this program asks for, as whoever runs it: what `create` gets if there is no `access_token`. Not a
    field of az ml."""
    workspace_url: Annotated[str | None, Arm(f"{_IN}.workspaceUrl")] = None
    """Its address: ``adb-1234567890123456.7.azuredatabricks.net``."""

    _has_target = model_validator(mode="after")(require_target)

    @model_validator(mode="after")
    def _has_one_token(self) -> Self:
        """Refuse two tokens, and a workspace that is there already without any."""
        if self.access_token is not None and self.token is not None:
            what, expected, field = "there are two tokens", "access_token or token", "token"
        elif self.create is None and self.access_token is None and self.token is None:
            what, expected, field = (
                "nothing says how Azure ML signs in to it",
                "access_token: ${{secrets.NAME}}, or token: {}",
                "name",
            )
        else:
            return self
        raise refusal(what, expected, field)

    @classmethod
    def restore(cls, found: dict[str, Any], _body: Mapping[str, Any], place: Place) -> None:
        """Say that there is a token, which Azure doesn't show."""
        found.setdefault("access_token", place.secret("access_token"))


class VirtualMachineSshSettings(Model):
    """How Azure ML logs in to a virtual machine."""

    admin_username: Annotated[str, Arm("administratorAccount.username")]
    """The administrator account."""
    admin_password: Annotated[SecretStr | None, Arm("administratorAccount.password")] = None
    """Its password."""
    ssh_private_key: Annotated[SecretStr | None, Arm("administratorAccount.privateKeyData")] = None
    """Its private key."""
    ssh_private_key_file: Annotated[str | None, LOCAL] = None
    """az ml's way to give the private key; refused, because it would lie beside the description."""
    ssh_port: Annotated[int, Field(ge=1, le=65535), Arm("sshPort")] = 22
    """The SSH port."""

    @field_validator("ssh_private_key_file")
    @classmethod
    def _no_key_in_the_folder(cls, _: Any) -> None:
        what = "a private key doesn't belong in a description's folder"
        raise refusal(what, "ssh_private_key: ${{secrets.NAME}}, with `pulumi config set --secret NAME < KEYFILE`")


class VirtualMachineCompute(Compute):
    """A virtual machine that jobs can run on."""

    kind: ClassVar[str] = "virtual machine compute"
    read_only: ClassVar[tuple[str, ...]] = ("compute_location",)

    type: Annotated[Literal["virtualmachine"], LOWER, COMPUTE_TYPE("VirtualMachine")] = "virtualmachine"
    """The kind of compute."""
    resource_id: Annotated[InputStr, _RESOURCE_ID, id_of("Microsoft.Compute/virtualMachines")]
    """ARM id of the virtual machine."""
    ssh_settings: Annotated[VirtualMachineSshSettings | None, Arm(_IN)] = None
    """How Azure ML logs in to it."""
