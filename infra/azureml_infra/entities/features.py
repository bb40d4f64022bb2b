"""What a feature store has: entities, and feature sets with how they are materialized.

Fields are those of `az ml feature-store-entity create --file` and `az ml feature-set create --file`; a feature set's
folder has a FeatureSetSpec.yaml (https://learn.microsoft.com/azure/machine-learning/reference-yaml-featureset-spec).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import Field, ValidationError, field_validator, model_validator

from azureml_arm import ids
from azureml_infra.entities.assets import Asset
from azureml_infra.entities.base import LOCAL, Arm, InputStr, LocalPath, Model, Refers, Uploads, is_output, refusal
from azureml_infra.entities.body import Resolver, body, put
from azureml_infra.entities.fields import VmSize
from azureml_infra.entities.paths import PathText, holds_file, read_yaml
from azureml_infra.entities.triggers import ScheduleRecurrenceTrigger
from azureml_infra.entities.words import ANY_CASE, PASCAL, TextMap, name_rule
from azureml_infra.yaml.problems import quote

SPEC = "FeatureSetSpec.yaml"
"""The file in a feature set's folder that says what the features are."""
DataType = Literal["string", "integer", "long", "float", "double", "binary", "datetime", "boolean"]
Stage = Annotated[Literal["Development", "Production", "Archived"], Arm("properties.stage")]
_NOTHING_TO_RESOLVE = cast("Resolver", None)  # a specification names nothing of the workspace


class IndexColumn(Model):
    """A column that identifies what features are about."""

    name: Annotated[str, Arm("columnName")]
    """Its name in the data."""
    type: Annotated[DataType, PASCAL, Arm("dataType")]
    """Type of its values."""


