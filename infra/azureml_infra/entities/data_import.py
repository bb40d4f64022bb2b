"""Data imports: data copied from a database or a file system outside of Azure into a data asset, by a connection.

Fields are those of `az ml data import --file`
(https://learn.microsoft.com/azure/machine-learning/how-to-import-data-assets). ARM has no resource for an import: az ml
submits a pipeline job for each, with a component of the registry azureml, and so does this.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ValidationInfo, WrapValidator, model_validator

from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, NoEffect, Refers, refusal
from azureml_infra.entities.body import Resolver, body, put
from azureml_infra.entities.external_data import BUILTIN, ExternalData, external_words, refuse_nothing
from azureml_infra.entities.fields import NOT_IN_GA, only
from azureml_infra.entities.in_file import from_file
from azureml_infra.entities.schedule import MATERIALIZED, Schedule
from azureml_infra.entities.tags import RunTags
from azureml_infra.entities.words import ANY_CASE, Version, name_rule

_MANAGED = "workspacemanageddatastore"
_NAME = "${{name}}"


class DataImport(Entity):
    """An import of data, done once for what is said here."""

    family: ClassVar[str] = "data_imports"
    kind: ClassVar[str] = "data import"
    read_only: ClassVar[tuple[str, ...]] = ("latest_version",)
    arm_constants: ClassVar[Mapping[str, Any]] = {
        "properties.jobType": "Pipeline",
        "properties.settings": {"_source": "CLASS", "force_rerun": True},
    }

    name: Annotated[str, name_rule("data"), LOCAL]
    """Name of the data asset that it makes."""
    version: Annotated[Version | None, LOCAL] = None
    """Version of the data asset; Azure ML counts up if left out."""
    description: Annotated[str | None, LOCAL] = None
    """What it is for."""
    tags: Annotated[RunTags | None, Arm("properties.tags")] = None
    """Labels."""
    properties: Annotated[RunTags | None, Arm("properties.properties")] = None
    """Properties."""
    type: Annotated[Literal["mltable", "uri_folder"] | None, ANY_CASE, LOCAL] = None
    """Type of the data asset, which the source decides: `mltable` of a database, `uri_folder` of files."""
    path: Annotated[InputStr, Refers(("datastores",)), LOCAL]
    """Where it goes: `azureml://datastores/NAME/paths/…`, to which the asset's name is added."""
    source: Annotated[ExternalData, LOCAL]
    """Where it comes from."""
    datastore: Annotated[str | None, LOCAL, NoEffect("an import goes to its `path`, for az ml, too")] = None
    """Taken without effect: an import goes to its `path`."""
    auto_delete_setting: Annotated[Any, LOCAL, only(None, NOT_IN_GA)] = None
    """Can't be set: the GA API doesn't have it."""

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        refuse_nothing(self.source)
        return self

    @property
    def makes_data(self) -> str:
        """Return the name of the data asset whose version comes of it."""
        return self.name

    @property
    def experiment_name(self) -> str:
        """Return the experiment of its runs."""
        return f"data_import_{self.name}"

    @property
    def label(self) -> str:
        """Return the name of its step, for messages, too."""
        return self.experiment_name

    def finish(self, body_: dict[str, Any], resolver: Resolver) -> None:
        """Add the pipeline's one step."""
        said = {"displayName": self.label, "experimentName": self.label, "description": self.description or self.label}
        body_["properties"] |= said
        put(body_, "properties.properties", {MATERIALIZED: self.name})
        sink = {"uri": self._place(), "job_output_type": self.source.reads_into, "name": self.name}
        body_["properties"]["jobs"] = {
            self.label: {
                "name": self.label,
                "type": "data_transfer",
                "task": "import_data",
                "display_name": self.label,
                "source": external_words(self.source, resolver),
                "outputs": {"sink": sink | ({"version": self.version} if self.version else {})},
                "computeId": "serverless",
                "componentId": BUILTIN.format(f"import_data_{self.source.builtin}"),
                "_source": "BUILTIN",
            }
        }

    def _place(self) -> Any:
        """Return where it goes, with the asset's name last, as azure-ai-ml adds it."""
        place = str(self.path)
        managed = place.rstrip("/").endswith(f"/{_MANAGED}")
        place = f"{place.rstrip('/')}/paths" if managed else place
        return place if _NAME in place else f"{place.rstrip('/')}/{_NAME}"


def _import_of(value: Any, handler: Any, info: ValidationInfo) -> Any:
    return from_file(value, info, lambda _: DataImport) if isinstance(value, str) else handler(value)


class ImportSchedule(Schedule):
    """A schedule that imports data, each time as another version of the asset."""

    kind: ClassVar[str] = "import schedule"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.action.actionType": "CreateJob"}

    import_data: Annotated[DataImport, WrapValidator(_import_of, json_schema_input_type=str | DataImport), LOCAL]
    """The import, or its file. ARM's GA API has no import as a schedule's action: its pipeline job is the action."""

    @model_validator(mode="after")
    def _without_version(self) -> Self:
        if self.import_data.version:
            what = "an import that comes again has a version"
            raise refusal(what, "no version: each run makes another one", "import_data")
        return self

    def finish(self, body_: dict[str, Any], resolver: Resolver) -> None:
        """Add the import's job."""
        put(body_, "properties.action.jobDefinition", body(self.import_data, resolver)["properties"])
