"""AutoML on images: classification with one or more labels, objects and their outlines."""

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

MULTILABEL_METRICS = Words((*METRICS.names, "IOU"))
PRECISION = Words(("MeanAveragePrecision",))
SCHEDULERS = Words(("None", "WarmupCosine", "Step"))
OPTIMIZERS = Words(("None", "Sgd", "Adam", "Adamw"))
MODEL_SIZES = Words(("None", "Small", "Medium", "Large", "ExtraLarge"))
VALIDATIONS = Words(("None", "Coco", "Voc", "CocoVoc"))
LOGGED = Words(("Enable", "Disable"))


class ImageLimits(Bindable):
    """When AutoML stops."""

    timeout_minutes: Annotated[int | None, Field(ge=1), Arm("timeout", in_minutes)] = None
    """Longest run, in minutes."""
    max_trials: Annotated[int | None, Field(ge=1)] = None
    """The most trials."""
    max_concurrent_trials: Annotated[int | None, Field(ge=1)] = None
    """The most trials at once."""


class ImageParameters(Bindable):
    """How a model of images is trained."""

    model_name: str | None = None
    """The model, by its name in AutoML or on Hugging Face."""
    advanced_settings: str | None = None
    """More settings, as JSON."""
    ams_gradient: bool | None = None
    """Whether the optimizer is the AMSGrad variant."""
    beta1: float | None = None
    """The optimizer's first beta, for adam and adamw."""
    beta2: float | None = None
    """The optimizer's second beta, for adam and adamw."""
    checkpoint_frequency: int | None = None
    """How many epochs lie between two checkpoints."""
    checkpoint_run_id: str | None = None
    """The run whose checkpoint training goes on from."""
    distributed: bool | None = None
    """Whether several nodes train one model."""
    early_stopping: bool | None = None
    """Whether training stops when it no longer gets better."""
    early_stopping_delay: int | None = None
    """How many epochs it goes on anyway."""
    early_stopping_patience: int | None = None
    """How many epochs may be no better."""
    enable_onnx_normalization: bool | None = None
    """Whether the ONNX model normalizes its input."""
    augmentations: str | None = None
    """Settings of the images' augmentation."""
    evaluation_frequency: int | None = None
    """How many epochs lie between two evaluations."""
    gradient_accumulation_step: int | None = None
    """How many steps the gradient is accumulated for."""
    layers_to_freeze: int | None = None
    """How many layers aren't trained."""
    learning_rate: float | None = None
    """The first learning rate."""
    learning_rate_scheduler: Annotated[str | None, SCHEDULERS] = None
    """How the learning rate changes."""
    momentum: float | None = None
    """The optimizer's momentum, for sgd."""
    nesterov: bool | None = None
    """Whether it is Nesterov's, for sgd."""
    number_of_epochs: int | None = None
    """How many epochs are trained."""
    number_of_workers: int | None = None
    """How many workers load data."""
    optimizer: Annotated[str | None, OPTIMIZERS] = None
    """The optimizer."""
    random_seed: int | None = None
    """The seed of random numbers."""
    step_lr_gamma: Annotated[float | None, Arm("stepLRGamma")] = None
    """The learning rate's factor at each step, for the scheduler step."""
    step_lr_step_size: Annotated[int | None, Arm("stepLRStepSize")] = None
    """How many epochs a step has."""
    training_batch_size: int | None = None
    """How many images are trained at once."""
    validation_batch_size: int | None = None
    """How many images are validated at once."""
    warmup_cosine_lr_cycles: Annotated[float | None, Arm("warmupCosineLRCycles")] = None
    """How many cycles the scheduler warmup_cosine has."""
    warmup_cosine_lr_warmup_epochs: Annotated[int | None, Arm("warmupCosineLRWarmupEpochs")] = None
    """How many epochs it warms up."""
    weight_decay: float | None = None
    """The optimizer's weight decay."""


class ImageClassificationParameters(ImageParameters):
    """How a model that classifies images is trained."""

    training_crop_size: int | None = None
    """The size of images in training, in pixels."""
    validation_crop_size: int | None = None
    """The size of images in validation, in pixels."""
    validation_resize_size: int | None = None
    """What images in validation are resized to before, in pixels."""
    weighted_loss: Annotated[int | None, Field(ge=0, le=2)] = None
    """0 for none, 1 by the root of the classes' weights, 2 by their weights."""


