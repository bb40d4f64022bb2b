"""Schedules: az ml's YAML in, ARM's request bodies out."""

import json
from pathlib import Path
from typing import Any

import pytest

from azureml_infra.description.load import load_file
from azureml_infra.entities import schedule as entities
from azureml_infra.entities.body import references
from azureml_infra.entities.kinds import find_kind
from kit.entity_bodies import load, refusals, request_body
from kit.paths import SHARED

RECORDED = SHARED / "azure-recorded" / "schedules.json"
JOB = """
type: pipeline
experiment_name: retraining
inputs: {rate: 0.1, version: 1.10}
settings: {default_compute: azureml:cpu}
jobs:
  train:
    type: command
    command: python train.py --rate ${{inputs.rate}}
    code: ./src
    environment: azureml:sklearn:1
    inputs: {rate: "${{parent.inputs.rate}}"}
"""


def properties(schedule: entities.Schedule) -> dict[str, Any]:
    """Return the body's properties, held against Microsoft's type."""
    made: dict[str, Any] = request_body(schedule, "schedules")["properties"]
    return made


def of_trigger(trigger: str) -> dict[str, Any]:
    text = f"{{name: nightly, trigger: {trigger}, create_job: azureml:done}}"
    made: dict[str, Any] = properties(load(entities.JobSchedule, text))["trigger"]
    return made


TRIGGERS: dict[str, tuple[str, dict[str, Any]]] = {
    "cron": (
        "{type: cron, expression: '0 2 * * *', time_zone: w. europe standard time}",
        {"triggerType": "Cron", "expression": "0 2 * * *", "timeZone": "W. Europe Standard Time"},
    ),
    "cron with an end": (
        "{type: Cron, expression: '15 10 * * 1', start_time: '2022-03-10 10:15:00', end_time: '2099-01-01T00:00:00'}",
        {
            "triggerType": "Cron",
            "expression": "15 10 * * 1",
            "timeZone": "UTC",
            "startTime": "2022-03-10 10:15:00",
            "endTime": "2099-01-01T00:00:00",
        },
    ),
    "recurrence": (
        "{type: recurrence, frequency: Hour, interval: 6}",
        {
            "triggerType": "Recurrence",
            "frequency": "Hour",
            "interval": 6,
            "timeZone": "UTC",
            "schedule": {"hours": [], "minutes": []},
        },
    ),
    "recurrence with a pattern": (
        "{type: recurrence, frequency: week, interval: 1, schedule: {hours: [22, 20], minutes: 30, week_days: monday}}",
        {
            "triggerType": "Recurrence",
            "frequency": "Week",
            "interval": 1,
            "timeZone": "UTC",
            "schedule": {"hours": [22, 20], "minutes": [30], "weekDays": ["Monday"]},
        },
    ),
    "recurrence by days of the month": (
        "{type: recurrence, frequency: month, interval: 2, schedule: {hours: 6, minutes: 0, month_days: [1, 15]}}",
        {
            "triggerType": "Recurrence",
            "frequency": "Month",
            "interval": 2,
            "timeZone": "UTC",
            "schedule": {"hours": [6], "minutes": [0], "monthDays": [1, 15]},
        },
    ),
}


@pytest.mark.parametrize(("given", "sent"), TRIGGERS.values(), ids=list(TRIGGERS))
def test_triggers(given: str, sent: dict[str, Any]) -> None:
    assert of_trigger(given) == sent


def from_files(folder: Path, create_job: str) -> entities.JobSchedule:
    """Return a schedule in a file, with a job in a folder beside it."""
    (folder / "jobs").mkdir(exist_ok=True)
    (folder / "jobs" / "src").mkdir(exist_ok=True)
    (folder / "jobs" / "job.yml").write_text(JOB)
    file = folder / "schedule.yml"
    trigger = "{type: cron, expression: '0 2 * * *'}"
    file.write_text(f"name: nightly\ntrigger: {trigger}\ncreate_job: {create_job}\n")
    made: entities.JobSchedule = load_file(file).entity
    return made


