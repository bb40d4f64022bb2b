"""AutoML as a step of a pipeline: in az ml's own words, which the GA API has places for only in jobs."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import create_model
from pydantic.alias_generators import to_snake

from azureml_infra.entities import automl_image, automl_table, automl_text
from azureml_infra.entities.automl import AutoMLSettings, MLTable, read_space_text, space_text
from azureml_infra.entities.base import LOCAL, InputStr, LocalPath, Refers
from azureml_infra.entities.body import Resolver, body
from azureml_infra.entities.component import with_prefix
from azureml_infra.entities.expressions import is_expression
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.runtime import JobIdentity, QueueSettings, Resources, Services
from azureml_infra.entities.step_fields import StepBase
from azureml_infra.entities.words import TextMap

TASKS: tuple[type[AutoMLSettings], ...] = (
    automl_table.Classification,
    automl_table.Regression,
    automl_table.Forecasting,
    automl_image.ImageClassification,
    automl_image.ImageClassificationMultilabel,
    automl_image.ImageObjectDetection,
    automl_image.ImageInstanceSegmentation,
    automl_text.TextClassification,
    automl_text.TextClassificationMultilabel,
    automl_text.TextNer,
)
_DATA = ("training_data", "validation_data", "test_data")


class AutoMLStep(StepBase):
    """A step in which Azure ML tries models on its own. What it writes is named in `outputs`: `best_model`."""

    type: Annotated[Literal["automl"], LOWER, LOCAL]
    """What runs."""
    compute: Annotated[InputStr | None, Refers(("computes",)), LOCAL] = None
    """Compute to run on; the pipeline's by default."""
    resources: Annotated[Resources | None, LOCAL] = None
    """Machines of serverless compute."""
    environment_id: Annotated[InputStr | None, LOCAL] = None
    """ARM id of an environment; AutoML has its own by default."""
    environment_variables: Annotated[TextMap | None, LOCAL] = None
    """Variables of the process."""
    queue_settings: Annotated[QueueSettings | None, LOCAL] = None
    """How soon serverless compute is given."""
    identity: Annotated[JobIdentity | None, LOCAL] = None
    """With whose rights it reads data."""
    services: Annotated[Services | None, LOCAL] = None
    """Programs to look into it with, by a name of your choice."""


def _step_of(task: type[AutoMLSettings]) -> type[AutoMLStep]:
    bases: Any = (AutoMLStep, task)
    made = create_model(f"{task.__name__}Step", __base__=bases, __module__=__name__, __doc__=task.__doc__)
    return cast("type[AutoMLStep]", made)


AUTOML_STEPS: Mapping[str, type[AutoMLStep]] = {to_snake(task.__name__): _step_of(task) for task in TASKS}
"""The step of each task."""


def automl_body(name: str, step: AutoMLStep, common: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    """Return a step as ARM's pipelines have it; `common` is what all steps have."""
    own = set(type(step).model_fields) - set(StepBase.model_fields) - {"compute"}
    words = step.model_dump(by_alias=True, exclude_none=True, include=own, warnings=False)  # what is bound is text
    words |= {word: _table(given, resolver) for word in _DATA if (given := getattr(step, word, None)) is not None}
    spaces = words.get("search_space") or ()
    if spaces:
        words["search_space"] = [{key: space_text(value) for key, value in space.items()} for space in spaces]
    compute = common.get("computeId")
    if compute is not None:
        words["compute"] = with_prefix(compute)
    described = {"description": step.description} if step.description else {}
    return {"name": name, **described, **{key: one for key, one in common.items() if key != "computeId"}, **words}


def _table(table: MLTable, resolver: Resolver) -> Any:
    """Return data as a step has it: what it is bound to, or a mapping in az ml's words."""
    if is_expression(table.path) and not isinstance(table.path, LocalPath):
        return table.path
    sent = body(table, resolver)
    return {"type": "mltable", "path": sent["uri"], **({"mode": table.mode} if table.mode else {})}


def split_automl(given: Mapping[str, Any], place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a step's body has of all steps, and in the words of a file what it has of its own."""
    plain = {word: value for word, value in given.items() if word in StepBase.model_fields and word != "name"}
    own = {word: value for word, value in given.items() if word not in plain and word not in {"name", "_source"}}
    plain.pop("description", None)
    described = {"description": given["description"]} if given.get("description") else {}
    for word in _DATA:
        if isinstance(own.get(word), Mapping):
            own[word] = {**own[word], "path": place.reference(str(own[word]["path"]))}
    if own.get("compute"):
        own["compute"] = place.reference(str(own["compute"]))
    if own.get("search_space"):
        own["search_space"] = [_read_spaces(space) for space in own["search_space"]]
    return plain, {**described, **own}


def _read_spaces(space: Mapping[str, str]) -> dict[str, Any]:
    read = {name: read_space_text(text) for name, text in space.items()}
    return {
        name: {to_snake(word): value for word, value in one.items()} if isinstance(one, dict) else one
        for name, one in read.items()
    }
