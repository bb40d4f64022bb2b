"""When a compute instance starts and stops.

https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance#schedule-automatic-start-and-stop
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from azureml_arm import cron, limits, zones
from azureml_infra.entities.base import LOCAL, Arm, Model
from azureml_infra.entities.words import ANY_CASE, pascal, snake
from azureml_infra.yaml.problems import quote

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?(Z|[+-]\d{2}:\d{2})?")


def _cron(expression: str) -> str:
    fault = cron.fault(expression)
    if fault is not None:
        what, expected = fault
        raise PydanticCustomError(
            "cron",
            "the cron expression {given} {what}",
            {"given": quote(expression), "what": what, "expected": expected},
        )
    return expression


def _start(text: str) -> str:
    try:
        datetime.datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        context = {"given": quote(text), "expected": "a time that there is, as 2026-12-24T18:00:00"}
        raise PydanticCustomError("time", "{given} is not a time", context) from None
    return text


def _zone(name: str) -> str:
    known = zones.windows_name(name)
    if known is None:
        near = zones.nearest(name)
        raise PydanticCustomError(
            "time_zone",
            "{given} is not a time zone of Windows",
            {
                "given": quote(name),
                "expected": "a name such as W. Europe Standard Time",
                "suggestion": quote(near) if near else "",
            },
        )
    return known


StartTime = Annotated[str, AfterValidator(_start), WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"})]
"""A moment in ISO 8601."""
TimeZone = Annotated[
    str,
    AfterValidator(_zone),
    WithJsonSchema({"type": "string", "examples": ["UTC", "W. Europe Standard Time", "Pacific Standard Time"]}),
]
"""A time zone by its Windows name; becomes Windows' own spelling."""


class CronTrigger(Model):
    """Times as a cron expression."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"triggerType": "Cron"}

    type: Annotated[Literal["cron"], LOCAL] = "cron"
    """The kind of trigger."""
    expression: Annotated[str, AfterValidator(_cron), Arm("cron.expression")]
    """Minute, hour, day of month, month and day of week, separated by spaces."""
    start_time: Annotated[StartTime | None, Arm("cron.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[TimeZone, Arm("cron.timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""


_WEEK_DAYS = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _as_list(given: int | list[int]) -> list[int]:
    return given if isinstance(given, list) else [given]


def _alone(given: Any) -> Any:
    return given[0] if isinstance(given, list) and len(given) == 1 else given


_Hour = Annotated[int, Field(ge=0, le=23)]
_Minute = Annotated[int, Field(ge=0, le=59)]


class RecurrencePattern(Model):
    """The times within a day or week."""

    hours: Annotated[_Hour | list[_Hour], Arm("hours", _as_list, back=_alone)]
    """Hours of the day, 0 to 23."""
    minutes: Annotated[_Minute | list[_Minute], Arm("minutes", _as_list, back=_alone)]
    """Minutes of the hour, 0 to 59."""
    week_days: Annotated[
        list[Annotated[_WEEK_DAYS, ANY_CASE]] | None,
        Arm("weekDays", lambda days: [pascal(day) for day in days], back=lambda days: [snake(day) for day in days]),
    ] = None
    """Days of the week; all if left out."""


class RecurrenceTrigger(Model):
    """Times that come again at an interval."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"triggerType": "Recurrence"}

    type: Annotated[Literal["recurrence"], LOCAL] = "recurrence"
    """The kind of trigger."""
    frequency: Annotated[
        Literal["minute", "hour", "day", "week", "month"], ANY_CASE, Arm("recurrence.frequency", pascal)
    ]
    """The unit of the interval."""
    interval: Annotated[int, Field(ge=1), Arm("recurrence.interval")] = 1
    """Every how many units."""
    schedule: Annotated[RecurrencePattern | None, Arm("recurrence.schedule")] = None
    """The times within a day or week."""
    start_time: Annotated[StartTime | None, Arm("recurrence.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[TimeZone, Arm("recurrence.timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""


class ComputeStartStopSchedule(Model):
    """One time to start or stop."""

    action: Annotated[Literal["start", "stop"], ANY_CASE, Arm("action", pascal)]
    """What happens."""
    trigger: Annotated[CronTrigger | RecurrenceTrigger, Field(discriminator="type"), Arm("")]
    """When."""
    state: Annotated[Literal["enabled", "disabled"], ANY_CASE, Arm("status", pascal)] = "enabled"
    """Whether it applies."""
    schedule_id: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
    provisioning_state: Annotated[str | None, LOCAL] = None
    """Set by Azure."""


class ComputeSchedules(Model):
    """An instance's schedules."""

    compute_start_stop: Annotated[
        list[ComputeStartStopSchedule], Field(max_length=limits.SCHEDULES), Arm("computeStartStop")
    ]
    """When it starts and stops: up to four schedules."""
