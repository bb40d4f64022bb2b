"""Versioned assets: environments, models, data and code.

Fields are those of the CLI v2 YAML references for environment, model and data
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview).
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

import yaml
from pydantic import Field, ValidationInfo, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from azureml_infra.entities.base import (
    LOCAL,
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
from azureml_infra.entities.fields import LOWER, NOT_IN_GA, only
from azureml_infra.entities.in_file import document_of
from azureml_infra.entities.paths import PathText, holds_file, is_remote, local_path, read_yaml
from azureml_infra.entities.references import CURATED
from azureml_infra.entities.sharing import InRegistry
from azureml_infra.entities.words import PASCAL, TextMap, Version, name_rule
from azureml_infra.yaml.nodes import plain, written_data
from azureml_infra.yaml.problems import quote

DataType = Literal["uri_file", "uri_folder", "mltable"]
ModelType = Literal["custom_model", "mlflow_model", "triton_model"]

DATA_TYPES: tuple[DataType, ...] = get_args(DataType)
MODEL_TYPES: tuple[ModelType, ...] = get_args(ModelType)

UploadsTo = Annotated[
    str,
    NoEffect(
        "what is uploaded lies in the workspace's own container; upload it yourself, and write where it is as `path`",
        unless=("workspaceblobstore", "azureml:workspaceblobstore"),
    ),
]
"""A datastore that az ml uploads to."""


class Asset(Entity):
    """The fields of all versioned assets."""

    read_only: ClassVar[tuple[str, ...]] = ("latest_version",)
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.isAnonymous": False, "properties.isArchived": False}

    version: Annotated[Version | None, LOCAL] = None
    """Version; a number or a text. Assets can't be changed, only followed by another version."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """Description, for people."""
    tags: Annotated[TextMap | None, Arm("properties.tags")] = None
    """Labels to find it by."""
    auto_delete_setting: Annotated[Any, LOCAL, only(None, NOT_IN_GA)] = None
    """Can't be set: the GA API doesn't have it."""

    @property
    def is_anonymous(self) -> bool:
        """Return whether it has no name in Azure, whatever `name` is."""
        return bool(self.arm_constants["properties.isAnonymous"])


class Route(Model):
    """The route of one kind of request to a container."""

    port: Annotated[int, Field(ge=1, le=65535)]
    """Port in the container."""
    path: str
    """Path of the URL, such as `/score`."""


class InferenceConfig(Model):
    """The HTTP routes of a container that serves a model by itself."""

    liveness_route: Route
    """Answers whether the container is alive."""
    readiness_route: Route
    """Answers whether it can take requests."""
    scoring_route: Route
    """Takes the requests."""


class BuildContext(Model):
    """A folder with a Dockerfile, from which Azure ML builds the image."""

    path: Annotated[PathText, Uploads(url=True), Arm("contextUri")]
    """Folder, or the URL of one in blob storage or git."""
    dockerfile_path: str | None = None
    """The Dockerfile in the folder; `Dockerfile` if none is given."""

    @model_validator(mode="after")
    def _has_dockerfile(self) -> Self:
        if isinstance(self.path, LocalPath) and not holds_file(self.path.path, self.dockerfile_path or "Dockerfile"):
            name = self.dockerfile_path or "Dockerfile"
            raise refusal(f'the folder "{self.path}" has no "{name}"', "a folder with a Dockerfile")
        return self


