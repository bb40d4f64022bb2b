"""Model monitors: az ml's YAML in, ARM's request bodies out."""

import copy
import json
from typing import Any

import pytest
import yaml

from azureml_infra.entities.monitor import PREVIEWS, MonitorSchedule
from kit.entity_bodies import load, refusals, request_body
from kit.paths import SHARED

RECORDED = SHARED / "azure-recorded" / "schedules-monitors.json"
DAILY = "{type: recurrence, frequency: day, interval: 1}"
COMPUTE = "{instance_type: standard_e8s_v3, runtime_version: '3.4'}"
TARGET = "{ml_task: classification, endpoint_deployment_id: 'azureml:credit:main'}"
TRAINING = "{input_data: {type: mltable, path: 'azureml:training:1'}, data_context: training}"


def monitor(signals: str, trigger: str = DAILY, target: str = TARGET, more: str = "") -> str:
    """Return the text of a monitor."""
    said = f", monitoring_signals: {signals}" if signals else ""
    inside = f"{{compute: {COMPUTE}, monitoring_target: {target}{said}{more}}}"
    return f"{{name: watch, trigger: {trigger}, create_monitor: {inside}}}"


def signals_of(text: str) -> dict[str, Any]:
    """Return the signals of a monitor's body, which is held against Microsoft's type."""
    made = request_body(load(MonitorSchedule, text), "schedules")["properties"]["action"]
    assert made["actionType"] == "CreateMonitor"
    found: dict[str, Any] = made["monitorDefinition"]["signals"]
    return found


def test_a_signal_says_metric_data_and_features() -> None:
    thresholds = "{numerical: {jensen_shannon_distance: 0.01}, categorical: {pearsons_chi_squared_test: 0.02}}"
    given = "{drift: {type: data_drift, features: {top_n_feature_importance: 5}, alert_enabled: true,"
    given += f" reference_data: {TRAINING}, metric_thresholds: {thresholds}}}}}"
    assert signals_of(monitor(given))["drift"] == {
        "signalType": "DataDrift",
        "notificationTypes": ["AmlNotification"],
        "productionData": {
            "jobInputType": "uri_folder",
            "uri": "data:azureml:credit-main-model_inputs:1",
            "dataContext": "model_inputs",
            "windowOffset": "P0D",
            "windowSize": "P1D",
            "inputDataType": "Rolling",
        },
        "referenceData": {
            "jobInputType": "mltable",
            "uri": "data:azureml:training:1",
            "dataContext": "training",
            "inputDataType": "Fixed",
        },
        "features": {"filterType": "TopNByAttribution", "top": 5},
        "featureImportanceSettings": {"mode": "Enabled"},
        "metricThresholds": [
            {"dataType": "Numerical", "metric": "JensenShannonDistance", "threshold": {"value": 0.01}},
            {"dataType": "Categorical", "metric": "PearsonsChiSquaredTest", "threshold": {"value": 0.02}},
        ],
    }


@pytest.mark.parametrize(
    ("trigger", "windows"),
    [
        ("{type: cron, expression: 0 2 * * *}", ("P7D", "P14D")),
        ("{type: recurrence, frequency: hour, interval: 6}", ("P1D", "P2D")),
        ("{type: recurrence, frequency: day, interval: 3}", ("P3D", "P6D")),
        ("{type: recurrence, frequency: week, interval: 2}", ("P14D", "P28D")),
        ("{type: recurrence, frequency: month, interval: 1}", ("P30D", "P60D")),
    ],
)
def test_windows_follow_the_trigger(trigger: str, windows: tuple[str, str]) -> None:
    drift = signals_of(monitor("", trigger))["data-drift-signal"]
    assert (drift["productionData"]["windowSize"], drift["referenceData"]["windowSize"]) == windows
    assert drift["referenceData"]["windowOffset"] == windows[0]


