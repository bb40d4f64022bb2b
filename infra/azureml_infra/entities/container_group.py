"""A deployment for tests on Azure Container Instances. az ml has no words for that since its version 2.

docs/container-instances.md says what that can do and what it can't.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from azureml_arm.clouds import CLOUDS
from azureml_infra.entities.assets import InferenceConfig, InlineEnvironment, Route
from azureml_infra.entities.base import LOCAL, TEXT, Arm, Entity, LocalPath, Refers, is_output, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.deployment import CodeConfiguration, EndpointName, ModelOrName
from azureml_infra.entities.fields import Identity, Region, Subnet, UserAssignedIdentity, VmSize
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import ANY_CASE, TextMap, name_rule
from azureml_infra.yaml.problems import quote

_GIB = re.compile(r"(\d+(?:\.\d+)?)(Gi|G|Mi|M)?")
_PER_GIB = {"Gi": 1.0, "G": 1e9 / 2**30, "Mi": 2**-10, "M": 1e6 / 2**30, None: 1.0}
_MOST_CPU, _MOST_GIB = 4, 16
"""What a group gets in every region
(https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits)."""


def _memory(text: str) -> str:
    """Return an amount of memory, which is known and small enough."""
    found = _GIB.fullmatch(text)
    if found is None or not 0 < gibibytes(text) <= _MOST_GIB:
        what = f"{quote(text)} is not an amount of memory that a group can have"
        raise refusal(what, f"an amount up to {_MOST_GIB}Gi, such as 2Gi")
    return text


def gibibytes(text: str) -> float:
    """Return an amount of memory (``2Gi``, ``512Mi``) in GiB, in tenths as the service takes it."""
    found = _GIB.fullmatch(text)
    return round(float(found[1]) * _PER_GIB[found[2]], 1) if found else 0.0


_SERVER = ("runsvdir", "/var/runit")
"""What the inference images of Azure ML start: their server, behind nginx (Azure/azureml-assets, assets/inference/
environments/minimal-py312-cuda12.4-inference/context/Dockerfile)."""
_REGISTRIES = tuple(f".{cloud.registry}" for cloud in CLOUDS.values())
"""What the names of Azure's container registries end in."""


def _server_routes() -> InferenceConfig:
    """Return where it answers (github.com/microsoft/azureml-inference-server, docs/AzureMLInferenceServer.md)."""
    alive, score = Route(port=5001, path="/"), Route(port=5001, path="/score")
    return InferenceConfig(liveness_route=alive, readiness_route=alive, scoring_route=score)


