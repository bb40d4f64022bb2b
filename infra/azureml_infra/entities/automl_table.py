"""AutoML on tables: classification, regression, forecasting."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from azureml_infra.entities.automl import DETAILS, METRICS, TASK, AutoMLSettings, Bindable, Table, in_minutes
from azureml_infra.entities.base import LOCAL, Arm
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.words import Words

CLASSIFIERS = Words((
    "LogisticRegression", "SGD", "MultinomialNaiveBayes", "BernoulliNaiveBayes", "SVM", "LinearSVM", "KNN",
    "DecisionTree", "RandomForest", "ExtremeRandomTrees", "LightGBM", "GradientBoosting", "XGBoostClassifier",
))  # fmt: skip
_REGRESSORS = (
    "ElasticNet", "GradientBoosting", "DecisionTree", "KNN", "LassoLars", "SGD", "RandomForest", "ExtremeRandomTrees",
    "LightGBM", "XGBoostRegressor",
)  # fmt: skip
REGRESSORS = Words(_REGRESSORS)
FORECASTERS = Words((
    "AutoArima", "Prophet", "Naive", "SeasonalNaive", "Average", "SeasonalAverage", "ExponentialSmoothing", "Arimax",
    "TCNForecaster", *_REGRESSORS,
))  # fmt: skip
ERRORS = Words(("SpearmanCorrelation", "NormalizedRootMeanSquaredError", "R2Score", "NormalizedMeanAbsoluteError"))
"""What regressions and forecasts are measured by."""
TRANSFORMERS = Words((
    "TextTargetEncoder", "OneHotEncoder", "CatTargetEncoder", "TfIdf", "WoETargetEncoder", "LabelEncoder",
    "WordEmbedding", "NaiveBayes", "CountVectorizer", "HashOneHotEncoder",
))  # fmt: skip
TUNED = Words(("Imputer", "TfIdf", "HashOneHotEncoder"))
META_LEARNERS = Words((
    "None", "LogisticRegression", "LogisticRegressionCV", "LightGBMClassifier", "ElasticNet", "ElasticNetCV",
    "LightGBMRegressor", "LinearRegression",
))  # fmt: skip
FEATURIZATION = Words(("Auto", "Off", "Custom"))
MODES = Words(("Auto", "Distributed", "NonDistributed"))
NONE_OR_AUTO = Words(("None", "Auto"))
SHORT_SERIES = Words(("None", "Auto", "Pad", "Drop"))
AGGREGATES = Words(("None", "Sum", "Max", "Min", "Mean"))
SEASONS = Words(("None", "Season", "SeasonTrend"))

Auto = Annotated[Literal["auto"], LOWER]


def _auto_or_value(given: Any) -> dict[str, Any]:
    if given == "auto":
        return {"mode": "Auto"}
    return {"mode": "Custom", **({"values": given} if isinstance(given, list) else {"value": given})}


def _auto_or_values(given: Any) -> dict[str, Any]:
    return _auto_or_value([given] if isinstance(given, int) else given)


def _read_auto(given: Mapping[str, Any]) -> Any:
    if str(given.get("mode")).lower() == "auto":
        return "auto"
    return given.get("values", given.get("value"))


def _auto_at(path: str) -> Arm:
    """Return the place of a field that is `auto` or a value."""
    return Arm(path, _auto_or_value, back=_read_auto)


def _in_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


TextOrList = Annotated[list[str], BeforeValidator(_in_list, json_schema_input_type=str | list[str])]


class ColumnTransformer(Bindable):
    """How some columns are transformed."""

    fields: list[str] | None = None
    """The columns."""
    parameters: dict[str, float | str | None] | None = None
    """Parameters of the transformer."""


class TableFeaturization(Bindable):
    """How features are made of the columns."""

    mode: Annotated[str, FEATURIZATION] = "auto"
    """`auto`, `off`, or `custom` with what is said here."""
    dataset_language: str | None = None
    """Language of texts, in three letters (ISO 639-3)."""
    blocked_transformers: list[Annotated[str, TRANSFORMERS]] | None = None
    """Transformers that aren't used."""
    column_name_and_types: dict[str, str] | None = None
    """What columns hold, where that isn't guessed right."""
    transformer_params: dict[Annotated[str, TUNED], list[ColumnTransformer]] | None = None
    """Parameters of transformers: `imputer`, `tf_idf`, `hash_one_hot_encoder`."""
    enable_dnn_featurization: bool | None = None
    """Whether a deep network makes features of texts."""


