"""Online and batch endpoints and their deployments.

Fields are those of the CLI v2 YAML references for managed online, Kubernetes online and batch endpoints and deployments
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview).
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from azureml_arm import limits, sizes
from azureml_arm.tags import clash
from azureml_infra.entities.autoscale import Autoscale
from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, Refers, is_output, means, refusal
from azureml_infra.entities.body import Resolver, put
from azureml_infra.entities.body import body as body_of
from azureml_infra.entities.component import ComponentOrName
from azureml_infra.entities.deployment import (
    BatchResources,
    BatchSettings,
    DataCollector,
    Deployment,
    EndpointName,
    ModelOrName,
    Probe,
    RequestSettings,
    ResourceRequirements,
    ScaleSettings,
    ServesModel,
    default_collection,
)
from azureml_infra.entities.fields import LOWER, NOT_IN_GA, Identity, Region, VmSize, only
from azureml_infra.entities.job import JobComponent, PipelineJob, component_of_job
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.rollout import ALL, StepsOrRollout
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.unions import OrReference
from azureml_infra.entities.words import ANY_CASE, Switch, TextMap, arm_words, name_rule
from azureml_infra.yaml.problems import quote

AuthMode = Literal["key", "aml_token", "aad_token"]
_auth_mode = arm_words(aml_token="AMLToken", aad_token="AADToken")  # noqa: S106  (names of modes)


class Endpoint(Entity):
    """The fields of all endpoints."""

    read_only: ClassVar[tuple[str, ...]] = ("kind", "openapi_uri", "provisioning_state", "scoring_uri")

    description: Annotated[str | None, Arm("properties.description")] = None
    """Description, for people."""
    tags: Tags | None = None
    """Labels."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Region; the workspace's by default."""


def _adds_up(traffic: Mapping[str, int] | None) -> Mapping[str, int] | None:
    both = clash(traffic or {})
    if both is not None:
        what = f"{quote(both[0])} and {quote(both[1])} are one deployment to Azure, which ignores letter case"
        raise refusal(what, "each deployment once")
    total = sum(traffic.values()) if traffic else 0
    if total not in {0, ALL}:
        shares = " + ".join(str(share) for share in (traffic or {}).values())
        what = f"the traffic adds up to {total} ({shares})" if len(traffic or {}) > 1 else f"the traffic is {total}"
        raise refusal(what, "shares that add up to 100")
    return traffic


def _one_mirror(mirror: Mapping[str, int] | None) -> Mapping[str, int] | None:
    if sum(share > 0 for share in (mirror or {}).values()) > 1:
        raise refusal("more than one deployment gets a copy of the traffic", "one")
    return mirror


Share = Annotated[int, Field(ge=0, le=ALL)]


class OnlineEndpoint(Endpoint):
    """An address that answers requests, and the deployments that the requests are shared among."""

    family: ClassVar[str] = "online_endpoints"
    kind: ClassVar[str] = "online endpoint"

    name: Annotated[str, name_rule("online_endpoint"), LOCAL]
    """Name; part of the address, so it must be the only one in its region."""
    auth_mode: Annotated[AuthMode, ANY_CASE, Arm("properties.authMode", _auth_mode, immutable=True)] = "key"
    """How callers prove who they are: a key, a token of Azure ML, or a Microsoft Entra token."""
    identity: Identity = Identity.model_construct(type="system_assigned")
    """Identity that the deployments act with."""
    traffic: Annotated[dict[str, Share] | None, AfterValidator(_adds_up), Arm(None, shown="properties.traffic")] = None
    """Deployment -> its share of the requests, in percent. Set once the deployments exist."""
    mirror_traffic: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=limits.MIRROR)]] | None,
        AfterValidator(_one_mirror),
        Arm(None, shown="properties.mirrorTraffic"),
    ] = None
    """Deployment -> the share of the requests, in percent, that it gets a copy of, and no
    others; none if left out."""

    @model_validator(mode="after")
    def _mirror_gets_no_traffic(self) -> Self:
        """Refuse copies for a deployment with live traffic
        (https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints).
        """
        live = {name.lower() for name, share in (self.traffic or {}).items() if share}
        both = [name for name, share in (self.mirror_traffic or {}).items() if share and name.lower() in live]
        if both:
            what = f"the deployment {quote(both[0])} gets live traffic, so none can be mirrored to it"
            raise refusal(what, "a deployment with no share of `traffic`", "mirror_traffic", both[0])
        return self


class ManagedOnlineEndpoint(OnlineEndpoint):
    """An online endpoint on machines that Azure ML manages."""

    public_network_access: Annotated[Switch | None, Arm("properties.publicNetworkAccess")] = None
    """Whether it answers outside of the workspace's private network."""
    rollout: Annotated[StepsOrRollout | None, LOCAL] = None
    """Steps in which a change of `traffic` goes, each held and looked at: ``[10, 50, 100]``, or a mapping with more. At
    once if left out. The way back to the traffic before takes no steps. (az ml has no word for it.)"""


