"""Jobs' bodies are those that azure-ai-ml sends for the same files, but for what is listed here with its reason."""

from __future__ import annotations

import pytest

from kit.az_bodies import CORPUS, differences, files, ours, read_expected, request
from kit.entity_bodies import conforms

OTHERWISE = (
    ("job.properties.resources", "the GA API has a sweep's resources at `trial` alone"),
    ("job.properties.trial.resources: {'instanceCount': 2, 'instanceType': 'Standard_DS3_v2'}, None", "the same"),
    ("job.properties.samplingAlgorithm.logbase", "the GA API has no place for it"),
    ("job.properties.queueSettings.", "azure-ai-ml sends AutoML's in snake_case, which ARM doesn't know"),
    ("job.properties.resources.instance", "the same"),
    ("job.properties.taskDetails.limitSettings.sweep", "zeros of a preview"),
    ("job.properties.taskDetails.testData.mode", "azure-ai-ml loses it"),
    *(
        (f"job.properties.taskDetails.{place}", "the GA API has no place for it, and validation says so")
        for place in (
            "limitSettings.maxNodes",
            "limitSettings.trialTimeout: None",
            "forecastingSettings.featuresUnknown",
            "trainingSettings: None, {'trainingMode'",
            "fixedParameters",
            "searchSpace: None",
            "sweepSettings: None",
            "modelSettings.logTrainingMetrics",
            "modelSettings.logValidationLoss",
        )
    ),
    (
        "components.0.properties.componentSpec.inputs.m.type: 'mlflow_model'",
        "what an AutoML step writes has its own type",
    ),
    ("job.properties.jobs.forecast.training_data", "azure-ai-ml sends a mapping in the words of Python"),
    ("job.properties.jobs.forecast.forecasting.time_series_id_column_names", "one name is a list of one"),
    ("job.properties.jobs.text.log_verbosity", "the default, which azure-ai-ml leaves out for this task"),
    ("job.properties.resources.locations", "the GA API has no place for it, and validation says so"),
    ("job.properties.resources.maxInstanceCount", "the same"),
    ("job.properties.queueSettings.priority", "the same"),
    ("job.properties.parentJobName", "the same"),
    ("job.properties.jobs.spread.distribution.include", "azure-ai-ml writes some words of steps as jobs have them"),
    ("job.properties.jobs.spread.resources.max", "the same"),
    ("job.properties.jobs.again.early_termination.slack_factor: 0,", "azure-ai-ml leaves a step's 0 out"),
)
"""Beginnings of places where we send something else, and why."""


@pytest.mark.parametrize("name", files())
def test_bodies_are_those_of_azure_ai_ml(name: str) -> None:
    found = differences(ours(CORPUS / f"{name}.yml"), read_expected(name))
    assert [one for one in found if not one.startswith(tuple(place for place, _ in OTHERWISE))] == []


@pytest.mark.parametrize("name", files())
def test_bodies_conform_to_microsofts_types(name: str) -> None:
    conforms("Microsoft.MachineLearningServices/workspaces/jobs", "2025-12-01", request(CORPUS / f"{name}.yml"))
