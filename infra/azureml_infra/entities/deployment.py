"""The fields that deployments of online and batch endpoints share."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from azureml_infra.entities.assets import Data, InlineEnvironment, InlineModel, NamedEnvironment, NamedModel
from azureml_infra.entities.base import (
    LOCAL,
    TEXT,
    Arm,
    Entity,
    InputStr,
    LocalPath,
    Model,
    NoEffect,
    Refers,
    Uploads,
    refusal,
)
from azureml_infra.entities.fields import LOWER, NOT_IN_GA
from azureml_infra.entities.paths import CodePath, holds_file
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.unions import OrReference
from azureml_infra.entities.words import PASCAL, TextMap, arm_words, milliseconds, name_rule, pascal, seconds

ModelOrName = Annotated[NamedModel | InlineModel | InputStr, OrReference()]
"""A reference to a model, or one written in place: registered under its `name`, if it has one."""

EnvironmentOrName = Annotated[NamedEnvironment | InlineEnvironment | InputStr, OrReference(in_file=True)]
"""A reference to an environment, or one in place or in a file: registered under its `name`, if it has one."""


class CodeConfiguration(Model):
    """The code that scores."""

    code: Annotated[CodePath | None, Uploads(code=True), Arm("codeId")] = None
    """Local folder with the code, or the id of a code asset."""
    scoring_script: str
    """Script in the folder, with `init()` and `run()`."""

    @model_validator(mode="after")
    def _has_script(self) -> Self:
        if isinstance(self.code, LocalPath) and not holds_file(self.code.path, self.scoring_script):
            raise refusal(f'"{self.code}" has no "{self.scoring_script}"', "a file in the folder of `code`")
        return self


def _bare(value: Any) -> Any:
    """Return NAME of ``azureml:NAME``: endpoints have no versions."""
    bare = value.removeprefix("azureml:") if isinstance(value, str) else value
    if isinstance(bare, str) and re.search(r"[^\w-]", bare):
        raise refusal(f'"{value}" is not an endpoint\'s name', "the endpoint's name alone: letters, digits and dashes")
    return bare


EndpointName = Annotated[InputStr, BeforeValidator(_bare, json_schema_input_type=str)]
"""The name of the endpoint that a deployment belongs to."""


class Deployment(Entity):
    """The fields of all deployments."""

    read_only: ClassVar[tuple[str, ...]] = ("provisioning_state",)

    name: Annotated[str, name_rule("deployment"), LOCAL]
    """Name, such as `blue`; traffic is given to it."""
    endpoint_name: Annotated[EndpointName, Refers(("online_endpoints", "batch_endpoints")), LOCAL]
    """The endpoint that it belongs to."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """Description, for people."""
    tags: Tags | None = None
    """Labels."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties."""


class ServesModel(Model):
    """The fields of deployments of a model, online and batch."""

    serves_model: ClassVar[bool] = True

    code_configuration: Annotated[CodeConfiguration | None, Arm("properties.codeConfiguration")] = None
    """The code that scores; not needed for MLflow and Triton models, nor for an image that serves by itself."""
    environment: Annotated[EnvironmentOrName | None, Refers(("environments",)), Arm("properties.environmentId")] = None
    """Image and packages that it runs in; not needed for MLflow models."""
    environment_variables: Annotated[TextMap | None, Arm("properties.environmentVariables")] = None
    """Variables of the process."""


class RequestSettings(Model):
    """Limits on requests."""

    request_timeout_ms: Annotated[int | None, Field(ge=1, le=180_000), Arm("requestTimeout", milliseconds)] = None
    """Longest time for a request, in milliseconds; 5,000 by default, at most 180,000."""
    max_concurrent_requests_per_instance: Annotated[int | None, Field(ge=1)] = None
    """Requests that an instance works on at a time."""
    max_queue_wait_ms: Annotated[int | None, Field(ge=0), Arm("maxQueueWait", milliseconds)] = None
    """Longest time that a request waits for its turn, in milliseconds."""


class Probe(Model):
    """How Azure ML checks that a container is healthy."""

    initial_delay: Annotated[int | None, Field(ge=0), Arm("initialDelay", seconds)] = None
    """Seconds from the container's start to the first look."""
    period: Annotated[int | None, Field(ge=1), Arm("period", seconds)] = None
    """Seconds between two looks."""
    timeout: Annotated[int | None, Field(ge=1), Arm("timeout", seconds)] = None
    """Seconds to wait for an answer."""
    success_threshold: Annotated[int | None, Field(ge=1)] = None
    """Good answers in a row after which it is well again."""
    failure_threshold: Annotated[int | None, Field(ge=1)] = None
    """Failed looks in a row after which it is not well."""


class ScaleSettings(Model):
    """How the number of instances is decided."""

    type: Annotated[Literal["default", "target_utilization"], PASCAL, Arm("scaleType")]
    """A fixed number (`default`), or as many as the load needs (Kubernetes only)."""
    min_instances: Annotated[int | None, Field(ge=0)] = None
    """With target_utilization: fewest instances."""
    max_instances: Annotated[int | None, Field(ge=1)] = None
    """With target_utilization: most instances."""
    target_utilization_percentage: Annotated[int | None, Field(ge=1, le=100)] = None
    """With target_utilization: how busy instances shall be."""
    polling_interval: Annotated[int | None, Field(ge=1), Arm("pollingInterval", seconds)] = None
    """With target_utilization: seconds between two decisions."""

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        least, most = self.min_instances, self.max_instances
        if least is not None and most is not None and least > most:
            raise refusal(f"`min_instances` is {least}, above `max_instances` {most}", f"{most} or less")
        return self


