"""AutoML on texts: classification with one or more labels, named entities.

Azure's GA API lets a job say the data, the limits and the language alone; the rest is for steps of pipelines.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from azureml_infra.entities.automl import (
    DETAILS,
    METRICS,
    TASK,
    AutoMLSettings,
    AutoMLSweep,
    Bindable,
    Table,
    in_minutes,
    space_of,
)
from azureml_infra.entities.base import LOCAL, Arm
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.words import Words

SCHEDULERS = Words(("None", "Linear", "Cosine", "CosineWithRestarts", "Polynomial", "Constant", "ConstantWithWarmup"))
ACCURACY = Words(("Accuracy",))


class TextLimits(Bindable):
    """When AutoML stops."""

    timeout_minutes: Annotated[int | None, Field(ge=1), Arm("timeout", in_minutes)] = None
    """Longest run, in minutes."""
    trial_timeout_minutes: Annotated[int | None, Field(ge=1), LOCAL] = None
    """Longest run of each trial, in minutes; only in pipelines."""
    max_trials: Annotated[int, Field(ge=1)] = 1
    """The most trials."""
    max_concurrent_trials: Annotated[int | None, Field(ge=1)] = None
    """The most trials at once."""
    max_nodes: Annotated[int, Field(ge=1), LOCAL] = 1
    """The most nodes; only in pipelines."""


class TextFeaturization(Bindable):
    """How features are made of texts."""

    dataset_language: str | None = None
    """Language of the texts, in three letters (ISO 639-3)."""


class TextParameters(Bindable):
    """How a model of texts is trained."""

    gradient_accumulation_steps: int | None = None
    """How many steps the gradient is accumulated for."""
    learning_rate: float | None = None
    """The first learning rate."""
    learning_rate_scheduler: Annotated[str | None, SCHEDULERS] = None
    """How the learning rate changes."""
    model_name: str | None = None
    """The model, by its name on Hugging Face."""
    number_of_epochs: int | None = None
    """How many epochs are trained."""
    training_batch_size: int | None = None
    """How many texts are trained at once."""
    validation_batch_size: int | None = None
    """How many texts are validated at once."""
    warmup_ratio: float | None = None
    """The share of steps in which the learning rate grows."""
    weight_decay: float | None = None
    """The optimizer's weight decay."""


if TYPE_CHECKING:
    TextSpace = TextParameters
else:
    TextSpace = space_of(TextParameters, "TextSpace")


class TextTask(AutoMLSettings):
    """What the tasks on texts have."""

    validation_data: Annotated[Table | None, Arm(f"{DETAILS}.validationData")] = None
    """The data to compare models by."""
    limits: Annotated[TextLimits, Arm(f"{DETAILS}.limitSettings")] = TextLimits.model_construct()
    """When it stops."""
    featurization: Annotated[TextFeaturization | None, Arm(f"{DETAILS}.featurizationSettings")] = None
    """How features are made of the texts."""
    sweep: Annotated[AutoMLSweep | None, LOCAL] = None
    """How the search space is searched; only in pipelines."""
    training_parameters: Annotated[TextParameters | None, LOCAL] = None
    """How models are trained; only in pipelines."""
    search_space: Annotated[list[TextSpace] | None, LOCAL] = None
    """In place of it: what is tried; only in pipelines."""


class TextClassification(TextTask):
    """Which class a text is of."""

    task: Annotated[Literal["text_classification"], LOWER, TASK]
    """What is learnt."""
    target_column_name: Annotated[str, Arm(f"{DETAILS}.targetColumnName")]
    """The column that is predicted."""
    primary_metric: Annotated[str, METRICS, Arm(f"{DETAILS}.primaryMetric")] = "accuracy"
    """What models are compared by."""


class TextClassificationMultilabel(TextTask):
    """Which classes a text is of."""

    task: Annotated[Literal["text_classification_multilabel"], LOWER, TASK]
    """What is learnt."""
    target_column_name: Annotated[str, Arm(f"{DETAILS}.targetColumnName")]
    """The column that is predicted."""
    primary_metric: Annotated[str, ACCURACY, LOCAL] = "accuracy"
    """What models are compared by."""


class TextNer(TextTask):
    """Which names are in a text."""

    task: Annotated[Literal["text_ner"], LOWER, TASK]
    """What is learnt."""
    target_column_name: Annotated[str | None, Arm(f"{DETAILS}.targetColumnName")] = None
    """The column that is predicted; the data's form has it."""
    primary_metric: Annotated[str, ACCURACY, LOCAL] = "accuracy"
    """What models are compared by."""