class KubernetesOnlineEndpoint(OnlineEndpoint):
    """An online endpoint on an attached Kubernetes cluster."""

    kind: ClassVar[str] = "Kubernetes online endpoint"

    compute: Annotated[InputStr, Refers(("computes",)), Arm("properties.compute", immutable=True)]
    """The attached cluster, `azureml:NAME`."""

    @field_validator("auth_mode")
    @classmethod
    def _cluster_checks_it(cls, mode: Any) -> Any:
        """Refuse what a cluster can't check
        (https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint).
        """
        if mode == "aad_token":
            raise refusal("endpoints on Kubernetes take no tokens of Microsoft Entra", "key or aml_token")
        return mode


class OnlineDeployment(Deployment, ServesModel):
    """The fields of online deployments, managed or on Kubernetes."""

    family: ClassVar[str] = "online_deployments"
    arm_constants: ClassVar[Mapping[str, Any]] = {"sku.name": "Default"}

    endpoint_name: Annotated[EndpointName, Refers(("online_endpoints",)), LOCAL]
    """The endpoint that it belongs to."""
    model: Annotated[ModelOrName | None, Refers(("models",)), Arm("properties.model")] = None
    """The model: `azureml:NAME:VERSION`, or written here."""
    model_mount_path: Annotated[str | None, Arm("properties.modelMountPath")] = None
    """Where an image that serves by itself finds the model."""
    instance_count: Annotated[int | None, Field(ge=1), Arm("sku.capacity")] = None
    """Number of instances."""
    app_insights_enabled: Annotated[bool | None, Arm("properties.appInsightsEnabled")] = None
    """Whether it logs to Application Insights."""
    scale_settings: Annotated[ScaleSettings | None, Arm("properties.scaleSettings")] = None
    """How the number of instances is decided."""
    request_settings: Annotated[RequestSettings | None, Arm("properties.requestSettings")] = None
    """Limits on requests."""
    liveness_probe: Annotated[Probe | None, Arm("properties.livenessProbe")] = None
    """Check for a container that must be restarted."""
    readiness_probe: Annotated[Probe | None, Arm("properties.readinessProbe")] = None
    """Check for a container that is ready for requests."""
    data_collector: Annotated[DataCollector | None, Arm("properties.dataCollector")] = None
    """Collecting what it is asked and answers."""

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Name the data asset that each collection is written to."""
        for name, collection in self.data_collector.collections.items() if self.data_collector else ():
            if collection.enabled == "true" and collection.data is None:
                data_id = resolver.anonymous(default_collection(str(self.endpoint_name), self.name, name))
                put(body, f"properties.dataCollector.collections.{name}.dataId", data_id)

    @classmethod
    def restore(cls, found: dict[str, Any], _body: Mapping[str, Any], place: Place) -> None:
        """Leave out the data assets that are the default."""
        for name, collection in (found.get("data_collector") or {}).get("collections", {}).items():
            if collection.get("data") == f"azureml:{place.entity.replace('/', '-')}-{name}:1":
                del collection["data"]


class ManagedOnlineDeployment(OnlineDeployment):
    """A model served on machines that Azure ML manages."""

    kind: ClassVar[str] = "managed online deployment"

    type: Annotated[Literal["managed"], LOWER, means("properties.endpointComputeType", "Managed")] = "managed"
    """The kind of deployment."""
    instance_type: Annotated[VmSize, Arm("properties.instanceType", immutable=True)]
    """VM size of the instances."""
    instance_count: Annotated[int, Field(ge=1), Arm("sku.capacity")] = 1
    """Number of instances."""
    egress_public_network_access: Annotated[
        Switch | None, Arm("properties.egressPublicNetworkAccess", immutable=True)
    ] = None
    """Whether the containers reach the internet."""
    private_network_connection: Annotated[bool | None, LOCAL, only(None, NOT_IN_GA)] = None
    """A way through the workspace's own network, from before managed networks. Can't be set: the GA API doesn't have
    it, and `managed_network` of the workspace does it for all deployments."""
    autoscale: Annotated[Autoscale | None, LOCAL] = None
    """Rules by which Azure Monitor changes the number of instances; `instance_count` is then what it begins with, `min`
    by default. (az ml has no word for it.)"""

    @model_validator(mode="after")
    def _begins_within_bounds(self) -> Self:
        scale, count = self.autoscale, self.instance_count
        if scale is not None and "instance_count" in self.model_fields_set and not scale.min <= count <= scale.max:
            what = f"`instance_count` is {count}, outside of what `autoscale` allows"
            raise refusal(what, f"{scale.min} to {scale.max}", "instance_count")
        return self

    @model_validator(mode="after")
    def _has_what_is_looked_at(self) -> Self:
        """Refuse GPUs as a measure where there are none: Azure Monitor would wait for figures that never come."""
        size = None if is_output(self.instance_type) else sizes.find(str(self.instance_type))
        scale = self.autoscale
        if scale is None or size is None or size.gpus:
            return self
        for word, rule in {"out": scale.out, "in": scale.in_}.items():
            if rule is not None and "gpu" in rule.thresholds:
                raise refusal(f"{size.name} has no GPUs to look at", "cpu, memory or latency_ms", "autoscale", word)
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Begin with the fewest instances where they are scaled and no number is given."""
        super().finish(body, resolver)
        if self.autoscale is not None and "instance_count" not in self.model_fields_set:
            put(body, "sku.capacity", self.autoscale.min)