def _conda(value: Any, handler: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and not is_remote(value):
        value = written_data(document_of(local_path(value, info), info).root)
    return handler(value)


def conda_text(conda: Mapping[str, Any]) -> str:
    """Return a conda specification as YAML with sorted keys, so that a comment in the file changes nothing."""
    return yaml.safe_dump(dict(plain(conda)), sort_keys=True, allow_unicode=True, width=2**16)


_NAMELESS = (
    "an environment in place of a reference has no name in Azure; describe it under `environments:`, and refer to it"
)


class InlineEnvironment(Asset):
    """An environment written in place of a reference. It has no name in Azure, whatever `name` is."""

    family: ClassVar[str] = "environments"
    kind: ClassVar[str] = "environment"
    read_only: ClassVar[tuple[str, ...]] = ("intellectual_property",)
    arm_constants: ClassVar[Mapping[str, Any]] = {**Asset.arm_constants, "properties.isAnonymous": True}

    name: Annotated[str | None, LOCAL, NoEffect(_NAMELESS)] = None
    """For people only."""
    version: Annotated[Version | None, LOCAL, NoEffect(_NAMELESS)] = None
    """For people only."""
    image: Annotated[InputStr | None, Arm("properties.image")] = None
    """Container image, such as `mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04`."""
    build: Annotated[BuildContext | None, Arm("properties.build")] = None
    """Build the image from a Dockerfile instead."""
    conda_file: Annotated[
        dict[str, Any] | None,
        WrapValidator(_conda, json_schema_input_type=str | dict[str, Any]),
        Arm("properties.condaFile", conda_text, back=yaml.safe_load),
    ] = None
    """Conda specification to install on top of `image`: a file, or written here."""
    inference_config: Annotated[InferenceConfig | None, Arm("properties.inferenceConfig")] = None
    """Routes of an image that serves a model by itself."""
    os_type: Annotated[Literal["linux", "windows"] | None, PASCAL, Arm("properties.osType")] = None
    """Operating system of the image."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties; unlike tags they can't be changed later."""
    datastore: Annotated[UploadsTo | None, LOCAL] = None
    """Where az ml uploads the build context to; here it is always the default datastore."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.image is None) == (self.build is None):
            what = "`image` and `build` exclude each other" if self.image is not None else "there is no image"
            raise refusal(what, "`image`, or `build` with a folder")
        if self.build is not None and self.conda_file is not None:
            what = "`conda_file` has no effect with `build`"
            raise refusal(what, "the packages in the Dockerfile, or `image` in place of `build`")
        return self

    @property
    def builds_image(self) -> bool:
        """Return whether Azure ML builds an image for it, which needs a container registry in the workspace."""
        return self.build is not None or self.conda_file is not None


class NamedEnvironment(InlineEnvironment):
    """An environment under a name and version."""

    arm_constants: ClassVar[Mapping[str, Any]] = Asset.arm_constants

    name: Annotated[str, name_rule("environment"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""
    version: Annotated[Version | None, LOCAL] = None
    """Version; a number or a text. Assets can't be changed, only followed by another version."""

    @model_validator(mode="after")
    def _is_nobodys(self) -> Self:
        """Refuse the names that Azure ML keeps for its own environments."""
        if self.name.lower().startswith(CURATED):
            what = f"{quote(self.name)} is a name of Azure ML's own environments"
            raise refusal(what, f"a name without {quote(self.name[: len(CURATED)])} first", "name")
        return self


class Environment(NamedEnvironment, InRegistry):
    """The image and packages that jobs and deployments run in."""


def _flavors(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: {"data": {key: str(value) for key, value in data.items()}} for name, data in given.items()}


def _flavor_data(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: flavor.get("data") or {} for name, flavor in given.items()}


class InlineModel(Asset):
    """A model written in place of a reference. It has no name in Azure, whatever `name` is."""

    family: ClassVar[str] = "models"
    kind: ClassVar[str] = "model"
    read_only: ClassVar[tuple[str, ...]] = ("intellectual_property", "job_name", "utc_time_created")
    arm_constants: ClassVar[Mapping[str, Any]] = {**Asset.arm_constants, "properties.isAnonymous": True}

    name: Annotated[str | None, LOCAL] = None
    """For people only."""
    path: Annotated[PathText, Refers(("datastores", "jobs")), Uploads(), Arm("properties.modelUri")]
    """Local file or folder, or where the model is: `azureml://datastores/…`, `azureml://jobs/…`, `runs:/…`."""
    type: Annotated[ModelType, LOWER, Arm("properties.modelType")] = "custom_model"
    """Format of the model."""
    flavors: Annotated[dict[str, dict[str, Any]] | None, Arm("properties.flavors", _flavors, back=_flavor_data)] = None
    """MLflow flavors: what can load the model, and how."""
    stage: Annotated[str | None, Arm("properties.stage")] = None
    """Stage of its life, such as `Development` or `Production`."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties; unlike tags they can't be changed later."""
    default_deployment_template: Annotated[Any, LOCAL, only(None, NOT_IN_GA)] = None
    """Can't be set: the GA API doesn't have it."""
    allowed_deployment_templates: Annotated[Any, LOCAL, only(None, NOT_IN_GA)] = None
    """Can't be set: the GA API doesn't have it."""
    datastore: Annotated[UploadsTo | None, LOCAL] = None
    """Where az ml uploads a local path to; here it is always the default datastore."""
    system_metadata: Annotated[dict[str, Any] | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """What a registry says of a model. Taken without effect: the GA API has no place for it."""


class NamedModel(InlineModel):
    """A model under a name and version."""

    arm_constants: ClassVar[Mapping[str, Any]] = Asset.arm_constants

    name: Annotated[str, name_rule("model"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""


class RegisteredModel(NamedModel, InRegistry):
    """A trained model, under a name and version."""


class Data(Asset, InRegistry):
    """A file, folder or table under a name and version."""

    family: ClassVar[str] = "data"
    kind: ClassVar[str] = "data asset"

    name: Annotated[str, name_rule("data"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""
    path: Annotated[PathText, Refers(("datastores",)), Uploads(), Arm("properties.dataUri")]
    """Local file or folder, or where the data is: `azureml://datastores/…`, `https://…`, `wasbs://…`, `abfss://…`."""
    type: Annotated[DataType, LOWER, Arm("properties.dataType")] = "uri_folder"
    """A file, a folder, or a folder with an `MLTable` file in it."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties; unlike tags they can't be changed later."""
    datastore: Annotated[UploadsTo | None, LOCAL] = None
    """Where az ml uploads a local path to; here it is always the default datastore."""

    def finish(self, body: dict[str, Any], _resolver: Any) -> None:
        """Add the files that a table is made of."""
        if self.type == "mltable" and isinstance(self.path, LocalPath):
            body["properties"]["referencedUris"] = _referenced_uris(self.path)

    @model_validator(mode="after")
    def _path_is_of_type(self) -> Self:
        problem = misfit(self.type, self.path)
        if str(self.path).startswith("azureml:") and not str(self.path).startswith("azureml://"):
            what = f"{quote(self.path)} is another asset, not a place"
            problem = refusal(what, "a local path, azureml://datastores/NAME/paths/… or another URI", "path")
        if problem:
            raise problem
        return self


def _referenced_uris(table: LocalPath) -> list[str]:
    paths = read_yaml(LocalPath(f"{table}/MLTable", table.path / "MLTable")).get("paths") or []
    return [str(place) for path in paths if isinstance(path, dict) for place in path.values()]


def misfit(type_: str | None, path: Any) -> PydanticCustomError | None:
    """Return the error of a local path that doesn't fit its type, or None."""
    if not isinstance(path, LocalPath):
        return None
    if type_ == "uri_file" and not path.path.is_file():
        return refusal(f'"{path}" is a folder', "a file, or `type: uri_folder`")
    if type_ in {"uri_folder", "mltable"} and not path.path.is_dir():
        return refusal(f'"{path}" is a file', "a folder, or `type: uri_file`")
    if type_ == "mltable" and not (path.path / "MLTable").is_file():
        return refusal(f'the folder "{path}" has no file named "MLTable"', "an MLTable file in it")
    return None


class Code(Asset):
    """A folder of code under a name and version. Jobs and deployments make theirs from `code:` by themselves."""

    family: ClassVar[str] = "codes"
    kind: ClassVar[str] = "code asset"

    name: Annotated[str, name_rule("code"), LOCAL]
    """Name."""
    path: Annotated[PathText, Uploads(url=True), Arm("properties.codeUri")]
    """Local folder, or the URL of one in blob storage."""
