"""Model monitors: schedules that compare what a model sees and says in production with what it was made of.

Fields are those of https://learn.microsoft.com/azure/machine-learning/reference-yaml-monitor. ARM's GA API has five of
az ml's eight signals; the others are in previews of it alone.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, Refers, is_output, means, refusal
from azureml_infra.entities.body import Resolver, body, put
from azureml_infra.entities.fields import NOT_IN_GA, VmSize, only
from azureml_infra.entities.inputs import JobInput
from azureml_infra.entities.monitor_data import (
    AttributionThresholds,
    CustomThreshold,
    DriftThresholds,
    FeatureFilter,
    MonitoredData,
    NoSegment,
    QualityThresholds,
    features_in_arm,
    features_in_words,
    thresholds_in_arm,
    thresholds_in_words,
)
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.schedule import Schedule
from azureml_infra.entities.triggers import ScheduleCronTrigger
from azureml_infra.entities.unions import BY_TYPE
from azureml_infra.entities.words import ANY_CASE, PASCAL, TextMap, pascal, snake, type_word
from azureml_infra.yaml.problems import one_of, quote

_DEFINITION = "properties.action.monitorDefinition"
_DAYS = {"day": 1, "week": 7, "month": 30}
PREVIEWS = ("generation_safety_quality", "generation_token_statistics", "model_performance")
"""Signals that only a preview of the API has."""


def _notify(given: bool) -> list[str]:
    return ["AmlNotification"] if given else []


class _Signal(Model):
    alert_enabled: Annotated[bool, Arm("notificationTypes", _notify, back=bool)] = False
    """Whether a threshold that is passed sends an alert."""
    properties: TextMap | None = None
    """Properties."""


class _DataSignal(_Signal):
    production_data: Annotated[MonitoredData | None, Arm("productionData")] = None
    """What the model sees or says; what its deployment collects if left out."""
    reference_data: Annotated[MonitoredData | None, Arm("referenceData")] = None
    """What that is compared with; earlier production data if left out."""
    feature_type_override: Annotated[
        dict[str, Annotated[Literal["numerical", "categorical"], ANY_CASE]] | None,
        Arm(
            "featureDataTypeOverride",
            lambda given: {name: pascal(word) for name, word in given.items()},
            back=lambda given: {name: snake(word) for name, word in given.items()},
        ),
    ] = None
    """The type of data of features that would be taken for the other."""


class _FeatureSignal(_DataSignal):
    features: Annotated[
        Annotated[Literal["all_features"], ANY_CASE] | list[str] | FeatureFilter | None,
        Arm("features", features_in_arm, back=features_in_words),
    ] = None
    """Which features: `all_features`, their names, or those that count most."""
    data_segment: Annotated[NoSegment, LOCAL] = None
    """A part of the data; not in ARM's GA API."""


_DRIFT = Arm("metricThresholds", thresholds_in_arm, back=thresholds_in_words)


class DataDriftSignal(_FeatureSignal):
    """The data that a model gets becomes another."""

    type: Annotated[Literal["data_drift"], ANY_CASE, means("signalType", "DataDrift")] = "data_drift"
    """The kind of signal."""
    metric_thresholds: Annotated[DriftThresholds, _DRIFT]
    """When it is too much."""


class DataQualitySignal(_FeatureSignal):
    """The data that a model gets becomes worse."""

    type: Annotated[Literal["data_quality"], ANY_CASE, means("signalType", "DataQuality")] = "data_quality"
    """The kind of signal."""
    metric_thresholds: Annotated[QualityThresholds, _DRIFT]
    """When it is too bad."""


class PredictionDriftSignal(_DataSignal):
    """What a model says becomes another."""

    type: Annotated[Literal["prediction_drift"], ANY_CASE, means("signalType", "PredictionDrift")] = "prediction_drift"
    """The kind of signal."""
    metric_thresholds: Annotated[DriftThresholds, _DRIFT]
    """When it is too much."""


_GAIN = "normalizedDiscountedCumulativeGain"


