"""Jobs: commands and pipelines that `up` submits, once per content.

Fields are those of the CLI v2 YAML references for command and pipeline jobs
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, NoEffect, Refers, is_output, means, refusal
from azureml_infra.entities.body import LABELS, STEP_LABELS, Resolver, uploads
from azureml_infra.entities.component import SPEC, TYPES, Component, ComponentOrName, NamedComponent
from azureml_infra.entities.fields import LOWER, NOT_IN_GA
from azureml_infra.entities.inputs import Inputs, Outputs
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.runtime import SERVICES, Command, JobAllotment, JobIdentity, JobRunSettings, Services
from azureml_infra.entities.sharing import InRegistry
from azureml_infra.entities.step_fields import OF_RUNS
from azureml_infra.entities.steps import PipelineScope, Steps, step_body, steps_in_words
from azureml_infra.entities.tags import RunTags
from azureml_infra.entities.words import name_rule

_HASH_LENGTH = 12
_LONGEST_WORD = 60


class Job(Entity):
    """The fields of all jobs."""

    family: ClassVar[str] = "jobs"
    read_only: ClassVar[tuple[str, ...]] = OF_RUNS

    name: Annotated[str | None, name_rule("job"), LOCAL] = None
    """First part of the job's name (its experiment's if left out); a hash of what runs follows, so that the same job
    isn't run twice. A title, a description and tags are no part of it."""
    display_name: Annotated[str | None, Arm("properties.displayName")] = None
    """Title, for people."""
    experiment_name: Annotated[str | None, Arm("properties.experimentName")] = None
    """Experiment that the run is listed under; `Default` if left out."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """Description, for people."""
    tags: Annotated[RunTags | None, Arm("properties.tags")] = None
    """Labels."""
    properties: Annotated[RunTags | None, Arm("properties.properties")] = None
    """Properties; unlike tags they can't be changed later."""
    services: Annotated[Services | None, SERVICES] = None
    """Programs to look into it with, by a name of your choice."""
    outputs: Annotated[Outputs, Arm("properties.outputs")] = Field(default_factory=dict)
    """What it writes, by name."""

    @property
    def label(self) -> str:
        """Return the job's name, title or experiment, for messages."""
        return first_word(self.name or self.display_name or self.experiment_name)


class JobWithInputs(Job):
    """A job that reads what it is given by name."""

    inputs: Annotated[Inputs, Arm("properties.inputs")] = Field(default_factory=dict)
    """What it reads, by name: values, data, models."""