class TableLimits(Bindable):
    """When AutoML stops."""

    timeout_minutes: Annotated[int | None, Field(ge=1), Arm("timeout", in_minutes)] = None
    """Longest run, in minutes."""
    trial_timeout_minutes: Annotated[int | None, Field(ge=1), Arm("trialTimeout", in_minutes)] = None
    """Longest run of each trial, in minutes."""
    max_trials: Annotated[int | None, Field(ge=1)] = None
    """The most trials."""
    max_concurrent_trials: Annotated[int | None, Field(ge=1)] = None
    """The most trials at once."""
    max_cores_per_trial: int | None = None
    """The most cores of each trial; -1 for all."""
    max_nodes: Annotated[int | None, Field(ge=1), LOCAL] = None
    """The most nodes that one distributed training has; only in pipelines."""
    enable_early_termination: bool | None = None
    """Whether it stops where trials no longer get better."""
    exit_score: float | None = None
    """The score with which it stops."""


class StackEnsemble(Bindable):
    """How models are stacked."""

    stack_meta_learner_type: Annotated[str, META_LEARNERS]
    """The model on top."""
    stack_meta_learner_train_percentage: Annotated[float | None, Field(gt=0, lt=1)] = None
    """The share of the data that it is trained with."""
    stack_meta_learner_kwargs: Annotated[dict[str, Any] | None, Arm("stackMetaLearnerKWargs")] = None
    """Arguments of its constructor."""


class Training(Bindable):
    """How models are trained."""

    enable_dnn_training: bool | None = None
    """Whether deep networks are among them."""
    enable_model_explainability: bool | None = None
    """Whether the best one is explained."""
    enable_onnx_compatible_models: bool | None = None
    """Whether only models are trained that ONNX knows."""
    enable_stack_ensemble: bool | None = None
    """Whether models are stacked at the end."""
    enable_vote_ensemble: bool | None = None
    """Whether models vote at the end."""
    ensemble_model_download_timeout_minutes: Annotated[
        int | None, Field(ge=1), Arm("ensembleModelDownloadTimeout", in_minutes)
    ] = None
    """Longest time to get the models of an ensemble, in minutes."""
    stack_ensemble_settings: StackEnsemble | None = None
    """How models are stacked."""
    training_mode: Annotated[str | None, MODES, LOCAL] = None
    """Whether one training has several nodes; only in pipelines."""


class ClassificationTraining(Training):
    """How classifiers are trained."""

    allowed_training_algorithms: list[Annotated[str, CLASSIFIERS]] | None = None
    """The only algorithms that are tried."""
    blocked_training_algorithms: list[Annotated[str, CLASSIFIERS]] | None = None
    """Algorithms that aren't tried."""


class RegressionTraining(Training):
    """How regressions are trained."""

    allowed_training_algorithms: list[Annotated[str, REGRESSORS]] | None = None
    """The only algorithms that are tried."""
    blocked_training_algorithms: list[Annotated[str, REGRESSORS]] | None = None
    """Algorithms that aren't tried."""


class ForecastingTraining(Training):
    """How forecasts are trained."""

    allowed_training_algorithms: list[Annotated[str, FORECASTERS]] | None = None
    """The only algorithms that are tried."""
    blocked_training_algorithms: list[Annotated[str, FORECASTERS]] | None = None
    """Algorithms that aren't tried."""


