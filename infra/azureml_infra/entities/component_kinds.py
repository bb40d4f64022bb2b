"""Components that run in parallel over parts of their data, those that run on Spark, and those that copy data.

Their specifications are in az ml's own words, as those of commands are
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-parallel,
https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-spark).
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from azureml_infra.entities.base import LOCAL, TEXT, Arm, Model, Refers, Uploads, refusal
from azureml_infra.entities.body import Resolver, body
from azureml_infra.entities.component import (
    SPEC,
    TYPES,
    NamedComponent,
    Properties,
    RunningComponent,
    in_words,
    move_ids,
    with_prefix,
)
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.included import IncludingCode
from azureml_infra.entities.paths import CodePath
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.runtime import EnvironmentOrName, Resources
from azureml_infra.entities.sharing import InRegistry
from azureml_infra.entities.spark import SparkSettings, refuse_bad_conf, refuse_missing_entry
from azureml_infra.entities.words import ANY_CASE

_UNITS = {"": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30}
_SIZE = re.compile(r"(\d+)\s*(kb|mb|gb|)", re.IGNORECASE)


def _in_bytes(given: str) -> str:
    """Return a size as azure-ai-ml sends it: ``10kb`` -> ``10240``; a number of files as it is."""
    found = _SIZE.fullmatch(given)
    return str(int(found[1]) * _UNITS[found[2].lower()]) if found else given


class ParallelTask(Model):
    """What runs for each part of the data."""

    type: Annotated[Literal["run_function", "function", "model"], LOWER, Arm("type")]
    """The kind of task; `run_function` calls a function of the script."""
    code: Annotated[CodePath | None, Uploads(code=True), Arm("code")] = None
    """Local folder with the code, or the URI of one."""
    entry_script: Annotated[str | None, Arm("entry_script")] = None
    """The script with the functions `init` and `run`, relative to `code`."""
    program_arguments: Annotated[str | None, Arm("program_arguments")] = None
    """Arguments of the script."""
    model: Annotated[str | None, Arm("model")] = None
    """With `type: model`: the model."""
    append_row_to: Annotated[str | None, Arm("append_row_to")] = None
    """The output that what `run` returns is appended to: `${{outputs.NAME}}`."""
    environment: Annotated[EnvironmentOrName, Refers(("environments",)), Arm("environment")]
    """Image and packages to run in."""


class ParallelRetrySettings(Model):
    """What happens to a part of the data that fails."""

    timeout: Annotated[int | None, Field(ge=1)] = None
    """Longest run of one part, in seconds."""
    max_retries: Annotated[int | None, Field(ge=0)] = None
    """How often a part is tried again."""


def task_body(task: ParallelTask, resolver: Resolver) -> dict[str, Any]:
    """Return a task with az ml's prefix at its ids."""
    return _with_ids(body(task, resolver))


def _with_ids(task: Mapping[str, Any]) -> dict[str, Any]:
    return {**task, **{name: with_prefix(task[name]) for name in ("code", "environment") if name in task}}


class ParallelSettings(Model):
    """How data is parted, and how the parts are run: the fields that components and steps share."""

    input_data: Annotated[str | None, Arm(f"{SPEC}.input_data")] = None
    """The input that is parted: `${{inputs.NAME}}`."""
    mini_batch_size: Annotated[str, TEXT, AfterValidator(_in_bytes), Arm(f"{SPEC}.mini_batch_size")] = "0"
    """How much is one part: a number of files, or a size such as `10mb`."""
    partition_keys: Annotated[list[str] | None, Arm(f"{SPEC}.partition_keys", json.dumps, back=json.loads)] = None
    """In place of a size: the keys of the data's partitions, each of which is one part."""
    resources: Annotated[Resources | None, LOCAL] = None
    """How many nodes it gets."""
    retry_settings: Annotated[ParallelRetrySettings | None, LOCAL] = None
    """What happens to a part that fails."""
    logging_level: Annotated[Literal["DEBUG", "INFO", "WARNING"] | None, Arm(f"{SPEC}.logging_level")] = None
    """How much the logs say."""
    max_concurrency_per_instance: Annotated[int | None, Field(ge=1), Arm(f"{SPEC}.max_concurrency_per_instance")] = None
    """Processes on each node."""
    error_threshold: Annotated[int | None, Field(ge=-1), Arm(f"{SPEC}.error_threshold")] = None
    """How many items may fail; `-1` for any number."""
    mini_batch_error_threshold: Annotated[int | None, Field(ge=-1), Arm(f"{SPEC}.mini_batch_error_threshold")] = None
    """How many parts may fail; `-1` for any number."""