class ResourceAmounts(Model):
    """Amounts of a Kubernetes cluster's resources."""

    cpu: Annotated[str | None, TEXT] = None
    """CPU cores, such as `0.5` or `500m`."""
    memory: Annotated[str | None, TEXT] = None
    """Memory, such as `0.5Gi`."""
    gpu: Annotated[str | None, TEXT, Field(alias="nvidia.com/gpu")] = None
    """GPUs."""


class ResourceRequirements(Model):
    """What each instance requests of a Kubernetes cluster."""

    requests: Annotated[ResourceAmounts | None, Arm("containerResourceRequests")] = None
    """The least it gets."""
    limits: Annotated[ResourceAmounts | None, Arm("containerResourceLimits")] = None
    """The most it gets."""


def _data_of_id(value: Any) -> Any:
    """Return the reference of ``{data_id: azureml:NAME:VERSION}``."""
    return value["data_id"] if isinstance(value, Mapping) and set(value) == {"data_id"} else value


DataOrName = Annotated[Data | InputStr, OrReference(), BeforeValidator(_data_of_id)]
"""A data asset to register, or a reference to one; `{data_id: …}` is az ml's other form of that."""


class DataCollection(Model):
    """Whether one kind of data is collected, and where it goes."""

    enabled: Annotated[
        Literal["true", "false"],
        BeforeValidator(
            lambda given: str(given).lower() if isinstance(given, bool | str) else given,
            json_schema_input_type=bool | Literal["true", "false", "True", "False"],
        ),
        Arm("dataCollectionMode", arm_words(true="Enabled", false="Disabled")),
    ]
    """`true` or `false`."""
    data: Annotated[DataOrName | None, Refers(("data",)), Arm("dataId")] = None
    """Data asset to write to: `azureml:NAME:VERSION`, or its name and path; named after the deployment by default."""
    client_id: Annotated[InputStr | None, Arm("clientId")] = None
    """Client id of the identity that writes."""


class RequestLogging(Model):
    """Logs of requests."""

    capture_headers: list[str]
    """HTTP headers to keep."""


class DataCollector(Model):
    """Collection of a deployment's requests and responses."""

    collections: dict[str, DataCollection]
    """By the name that the scoring script uses: `model_inputs`, `model_outputs`, `request`, `response`, …"""
    rolling_rate: Annotated[Literal["minute", "hour", "day", "month", "year"] | None, PASCAL] = None
    """How often a new file is begun."""
    sampling_rate: Annotated[float | None, Field(ge=0, le=1), LOCAL] = None
    """Share of the requests to collect, from 0 to 1."""
    request_logging: RequestLogging | None = None
    """What to log of the requests."""

    def finish(self, body: dict[str, Any], _resolver: Any) -> None:
        """Repeat the sampling rate in each collection, where ARM has it."""
        if self.sampling_rate is not None:
            for collection in body["collections"].values():
                collection["samplingRate"] = self.sampling_rate

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Any) -> None:
        """Take the sampling rate from where ARM has it."""
        rates = [one.get("samplingRate") for one in (body.get("collections") or {}).values()]
        if rates and rates[0] is not None:
            found["sampling_rate"] = rates[0]


def default_collection(endpoint: str, deployment: str, collection: str) -> Data:
    """Return the data asset that a collection is written to by default, where model monitoring looks for it."""
    place = f"modelDataCollector/{endpoint}/{deployment}/{collection}"
    return Data(
        name=f"{endpoint}-{deployment}-{collection}",
        version="1",
        path=f"azureml://datastores/workspaceblobstore/paths/{place}",
        type="uri_folder",
    )


class RetrySettings(Model):
    """Retries of a mini-batch that fails or times out."""

    max_retries: Annotated[int | None, Field(ge=0)] = None
    """The number of retries."""
    timeout: Annotated[int | None, Field(ge=1), Arm("timeout", seconds)] = None
    """Seconds that it may take."""


class BatchResources(Model):
    """The nodes that a batch deployment runs on."""

    instance_count: Annotated[int | None, Field(ge=1)] = None
    """Number of nodes."""
    instance_type: InputStr | None = None
    """Instance type of a Kubernetes cluster."""
    properties: dict[str, Any] | None = None
    """More settings of the compute."""
    shm_size: Annotated[str | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Shared memory of the container. Taken without effect: the GA API has no place for it."""
    docker_args: Annotated[str | list[str] | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """More arguments of `docker run`. Taken without effect: the GA API has no place for it."""
    locations: Annotated[list[str] | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Regions that serverless compute may be in. Taken without effect: the GA API has no place for it."""
    max_instance_count: Annotated[int | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """The most nodes. Taken without effect: the GA API has no place for it."""


class BatchSettings(Model):
    """How a batch deployment works through its data."""

    mini_batch_size: Annotated[int | None, Field(ge=1)] = None
    """Number of files that a call of `run()` gets."""
    max_concurrency_per_instance: Annotated[int | None, Field(ge=1)] = None
    """Processes on each node."""
    output_action: Annotated[Literal["append_row", "summary_only"] | None, PASCAL] = None
    """Whether what `run()` returns is gathered in one file."""
    output_file_name: str | None = None
    """Name of that file; `predictions.csv` by default."""
    retry_settings: RetrySettings | None = None
    """Retries of a mini-batch that fails or times out."""
    logging_level: Annotated[Literal["info", "warning", "debug"] | None, LOWER, Arm("loggingLevel", pascal)] = None
    """Verbosity of the logs."""
    error_threshold: Annotated[int | None, Field(ge=-1)] = None
    """Number of failed files after which the job stops; -1 for never."""
    environment_variables: TextMap | None = None
    """Variables of the process."""
    instance_count: Annotated[int | None, Field(ge=1), Arm("resources.instanceCount")] = None
    """Number of nodes, where there are no `resources`."""