class ObjectDetectionParameters(ImageParameters):
    """How a model that finds objects is trained."""

    box_detections_per_image: int | None = None
    """The most boxes in an image."""
    box_score_threshold: float | None = None
    """The least score of a box that counts."""
    image_size: int | None = None
    """The size of images, in pixels, for yolov5."""
    max_size: int | None = None
    """The longest side of an image, in pixels, for the others."""
    min_size: int | None = None
    """The shortest side of an image, in pixels, for the others."""
    model_size: Annotated[str | None, MODEL_SIZES] = None
    """The size of the model, for yolov5."""
    multi_scale: bool | None = None
    """Whether images vary in size, for yolov5."""
    nms_iou_threshold: float | None = None
    """With how much overlap two boxes are one."""
    tile_grid_size: str | None = None
    """How images are cut to find small objects: `(3, 2)`."""
    tile_overlap_ratio: float | None = None
    """How much tiles overlap."""
    tile_predictions_nms_threshold: float | None = None
    """With how much overlap two boxes of tiles are one."""
    validation_iou_threshold: float | None = None
    """With how much overlap a box is right."""
    validation_metric_type: Annotated[str | None, VALIDATIONS] = None
    """How validation measures."""
    log_training_metrics: Annotated[str | None, LOGGED, LOCAL] = None
    """Whether metrics of training are logged; only in pipelines."""
    log_validation_loss: Annotated[str | None, LOGGED, LOCAL] = None
    """Whether the loss of validation is logged; only in pipelines."""


_FIXED = (
    "advanced_settings",
    "checkpoint_frequency",
    "checkpoint_run_id",
    "log_training_metrics",
    "log_validation_loss",
)
"""What no search space has."""

if TYPE_CHECKING:
    ImageClassificationSpace = ImageClassificationParameters
    ObjectDetectionSpace = ObjectDetectionParameters
else:
    ImageClassificationSpace = space_of(ImageClassificationParameters, "ImageClassificationSpace", _FIXED)
    ObjectDetectionSpace = space_of(ObjectDetectionParameters, "ObjectDetectionSpace", _FIXED)


class ImageTask(AutoMLSettings):
    """What the tasks on images have."""

    target_column_name: Annotated[str, Arm(f"{DETAILS}.targetColumnName")]
    """The column that is predicted."""
    validation_data: Annotated[Table | None, Arm(f"{DETAILS}.validationData")] = None
    """The data to compare models by."""
    validation_data_size: Annotated[float | None, Field(gt=0, lt=1), Arm(f"{DETAILS}.validationDataSize")] = None
    """In place of it: the share of the training data."""
    test_data: Annotated[Table | None, LOCAL] = None
    """The data to test the best model with; only in pipelines."""
    test_data_size: Annotated[float | None, Field(gt=0, lt=1), LOCAL] = None
    """In place of it: the share of the training data; only in pipelines."""
    limits: Annotated[ImageLimits, Arm(f"{DETAILS}.limitSettings")] = ImageLimits.model_construct()
    """When it stops."""
    sweep: Annotated[AutoMLSweep | None, Arm(f"{DETAILS}.sweepSettings")] = None
    """How the search space is searched."""


class ImageClassificationSettings(ImageTask):
    """What the classifications of images have."""

    training_parameters: Annotated[ImageClassificationParameters | None, Arm(f"{DETAILS}.modelSettings")] = None
    """How models are trained."""
    search_space: Annotated[list[ImageClassificationSpace] | None, Arm(f"{DETAILS}.searchSpace")] = None
    """In place of it: what is tried."""


class ObjectDetectionSettings(ImageTask):
    """What the searches for objects in images have."""

    primary_metric: Annotated[str, PRECISION, Arm(f"{DETAILS}.primaryMetric")] = "mean_average_precision"
    """What models are compared by."""
    training_parameters: Annotated[ObjectDetectionParameters | None, Arm(f"{DETAILS}.modelSettings")] = None
    """How models are trained."""
    search_space: Annotated[list[ObjectDetectionSpace] | None, Arm(f"{DETAILS}.searchSpace")] = None
    """In place of it: what is tried."""


class ImageClassification(ImageClassificationSettings):
    """Which class an image is of."""

    task: Annotated[Literal["image_classification"], LOWER, TASK]
    """What is learnt."""
    primary_metric: Annotated[str, METRICS, Arm(f"{DETAILS}.primaryMetric")] = "accuracy"
    """What models are compared by."""


class ImageClassificationMultilabel(ImageClassificationSettings):
    """Which classes an image is of."""

    task: Annotated[Literal["image_classification_multilabel"], LOWER, TASK]
    """What is learnt."""
    primary_metric: Annotated[str, MULTILABEL_METRICS, Arm(f"{DETAILS}.primaryMetric")] = "iou"
    """What models are compared by."""


class ImageObjectDetection(ObjectDetectionSettings):
    """Which objects are in an image, and where."""

    task: Annotated[Literal["image_object_detection"], LOWER, TASK]
    """What is learnt."""


class ImageInstanceSegmentation(ObjectDetectionSettings):
    """Which objects are in an image, and which pixels are theirs."""

    task: Annotated[Literal["image_instance_segmentation"], LOWER, TASK]
    """What is learnt."""