class ContainerGroupArgs(Entity):
    """A model, its code and the image that serves it on Azure Container Instances: a test, not behind the endpoint."""

    family: ClassVar[str] = "test_deployments"
    kind: ClassVar[str] = "test deployment"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.osType": "Linux", "properties.sku": "Standard"}

    on: Annotated[Literal["aci", "managed", "kubernetes"], ANY_CASE, LOCAL]
    """Where it runs: `aci` for Azure Container Instances. With `managed` or `kubernetes` it is that deployment of the
    endpoint, and the words that only a container group has aren't used."""
    type: Annotated[Literal["managed", "kubernetes"], ANY_CASE, LOCAL] = "managed"
    """The kind of deployment that it becomes without `on`."""
    name: Annotated[str, name_rule("deployment"), LOCAL]
    """Name, such as `try`."""
    endpoint_name: Annotated[EndpointName, Refers(("online_endpoints",)), LOCAL]
    """The endpoint that it belongs to without `on`; the group is named after both, and gets none of its requests."""
    model: Annotated[ModelOrName | None, Refers(("models",)), LOCAL] = None
    """The model: `azureml:NAME:VERSION`, or written here. The group fetches it from blob storage by `identity`."""
    code_configuration: Annotated[CodeConfiguration | None, LOCAL] = None
    """The code that scores, in a local folder, for an image that has Azure ML's inference server. Fetched likewise."""
    environment: Annotated[InlineEnvironment, LOCAL]
    """`image`, and `inference_config` with its routes where it isn't Azure ML's server that answers: written here, as
    Azure ML builds no image for a group."""
    environment_variables: Annotated[TextMap | None, LOCAL] = None
    """Variables of the process."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Region; the workspace's by default."""
    tags: Tags | None = None
    """Labels."""
    identity: Annotated[Identity | None, Arm("identity", immutable=True)] = None
    """A user-assigned identity: what pulls the image and fetches model and code, and what the process acts as."""
    grants: Annotated[bool | None, LOCAL] = None
    """Whether the identity gets the roles for that: Storage Blob Data Reader on the account of model and code, AcrPull
    on the workspace's registry. By default on what this description makes."""
    cpu: Annotated[float, Field(gt=0, le=_MOST_CPU), LOCAL] = 1
    """CPU cores."""
    memory: Annotated[str, TEXT, AfterValidator(_memory), LOCAL] = "2Gi"
    """Memory, such as `2Gi`."""
    command: Annotated[list[str] | None, LOCAL] = None
    """What the container runs; the image's own by default, with `code_configuration` what images of Azure ML run."""
    public: Annotated[bool, LOCAL] = False
    """Whether it answers on the internet, without a key and without TLS."""
    subnet: Annotated[Subnet | None, LOCAL] = None
    """The subnet that it answers in otherwise: `VNET/SUBNET` of the workspace's group, or an id. It must be delegated
    to Microsoft.ContainerInstance/containerGroups."""
    stop_after_hours: Annotated[int | None, Field(ge=1, le=720), LOCAL] = None
    """Hours after which it ends by itself, and costs no more. It takes `command` or `code_configuration`, and
    `timeout` in the image."""
    instance_type: Annotated[VmSize | None, LOCAL] = None
    """Used without `on` only."""
    instance_count: Annotated[int | None, Field(ge=1), LOCAL] = None
    """Used without `on` only."""

    @model_validator(mode="after")
    def _can_run_as_it_is(self) -> Self:
        """Refuse what a group can't do, before Azure does."""
        fault = next(self._faults(), None)
        if fault is not None:
            field, what, expected = fault
            raise refusal(what, expected, field)
        return self

    def _faults(self) -> Any:
        environment = self.environment
        if self.on != "aci":
            yield "on", "a container group runs on Azure Container Instances", "aci"
        if environment.image is None or environment.build is not None or environment.conda_file is not None:
            yield "environment", "Azure ML builds no image for a container group", "an image that is there, and no more"
        elif self.routes is None:
            yield "environment", "nothing says where the image answers", "inference_config, or code_configuration"
        yield from self._faults_of_fetching()
        if self.identity is not None and self.identity.type != "user_assigned":
            yield "identity", "images are pulled by a user-assigned identity only", "type: user_assigned"
        if self.image_registry and self.identity is None:
            yield "environment", f"nothing says who pulls from {self.image_registry}", "identity, with AcrPull on it"
        if self.public and self.subnet is not None:
            yield "subnet", "a group is public or in a subnet, not both", "one of the two"
        if not self.public and self.subnet is None:
            yield "public", "nobody could reach it", "public: true, or a subnet"
        if self.stop_after_hours is not None and not self._started:
            yield "stop_after_hours", "it takes `command` to end it: Azure stops no group by itself", "command"

    def _faults_of_fetching(self) -> Any:
        """Yield what stands in the way of a model and of code."""
        code = self.code_configuration
        if code is not None and not isinstance(code.code, LocalPath):
            yield "code_configuration", "nothing says which code a container group fetches", "code: a local folder"
        if self.model is None and code is None:
            return
        if not self._started:
            yield "model", "nothing says what starts once the model is there", "code_configuration, or command"
        if self.user_identity is None:
            word, noun = ("model", "model") if self.model is not None else ("code_configuration", "code")
            yield word, f"nothing says who fetches the {noun}", "identity, of type user_assigned"

    @property
    def _started(self) -> list[str]:
        """Return what the container runs where that isn't left to the image."""
        return list(self.command or (_SERVER if self.code_configuration is not None else ()))

    @property
    def routes(self) -> InferenceConfig | None:
        """Return where the container answers."""
        return self.environment.inference_config or (_server_routes() if self.code_configuration is not None else None)

    @property
    def user_identity(self) -> UserAssignedIdentity | None:
        """Return the identity that the group works with."""
        return next(iter(self.identity.user_identities), None) if self.identity is not None else None

    def started_by(self, before: Sequence[Any] = ()) -> list[Any]:
        """Return the command line of the container: what is run `before` the command, all of it for some hours only."""
        limit = ["timeout", f"{self.stop_after_hours}h"] if self.stop_after_hours else []
        return [*limit, *before, *self._started]

    @property
    def image_registry(self) -> str:
        """Return the Azure container registry that the image is in; empty for any other."""
        image = self.environment.image
        host = "" if image is None or is_output(image) else str(image).partition("/")[0]
        return host if host.endswith(_REGISTRIES) else ""

    @property
    def group_name(self) -> str:
        """Return the name in Azure: lower-case letters, digits and dashes."""
        return f"{self.endpoint_name}-{self.name}".lower()

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Write the container, its address and how its image is pulled."""
        properties = body["properties"]
        routes, command = self.routes, self.started_by()
        assert routes is not None  # noqa: S101 - `_faults`
        ports = sorted({one.port for one in (routes.liveness_route, routes.readiness_route, routes.scoring_route)})
        variables = self.environment_variables or {}
        container = {
            "image": self.environment.image,
            "ports": [{"port": port, "protocol": "TCP"} for port in ports],
            "environmentVariables": [{"name": name, "value": variables[name]} for name in sorted(variables)],
            "resources": {"requests": {"cpu": self.cpu, "memoryInGB": gibibytes(self.memory)}},
            "livenessProbe": _probe(routes.liveness_route),
            "readinessProbe": _probe(routes.readiness_route),
            **({"command": command} if command else {}),
        }
        properties["containers"] = [{"name": "scoring", "properties": container}]
        properties["restartPolicy"] = "Never" if self.stop_after_hours else "OnFailure"
        scoring = [{"port": routes.scoring_route.port, "protocol": "TCP"}]
        if self.subnet is not None:
            properties["subnetIds"] = [
                {"id": self.subnet if is_output(self.subnet) else resolver.reference(("subnets",), str(self.subnet))}
            ]
        properties["ipAddress"] = {"type": "Public" if self.public else "Private", "ports": scoring}
        if self.image_registry and self.user_identity is not None:
            who = self.user_identity.resource_id
            properties["imageRegistryCredentials"] = [{"server": self.image_registry, "identity": who}]


def _probe(route: Any) -> dict[str, Any]:
    return {"httpGet": {"path": route.path, "port": route.port, "scheme": "http"}, "initialDelaySeconds": 10}