class AttributionDriftSignal(_Signal):
    """Other features count than did."""

    type: Annotated[Literal["feature_attribution_drift"], ANY_CASE, means("signalType", "FeatureAttributionDrift")] = (
        "feature_attribution_drift"
    )
    """The kind of signal."""
    production_data: Annotated[list[MonitoredData] | None, Arm("productionData")] = None
    """What the model sees and says; what its deployment collects if left out."""
    reference_data: Annotated[MonitoredData, Arm("referenceData")]
    """What the model was made of, with `target_column` among the `data_column_names`."""
    metric_thresholds: Annotated[
        AttributionThresholds,
        Arm(
            "metricThreshold",
            lambda given: {"metric": pascal(_GAIN), "threshold": {"value": given[_GAIN]}},
            back=lambda given: {_GAIN: (given.get("threshold") or {}).get("value")},
        ),
    ]
    """When it is too much."""


class CustomSignal(_Signal):
    """What a component of your own measures."""

    type: Annotated[Literal["custom"], ANY_CASE, means("signalType", "Custom")] = "custom"
    """The kind of signal."""
    component_id: Annotated[InputStr, Refers(("components",)), Arm("componentId")]
    """The component: `azureml:NAME:VERSION`."""
    input_data: Annotated[dict[str, MonitoredData] | None, Arm("inputAssets")] = None
    """The data that it gets, by the name of its input."""
    inputs: dict[str, JobInput] | None = None
    """What else it gets, by the name of its input."""
    metric_thresholds: Annotated[list[CustomThreshold], Arm("metricThresholds")]
    """The thresholds of its metrics."""
    connection: Annotated[dict[str, Any] | None, only(None, NOT_IN_GA), LOCAL] = None
    """Variables and secrets of the component; not in ARM's GA API."""


def _refuse_previews(given: Any) -> Any:
    word = type_word(given)
    if word in PREVIEWS:
        what = f"signals of type {word} are in a preview of Azure's API alone, which Pulumi's provider doesn't speak"
        raise refusal(what, one_of(SIGNALS), "type")
    return given


SIGNALS = ("data_drift", "data_quality", "prediction_drift", "feature_attribution_drift", "custom")
_AnySignal = Annotated[
    DataDriftSignal | DataQualitySignal | PredictionDriftSignal | AttributionDriftSignal | CustomSignal,
    BY_TYPE,
    BeforeValidator(_refuse_previews),
]


class MonitorCompute(Model):
    """The Spark compute of a monitor, which Azure ML lends it."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "computeType": "ServerlessSpark",
        "computeIdentity.computeIdentityType": "AmlToken",
    }

    instance_type: VmSize
    """VM size."""
    runtime_version: str
    """Version of Spark: `"3.4"`."""


class MonitoredDeployment(Model):
    """A deployment of an online endpoint."""

    endpoint: Annotated[InputStr, Refers(("online_endpoints",)), LOCAL]
    """The endpoint."""
    deployment: Annotated[str, LOCAL]
    """Name of its deployment."""


def _deployment_of(given: Any) -> Any:
    """Read ``azureml:ENDPOINT:DEPLOYMENT`` and ARM ids."""
    if not isinstance(given, str) or is_output(given):
        return given
    text = given.removeprefix("azureml:")
    endpoint, between, deployment = text.rpartition("/deployments/" if text.startswith("/") else ":")
    if not between or not endpoint or not deployment:
        expected = "azureml:ENDPOINT:DEPLOYMENT, or the deployment's ARM id"
        raise refusal(f"{quote(given)} names no deployment", expected)
    return {"endpoint": endpoint if text.startswith("/") else f"azureml:{endpoint}", "deployment": deployment}


class MonitoringTarget(Model):
    """What is watched."""

    ml_task: Annotated[Literal["classification", "regression"], PASCAL, Arm("taskType")]
    """What the model does."""
    endpoint_deployment_id: Annotated[
        MonitoredDeployment | None, BeforeValidator(_deployment_of, json_schema_input_type=str), LOCAL
    ] = None
    """The deployment: `azureml:ENDPOINT:DEPLOYMENT`."""
    model_id: Annotated[InputStr | None, Refers(("models",)), Arm("modelId")] = None
    """Or the model: `azureml:NAME:VERSION`."""

    def finish(self, body_: dict[str, Any], resolver: Resolver) -> None:
        """Add the deployment's id."""
        if self.endpoint_deployment_id is not None:
            endpoint = resolver.reference(("online_endpoints",), str(self.endpoint_deployment_id.endpoint))
            body_["deploymentId"] = _below(endpoint, f"/deployments/{self.endpoint_deployment_id.deployment}")

    @classmethod
    def restore(cls, found: dict[str, Any], given: Mapping[str, Any], place: Place) -> None:
        """Read the deployment's id."""
        deployment = given.get("deploymentId")
        if deployment:
            endpoint, _, name = str(deployment).rpartition("/deployments/")
            short = place.reference(endpoint)
            found["endpoint_deployment_id"] = f"{short}:{name}" if short != endpoint else deployment


