"""Schedules on the sandbox's cloud: they fire, change in place, and go though Azure deletes none that is enabled."""

import datetime
from typing import Any

import pulumi
import pytest

from azureml_infra import CommandJob, Job, JobSchedule, Schedule
from azureml_infra.dynamic.schedules import disable_body
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.model.errors import ArmError
from kit.platforms import ML, beside, changes, existing_workspace, live

SCHEDULE = f"{ML}/schedules"
NIGHTLY = {"type": "cron", "expression": "0 2 * * *"}
ECHO = {
    "type": "command",
    "command": "echo hello",
    "environment": {"image": "ubuntu"},
    "environment_variables": {"A": "1"},
}


def nightly(**more: Any) -> JobSchedule:
    return JobSchedule.model_validate({"name": "nightly", "trigger": NIGHTLY, "create_job": ECHO, **more})


def up(sandbox: Sandbox, *schedules: Any) -> list[str]:
    def run() -> None:
        made = existing_workspace()
        for one in schedules:
            Schedule(one.name, one, workspace=made)

    return changes(sandbox.up(run))


def pass_days(sandbox: Sandbox, days: int) -> list[dict[str, Any]]:
    """Let days pass, and return the jobs that are there then."""
    later = sandbox.azure.events.now() + datetime.timedelta(days=days).total_seconds()
    sandbox.azure.clock = lambda: later
    sandbox.azure.settle()
    return list(sandbox.azure.resources(f"{ML}/jobs"))


def test_a_schedule_fires_changes_and_goes() -> None:
    sandbox = beside()
    assert {"create nightly", "create nightly-switch"} <= set(up(sandbox, nightly()))
    assert sandbox.azure.resources(f"{ML}/jobs") == []
    fired = pass_days(sandbox, 2)
    assert len(fired) == 2
    assert {job["properties"]["command"] for job in fired} == {"echo hello"}
    assert {job["properties"]["properties"]["azureml.scheduleid"] for job in fired} == {"nightly"}
    assert up(sandbox, nightly()) == []
    sandbox.refresh()
    assert up(sandbox, nightly()) == []
    hourly = {"type": "recurrence", "frequency": "hour", "interval": 12}
    assert up(sandbox, nightly(trigger=hourly)) == ["update nightly"]
    assert len(pass_days(sandbox, 1)) >= 4
    assert up(sandbox)[:2] == ["delete nightly-switch", "delete nightly"]
    assert sandbox.azure.resources(SCHEDULE) == []
    assert len(sandbox.azure.resources(f"{ML}/jobs")) >= 4


def test_a_disabled_one_fires_nothing() -> None:
    sandbox = beside()
    up(sandbox, nightly(is_enabled=False))
    assert pass_days(sandbox, 3) == []
    assert up(sandbox, nightly()) == ["update nightly"]
    assert len(pass_days(sandbox, 1)) == 1


def test_azure_deletes_none_that_is_enabled() -> None:
    """Which is why the component has a switch."""
    sandbox = beside()
    up(sandbox, nightly())
    schedule = live(sandbox, SCHEDULE)
    with pytest.raises(ArmError, match="disable"):
        sandbox.azure.delete(schedule["id"])
    sandbox.azure.put(schedule["id"], disable_body(schedule))
    sandbox.azure.delete(schedule["id"])
    assert up(sandbox)[:2] == ["delete nightly-switch", "delete nightly"]


def test_a_job_of_the_program_is_run_again() -> None:
    sandbox = beside()

    def run() -> None:
        made = existing_workspace()
        Job("hello", CommandJob.model_validate({**ECHO, "name": "hello"}), workspace=made)
        Schedule("nightly", nightly(create_job="azureml:hello"), workspace=made)

    sandbox.up(run)
    (job,) = sandbox.azure.resources(f"{ML}/jobs")
    definition = live(sandbox, SCHEDULE)["properties"]["action"]["jobDefinition"]
    assert definition["sourceJobId"] == job["id"]


def test_something_else_is_refused() -> None:
    with pytest.raises(RunFailedError, match="schedule is a CommandJob; expected JobSchedule"):
        up(beside(), CommandJob.model_validate({**ECHO, "name": "hello"}))


def test_names_are_outputs_of_the_resource() -> None:
    sandbox = beside()
    found: list[pulumi.Output[str]] = []

    def run() -> None:
        found.append(Schedule("nightly", nightly(), workspace=existing_workspace()).id)

    sandbox.up(run)
    assert live(sandbox, SCHEDULE)["id"].endswith("/schedules/nightly")
    assert len(found) == 1
