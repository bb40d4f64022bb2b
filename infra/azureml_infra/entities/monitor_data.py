"""What a monitor compares, and where it draws the line: data with its window, features, thresholds."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from azureml_infra.entities.base import Arm, InputStr, Model, Refers, refusal
from azureml_infra.entities.fields import NOT_IN_GA, only
from azureml_infra.entities.inputs import JobInput
from azureml_infra.entities.words import ANY_CASE, TextMap, pascal, snake

Context = Annotated[
    Literal["model_inputs", "model_outputs", "training", "test", "validation", "ground_truth"], ANY_CASE
]


_MIDNIGHT = "T00:00:00.000Z"


def _as_time(day: str) -> str:
    """Return the time at which a day begins, as azure-ai-ml sends it (entities/_monitoring/input_data.py)."""
    return day if "T" in day else f"{day}{_MIDNIGHT}"


def _as_day(time: str) -> str:
    return time.removesuffix(_MIDNIGHT)


class DataWindow(Model):
    """Which part of the data: a time that goes along with the monitor, or a fixed one."""

    lookback_window_size: Annotated[str | None, Arm("windowSize")] = None
    """Length as an ISO 8601 duration: `P7D`. `default`, or nothing: as long as from one run to the next."""
    lookback_window_offset: Annotated[str | None, Arm("windowOffset")] = None
    """How long before the run it ends: `P0D` by default."""
    window_start: Annotated[str | None, Arm("windowStart", _as_time, back=_as_day)] = None
    """The first day of a fixed window, of reference data."""
    window_end: Annotated[str | None, Arm("windowEnd", _as_time, back=_as_day)] = None
    """The last day of a fixed window."""


class MonitoredData(Model):
    """A data asset, and which part of it."""

    input_data: Annotated[JobInput, Arm("")]
    """The asset: `path` and `type`."""
    data_context: Annotated[Context | None, Arm("dataContext")] = None
    """What the data is to the model."""
    pre_processing_component: Annotated[InputStr | None, Refers(("components",)), Arm("preprocessingComponentId")] = (
        None
    )
    """Component that makes a table of it."""
    data_window: Annotated[DataWindow | None, Arm("")] = None
    """Which part of it; all of reference data, and the time since the last run of production data, if left out."""
    data_column_names: Annotated[TextMap | None, Arm("columns")] = None
    """Columns with a part of their own, such as `target_column`."""


class FeatureFilter(Model):
    """The features that count most."""

    top_n_feature_importance: Annotated[int, Field(ge=1), Arm("top")]
    """How many."""


def features_in_arm(given: Any) -> dict[str, Any]:
    """Return ARM's filter of features for `all_features`, names, or how many."""
    if isinstance(given, str):
        return {"filterType": "AllFeatures"}
    if isinstance(given, list):
        return {"filterType": "FeatureSubset", "features": given}
    return {"filterType": "TopNByAttribution", **given}


def features_in_words(given: Mapping[str, Any]) -> Any:
    """Undo `features_in_arm`."""
    kind = str(given.get("filterType"))
    return given.get("features") if kind == "FeatureSubset" else given if kind.startswith("Top") else "all_features"


_Threshold = Annotated[float, Field(ge=0)]


class NumericalDrift(Model):
    """The measure of drift of numbers, and its threshold."""

    jensen_shannon_distance: _Threshold | None = None
    """Distance of Jensen and Shannon."""
    normalized_wasserstein_distance: _Threshold | None = None
    """Normalised distance of Wasserstein."""
    population_stability_index: _Threshold | None = None
    """Population stability index."""
    two_sample_kolmogorov_smirnov_test: _Threshold | None = None
    """Test of Kolmogorov and Smirnov."""


class CategoricalDrift(Model):
    """The measure of drift of categories, and its threshold."""

    jensen_shannon_distance: _Threshold | None = None
    """Distance of Jensen and Shannon."""
    population_stability_index: _Threshold | None = None
    """Population stability index."""
    pearsons_chi_squared_test: _Threshold | None = None
    """Pearson's chi-squared test."""


class Rates(Model):
    """The rates of bad values, and their thresholds."""

    null_value_rate: _Threshold | None = None
    """Missing values."""
    data_type_error_rate: _Threshold | None = None
    """Values of another type."""
    out_of_bounds_rate: _Threshold | None = None
    """Values out of the reference data's range."""


class DriftThresholds(Model):
    """When drift is too much."""

    numerical: NumericalDrift | None = None
    """Of numbers."""
    categorical: CategoricalDrift | None = None
    """Of categories."""

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        for given in (self.numerical, self.categorical):
            if given is not None and sum(value is not None for value in dict(given).values()) != 1:
                raise refusal("drift is measured in one way", "one metric each")
        return self


class QualityThresholds(Model):
    """When quality is too low."""

    numerical: Rates | None = None
    """Of numbers."""
    categorical: Rates | None = None
    """Of categories."""


class AttributionThresholds(Model):
    """When the features matter otherwise than before."""

    normalized_discounted_cumulative_gain: Annotated[float, Field(ge=0, le=1)]
    """Likeness of the two orders of features, from 0 to 1."""


class CustomThreshold(Model):
    """The threshold of a metric of your own component."""

    metric_name: Annotated[str, Arm("metric")]
    """The metric."""
    threshold: Annotated[float | None, Arm("threshold.value")] = None
    """Its threshold."""


def thresholds_in_arm(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ARM's list of thresholds, each with its metric and type of data."""
    return [
        {"dataType": pascal(kind), "metric": metric[:1].upper() + metric[1:], "threshold": {"value": value}}
        for kind, metrics in given.items()
        for metric, value in metrics.items()
    ]


def thresholds_in_words(given: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Undo `thresholds_in_arm`."""
    found: dict[str, Any] = {}
    for one in given:
        metric = str(one["metric"])
        below = found.setdefault(snake(str(one["dataType"])), {})
        below[metric[:1].lower() + metric[1:]] = (one.get("threshold") or {}).get("value")
    return found


class DataSegment(Model):
    """A part of the data by a feature's values."""

    feature_name: str | None = None
    """The feature."""
    feature_values: list[str] | None = None
    """Its values."""


NoSegment = Annotated[DataSegment | None, only(None, NOT_IN_GA)]
"""A part of the data, which only a preview of the API has."""