class FeatureStoreEntity(Asset):
    """What features are about, such as a customer, by the columns that identify one."""

    family: ClassVar[str] = "feature_store_entities"
    kind: ClassVar[str] = "feature store entity"

    name: Annotated[str, name_rule("component"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""
    index_columns: Annotated[list[IndexColumn], Field(min_length=1), Arm("properties.indexColumns")]
    """The columns that identify one."""
    stage: Stage = "Development"
    """Stage of its life."""
    properties: Annotated[TextMap | None, Arm("properties.properties")] = None
    """Properties; unlike tags they can't be changed later."""


class Delay(Model):
    """A span of time."""

    days: Annotated[int | None, Arm("Days")] = None
    """Days of it."""
    hours: Annotated[int | None, Arm("Hours")] = None
    """Hours of it."""
    minutes: Annotated[int | None, Arm("Minutes")] = None
    """Minutes of it."""


class TimestampColumn(Model):
    """The column with the time of a row."""

    name: str
    """Its name."""
    format: str | None = None
    """How the time is written, in Python's `strptime` words."""


class ProcessCode(Model):
    """Code that reads a source of a kind of its own."""

    path: str
    """Folder of the code, in the feature set's."""
    process_class: Annotated[str, Arm("process_class")]
    """`MODULE.CLASS` in it."""


class FeatureSource(Model):
    """Where the features' data comes from."""

    type: str
    """Kind of source: `parquet`, `csv`, `mltable`, `deltaTable`, `custom` or `featureset`."""
    path: str | None = None
    """Where the data is."""
    timestamp_column: TimestampColumn | None = None
    """The column with the time of a row."""
    source_delay: Delay | None = None
    """How long after its time a row is there."""
    source_process_code: Annotated[ProcessCode | None, Arm("source_process_code")] = None
    """With `custom`: the code that reads it."""
    kwargs: TextMap | None = None
    """With `custom`: what the code gets."""


class TransformationCode(Model):
    """Code that makes features of the data."""

    path: Annotated[str | None, Arm("Path")] = None
    """Folder of the code, in the feature set's."""
    transformer_class: Annotated[str | None, Arm("TransformerClass")] = None
    """`MODULE.CLASS` in it."""


class Feature(Model):
    """One feature."""

    name: Annotated[str, Arm("FeatureName")]
    """Its name."""
    type: Annotated[DataType, ANY_CASE, Arm("DataType")]
    """Type of its values."""
    description: Annotated[str | None, Arm("Description")] = None
    """What it says."""
    tags: Annotated[TextMap | None, Arm("Tags")] = None
    """Labels to find it by."""


class SpecColumn(Model):
    """A column that identifies what features are about, as a specification writes it."""

    name: Annotated[str, Arm("ColumnName")]
    """Its name in the data."""
    type: Annotated[DataType, ANY_CASE, Arm("DataType")]
    """Type of its values."""


class FeatureSetSpec(Model):
    """What FeatureSetSpec.yaml says."""

    called: ClassVar[str] = "a feature set's specification"

    schema_: Annotated[str | None, LOCAL] = Field(default=None, alias="$schema")
    """URL of the file's JSON Schema."""
    source: FeatureSource
    """Where the data comes from."""
    feature_transformation_code: TransformationCode | None = None
    """Code that makes features of the data."""
    features: Annotated[list[Feature], Field(min_length=1)]
    """The features."""
    index_columns: list[SpecColumn] | None = None
    """The columns that identify what they are about."""
    source_lookback: Delay | None = None
    """How far back the data of a feature goes."""
    temporal_join_lookback: Delay | None = None
    """How far back a feature is looked for."""


def spec_in(folder: LocalPath) -> FeatureSetSpec:
    """Return the specification in a feature set's folder. Raises PydanticCustomError."""
    if not holds_file(folder.path, SPEC):
        raise refusal(f"{quote(folder)} has no {SPEC}", f"a folder with a {SPEC}")
    content = read_yaml(LocalPath(f"{folder}/{SPEC}", folder.path / SPEC))
    try:
        return FeatureSetSpec.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise refusal(f"{folder}/{SPEC}: {place}: {first['msg']}", "") from None


class Specification(Model):
    """Where a feature set's specification is."""

    path: Annotated[PathText, Refers(("datastores",)), Uploads()]
    """Local folder with a FeatureSetSpec.yaml and its code, or the address of one."""

    @field_validator("path")
    @classmethod
    def _is_one(cls, path: Any) -> Any:
        if isinstance(path, LocalPath):
            spec_in(path)
        return path


class MaterializationResource(Model):
    """The machines that materialize."""

    instance_type: VmSize
    """VM size of serverless Spark compute."""


class MaterializationNotification(Model):
    """Who is told how a materialization ended."""

    email_on: list[Literal["JobCompleted", "JobFailed", "JobCancelled"]]
    """What is told."""
    emails: list[str]
    """Addresses."""


class MaterializationSettings(Model):
    """When features are computed ahead, by which machines, and into which of the feature store's stores."""

    offline_enabled: Annotated[bool, LOCAL] = False
    """Into the offline store, for training."""
    online_enabled: Annotated[bool, LOCAL] = False
    """Into the online store, for inference."""
    schedule: ScheduleRecurrenceTrigger | None = None
    """When; only when somebody asks for it if left out."""
    resource: MaterializationResource | None = None
    """The machines."""
    spark_configuration: TextMap | None = None
    """Settings of Spark, such as `spark.driver.cores`."""
    notification: MaterializationNotification | None = None
    """Who is told how it ended."""

    def finish(self, made: dict[str, Any], _resolver: Any) -> None:
        """Add ARM's word for the stores."""
        words = {(True, True): "OnlineAndOffline", (True, False): "Offline", (False, True): "Online"}
        made["storeType"] = words.get((self.offline_enabled, self.online_enabled), "None")

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Any) -> None:
        """Read the stores of ARM's word."""
        stores = str(body.get("storeType") or "").lower()
        found |= {f"{word}_enabled": True for word in ("offline", "online") if word in stores}


def _short(entity: Any) -> Any:
    """Return ``azureml:NAME:VERSION`` of an entity's ARM id, which is how Azure writes it."""
    if is_output(entity):
        return entity.apply(_short)
    if not isinstance(entity, str) or not ids.is_id(entity):
        return entity
    *_, name, version = ids.parse(entity).names
    return f"azureml:{name}:{version}"


def _shorts(entities: list[Any]) -> list[Any]:
    return [_short(one) for one in entities]


class FeatureSet(Asset):
    """Features that are computed together from one source."""

    family: ClassVar[str] = "feature_sets"
    kind: ClassVar[str] = "feature set"
    arm_constants: ClassVar[Mapping[str, Any]] = Asset.arm_constants

    name: Annotated[str, name_rule("component"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""
    specification: Annotated[Specification, Arm("properties.specification")]
    """What the features are, and how they are computed."""
    entities: Annotated[
        list[InputStr], Field(min_length=1), Refers(("feature_store_entities",)), Arm("properties.entities", _shorts)
    ]
    """What they are about: `azureml:NAME:VERSION` of feature store entities."""
    stage: Stage = "Development"
    """Stage of its life."""
    materialization_settings: Annotated[MaterializationSettings | None, Arm("properties.materializationSettings")] = (
        None
    )
    """When and where features are computed ahead; they are computed when they are asked for if left out."""

    @model_validator(mode="after")
    def _can_be_materialized(self) -> Self:
        """Refuse a schedule that nothing is written by."""
        settings = self.materialization_settings
        if settings is not None and settings.schedule and not (settings.offline_enabled or settings.online_enabled):
            expected = "offline_enabled: true or online_enabled: true"
            raise refusal("the schedule materializes into no store", expected, "materialization_settings")
        return self

    def finish(self, made: dict[str, Any], _resolver: Any) -> None:
        """Add what the specification says, as azure-ai-ml does; of one elsewhere, Azure is told the address alone."""
        if isinstance(self.specification.path, LocalPath):
            said = body(spec_in(self.specification.path), _NOTHING_TO_RESOLVE)
            put(made, "properties.properties", {
                "featuresetPropertiesVersion": "1", "featuresetProperties": json.dumps(said),
            })  # fmt: skip
