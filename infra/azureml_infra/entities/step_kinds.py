"""Steps of pipelines that run in parallel over parts of their data, those that run on Spark, and those that copy data.

Each is written in place, or runs a component and says what is otherwise in this run. What is sent is what azure-ai-ml
sends (entities/_builders/parallel.py, entities/_builders/spark.py).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from azureml_infra.entities.base import LOCAL, Arm, InputStr, NoEffect, Refers
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.component import Component, ComponentOrName, in_words
from azureml_infra.entities.component_kinds import (
    CopyMode,
    InlineCopyComponent,
    InlineParallelComponent,
    InlineSparkComponent,
    ParallelSettings,
    ParallelTask,
    refuse_other_outputs,
    task_body,
)
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.runtime import JobIdentity
from azureml_infra.entities.spark import (
    Conf,
    Files,
    SparkEntry,
    SparkResources,
    SparkSettings,
    merge_conf,
    refuse_bad_conf,
    refuse_missing_entry,
)
from azureml_infra.entities.step_fields import MovesData, StepWithInputs
from azureml_infra.entities.words import TextMap

_OF_COMPONENT = NoEffect("the component's own counts, for azure-ai-ml, too")
_SPARK_LISTS = ("py_files", "jars", "files", "archives", "args")


class ParallelStepComponent(InlineParallelComponent):
    """The component that Azure ML makes of a parallel step which has none of its own."""

    origin: ClassVar[str] = "YAML.JOB"


class SparkStepComponent(InlineSparkComponent):
    """The component that Azure ML makes of a Spark step which has none of its own."""

    origin: ClassVar[str] = "YAML.JOB"


class CopyStepComponent(InlineCopyComponent):
    """The component that Azure ML makes of a step which copies data and has none of its own."""

    origin: ClassVar[str] = "YAML.JOB"


class _ParallelRun(StepWithInputs, ParallelSettings):
    """The fields of all parallel steps."""

    type: Annotated[Literal["parallel"], LOWER, LOCAL]
    """What runs."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; the pipeline's by default."""
    environment_variables: Annotated[TextMap | None, Arm("properties.environmentVariables")] = None
    """Variables of the process."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights it reads data."""


class ParallelStep(_ParallelRun):
    """A step that runs a script for each part of its data. Azure ML makes a component of it."""

    task: Annotated[ParallelTask, LOCAL]
    """What runs for each part."""

    def as_component(self, ports: Mapping[str, Any]) -> Component:
        """Return the component that Azure ML makes of the step; `ports` are its inputs and outputs."""
        own = {name: getattr(self, name) for name in ParallelSettings.model_fields if name in self.model_fields_set}
        return ParallelStepComponent(type="parallel", task=self.task, **own, **ports)

    def in_words(self, resolver: Resolver) -> dict[str, Any]:
        """Return what runs for each part, and how the data is parted."""
        return {"mini_batch_size": 0} | _parallel_words(self, resolver)


class ParallelComponentStep(_ParallelRun):
    """A step that runs a parallel component, and may say what is otherwise in this run."""

    component: Annotated[ComponentOrName, Refers(("components",)), LOCAL]
    """The component: `azureml:NAME:VERSION`, its file, or written here."""
    task: Annotated[ParallelTask | None, LOCAL] = None
    """What runs for each part, in place of the component's."""

    def in_words(self, resolver: Resolver) -> dict[str, Any]:
        """Return what the component says, where that is known here, and over it what the step says."""
        own = _parallel_words(self, resolver)
        if not isinstance(self.component, InlineParallelComponent):
            return own
        base = {"mini_batch_size": 0} | _parallel_words(self.component, resolver)
        if self.resources is None and self.component.resources is not None:
            base |= in_words({"resources": self.component.resources})
        return base | own


def _parallel_words(
    given: ParallelStep | ParallelComponentStep | InlineParallelComponent, resolver: Resolver
) -> dict[str, Any]:
    """Return what is set of a task and of how it is run, but for resources and variables."""
    words: dict[str, Any] = given.model_dump(
        by_alias=True, exclude_none=True, exclude_unset=True, include=set(ParallelSettings.model_fields) - {"resources"}
    )
    if "mini_batch_size" in words and words["mini_batch_size"].isdecimal():
        words["mini_batch_size"] = int(words["mini_batch_size"])
    if "partition_keys" in words:
        words["partition_keys"] = json.dumps(words["partition_keys"])
    return words | ({"task": task_body(given.task, resolver)} if given.task is not None else {})


class _SparkRun(StepWithInputs):
    """The fields of all steps on Spark."""

    type: Annotated[Literal["spark"], LOWER, LOCAL]
    """What runs."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Attached Synapse Spark pool; the pipeline's compute or, with `resources`, serverless Spark in its place."""
    resources: Annotated[SparkResources | None, Arm("properties.resources")] = None
    """Machines of serverless Spark."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights it reads data: by default, the pool's identity, or with `resources` whoever submits the job."""

    def default_identity(self) -> dict[str, Any]:
        """Return the identity of a step on Spark that says none (azure-ai-ml, entities/_builders/spark.py)."""
        if self.identity is not None or (self.compute is None and self.resources is None):
            return {}
        return {"identity": {"identity_type": "Managed" if self.compute is not None else "UserIdentity"}}


