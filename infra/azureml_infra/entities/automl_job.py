"""AutoML jobs: Azure ML tries models on its own, and the best one is the job's."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from azureml_infra.entities import automl_image, automl_table, automl_text
from azureml_infra.entities.base import Arm, InputStr, Refers, means
from azureml_infra.entities.fields import LOWER, NOT_IN_GA
from azureml_infra.entities.job import Job
from azureml_infra.entities.runtime import JobIdentity, JobQueueSettings, JobResources
from azureml_infra.entities.words import TextMap


class AutoMLJob(Job):
    """What the jobs of all tasks have."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.isArchived": False}

    type: Annotated[Literal["automl"], LOWER, means("properties.jobType", "AutoML")]
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


class TableJob(AutoMLJob):
    """What the jobs on tables have."""

    without_effect: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("limits.max_nodes", "training.training_mode", "forecasting.features_unknown_at_forecast_time"),
        _ONLY_IN_PIPELINES,
    )


class ImageJob(AutoMLJob):
    """What the jobs on images have."""

    without_effect: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "test_data",
            "test_data_size",
            "training_parameters.log_training_metrics",
            "training_parameters.log_validation_loss",
        ),
        _ONLY_IN_PIPELINES,
    )


class TextJob(AutoMLJob):
    """What the jobs on texts have."""

    without_effect: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("limits.max_nodes", "limits.trial_timeout_minutes", "sweep", "training_parameters", "search_space"),
        _ONLY_IN_PIPELINES,
    )


class ClassificationJob(automl_table.Classification, TableJob):
    """Models that tell which class a row of a table is of."""

    kind: ClassVar[str] = "AutoML classification"


class RegressionJob(automl_table.Regression, TableJob):
    """Models that tell which number belongs to a row of a table."""

    kind: ClassVar[str] = "AutoML regression"


class ForecastingJob(automl_table.Forecasting, TableJob):
    """Models that tell what a table says of the future."""

    kind: ClassVar[str] = "AutoML forecasting"


class ImageClassificationJob(automl_image.ImageClassification, ImageJob):
    """Models that tell which class an image is of."""

    kind: ClassVar[str] = "AutoML image classification"


class ImageClassificationMultilabelJob(automl_image.ImageClassificationMultilabel, ImageJob):
    """Models that tell which classes an image is of."""

    kind: ClassVar[str] = "AutoML multilabel image classification"


class ImageObjectDetectionJob(automl_image.ImageObjectDetection, ImageJob):
    """Models that find objects in images."""

    kind: ClassVar[str] = "AutoML object detection"


class ImageInstanceSegmentationJob(automl_image.ImageInstanceSegmentation, ImageJob):
    """Models that find the pixels of objects in images."""

    kind: ClassVar[str] = "AutoML instance segmentation"


class TextClassificationJob(automl_text.TextClassification, TextJob):
    """Models that tell which class a text is of."""

    kind: ClassVar[str] = "AutoML text classification"


class TextClassificationMultilabelJob(automl_text.TextClassificationMultilabel, TextJob):
    """Models that tell which classes a text is of."""

    kind: ClassVar[str] = "AutoML multilabel text classification"


class TextNerJob(automl_text.TextNer, TextJob):
    """Models that find names in texts."""

    kind: ClassVar[str] = "AutoML named entity recognition"
