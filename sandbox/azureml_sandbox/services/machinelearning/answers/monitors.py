"""Monitors as Azure ML shows them (recorded 2023-08)."""

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.machinelearning.answers.filling import nulls

_OF_SIGNALS = {
    "DataDrift": ("dataSegment", "featureDataTypeOverride"),
    "DataQuality": ("featureDataTypeOverride",),
}
"""What signals of a type show as null, where nobody gave it."""


def monitor(answer: Body) -> None:
    """Render a monitor: values begin with a capital letter, and what wasn't given is null."""
    nulls(answer, "alertNotificationSetting")
    target = answer.get("monitoringTarget")
    if isinstance(target, dict):
        nulls(target, "modelId", "deploymentId")
        capitals(target, "taskType")
    for signal in (answer.get("signals") or {}).values():
        if isinstance(signal, dict):
            _signal(signal)


def capitals(holder: Body, *names: str) -> None:
    """Write values with a capital letter first."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, str):
            holder[name] = value[:1].upper() + value[1:]
        elif isinstance(value, list):
            holder[name] = [one[:1].upper() + one[1:] if isinstance(one, str) else one for one in value]


def _signal(signal: Body) -> None:
    nulls(signal, "properties", *_OF_SIGNALS.get(str(signal.get("signalType")), ()))
    capitals(signal, "modelType")
    for threshold in signal.get("metricThresholds") or []:
        if isinstance(threshold, dict):
            capitals(threshold, "metric")
    for name in ("productionData", "referenceData"):
        if isinstance(signal.get(name), dict):
            nulls(signal[name], "columns", "preprocessingComponentId")