class InlineParallelComponent(RunningComponent, ParallelSettings):
    """A script that runs for each part of its data, on several nodes at once."""

    kind: ClassVar[str] = "parallel component"

    type: Annotated[Literal["parallel"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""
    task: Annotated[ParallelTask, Arm("properties.task")]
    """What runs for each part."""

    def specify(self, properties: dict[str, Any], _resolver: Resolver) -> dict[str, Any]:
        """Return the task with az ml's prefix at its ids, and what is a mapping in az ml's words."""
        given = {"resources": self.resources, "retry_settings": self.retry_settings}
        return {"task": _with_ids(properties.pop("task")), **in_words(given)}

    @classmethod
    def own_words(cls, words: Mapping[str, Any], place: Place) -> dict[str, Any]:  # noqa: ARG003
        """Return the keys of partitions as a list."""
        keys = words.get("partition_keys")
        return {"partition_keys": json.loads(keys)} if isinstance(keys, str) else {}


class ParallelComponent(NamedComponent, InlineParallelComponent, InRegistry):
    """A script that runs for each part of its data, that pipelines use by name."""


AutoMLTask = Literal[
    "classification", "regression", "forecasting", "image_classification", "image_classification_multilabel",
    "image_object_detection", "image_instance_segmentation", "text_classification", "text_classification_multilabel",
    "text_ner",
]  # fmt: skip
_WORDS = ("py_files", "jars", "files", "archives", "args", "conf")


class InlineSparkComponent(RunningComponent, SparkSettings, IncludingCode):
    """A Python file that runs on Spark, with declared inputs and outputs."""

    kind: ClassVar[str] = "Spark component"

    type: Annotated[Literal["spark"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""
    properties: Properties = None
    """Properties of the version."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.conf:
            refuse_bad_conf(self.conf)
        if not self.additional_includes:  # the entry may be among them, as azure-ai-ml has it
            refuse_missing_entry(self)
        return self

    def specify(self, properties: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
        """Return what Spark runs, in az ml's words."""
        ids = move_ids(self, properties, resolver)
        for name in ("entry", "pyFiles", "jars", "files", "archives", "args", "conf"):
            properties.pop(name, None)
        words = {name: value for name in _WORDS if (value := getattr(self, name)) is not None}
        return {**ids, "entry": {"file": self.entry.file}, **words}


class SparkComponent(NamedComponent, InlineSparkComponent, InRegistry):
    """A Python file that runs on Spark, that pipelines use by name."""


CopyMode = Literal["merge_with_overwrite", "fail_if_conflict"]


def refuse_other_outputs(outputs: Mapping[str, Any]) -> None:
    """Raise where a copy has no output, or several."""
    if len(outputs) != 1:
        raise refusal("a copy has one output", "outputs: {NAME: {type: …}}")


class InlineCopyComponent(RunningComponent):
    """A copy of data into one place, with declared inputs and output."""

    kind: ClassVar[str] = "data transfer component"

    type: Annotated[Literal["data_transfer"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""
    task: Annotated[Literal["copy_data"], LOWER, Arm(f"{SPEC}.task")]
    """What is done."""
    data_copy_mode: Annotated[CopyMode | None, LOWER, Arm(f"{SPEC}.data_copy_mode")] = None
    """What happens where two inputs have a file of the same path; it is needed with several inputs."""

    @model_validator(mode="after")
    def _has_one_output(self) -> Self:
        refuse_other_outputs(self.outputs)
        return self


class CopyComponent(NamedComponent, InlineCopyComponent, InRegistry):
    """A copy of data into one place, that pipelines use by name."""


class AutoMLComponent(NamedComponent, RunningComponent, InRegistry):
    """The name under which Azure's own AutoML of one task is registered: nothing that a file could fill.

    azure-ai-ml takes a type and a task (_schema/component/automl_component.py), and no step runs it: a pipeline has an
    automl step instead.
    """

    kind: ClassVar[str] = "AutoML component"

    type: Annotated[Literal["automl"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""
    task: Annotated[AutoMLTask, ANY_CASE, Arm(f"{SPEC}.task")]
    """What its models are for."""

    @model_validator(mode="after")
    def _has_no_ports(self) -> Self:
        for port in ("inputs", "outputs"):
            if getattr(self, port):
                what = f"an AutoML component declares no {port}"
                raise refusal(what, "nothing", port)
        return self


TYPES.update(parallel=InlineParallelComponent, spark=InlineSparkComponent, data_transfer=InlineCopyComponent)