def _below(id_: Any, more: str) -> Any:
    return id_.apply(lambda known: known + more) if is_output(id_) else id_ + more


class AlertNotification(Model):
    """Who gets alerts."""

    emails: Annotated[list[str], Arm("emailNotificationSettings.emails")]
    """Addresses."""


def _refuse_azure_monitor(given: Any) -> Any:
    if isinstance(given, str):
        what = f"alerts by {given} are in a preview of Azure's API alone"
        raise refusal(what, "emails: [ADDRESS, …]")
    return given


class MonitorDefinition(Model):
    """What a monitor watches, how, and who is told."""

    compute: Annotated[MonitorCompute, Arm("computeConfiguration")]
    """What it runs on."""
    monitoring_target: Annotated[MonitoringTarget | None, Arm("monitoringTarget")] = None
    """What is watched."""
    monitoring_signals: Annotated[dict[str, _AnySignal] | None, Arm("signals")] = None
    """The signals by a name of your choice; drift of data and predictions, and quality of data, if left out."""
    alert_notification: Annotated[
        AlertNotification | None, BeforeValidator(_refuse_azure_monitor), Arm("alertNotificationSettings")
    ] = None
    """Who gets alerts."""

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        target = self.monitoring_target
        if target is not None and target.endpoint_deployment_id is not None:
            return self
        signals: dict[str, Any] = {**(self.monitoring_signals or {"": None})}
        for name, signal in signals.items():
            incomplete = isinstance(signal, _DataSignal) and None in (signal.production_data, signal.reference_data)
            lacking = isinstance(signal, AttributionDriftSignal) and signal.production_data is None
            if signal is None or incomplete or lacking:
                what = f"the signal {quote(name)} has no data" if name else "there is nothing to monitor"
                expected = "production_data and reference_data, or a target with endpoint_deployment_id"
                raise refusal(what, expected)
        return self


DEFAULT_SIGNALS: Mapping[str, Mapping[str, Any]] = {
    "data-drift-signal": {
        "type": "data_drift",
        "features": "all_features",
        "metric_thresholds": {
            "numerical": {"normalized_wasserstein_distance": 0.1},
            "categorical": {"jensen_shannon_distance": 0.1},
        },
    },
    "prediction-drift-signal": {
        "type": "prediction_drift",
        "metric_thresholds": {
            "numerical": {"normalized_wasserstein_distance": 0.1},
            "categorical": {"jensen_shannon_distance": 0.1},
        },
    },
    "data-quality-signal": {
        "type": "data_quality",
        "features": "all_features",
        "metric_thresholds": {
            kind: {"null_value_rate": 0, "data_type_error_rate": 0, "out_of_bounds_rate": 0}
            for kind in ("numerical", "categorical")
        },
    },
}
"""az ml's own, for a deployment that collects what its model sees and says."""