class SparkStep(_SparkRun, SparkSettings):
    """A step that runs a Python file on Spark. Azure ML makes a component of it."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        refuse_bad_conf(self.conf or {})
        refuse_missing_entry(self)
        return self

    def as_component(self, ports: Mapping[str, Any]) -> Component:
        """Return the component that Azure ML makes of the step; `ports` are its inputs and outputs."""
        own = {name: value for name in SparkSettings.model_fields if (value := getattr(self, name)) is not None}
        return SparkStepComponent(type="spark", **own | {"conf": merge_conf(self.conf, None)}, **ports)

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what Spark runs."""
        return self.default_identity() | _spark_words(self.conf, self)


class SparkComponentStep(_SparkRun):
    """A step that runs a Spark component, and may say what is otherwise in this run."""

    component: Annotated[ComponentOrName, Refers(("components",)), LOCAL]
    """The component: `azureml:NAME:VERSION`, its file, or written here."""
    conf: Annotated[Conf | None, LOCAL] = None
    """Settings of Spark over the component's."""
    entry: Annotated[SparkEntry | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own counts."""
    py_files: Annotated[Files | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own count."""
    jars: Annotated[Files | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own count."""
    files: Annotated[Files | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own count."""
    archives: Annotated[Files | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own count."""
    args: Annotated[str | None, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own count."""

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what the component says, where that is known here, with the step's settings of Spark."""
        if isinstance(self.component, InlineSparkComponent):
            return self.default_identity() | _spark_words(self.conf, self.component)
        return self.default_identity() | ({"conf": dict(self.conf)} if self.conf else {})


def _spark_words(conf: Mapping[str, Any] | None, given: SparkSettings) -> dict[str, Any]:
    words = {name: value for name in _SPARK_LISTS if (value := getattr(given, name)) is not None}
    entry = {"file": given.entry.file, "spark_job_entry_type": "SparkJobPythonEntry"}
    return {"entry": entry, **words, "conf": merge_conf(conf, given.conf)}


class _CopyRun(MovesData):
    """The fields of all steps that copy data."""

    type: Annotated[Literal["data_transfer"], LOWER, LOCAL]
    """What runs."""
    task: Annotated[Literal["copy_data"], LOWER, LOCAL]
    """What is done."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; the pipeline's by default."""


class CopyStep(_CopyRun):
    """A step that copies data into one place. Azure ML makes a component of it."""

    data_copy_mode: Annotated[CopyMode | None, LOWER, LOCAL] = None
    """What happens where two inputs have a file of the same path."""

    @model_validator(mode="after")
    def _has_one_output(self) -> Self:
        refuse_other_outputs(self.outputs)
        return self

    def as_component(self, ports: Mapping[str, Any]) -> Component:
        """Return the component that Azure ML makes of the step; `ports` are its inputs and outputs."""
        return CopyStepComponent(type=self.type, task=self.task, data_copy_mode=self.data_copy_mode, **ports)

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what is done."""
        return _copy_words(self)


class CopyComponentStep(_CopyRun):
    """A step that runs a component which copies data."""

    component: Annotated[ComponentOrName, Refers(("components",)), LOCAL]
    """The component: `azureml:NAME:VERSION`, its file, or written here."""
    data_copy_mode: Annotated[CopyMode | None, LOWER, LOCAL, _OF_COMPONENT] = None
    """Taken without effect: the component's own counts."""

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what the component does, where that is known here."""
        return _copy_words(self.component) if isinstance(self.component, InlineCopyComponent) else {"task": self.task}


def _copy_words(given: CopyStep | InlineCopyComponent) -> dict[str, Any]:
    mode = {"data_copy_mode": given.data_copy_mode} if given.data_copy_mode else {}
    return {"task": given.task, **mode}


def read_step_kind(given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return what a step of these kinds says over its component, in the words of a file."""
    if given.get("type") == "data_transfer":
        own = {word: given[word] for word in ("source", "sink") if given.get(word)}
        if given.get("task") == "import_data" and not given.get("outputs"):
            own["outputs"] = {"sink": None}  # its place in its default form, which is in no body
        return {"task": given.get("task", "copy_data"), **own}
    if given.get("type") == "spark":
        return {word: given[word] for word in ("conf", "resources") if given.get(word)}
    found = {word: given[word] for word in ParallelSettings.model_fields if given.get(word) and word != "resources"}
    if "mini_batch_size" in found:
        found["mini_batch_size"] = str(found["mini_batch_size"])
    if isinstance(found.get("partition_keys"), str):
        found["partition_keys"] = json.loads(found["partition_keys"])
    if task := given.get("task"):
        ids = {word: place.reference(task[word]) for word in ("code", "environment") if task.get(word)}
        found["task"] = {**task, **ids}
    return found


AnyInPlace = ParallelStep | SparkStep | CopyStep
AnyByComponent = ParallelComponentStep | SparkComponentStep | CopyComponentStep
