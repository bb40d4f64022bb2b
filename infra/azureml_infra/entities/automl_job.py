"""AutoML jobs: Azure ML tries models on its own, and the best one is the job's."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from azureml_infra.entities import automl_image, automl_table, automl_text
from azureml_infra.entities.automl import DETAILS
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Refers
from azureml_infra.entities.fields import LOWER, NOT_IN_GA
from azureml_infra.entities.job import Job
from azureml_infra.entities.runtime import JobIdentity, JobQueueSettings, JobResources
from azureml_infra.entities.words import TextMap


def _constants(task_type: str) -> Mapping[str, Any]:
    return {
        "properties.jobType": "AutoML",
        "properties.isArchived": False,
        f"{DETAILS}.taskType": task_type,
    }


class AutoMLJob(Job):
    """What the jobs of all tasks have."""

    type: Annotated[Literal["automl"], LOWER, LOCAL]
    """The kind of job."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; serverless compute by default."""
    resources: Annotated[JobResources | None, Arm("properties.resources")] = None
    """Machines of serverless compute."""
    environment_id: Annotated[InputStr | None, Arm("properties.environmentId")] = None
    """ARM id of an environment; AutoML has its own by default."""
    environment_variables: Annotated[TextMap | None, Arm("properties.environmentVariables")] = None
    """Variables of the process."""
    queue_settings: Annotated[JobQueueSettings | None, Arm("properties.queueSettings")] = None
    """How soon serverless compute is given."""
    identity: Annotated[JobIdentity | None, Arm("properties.identity")] = None
    """With whose rights it reads data."""


_ONLY_IN_PIPELINES = f"{NOT_IN_GA} for jobs; a step of a pipeline may have it"
TABLE: Mapping[str, str] = dict.fromkeys(
    ("limits.max_nodes", "training.training_mode", "forecasting.features_unknown_at_forecast_time"), _ONLY_IN_PIPELINES
)
IMAGE: Mapping[str, str] = dict.fromkeys(
    (
        "test_data",
        "test_data_size",
        "training_parameters.log_training_metrics",
        "training_parameters.log_validation_loss",
    ),
    _ONLY_IN_PIPELINES,
)
TEXT: Mapping[str, str] = dict.fromkeys(
    ("limits.max_nodes", "limits.trial_timeout_minutes", "sweep", "training_parameters", "search_space"),
    _ONLY_IN_PIPELINES,
)
"""Fields of each family that are taken without effect: why."""


class ClassificationJob(automl_table.Classification, AutoMLJob):
    """Models that tell which class a row of a table is of."""

    kind: ClassVar[str] = "AutoML classification"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_table.Classification.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TABLE


class RegressionJob(automl_table.Regression, AutoMLJob):
    """Models that tell which number belongs to a row of a table."""

    kind: ClassVar[str] = "AutoML regression"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_table.Regression.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TABLE


class ForecastingJob(automl_table.Forecasting, AutoMLJob):
    """Models that tell what a table says of the future."""

    kind: ClassVar[str] = "AutoML forecasting"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_table.Forecasting.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TABLE


class ImageClassificationJob(automl_image.ImageClassification, AutoMLJob):
    """Models that tell which class an image is of."""

    kind: ClassVar[str] = "AutoML image classification"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_image.ImageClassification.task_type)
    without_effect: ClassVar[Mapping[str, str]] = IMAGE


class ImageClassificationMultilabelJob(automl_image.ImageClassificationMultilabel, AutoMLJob):
    """Models that tell which classes an image is of."""

    kind: ClassVar[str] = "AutoML multilabel image classification"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_image.ImageClassificationMultilabel.task_type)
    without_effect: ClassVar[Mapping[str, str]] = IMAGE


class ImageObjectDetectionJob(automl_image.ImageObjectDetection, AutoMLJob):
    """Models that find objects in images."""

    kind: ClassVar[str] = "AutoML object detection"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_image.ImageObjectDetection.task_type)
    without_effect: ClassVar[Mapping[str, str]] = IMAGE


class ImageInstanceSegmentationJob(automl_image.ImageInstanceSegmentation, AutoMLJob):
    """Models that find the pixels of objects in images."""

    kind: ClassVar[str] = "AutoML instance segmentation"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_image.ImageInstanceSegmentation.task_type)
    without_effect: ClassVar[Mapping[str, str]] = IMAGE


class TextClassificationJob(automl_text.TextClassification, AutoMLJob):
    """Models that tell which class a text is of."""

    kind: ClassVar[str] = "AutoML text classification"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_text.TextClassification.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TEXT


class TextClassificationMultilabelJob(automl_text.TextClassificationMultilabel, AutoMLJob):
    """Models that tell which classes a text is of."""

    kind: ClassVar[str] = "AutoML multilabel text classification"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_text.TextClassificationMultilabel.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TEXT


class TextNerJob(automl_text.TextNer, AutoMLJob):
    """Models that find names in texts."""

    kind: ClassVar[str] = "AutoML named entity recognition"
    arm_constants: ClassVar[Mapping[str, Any]] = _constants(automl_text.TextNer.task_type)
    without_effect: ClassVar[Mapping[str, str]] = TEXT


JOBS: tuple[type[AutoMLJob], ...] = (
    ClassificationJob,
    RegressionJob,
    ForecastingJob,
    ImageClassificationJob,
    ImageClassificationMultilabelJob,
    ImageObjectDetectionJob,
    ImageInstanceSegmentationJob,
    TextClassificationJob,
    TextClassificationMultilabelJob,
    TextNerJob,
)
"""The job of each task."""