class CommandJob(JobWithInputs, Command, JobAllotment, JobRunSettings):
    """A command, run once on a compute."""

    kind: ClassVar[str] = "command job"

    type: Annotated[Literal["command"], LOWER, means("properties.jobType", "Command")] = "command"
    """The kind of job."""
    parent_job_name: Annotated[str | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """The job that it is a part of. Taken without effect: the GA API has no place for it."""


class PipelineSettings(Model):
    """Defaults for all steps of a pipeline."""

    default_compute: Annotated[InputStr | None, Refers(("computes",)), Arm("default_compute")] = None
    """Compute of the steps."""
    default_datastore: Annotated[InputStr | None, Refers(("datastores",)), Arm("default_datastore")] = None
    """Datastore of the steps' outputs."""
    continue_on_step_failure: Annotated[bool | None, Arm("continue_on_step_failure")] = None
    """Whether other steps continue when one fails."""
    continue_on_failed_optional_input: Annotated[bool | None, Arm("continue_on_failed_optional_input")] = None
    """Whether steps run whose optional input comes of one that failed."""
    force_rerun: Annotated[bool | None, Arm("force_rerun")] = None
    """Whether steps with a known result run again."""

    def finish(self, body_: dict[str, Any], _resolver: Resolver) -> None:
        """Say what wrote it, as az ml does: other clients have other words for it."""
        body_["_source"] = "YAML.JOB"


class PipelineJob(JobWithInputs):
    """Steps that feed each other, run once."""

    kind: ClassVar[str] = "pipeline job"

    type: Annotated[Literal["pipeline"], LOWER, means("properties.jobType", "Pipeline")] = "pipeline"
    """The kind of job."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Default compute of the steps."""
    settings: Annotated[PipelineSettings, Arm("properties.settings")] = PipelineSettings.model_construct()
    """Defaults for all steps."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights the steps read data."""
    jobs: Annotated[Steps, LOCAL] = Field(default_factory=dict)
    """The steps, by name."""
    component: Annotated[ComponentOrName | None, Refers(("components",)), Arm("properties.componentId")] = None
    """In place of steps: a pipeline component to run."""

    @model_validator(mode="after")
    def _steps_or_component(self) -> Self:
        if bool(self.jobs) == (self.component is not None):
            what = "there are no steps" if self.component is None else "there are steps and a component"
            raise refusal(what, "one of `jobs` and `component`")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Add the steps, each as a component's run."""
        scope = PipelineScope(self.inputs, self.outputs, self.jobs)
        body["properties"]["jobs"] = {name: step_body(name, step, scope, resolver) for name, step in self.jobs.items()}

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Read the steps."""
        if steps := at(body, "properties.jobs"):
            found["jobs"] = steps_in_words(steps, place)


class InlinePipelineComponent(Component):
    """Steps that feed each other, as one step of a larger pipeline or behind a batch endpoint."""

    kind: ClassVar[str] = "pipeline component"
    plain_outputs: ClassVar[bool] = True

    type: Annotated[Literal["pipeline"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""
    jobs: Annotated[Steps, Field(min_length=1), LOCAL]
    """The steps, by name."""

    def specify(self, _properties: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
        """Return the steps, as a pipeline job has them."""
        scope = PipelineScope(self.inputs, self.outputs, self.jobs)
        return {"jobs": {name: step_body(name, step, scope, resolver) for name, step in self.jobs.items()}}

    @classmethod
    def own_words(cls, words: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Return the steps."""
        return {"jobs": steps_in_words(words.get("jobs") or {}, place)}


TYPES["pipeline"] = InlinePipelineComponent


def component_of_job(job: PipelineJob) -> Any:
    """Return the component that does what a pipeline job does, or the reference to it; its values are defaults."""
    if job.component is not None:
        return job.component
    scope = PipelineScope(job.inputs, job.outputs, job.jobs)
    return InlinePipelineComponent(
        type="pipeline",
        display_name=job.display_name,
        description=job.description,
        inputs={name: scope.declaration(given) for name, given in job.inputs.items()},
        outputs={name: scope.output(given) for name, given in job.outputs.items()},
        jobs=job.jobs,
    )


class PipelineComponent(NamedComponent, InlinePipelineComponent, InRegistry):
    """Steps that feed each other, that pipelines and batch endpoints use by name."""


class JobComponent(Component):
    """The pipeline component that Azure ML makes of a finished pipeline job."""

    kind: ClassVar[str] = "pipeline component"
    arm_constants: ClassVar[Mapping[str, Any]] = {
        **Component.arm_constants,
        f"{SPEC}.type": "pipeline",
    }

    source_job: Annotated[InputStr, Arm(f"{SPEC}.sourceJobId")]
    """Name of the job, from which Azure ML takes everything."""


def job_name(job: Any, request: Mapping[str, Any]) -> str:
    """Return the name of a job: its own or its experiment's words, and a hash of what runs.

    `request` is the job's body for ARM. Labels don't count: a new title is no other run. Ids and addresses in the body
    change with the content that they stand for, unless they are Outputs; then the local files themselves count.
    """
    content = _without(request["properties"], LABELS)
    steps = content.get("jobs") or {}
    content |= {"jobs": {name: _without(step, STEP_LABELS) for name, step in steps.items()}} if steps else {}
    return f"{first_word(job.name or job.experiment_name)}-{_hash(job, content)}"


def former_name(job: Any, request: Mapping[str, Any]) -> str:
    """Return the name that a job had up to 0.2.0, when a title was part of it."""
    return f"{job.label}-{_hash(job, _without(request['properties'], LABELS))}"


def _without(content: Mapping[str, Any], labels: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in labels}


def _hash(job: Job, content: Mapping[str, Any]) -> str:
    text, complete = _canonical(content)
    if not complete:
        text += "".join(_digests(job))
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def _canonical(content: Any) -> tuple[str, bool]:
    """Return JSON with sorted keys and a placeholder for each Output, and whether there is no Output."""
    outputs: list[Any] = []

    def mark(value: Any) -> str:
        outputs.append(value)
        return "?"

    return json.dumps(content, sort_keys=True, default=mark), not outputs


def _digests(job: Job) -> list[str]:
    # Not at the top: hashing files is for programs that run, not for those that only validate.
    from azureml_infra.entities.content import content

    return [content(leaf.value.path, includes=leaf.value.includes).digest for leaf in uploads(job)]


def first_word(text: Any) -> str:
    """Return the first part of a job's name, from its name, title or experiment."""
    plain = "job" if text is None or is_output(text) else re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
    return plain[:_LONGEST_WORD].strip("-") or "job"