class TableTask(AutoMLSettings):
    """What the tasks on tables have."""

    target_column_name: Annotated[str, Arm(f"{DETAILS}.targetColumnName")]
    """The column that is predicted."""
    validation_data: Annotated[Table | None, Arm(f"{DETAILS}.validationData")] = None
    """The data to compare models by."""
    validation_data_size: Annotated[float | None, Field(gt=0, lt=1), Arm(f"{DETAILS}.validationDataSize")] = None
    """In place of it: the share of the training data."""
    test_data: Annotated[Table | None, Arm(f"{DETAILS}.testData")] = None
    """The data to test the best model with."""
    test_data_size: Annotated[float | None, Field(gt=0, lt=1), Arm(f"{DETAILS}.testDataSize")] = None
    """In place of it: the share of the training data."""
    n_cross_validations: Annotated[int | Auto | None, _auto_at(f"{DETAILS}.nCrossValidations")] = None
    """How many folds, or `auto`."""
    cv_split_column_names: Annotated[list[str] | None, Arm(f"{DETAILS}.cvSplitColumnNames")] = None
    """Columns that say how the data is split."""
    weight_column_name: Annotated[str | None, Arm(f"{DETAILS}.weightColumnName")] = None
    """The column with each row's weight."""
    limits: Annotated[TableLimits | None, Arm(f"{DETAILS}.limitSettings")] = None
    """When it stops."""
    featurization: Annotated[TableFeaturization | None, Arm(f"{DETAILS}.featurizationSettings")] = None
    """How features are made of the columns."""


class Classification(TableTask):
    """Which class a row of a table is of."""

    task: Annotated[Literal["classification"], LOWER, TASK]
    """What is learnt."""
    primary_metric: Annotated[str, METRICS, Arm(f"{DETAILS}.primaryMetric")] = "auc_weighted"
    """What models are compared by."""
    positive_label: Annotated[str | None, Arm(f"{DETAILS}.positiveLabel")] = None
    """The class that a binary classification looks for."""
    training: Annotated[ClassificationTraining | None, Arm(f"{DETAILS}.trainingSettings")] = None
    """How models are trained."""


class Regression(TableTask):
    """Which number belongs to a row of a table."""

    task: Annotated[Literal["regression"], LOWER, TASK]
    """What is learnt."""
    primary_metric: Annotated[str, ERRORS, Arm(f"{DETAILS}.primaryMetric")] = "normalized_root_mean_squared_error"
    """What models are compared by."""
    training: Annotated[RegressionTraining | None, Arm(f"{DETAILS}.trainingSettings")] = None
    """How models are trained."""


class ForecastingSettings(Bindable):
    """What is known of a time series."""

    time_column_name: str | None = None
    """The column with the time."""
    time_series_id_column_names: TextOrList | None = None
    """Columns that tell several series from each other."""
    forecast_horizon: Annotated[int | Auto | None, _auto_at("forecastHorizon")] = None
    """How many periods are forecast, or `auto`."""
    frequency: str | None = None
    """The length of a period, as pandas writes it."""
    target_lags: Annotated[int | list[int] | Auto | None, Arm("targetLags", _auto_or_values, back=_read_auto)] = None
    """How many periods back the target is a feature, or `auto`."""
    target_rolling_window_size: Annotated[int | Auto | None, _auto_at("targetRollingWindowSize")] = None
    """How many periods make features of the target, or `auto`."""
    seasonality: Annotated[int | Auto | None, _auto_at("seasonality")] = None
    """How many periods a season has, or `auto`."""
    feature_lags: Annotated[str | None, NONE_OR_AUTO] = None
    """Whether features lag, too."""
    short_series_handling_config: Annotated[str | None, SHORT_SERIES] = None
    """What becomes of series that are too short."""
    use_stl: Annotated[str | None, SEASONS] = None
    """Whether season, or season and trend, are features."""
    target_aggregate_function: Annotated[str | None, AGGREGATES] = None
    """How the target is put together to periods of the frequency."""
    country_or_region_for_holidays: str | None = None
    """Whose holidays are features: `US`."""
    cv_step_size: int | None = None
    """How many periods lie between two folds."""
    features_unknown_at_forecast_time: Annotated[TextOrList | None, LOCAL] = None
    """Columns that a forecast doesn't have; only in pipelines."""


class Forecasting(TableTask):
    """What a table says of the future."""

    task: Annotated[Literal["forecasting"], LOWER, TASK]
    """What is learnt."""
    primary_metric: Annotated[str, ERRORS, Arm(f"{DETAILS}.primaryMetric")] = "normalized_root_mean_squared_error"
    """What models are compared by."""
    forecasting: Annotated[ForecastingSettings | None, Arm(f"{DETAILS}.forecastingSettings")] = None
    """What is known of the time series."""
    training: Annotated[ForecastingTraining | None, Arm(f"{DETAILS}.trainingSettings")] = None
    """How models are trained."""
