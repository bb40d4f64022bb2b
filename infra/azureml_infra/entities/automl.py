"""What all AutoML has in common, in jobs and in steps of pipelines: data, limits in minutes, and spaces as text.

The words are those of azure-ai-ml's `_schema/automl`, whose tasks have a page each:
https://learn.microsoft.com/azure/machine-learning/how-to-configure-auto-train.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import Field, create_model

from azureml_infra.entities.assets import UploadsTo
from azureml_infra.entities.base import LOCAL, Arm, Model, NoEffect, Refers, Uploads
from azureml_infra.entities.body import specs
from azureml_infra.entities.expressions import make_bindable
from azureml_infra.entities.fields import LOWER, LOWER_TYPE, NOT_IN_GA, TYPE_IN_ANY_CASE
from azureml_infra.entities.inputs import InputMode
from azureml_infra.entities.paths import PathText
from azureml_infra.entities.sweep import (
    SAMPLINGS,
    BanditPolicy,
    MedianStoppingPolicy,
    Normal,
    QNormal,
    QUniform,
    Randint,
    TruncationSelectionPolicy,
    Uniform,
    arguments,
    space_words,
)
from azureml_infra.entities.words import ANY_CASE, Words, arm_words, seconds, short_for

DETAILS = "properties.taskDetails"
TASK = Arm(f"{DETAILS}.taskType", arm_words(text_ner="TextNER"))
VERBOSITY = Words(("NotSet", "Debug", "Info", "Warning", "Error", "Critical"))
METRICS = Words(
    ("AUCWeighted", "Accuracy", "NormMacroRecall", "AveragePrecisionScoreWeighted", "PrecisionScoreWeighted")
)
"""What a classification may be measured by."""

_SPACE = re.compile(r"(\w+)\((.*)\)", re.DOTALL)


def in_minutes(count: float) -> str:
    """Return an ISO 8601 duration of minutes: 90 -> ``PT1H30M``."""
    return seconds(60 * count)


class MLTable(Model):
    """Data to train or test with."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"jobInputType": "mltable"}

    type: Annotated[Literal["mltable"], LOWER, LOCAL] = "mltable"
    """AutoML reads MLTables alone."""
    path: Annotated[PathText, Refers(("data", "datastores")), Uploads(), Arm("uri")]
    """Local folder with an `MLTable` file, `azureml:NAME:VERSION` of data, a datastore path, or another URI."""
    mode: Annotated[
        InputMode | None, ANY_CASE, Arm("mode", arm_words(ro_mount="ReadOnlyMount", rw_mount="ReadWriteMount"))
    ] = None
    """How the job gets it."""
    datastore: Annotated[UploadsTo | None, LOCAL] = None
    """Where az ml uploads a local path to; here it is always the default datastore."""
    path_on_compute: Annotated[str | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Where the job finds it. Taken without effect: the GA API has no place for it."""


Table = Annotated[MLTable, short_for("path", str | MLTable)]
"""An MLTable; text is short for its path, or binds a step's data."""


_PLAIN = frozenset({bool, int, float, str, NoneType})
_NEVER_BOUND = ("type", "task")


def _is_plain(annotation: Any) -> bool:
    """Return whether a field has one value: no list, mapping or model."""
    if get_origin(annotation) is Annotated:
        return _is_plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return get_origin(annotation) is Literal or annotation in _PLAIN


class Bindable(Model):
    """What AutoML is told, of which a pipeline's step may bind each single value, as azure-ai-ml has it
    (_schema/pipeline/automl_node.py). In a job there is nothing to bind to.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **_more: Any) -> None:
        """Make those fields bindable that this class adds."""
        for name, info in cls.model_fields.items():
            inherited = any(name in getattr(base, "model_fields", {}) for base in cls.__bases__)
            if not inherited and name not in _NEVER_BOUND and _is_plain(info.annotation):
                make_bindable(info)


class AutoMLSettings(Bindable):
    """What every task has."""

    log_verbosity: Annotated[str, VERBOSITY, Arm(f"{DETAILS}.logVerbosity")] = "info"
    """How much is logged."""
    training_data: Annotated[Table, Arm(f"{DETAILS}.trainingData")]
    """The data to train with."""


class AutoMLChoice(Model):
    """One of several values."""

    type: Literal["choice"]
    """How a value is drawn."""
    values: Annotated[list[bool | int | float | str], Field(min_length=1)]
    """The values to choose from."""


AutoMLSpace = Annotated[
    Annotated[AutoMLChoice | Randint | Uniform | QUniform | Normal | QNormal, Field(discriminator="type")], LOWER_TYPE
]
"""How the values of one parameter are drawn."""


class AutoMLSweep(Bindable):
    """How the search space is searched."""

    sampling_algorithm: Annotated[str, SAMPLINGS]
    """How values are drawn: `random`, `grid` or `bayesian`."""
    early_termination: Annotated[
        Annotated[BanditPolicy | MedianStoppingPolicy | TruncationSelectionPolicy, Field(discriminator="type")] | None,
        TYPE_IN_ANY_CASE,
    ] = None
    """When a trial that won't be the best one is stopped."""


def space_of(model: type[Model], name: str, without: tuple[str, ...] = ()) -> type[Model]:
    """Return the model of a search space: the fields of another, each with a value or with how it is drawn."""
    fields: dict[str, Any] = {}
    for spec in specs(model):
        if spec.name not in without:
            place = Arm(spec.arm.path, space_text, back=read_space_text)
            own = model.model_fields[spec.name]
            marks = [mark for mark in own.metadata if not isinstance(mark, Arm)]
            type_: Any = Annotated[(own.annotation, *marks)] if marks else own.annotation
            fields[spec.name] = (Annotated[Union[AutoMLSpace, type_], place], None)  # noqa: UP007  (made at run time)
    made = create_model(name, __base__=Model, __module__=__name__, __doc__="Values, or how they are drawn.", **fields)
    made.documented_by = model
    return made


def space_text(given: Any) -> str:
    """Return a space, or a value, as AutoML has it: ``uniform(0.001,0.01)``, ``choice('a','b')``, ``16``."""
    if not isinstance(given, Mapping):
        return _text(given)
    return f"{given['type']}({','.join(_in_quotes(one) for one in arguments(given))})"


def _in_quotes(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def read_space_text(text: str) -> Any:
    """Return what `space_text` made its text of, as the body of its model."""
    found = _SPACE.fullmatch(text)
    return _value(text) if found is None else space_words(found[1], [_value(one) for one in found[2].split(",")])


def _value(text: str) -> Any:
    text = text.strip()
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text == "True" if text in {"True", "False"} else text.strip("'\"")
