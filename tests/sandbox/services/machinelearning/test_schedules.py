"""Schedules: when triggers fire, and the jobs that come of it."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_sandbox.services.machinelearning import triggers
from kit.clouds import WORKSPACE, refused
from kit.timed import Timed

pytestmark = pytest.mark.any_body("a job's definition is not what these tests are about")
NIGHTLY = f"{WORKSPACE}/schedules/nightly"
CRON = {"triggerType": "Cron", "expression": "0 2 * * *"}
BERLIN = "W. Europe Standard Time"


def schedule(trigger: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    job = {"jobType": "Command", "command": "echo", "environmentId": "azureml:e:1"}
    action = {"actionType": "CreateJob", "jobDefinition": job}
    return {"properties": {"action": action, "trigger": trigger or CRON, **properties}}


def times(trigger: dict[str, Any], after: str, count: int = 3) -> list[str]:
    """Return the next times, in UTC."""
    triggers.check(trigger)
    moment: float | None = datetime.datetime.fromisoformat(f"{after}+00:00").timestamp()
    found: list[str] = []
    for _ in range(count):
        moment = triggers.following(trigger, moment or 0)
        if moment is None:
            return [*found, "never"]
        found.append(f"{datetime.datetime.fromtimestamp(moment, datetime.UTC):%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"triggerType": "Cron", "expression": "30 6 * * 1-5"}, ["03-02 06:30", "03-03 06:30", "03-04 06:30"]),
        ({"triggerType": "Cron", "expression": "*/20 12 * * 1"}, ["03-01 12:20", "03-01 12:40", "03-08 12:00"]),
        ({"triggerType": "Cron", "expression": "0 9 15 6 *"}, ["03-02 09:00", "03-03 09:00", "03-04 09:00"]),
        (
            {"triggerType": "Cron", "expression": "0 2 * * 0", "timeZone": BERLIN},
            ["03-07 01:00", "03-14 01:00", "03-21 01:00"],
        ),
        (
            {"triggerType": "Recurrence", "frequency": "Hour", "interval": 6, "startTime": "2027-03-01T03:00:00"},
            ["03-01 15:00", "03-01 21:00", "03-02 03:00"],
        ),
        (
            {"triggerType": "Recurrence", "frequency": "day", "interval": 2, "startTime": "2027-02-27T08:00:00"},
            ["03-03 08:00", "03-05 08:00", "03-07 08:00"],
        ),
        (
            {
                "triggerType": "Recurrence",
                "frequency": "Week",
                "interval": 1,
                "timeZone": BERLIN,
                "schedule": {"hours": [9], "minutes": [0, 30], "weekDays": ["Friday"]},
            },
            ["03-05 08:00", "03-05 08:30", "03-12 08:00"],
        ),
        (
            {
                "triggerType": "Recurrence",
                "frequency": "Month",
                "interval": 1,
                "schedule": {"hours": [6], "minutes": [0], "monthDays": [31]},
                "endTime": "2027-06-01",
            },
            ["03-31 06:00", "05-31 06:00", "never"],
        ),
    ],
)
def test_triggers_fire_when_they_say(trigger: dict[str, Any], expected: list[str]) -> None:
    assert times(trigger, "2027-03-01T12:00:00") == expected


def test_a_time_of_day_is_kept_when_the_clocks_change() -> None:
    trigger = {"triggerType": "Cron", "expression": "0 8 * * *", "timeZone": BERLIN}
    assert times(trigger, "2027-03-26T12:00:00") == ["03-27 07:00", "03-28 06:00", "03-29 06:00"]


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ({"triggerType": "Moon"}, "triggerType is 'Moon'; expected Cron or Recurrence"),
        ({"triggerType": "Cron", "expression": "every day"}, "is not a cron expression"),
        ({"triggerType": "Cron", "expression": "61 * * * *"}, "expected minutes from 0 to 59"),
        ({"triggerType": "Cron", "expression": "0 25 * * *"}, "expected hours from 0 to 23"),
        ({"triggerType": "Cron", "expression": "0 5 * * 7"}, "expected days of the week (0 is Sunday) from 0 to 6"),
        ({**CRON, "timeZone": "Europe/Berlin"}, "timeZone is 'Europe/Berlin'"),
        ({**CRON, "startTime": "2026-02-30T08:00:00"}, "startTime is '2026-02-30T08:00:00'"),
        ({**CRON, "timeZone": "Mars"}, "timeZone is 'Mars'"),
        ({**CRON, "startTime": "soon"}, "startTime is 'soon'"),
        ({"triggerType": "Recurrence", "frequency": "Blink", "interval": 1}, "frequency is 'Blink'"),
        ({"triggerType": "Recurrence", "frequency": "Day", "interval": 0}, "interval is '0'"),
        (
            {"triggerType": "Recurrence", "frequency": "Day", "interval": 1, "schedule": {"weekDays": ["Funday"]}},
            "weekDays are funday",
        ),
    ],
)
def test_triggers_that_say_nothing_are_refused(timed: Timed, trigger: dict[str, Any], message: str) -> None:
    with refused("UserError", 400, says=message):
        timed.azure.put(NIGHTLY, schedule(trigger))


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.integers(0, 6),
    after=st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2040, 1, 1)),  # noqa: DTZ001
)
def test_a_weekly_cron_fires_within_a_week_at_its_time(
    minute: int, hour: int, day: int, after: datetime.datetime
) -> None:
    start = after.replace(tzinfo=datetime.UTC)
    found = triggers.following({"triggerType": "Cron", "expression": f"{minute} {hour} * * {day}"}, start.timestamp())
    assert found is not None
    moment = datetime.datetime.fromtimestamp(found, datetime.UTC)
    assert (moment.minute, moment.hour, moment.isoweekday() % 7) == (minute, hour, day)
    assert datetime.timedelta(0) < moment - start <= datetime.timedelta(days=7)


def test_a_schedule_submits_jobs_at_its_times(timed: Timed) -> None:
    timed.azure.put(NIGHTLY, schedule())
    timed.submit("by-hand")
    timed.wait(days=2)
    assert timed.jobs(scheduleid="nightly") == ["nightly-20270302T020000Z", "nightly-20270303T020000Z"]
    assert timed.jobs(scheduled="false") == ["by-hand"]
    assert timed.state("nightly-20270302T020000Z") == "Completed"
    made = timed.azure.get(f"{WORKSPACE}/jobs/nightly-20270302T020000Z")
    assert made["systemData"]["createdAt"].startswith("2027-03-02T02:00:00")


def test_a_disabled_schedule_is_silent_and_can_be_deleted(timed: Timed) -> None:
    timed.azure.put(NIGHTLY, schedule())
    with refused("UserError", 400):
        timed.azure.delete(NIGHTLY)
    timed.azure.put(NIGHTLY, schedule(isEnabled=False))
    with refused("UserError", 400):
        timed.azure.action(NIGHTLY, "trigger")
    assert timed.wait(days=3).jobs() == []
    assert [one["name"] for one in timed.listing("schedules", {})] == []
    assert [one["name"] for one in timed.listing("schedules", {"listviewtype": "DisabledOnly"})] == ["nightly"]
    assert timed.azure.delete(NIGHTLY)


def test_another_trigger_takes_the_place_of_the_first(timed: Timed) -> None:
    timed.azure.put(NIGHTLY, schedule({"triggerType": "Recurrence", "frequency": "Day", "interval": 1}))
    timed.azure.put(NIGHTLY, schedule({"triggerType": "Cron", "expression": "0 0 * * 3"}))
    assert "frequency" not in timed.azure.get(NIGHTLY)["properties"]["trigger"]
    assert timed.wait(days=7).jobs() == ["nightly-20270303T000000Z"]


def test_a_schedule_can_be_triggered_by_hand(timed: Timed) -> None:
    timed.azure.put(NIGHTLY, schedule())
    answer = timed.azure.action(NIGHTLY, "trigger", {"scheduleTime": "2027-03-01T10:00:00Z"})
    assert answer == {"scheduleActionType": "CreateJob", "submissionId": "nightly-20270301T100000Z"}
    assert timed.state("nightly-20270301T100000Z") == "Starting"


def test_a_schedule_whose_compute_is_gone_goes_on(timed: Timed) -> None:
    cluster = timed.cluster()
    body = schedule()
    body["properties"]["action"]["jobDefinition"]["computeId"] = cluster
    timed.azure.put(NIGHTLY, body)
    timed.azure.delete(cluster)
    assert timed.wait(days=1).jobs() == []
    timed.cluster()
    assert timed.wait(days=1).jobs() == ["nightly-20270303T020000Z"]


def test_a_monitor_runs_a_step_for_each_signal(timed: Timed) -> None:
    signals = {"drift": {"signalType": "DataDrift"}, "my own": {"signalType": "Custom", "componentId": None}}
    spark = {"computeType": "ServerlessSpark", "instanceType": "standard_e4s_v3", "runtimeVersion": "3.4"}
    definition = {"signals": signals, "computeConfiguration": spark}
    body = schedule()
    body["properties"]["action"] = {"actionType": "CreateMonitor", "monitorDefinition": definition}
    timed.azure.put(NIGHTLY, body)
    assert timed.wait(days=1).jobs() == ["nightly-20270302T020000Z"]
    ran = timed.azure.get(f"{WORKSPACE}/jobs/nightly-20270302T020000Z")["properties"]
    assert (ran["jobType"], ran["experimentName"], ran["status"]) == ("Pipeline", "nightly", "Completed")
    assert ran["properties"]["azureml.scheduleid"] == "nightly"
    assert ran["jobs"]["drift"] == {
        "type": "pipeline",
        "display_name": "drift",
        "componentId": "azureml://registries/azureml/components/data_drift_signal_monitor/labels/default",
        "resources": {"instance_type": "standard_e4s_v3", "runtime_version": "3.4"},
    }
    assert set(ran["jobs"]) == {"drift", "my_own"}


def test_a_monitor_without_a_signal_submits_nothing(timed: Timed) -> None:
    body = schedule()
    body["properties"]["action"] = {"actionType": "CreateMonitor", "monitorDefinition": {"signals": {}}}
    timed.azure.put(NIGHTLY, body)
    assert timed.wait(days=3).jobs() == []
    assert timed.azure.get(NIGHTLY)["properties"]["isEnabled"] is True