@pytest.mark.parametrize(
    ("window", "sent"),
    [
        ("{lookback_window_size: P3D, lookback_window_offset: P1D}", ("Rolling", "P3D", "P1D")),
        ("{lookback_window_size: default, lookback_window_offset: default}", ("Rolling", "P2D", "P1D")),
        ("{window_start: '2026-01-01', window_end: '2026-02-01'}", ("Static", None, None)),
    ],
)
def test_windows_of_reference_data(window: str, sent: tuple[str | None, ...]) -> None:
    reference = f"{{input_data: {{type: mltable, path: 'azureml:t:1'}}, data_window: {window}}}"
    given = f"{{q: {{type: data_quality, reference_data: {reference}, metric_thresholds: {{}}}}}}"
    data = signals_of(monitor(given))["q"]["referenceData"]
    assert (data["inputDataType"], data.get("windowSize"), data.get("windowOffset")) == sent


def test_attribution_and_custom_signals() -> None:
    attribution = f"{{type: feature_attribution_drift, reference_data: {TRAINING},"
    attribution += " metric_thresholds: {normalized_discounted_cumulative_gain: 0.9}}"
    custom = f"{{type: custom, component_id: 'azureml:mine:1', input_data: {{a: {TRAINING}}},"
    custom += " metric_thresholds: [{metric_name: std, threshold: 2}]}"
    made = signals_of(monitor(f"{{a: {attribution}, c: {custom}}}"))
    assert [data["dataContext"] for data in made["a"]["productionData"]] == ["model_inputs", "model_outputs"]
    assert made["a"]["metricThreshold"]["metric"] == "NormalizedDiscountedCumulativeGain"
    assert made["c"]["componentId"] == "components:azureml:mine:1"
    assert made["c"]["inputAssets"]["a"]["inputDataType"] == "Fixed"
    assert made["c"]["metricThresholds"] == [{"metric": "std", "threshold": {"value": 2.0}}]


@pytest.mark.skipif(not RECORDED.is_file(), reason="needs ../shared/azure-recorded")
def test_the_default_monitor_is_what_azure_was_sent() -> None:
    """As azure-ai-ml sent it in 2023, in the words of the GA API of 2025: no `mode`, no `modelType`, `Rolling`."""
    sent = json.loads(RECORDED.read_text("utf-8"))["exchanges"][0]["request"]["properties"]["action"]
    expected = copy.deepcopy(sent["monitorDefinition"]["signals"])
    text = monitor("", "{type: recurrence, frequency: week, interval: 1}").replace("credit:main", "iris:one")
    made = signals_of(text)
    for name, signal in expected.items():
        for data in ("productionData", "referenceData"):
            assert made[name][data]["dataContext"] == signal[data]["dataContext"]
            assert made[name][data]["jobInputType"] == signal[data]["jobInputType"]
        thresholds = [
            (one["dataType"], one["metric"].lower(), one["threshold"]["value"]) for one in signal["metricThresholds"]
        ]
        assert [
            (one["dataType"], one["metric"].lower(), one["threshold"]["value"])
            for one in made[name]["metricThresholds"]
        ] == thresholds
        assert made[name].get("features") == signal.get("features")
    assert made.keys() == expected.keys()


@pytest.mark.parametrize("word", PREVIEWS)
def test_signals_of_previews_are_refused_with_the_reason(word: str) -> None:
    ((_, what, _),) = refusals(MonitorSchedule, monitor(f"{{s: {{type: {word}}}}}"))
    assert (
        what == f"signals of type {word} are in a preview of Azure's API alone, which Pulumi's provider doesn't speak"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (monitor("", target="{ml_task: classification, model_id: 'azureml:m:1'}"), "there is nothing to monitor"),
        (
            monitor(
                "{s: {type: data_quality, metric_thresholds: {}}}",
                target="{ml_task: classification, model_id: 'azureml:m:1'}",
            ),
            'the signal "s" has no data',
        ),
        (monitor("", target="{ml_task: regression, endpoint_deployment_id: fake}"), '"fake" names no deployment'),
        (
            monitor("", more=", alert_notification: azmonitoring"),
            "alerts by azmonitoring are in a preview of Azure's API alone",
        ),
        (
            monitor("{s: {type: data_drift, metric_thresholds: {numerical: {}}}}"),
            "drift is measured in one way",
        ),
        (
            monitor("{s: {type: custom, component_id: 'azureml:c:1', metric_thresholds: [], connection: {}}}"),
            "this can't be set: Azure's GA API doesn't have it",
        ),
    ],
)
def test_mistakes(text: str, what: str) -> None:
    assert yaml.safe_load(text)
    ((_, said, _),) = refusals(MonitorSchedule, text)
    assert said == what