class MonitorSchedule(Schedule):
    """A schedule that monitors a model."""

    kind: ClassVar[str] = "model monitor"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.action.actionType": "CreateMonitor"}

    create_monitor: Annotated[MonitorDefinition, Arm(None, shown=_DEFINITION)]
    """The monitor."""

    def finish(self, body_: dict[str, Any], resolver: Resolver) -> None:
        """Add the monitor, with the signals, data and windows that az ml fills in."""
        given = self.create_monitor
        if given.monitoring_signals is None:
            given = MonitorDefinition.model_validate({**dict(given), "monitoring_signals": dict(DEFAULT_SIGNALS)})
        definition = body(given, resolver)
        for signal in definition["signals"].values():
            _fill(signal, _collections(given, resolver), *self.windows)
        put(body_, _DEFINITION, definition)

    @property
    def windows(self) -> tuple[str, str]:
        """Return how long a window of production and of reference data is: the time between runs, and twice that."""
        if isinstance(self.trigger, ScheduleCronTrigger):
            return "P7D", "P14D"
        days = _DAYS.get(self.trigger.frequency, 0) * self.trigger.interval or 1
        return f"P{days}D", f"P{days * 2}D"


def _collections(given: MonitorDefinition, resolver: Resolver) -> Callable[[str], dict[str, Any]]:
    """Return what gives the data that a deployment collects: `model_inputs` or `model_outputs`.

    Azure ML names it after endpoint and deployment (recorded 2023-08: iris-endpoint-my-iris-deployment-model_inputs).
    """
    target = given.monitoring_target.endpoint_deployment_id if given.monitoring_target else None

    def data_of(context: str) -> dict[str, Any]:
        assert target is not None  # noqa: S101  (the model has seen to it)
        endpoint = str(target.endpoint).rpartition("/" if "/" in str(target.endpoint) else ":")[2]
        asset = resolver.reference(("data",), f"azureml:{endpoint}-{target.deployment}-{context}:1")
        return {"jobInputType": "uri_folder", "uri": asset, "dataContext": context}

    return data_of


def _fill(signal: dict[str, Any], collected: Callable[[str], dict[str, Any]], size: str, twice: str) -> None:
    kind = signal["signalType"]
    if kind == "Custom":
        for data in (signal.get("inputAssets") or {}).values():
            _as_reference(data, size, twice)
        return
    context = "model_outputs" if kind == "PredictionDrift" else "model_inputs"
    given = signal.get("productionData")
    if kind == "FeatureAttributionDrift":
        signal["productionData"] = given or [collected("model_inputs"), collected("model_outputs")]
    else:
        signal["productionData"] = given or collected(context)
        earlier = {"windowSize": twice, "windowOffset": size}
        signal["referenceData"] = signal.get("referenceData") or {**collected(context), **earlier}
    production = signal["productionData"]
    for data in production if isinstance(production, list) else [production]:
        data.setdefault("windowOffset", "P0D")
        data |= {"inputDataType": "Rolling", "windowSize": _size(data, size)}
    _as_reference(signal["referenceData"], size, twice)
    target = (signal["referenceData"].get("columns") or {}).get("target_column")
    ranked = kind == "FeatureAttributionDrift" or at(signal, "features.filterType") == "TopNByAttribution"
    if ranked:
        signal["featureImportanceSettings"] = {"mode": "Enabled", **({"targetColumn": target} if target else {})}


def _as_reference(data: dict[str, Any], size: str, twice: str) -> None:
    """Say which part of reference data counts: that in a window that goes along, in a fixed one, or all."""
    if "windowSize" in data:
        offset = data.get("windowOffset", "P0D")
        data["windowOffset"] = size if offset == "default" else offset
        data |= {"inputDataType": "Rolling", "windowSize": _size(data, twice)}
    else:
        data["inputDataType"] = "Static" if {"windowStart", "windowEnd"} <= data.keys() else "Fixed"


def _size(data: Mapping[str, Any], default: str) -> str:
    given = str(data.get("windowSize", "default"))
    return default if given == "default" else given