def test_a_job_in_its_file(tmp_path: Path) -> None:
    made = properties(from_files(tmp_path, "jobs/job.yml"))["action"]
    assert made["actionType"] == "CreateJob"
    definition = made["jobDefinition"]
    assert (definition["jobType"], definition["experimentName"]) == ("Pipeline", "retraining")
    assert definition["inputs"]["rate"] == {"jobInputType": "literal", "value": "0.1"}
    assert definition["jobs"]["train"]["componentId"] == "anonymous:command component"


def test_what_a_schedule_says_otherwise_goes_into_the_job(tmp_path: Path) -> None:
    """Deep, as azure-ai-ml merges; what was written stays as it was (1.10)."""
    given = "{job: ./jobs/job.yml, experiment_name: other, inputs: {rate: 0.01}, settings: {force_rerun: true}}"
    definition = properties(from_files(tmp_path, given))["action"]["jobDefinition"]
    assert definition["experimentName"] == "other"
    assert {name: one["value"] for name, one in definition["inputs"].items()} == {"rate": "0.01", "version": "1.10"}
    assert definition["settings"] == {
        "_source": "YAML.JOB",
        "default_compute": "computes:azureml:cpu",
        "force_rerun": True,
    }


@pytest.mark.skipif(not RECORDED.is_file(), reason="needs ../shared/azure-recorded")
def test_a_job_that_has_run_is_what_azure_was_sent() -> None:
    exchanges = json.loads(RECORDED.read_text("utf-8"))["exchanges"]
    sent = next(one for one in exchanges if one["method"] == "PUT")["request"]["properties"]
    run = sent["action"]["jobDefinition"]["sourceJobId"]
    trigger = "{type: cron, expression: '15 10 * * 1', start_time: '2022-03-10 10:15:00'}"
    made = properties(load(entities.JobSchedule, f"{{name: weekly, trigger: {trigger}, create_job: {run}}}"))
    made["action"]["jobDefinition"]["sourceJobId"] = run
    azure_ai_ml = {**made, "properties": {}, "tags": {}}
    azure_ai_ml["action"]["jobDefinition"]["isArchived"] = False
    azure_ai_ml.pop("isEnabled")
    assert azure_ai_ml == sent


def test_a_job_that_has_run_with_other_inputs() -> None:
    given = "{job: azureml:done, type: pipeline, inputs: {rate: 0.2}, compute: azureml:cpu}"
    text = f"{{name: n, trigger: {{type: cron, expression: 0 2 * * *}}, create_job: {given}}}"
    assert properties(load(entities.JobSchedule, text))["action"]["jobDefinition"] == {
        "jobType": "Pipeline",
        "sourceJobId": "jobs:azureml:done",
        "experimentName": "",
        "computeId": "computes:azureml:cpu",
        "inputs": {"rate": {"jobInputType": "literal", "value": "0.2"}},
    }


def test_references_in_the_job_are_the_schedules(tmp_path: Path) -> None:
    found = {leaf.value for leaf in references(from_files(tmp_path, "jobs/job.yml"))}
    assert {"azureml:cpu", "azureml:sklearn:1"} <= found


def test_a_file_is_known_by_what_it_does() -> None:
    assert find_kind({"name": "n", "trigger": {}, "create_job": "a.yml"}).model is entities.JobSchedule
    schema = {"$schema": "http://azureml/sdk-2-0/Schedule.json"}
    assert find_kind({**schema, "create_job": "a.yml"}).model is entities.JobSchedule


@pytest.mark.parametrize(
    ("create_job", "place", "what"),
    [
        ("nowhere.yml", "create_job", '"nowhere.yml" doesn\'t exist'),
        ("{job: [a]}", "create_job", "this is no job"),
        ("{type: comand, command: x}", "create_job", 'a job of type "comand" can\'t be started so'),
        ("{type: command, command: x}", "create_job.environment", "Field required"),
        ("{job: azureml:done, type: command}", "create_job.type", "Input should be 'pipeline'"),
    ],
)
def test_mistakes(create_job: str, place: str, what: str) -> None:
    text = f"{{name: n, trigger: {{type: cron, expression: '0 2 * * *'}}, create_job: {create_job}}}"
    ((found, said, _),) = refusals(entities.JobSchedule, text)
    assert (found, said) == (place, what)
