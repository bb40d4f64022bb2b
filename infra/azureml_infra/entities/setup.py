"""What a compute instance gets on top of its image: setup scripts and containers."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Arm, Model
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.words import TextMap

_PORT = Field(ge=1025, le=65535)


class ScriptReference(Model):
    """A script in the workspace's file share."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"scriptSource": "workspaceStorage"}

    path: Annotated[str, Arm("scriptData")]
    """Where it lies in the file share ``workspacefilestore``: ``Users/anna/setup.sh``."""
    command: Annotated[str | None, Arm("scriptArguments")] = None
    """The script's arguments."""
    timeout_minutes: Annotated[int | None, Field(ge=1), Arm("timeout", lambda minutes: f"{minutes}m")] = None
    """Minutes after which it has failed."""


class SetupScripts(Model):
    """Scripts that run with root rights on the instance."""

    creation_script: Annotated[ScriptReference | None, Arm("creationScript")] = None
    """Runs once, when the instance is made."""
    startup_script: Annotated[ScriptReference | None, Arm("startupScript")] = None
    """Runs each time the instance starts."""


class ImageSettings(Model):
    """A container image."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"type": "docker"}

    reference: str
    """The image's address: ``ghcr.io/rocker-org/rstudio:latest``."""


class EndpointsSettings(Model):
    """A port of a container."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"name": "connect", "protocol": "http"}

    target: Annotated[int, _PORT]
    """The port in the container."""
    published: Annotated[int, _PORT]
    """The port on the instance."""


class VolumeSettings(Model):
    """A folder of the instance in a container."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"type": "bind", "readOnly": False}

    source: str
    """The folder on the instance."""
    target: str
    """Where the container sees it."""


def _variables(given: dict[str, str]) -> dict[str, Any]:
    return {name: {"type": "local", "value": value} for name, value in given.items()}


def _plain_variables(given: dict[str, Any]) -> dict[str, Any]:
    return {name: one["value"] if isinstance(one, Mapping) else one for name, one in given.items()}


class CustomApplication(Model):
    """A container that the instance serves."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"docker.privileged": True}

    name: str
    """The name that the studio shows."""
    type: Annotated[Literal["docker"], LOWER, Arm("type")] = "docker"
    """The kind of application."""
    image: ImageSettings
    """Its image."""
    endpoints: list[EndpointsSettings]
    """Its ports."""
    environment_variables: Annotated[TextMap | None, Arm("environmentVariables", _variables, back=_plain_variables)] = (
        None
    )
    """Its environment variables."""
    bind_mounts: Annotated[list[VolumeSettings] | None, Arm("volumes")] = None
    """Folders of the instance that it sees."""
    id: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