class KubernetesOnlineDeployment(OnlineDeployment):
    """A model served on an attached Kubernetes cluster."""

    kind: ClassVar[str] = "Kubernetes online deployment"

    type: Annotated[Literal["kubernetes"], LOWER, means("properties.endpointComputeType", "Kubernetes")] = "kubernetes"
    """The kind of deployment."""
    instance_type: Annotated[InputStr | None, Arm("properties.instanceType")] = None
    """Instance type of the cluster; its default one by default."""
    resources: Annotated[ResourceRequirements | None, Arm("properties.containerResourceRequirements")] = None
    """What each instance asks of the cluster."""

    @model_validator(mode="after")
    def _names_fit_together(self) -> Self:
        both = 0 if is_output(self.endpoint_name) else len(f"{self.endpoint_name}{self.name}")
        if both > limits.KUBERNETES_NAMES:
            what = f"the names of the endpoint and of its deployment have {both} characters"
            expected = f"at most {limits.KUBERNETES_NAMES} together on Kubernetes"
            raise refusal(what, expected, "name")
        return self


class EndpointDefaults(Model):
    """What is called when a request names no deployment."""

    deployment_name: str
    """Deployment that runs when the endpoint is called without one."""


class BatchEndpoint(Endpoint):
    """An address that starts jobs over a lot of data."""

    family: ClassVar[str] = "batch_endpoints"
    kind: ClassVar[str] = "batch endpoint"

    name: Annotated[str, name_rule("batch_endpoint"), LOCAL]
    """Name; part of the address, so it must be the only one in its region."""
    auth_mode: Annotated[Literal["aad_token"], ANY_CASE, Arm("properties.authMode", _auth_mode, immutable=True)] = (
        "aad_token"
    )
    """How callers prove who they are: a Microsoft Entra token."""
    identity: Identity | None = None
    """Identity of the endpoint."""
    defaults: Annotated[
        EndpointDefaults | None, BeforeValidator(lambda given: given or None), Arm(None, shown="properties.defaults")
    ] = None
    """What a request without a deployment calls. Set once the deployments exist."""


class BatchDeployment(Deployment):
    """The fields of batch deployments."""

    family: ClassVar[str] = "batch_deployments"

    endpoint_name: Annotated[EndpointName, Refers(("batch_endpoints",)), LOCAL]
    """The endpoint that it belongs to."""


class ModelBatchDeployment(BatchDeployment, ServesModel):
    """A model that scores a lot of data at once. The fields of `settings` may also be written one level up."""

    kind: ClassVar[str] = "model batch deployment"

    type: Annotated[Literal["model"], LOWER, LOCAL] = "model"
    """The kind of deployment."""
    model: Annotated[ModelOrName, Refers(("models",)), Arm("properties.model.assetId")]
    """The model: `azureml:NAME:VERSION`, or written here."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.compute")] = None
    """Cluster to run on, `azureml:NAME`."""
    resources: Annotated[BatchResources | None, Arm("properties.resources")] = None
    """The nodes to run on."""
    settings: Annotated[BatchSettings, Arm("properties")] = BatchSettings.model_construct()
    """Settings of the scoring."""

    @model_validator(mode="before")
    @classmethod
    def _nested_settings(cls, given: Any) -> Any:
        """Move settings written at the top below `settings`: az ml has both forms."""
        if not isinstance(given, Mapping):
            return given
        above = BatchSettings.model_fields.keys() - cls.model_fields.keys() - {"instance_count"}
        own = {name: value for name, value in given.items() if name in above}
        rest = {name: value for name, value in given.items() if name not in own}
        settings = given.get("settings") or {}
        return {**rest, "settings": {**own, **settings}} if isinstance(settings, Mapping) and own else given

    @model_validator(mode="after")
    def _counts_once(self) -> Self:
        """Refuse a number of nodes beside `resources`, as azure-ai-ml does."""
        if self.resources is not None and self.settings.instance_count is not None:
            what = "`instance_count` stands beside `resources`"
            raise refusal(what, "it in `resources`", "settings", "instance_count")
        return self

    def finish(self, body: dict[str, Any], _resolver: Resolver) -> None:
        """Say that it is the model's id."""
        put(body, "properties.model.referenceType", "Id")

    @classmethod
    def restore(cls, found: dict[str, Any], _body: Mapping[str, Any], _place: Place) -> None:
        """Take what two fields have from one of them."""
        settings = found.get("settings") or {}
        for word in ("environment_variables", "instance_count"):
            settings.pop(word, None)
        if not settings:
            found.pop("settings", None)


