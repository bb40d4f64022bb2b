"""Schedules: what is started again and again. Here the fields of all of them, and those that submit jobs.

Fields are those of https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import GetJsonSchemaHandler, ValidationInfo, WrapValidator

from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, Refers, is_output, refusal
from azureml_infra.entities.body import Resolver, body, put
from azureml_infra.entities.in_file import document_of, from_file
from azureml_infra.entities.inputs import Inputs, Outputs
from azureml_infra.entities.job import Job, PipelineSettings
from azureml_infra.entities.job_kinds import JOBS, job_in_words, job_model
from azureml_infra.entities.paths import is_remote, local_path
from azureml_infra.entities.reverse import Place, at, words_of
from azureml_infra.entities.step_fields import StepBase
from azureml_infra.entities.steps import steps_in_words
from azureml_infra.entities.tags import RunTags
from azureml_infra.entities.triggers import ScheduleCronTrigger, ScheduleRecurrenceTrigger
from azureml_infra.entities.unions import BY_TYPE
from azureml_infra.entities.words import ANY_CASE, name_rule
from azureml_infra.yaml.nodes import merge, written_data

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

MATERIALIZED = "azureml.materializationAssetName"
"""The property of a job that imports data, which names the data asset that comes of it."""
_ACTION = "properties.action"


class Schedule(Entity):
    """The fields of all schedules."""

    family: ClassVar[str] = "schedules"
    read_only: ClassVar[tuple[str, ...]] = ("provisioning_state",)

    name: Annotated[str, name_rule("schedule"), LOCAL]
    """Unique in the workspace."""
    display_name: Annotated[str | None, Arm("properties.displayName")] = None
    """Title, for people."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """What it is for."""
    tags: Annotated[RunTags | None, Arm("properties.tags")] = None
    """Labels."""
    properties: Annotated[RunTags | None, Arm("properties.properties")] = None
    """Properties, such as those that Azure ML sets itself."""
    is_enabled: Annotated[bool, Arm("properties.isEnabled")] = True
    """Whether it starts anything. az ml's files don't say so: there it is `az ml schedule disable`."""
    trigger: Annotated[ScheduleCronTrigger | ScheduleRecurrenceTrigger, BY_TYPE, Arm("properties.trigger")]
    """When it starts."""


class SubmittedJob(Model):
    """A pipeline job that has run already, submitted again with other settings."""

    read_only: ClassVar[tuple[str, ...]] = StepBase.read_only
    arm_constants: ClassVar[Mapping[str, Any]] = {"jobType": "Pipeline", "experimentName": ""}

    job: Annotated[InputStr, Refers(("jobs",)), Arm("sourceJobId")]
    """The job: `azureml:NAME`, or its ARM id."""
    type: Annotated[Literal["pipeline"], ANY_CASE, LOCAL] = "pipeline"
    """The kind of job."""
    display_name: str | None = None
    """Title of its runs."""
    experiment_name: str | None = None
    """Experiment that its runs are listed under."""
    description: str | None = None
    """Description, for people."""
    tags: RunTags | None = None
    """Labels."""
    properties: RunTags | None = None
    """Properties."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("computeId")] = None
    """Default compute of the steps."""
    inputs: Inputs | None = None
    """What it reads in place of what it read."""
    outputs: Outputs | None = None
    """Where it writes."""
    settings: Annotated[PipelineSettings | None, Arm("settings")] = None
    """Defaults for all steps."""


def _job_of(value: Any, handler: Any, info: ValidationInfo) -> Any:
    if is_output(value) or isinstance(value, Job | SubmittedJob):
        return value
    if isinstance(value, str):
        value = {"job": value}
    if not isinstance(value, Mapping):
        return handler(value)
    run = value.get("job")
    if "job" not in value:
        return job_model(value).model_validate(value, context=info.context)
    if is_output(run) or (isinstance(run, str) and is_remote(run)):
        return SubmittedJob.model_validate(value, context=info.context)
    if not isinstance(run, str):
        raise refusal("this is no job", "a job's file, or azureml:NAME", "job")
    more = {word: given for word, given in value.items() if word != "job"}
    return _with_changes(run, more, info) if more else from_file(run, info, job_model)


def _with_changes(run: str, more: Mapping[str, Any], info: ValidationInfo) -> Any:
    """Return the job in a file with what a schedule says otherwise. Paths are relative to the job's file."""
    path = local_path(run, info)
    whole = merge(written_data(document_of(path, info).root), more)
    return job_model(whole).model_validate(whole, context={**(info.context or {}), "folder": path.path.parent})


class _AnyJob:
    """The forms of a job, for the editor's JSON Schema."""

    def __get_pydantic_json_schema__(self, _schema: "CoreSchema", handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        models: list[type[Model]] = [SubmittedJob, *JOBS]
        file = {"type": "string", "description": "Path of a job's file, or azureml:NAME of a job that has run."}
        changed = {"type": "object", "required": ["job"], "description": "A job's file, and what is said otherwise."}
        return {"anyOf": [file, *(handler(model.__pydantic_core_schema__) for model in models), changed]}


if TYPE_CHECKING:
    CreatedJob = Job | SubmittedJob
else:
    CreatedJob = Annotated[Union[(*JOBS, SubmittedJob)], WrapValidator(_job_of), _AnyJob()]


class JobSchedule(Schedule):
    """A schedule that submits a job, each time another run."""

    kind: ClassVar[str] = "job schedule"
    arm_constants: ClassVar[Mapping[str, Any]] = {f"{_ACTION}.actionType": "CreateJob"}

    create_job: Annotated[CreatedJob, LOCAL]
    """The job: its file, or `{job: FILE, inputs: …}` with what is different; written here; or one that has run."""

    def finish(self, body_: dict[str, Any], resolver: Resolver) -> None:
        """Add the job as it would be submitted."""
        made = body(self.create_job, resolver)
        definition = made["properties"] if isinstance(self.create_job, Job) else made
        put(body_, f"{_ACTION}.jobDefinition", definition)

    @classmethod
    def restore(cls, found: dict[str, Any], given: Mapping[str, Any], place: Place) -> None:
        """Read the job; one that only imports data, as `ImportSchedule` makes it, is the import."""
        definition = at(given, f"{_ACTION}.jobDefinition") or {}
        if MATERIALIZED in (definition.get("properties") or {}):
            found["import_data"] = _import_in_words(definition, place)
        elif definition.get("sourceJobId"):
            found["create_job"] = words_of(SubmittedJob, definition, place)
        else:
            found["create_job"] = job_in_words(definition, place)


def _import_in_words(definition: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the import of data that a job's one step makes."""
    ((label, step),) = steps_in_words(definition["jobs"], place).items()
    sink, about = step["outputs"]["sink"], definition.get("description")
    own = {word: value for word, value in (definition.get("properties") or {}).items() if word != MATERIALIZED}
    said = {"description": about if about != label else None, "tags": definition.get("tags"), "properties": own}
    needed = {"name": sink["name"], "path": sink["path"], "source": step["source"]}
    return needed | {word: value for word, value in said.items() if value}
