"""What a job runs with: compute, resources, distribution, limits, services, identity."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from azureml_infra.entities.assets import InlineEnvironment
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, NoEffect, Refers, Uploads, refusal
from azureml_infra.entities.expressions import or_bound
from azureml_infra.entities.fields import LOWER, NOT_IN_GA, refuse_misfits
from azureml_infra.entities.paths import CodePath
from azureml_infra.entities.unions import OrReference
from azureml_infra.entities.words import ANY_CASE, TextMap, arm_words, seconds

_SERVICES = {"ssh": "SSH", "tensor_board": "TensorBoard", "jupyter_lab": "JupyterLab", "vs_code": "VSCode"}
_IDENTITIES = {
    "aml_token": "AMLToken",
    "user_identity": "UserIdentity",
    "managed": "Managed",
    "managed_identity": "Managed",
}
_DISTRIBUTIONS = {"mpi": "Mpi", "pytorch": "PyTorch", "tensorflow": "TensorFlow", "ray": "Ray"}
_FITTING = {
    "mpi": ("process_count_per_instance",),
    "pytorch": ("process_count_per_instance",),
    "tensorflow": ("worker_count", "parameter_server_count"),
    "ray": (
        "port",
        "address",
        "include_dashboard",
        "dashboard_port",
        "head_node_additional_args",
        "worker_node_additional_args",
    ),
}
_PRIORITIES = {"low": 1, "medium": 2, "high": 3}

if TYPE_CHECKING:
    Count = int | str
    Extra = int | str
    Size = str
else:
    Count = or_bound(Annotated[int, Field(ge=1)])
    Extra = or_bound(Annotated[int, Field(ge=0)])
    Size = or_bound(Annotated[str, Field(pattern=r"^\d+[bBkKmMgG]$")])


class Resources(Model):
    """How much compute a job gets."""

    instance_count: Count | None = None
    """Number of nodes."""
    instance_type: InputStr | None = None
    """VM size of serverless compute, or the instance type of a Kubernetes cluster."""
    shm_size: Size | None = None
    """Shared memory of the container: a number and `b`, `k`, `m` or `g`."""
    docker_args: str | list[str] | None = None
    """More arguments of `docker run`."""
    properties: dict[str, Any] | None = None
    """More settings of the compute."""
    locations: list[str] | None = None
    """Regions that serverless compute may be in."""
    max_instance_count: Count | None = None
    """The most nodes, where a job may grow."""

    def finish(self, body: dict[str, Any], _resolver: Any) -> None:
        """Move arguments written as a list to their own place."""
        if isinstance(self.docker_args, list):
            body["dockerArgsList"] = body.pop("dockerArgs")

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Any) -> None:
        """Take arguments that are a list from their own place."""
        if body.get("dockerArgsList"):
            found["docker_args"] = body["dockerArgsList"]


class JobResources(Resources):
    """How much compute a job gets that is no step."""

    locations: Annotated[list[str] | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Regions that serverless compute may be in. Taken without effect: the GA API has no place for it."""
    max_instance_count: Annotated[Count | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """The most nodes. Taken without effect: the GA API has no place for it."""


class Distribution(Model):
    """How a job's processes find each other on several nodes."""

    type: Annotated[
        Literal["mpi", "pytorch", "tensorflow", "ray"], LOWER, Arm("distributionType", _DISTRIBUTIONS.__getitem__)
    ]
    """The framework."""
    process_count_per_instance: Count | None = None
    """With mpi and pytorch: processes on each node."""
    worker_count: Count | None = None
    """With tensorflow: number of workers; as many as nodes if none is given."""
    parameter_server_count: Extra | None = None
    """With tensorflow: number of parameter servers."""
    port: Extra | None = None
    """With ray: port of the head node."""
    address: str | None = None
    """With ray: address of the head node."""
    include_dashboard: bool | None = None
    """With ray: whether there is a dashboard."""
    dashboard_port: Extra | None = None
    """With ray: port of the dashboard."""
    head_node_additional_args: str | None = None
    """With ray: more arguments of `ray start` on the head node."""
    worker_node_additional_args: str | None = None
    """With ray: more arguments of `ray start` on the others."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        return refuse_misfits(self, _FITTING)


class Limits(Model):
    """When Azure ML stops a job."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"jobLimitsType": "Command"}

    timeout: Annotated[Count | None, Arm("timeout", seconds)] = None
    """Longest run, in seconds."""


class Service(Model):
    """A program that runs beside the job, to look into it."""

    read_only: ClassVar[tuple[str, ...]] = ("endpoint", "error_message", "status")

    type: Annotated[
        Literal["ssh", "tensor_board", "jupyter_lab", "vs_code"], ANY_CASE, Arm("jobServiceType", _SERVICES.__getitem__)
    ]
    """The kind of service."""
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    """Port it listens on."""
    nodes: Annotated[Literal["all"] | None, Arm("nodes", lambda _: {"nodesValueType": "All"}, back=lambda _: "all")] = (
        None
    )
    """`all` for every node; only the first one by default."""
    log_dir: Annotated[str | None, Arm("properties.logDir")] = None
    """With tensor_board: folder of the logs."""
    ssh_public_keys: Annotated[str | None, Arm("properties.sshPublicKeys")] = None
    """With ssh: public key that may log in."""
    properties: TextMap | None = None
    """More settings of the service."""


def _without_azures(given: Any) -> Any:
    """Return services without those that Azure ML adds and `az ml job show` prints: its studio and its tracking."""
    if not isinstance(given, Mapping):
        return given
    types = {name: one.get("type", name) if isinstance(one, Mapping) else "" for name, one in given.items()}
    return {name: one for name, one in given.items() if str(types[name]).lower() not in {"studio", "tracking"}}


def _known_services(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the services of a body that a file may have."""
    return {name: one for name, one in given.items() if (one or {}).get("jobServiceType") in _SERVICES.values()}


Services = Annotated[dict[str, Service], BeforeValidator(_without_azures)]
"""Programs that run beside a job, by name."""
SERVICES = Arm("properties.services", back=_known_services)


class JobIdentity(Model):
    """The identity that a job reads data with."""

    type: Annotated[
        Literal["user_identity", "managed", "managed_identity", "aml_token"],
        ANY_CASE,
        Arm("identityType", _IDENTITIES.__getitem__),
    ]
    """The person who submits it, the compute's identity, or a token of the workspace."""
    client_id: InputStr | None = None
    """With managed: client id of the identity."""
    object_id: InputStr | None = None
    """With managed: object id of the identity."""
    msi_resource_id: Annotated[InputStr | None, Arm("resourceId")] = None
    """With managed: ARM id of the identity."""


def _read_priority(given: Any) -> Any:
    return next((word for word, number in _PRIORITIES.items() if number == given), given)


class QueueSettings(Model):
    """The priority of serverless compute."""

    job_tier: Annotated[
        Literal["null", "spot", "basic", "standard", "premium"] | None, LOWER, Arm("jobTier", arm_words())
    ] = None
    """`spot` is cheapest and may be taken away."""
    priority: Annotated[
        Literal["low", "medium", "high"] | None, LOWER, Arm("priority", _PRIORITIES.__getitem__, back=_read_priority)
    ] = None
    """Whose turn it is first on a compute."""


class JobQueueSettings(QueueSettings):
    """The priority of a job that is no step."""

    priority: Annotated[Literal["low", "medium", "high"] | None, LOWER, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Whose turn it is first. Taken without effect: the GA API has no place for it."""


EnvironmentOrName = Annotated[InlineEnvironment | InputStr, OrReference(in_file=True)]
"""An environment written in place, in a file (`file:env.yml`), or a reference to one."""


class Command(Model):
    """A command line and its surroundings: the fields that command jobs, pipeline steps and components share."""

    command: Annotated[str, Field(min_length=1), Arm("properties.command")]
    """Command line, with `${{inputs.NAME}}` and `${{outputs.NAME}}` for what is read and written."""
    code: Annotated[CodePath | None, Uploads(code=True), Arm("properties.codeId")] = None
    """Local folder with the code, or the URI of one."""
    environment: Annotated[EnvironmentOrName, Refers(("environments",)), Arm("properties.environmentId")]
    """Image and packages to run in."""


class Allotment(Model):
    """The compute of a command, and its distribution over nodes."""

    resources: Annotated[Resources | None, Arm("properties.resources")] = None
    """How much compute it gets."""
    distribution: Annotated[Distribution | None, Arm("properties.distribution")] = None
    """Distribution over several nodes."""


class RunSettings(Model):
    """What belongs to one run: where, as whom and how long."""

    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; serverless compute by default."""
    environment_variables: Annotated[TextMap | None, Arm("properties.environmentVariables")] = None
    """Variables of the process."""
    limits: Annotated[Limits | None, Arm("properties.limits")] = None
    """When it is stopped."""
    services: Annotated[Services | None, SERVICES] = None
    """Programs to look into it with, by a name of your choice."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights it reads data."""
    queue_settings: Annotated[QueueSettings | None, Arm("properties.queueSettings")] = None
    """How soon serverless compute is given."""


def _refuse_ray(given: Distribution | None) -> Distribution | None:
    """Raise for a distribution that only steps can have."""
    if given is not None and given.type == "ray":
        what = f"a job can't be distributed by ray: {NOT_IN_GA}"
        raise refusal(what, "a step of a pipeline with it, or mpi, pytorch or tensorflow", "type")
    return given


JobDistribution = Annotated[Distribution | None, AfterValidator(_refuse_ray)]
"""How the processes of a job that is no step find each other."""


class JobAllotment(Allotment):
    """The compute of a job that is no step, and its distribution over nodes."""

    resources: Annotated[JobResources | None, Arm("properties.resources")] = None
    """How much compute it gets."""
    distribution: Annotated[JobDistribution, Arm("properties.distribution")] = None
    """Distribution over several nodes."""


class JobRunSettings(RunSettings):
    """What belongs to one run of a job that is no step."""

    queue_settings: Annotated[JobQueueSettings | None, Arm("properties.queueSettings")] = None
    """How soon serverless compute is given."""