def _as_text(given: bool) -> str:
    return str(given).lower()


class PipelineDefaults(Model):
    """Defaults for all steps of a deployed pipeline."""

    default_compute: Annotated[InputStr | None, Refers(("computes",)), Arm(None, shown="default_compute")] = None
    """Compute of the steps."""
    default_datastore: Annotated[InputStr | None, Refers(("datastores",)), Arm(None, shown="default_datastore")] = None
    """Datastore of the steps' outputs."""
    continue_on_step_failure: Annotated[bool | None, Arm("continue_on_step_failure", _as_text)] = None
    """Whether other steps continue when one fails."""
    force_rerun: Annotated[bool | None, Arm("force_rerun", _as_text)] = None
    """Whether steps with a known result run again."""

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Send names, as only this request wants them; resolving them makes the deployment wait for what they name."""
        for name, families in (("default_compute", ("computes",)), ("default_datastore", ("datastores",))):
            given = getattr(self, name)
            if given is not None:
                resolver.reference(families, given)
                body[name] = given


def _defaults_of(job: PipelineJob) -> PipelineDefaults:
    """Return what a job says of all of its steps, as a deployment of it has it."""
    own = job.settings
    return PipelineDefaults(
        default_compute=own.default_compute or job.compute,
        default_datastore=own.default_datastore,
        continue_on_step_failure=own.continue_on_step_failure,
        force_rerun=own.force_rerun,
    )


def _job_by_name(value: Any) -> Any:
    """Return the reference of ``{name: NAME}``, without steps: az ml's other form of ``azureml:NAME``."""
    named = isinstance(value, Mapping) and value.get("name") and not {"jobs", "component"} & value.keys()
    return f"azureml:{value['name']}" if named else value


JobOrName = Annotated[PipelineJob | InputStr, OrReference(), BeforeValidator(_job_by_name)]
"""A pipeline job written in place, or a reference to one."""


_CONFIGURATION = "properties.deploymentConfiguration"


class PipelineBatchDeployment(BatchDeployment):
    """A pipeline that runs when a batch endpoint is called."""

    kind: ClassVar[str] = "pipeline component batch deployment"
    arm_constants: ClassVar[Mapping[str, Any]] = {f"{_CONFIGURATION}.deploymentConfigurationType": "PipelineComponent"}

    type: Annotated[Literal["pipeline"], LOWER, LOCAL] = "pipeline"
    """The kind of deployment."""
    component: Annotated[
        ComponentOrName | None, Refers(("components",)), Arm(f"{_CONFIGURATION}.componentId.assetId")
    ] = None
    """The pipeline component: `azureml:NAME:VERSION`, its file, or written here."""
    job_definition: Annotated[JobOrName | None, Refers(("jobs",)), LOCAL] = None
    """In place of `component`: the pipeline job to make one of, `azureml:NAME`, or written here."""
    settings: Annotated[PipelineDefaults | None, Arm(f"{_CONFIGURATION}.settings")] = None
    """Defaults for all steps."""

    @model_validator(mode="after")
    def _one_pipeline(self) -> Self:
        if (self.component is None) == (self.job_definition is None):
            raise refusal("there is not exactly one pipeline", "one of `component` and `job_definition`")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Say that it is a component's id, and add that of one that is made of a job."""
        put(body, f"{_CONFIGURATION}.componentId.referenceType", "Id")
        job = self.job_definition
        if job is None:
            return
        component: Any
        if isinstance(job, PipelineJob):
            component = component_of_job(job)
            if self.settings is None:
                put(body, f"{_CONFIGURATION}.settings", body_of(_defaults_of(job), resolver))
        else:
            component = JobComponent(source_job=_last(resolver.reference(("jobs",), str(job))))
        own = isinstance(component, Entity)
        asset = resolver.anonymous(component) if own else resolver.reference(("components",), component)
        put(body, f"{_CONFIGURATION}.componentId.assetId", asset)


def _last(id_: Any) -> Any:
    return id_.apply(_last) if is_output(id_) else str(id_).rsplit("/", 1)[-1]
