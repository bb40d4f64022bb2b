"""When a compute instance starts and stops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from azureml_infra.entities.base import LOCAL, Arm, Model
from azureml_infra.entities.words import ANY_CASE, pascal

_FIELD = r"(\*|\d+(-\d+)?)(/\d+)?(,(\*|\d+(-\d+)?)(/\d+)?)*"
_CRON = re.compile(rf"{_FIELD}( {_FIELD}){{4}}")
_START = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?(Z|[+-]\d{2}:\d{2})?$"


def _cron(expression: str) -> str:
    if not _CRON.fullmatch(expression):
        raise PydanticCustomError(
            "cron",
            "{given} is not a cron expression",
            {"given": f'"{expression}"', "expected": 'minute, hour, day, month and weekday: "0 18 * * 1-5"'},
        )
    return expression


class CronTrigger(Model):
    """Times as a cron expression."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"triggerType": "Cron"}

    type: Annotated[Literal["cron"], LOCAL] = "cron"
    """The kind of trigger."""
    expression: Annotated[str, AfterValidator(_cron), Arm("cron.expression")]
    """Minute, hour, day of month, month and day of week, separated by spaces."""
    start_time: Annotated[str | None, Field(pattern=_START), Arm("cron.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[str, Arm("cron.timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""


_WEEK_DAYS = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _as_list(given: int | list[int]) -> list[int]:
    return given if isinstance(given, list) else [given]


class RecurrencePattern(Model):
    """The times within a day or week."""

    hours: Annotated[int | list[int], Arm("hours", _as_list)]
    """Hours of the day, 0 to 23."""
    minutes: Annotated[int | list[int], Arm("minutes", _as_list)]
    """Minutes of the hour, 0 to 59."""
    week_days: Annotated[
        list[Annotated[_WEEK_DAYS, ANY_CASE]] | None, Arm("weekDays", lambda days: [pascal(day) for day in days])
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
    start_time: Annotated[str | None, Field(pattern=_START), Arm("recurrence.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[str, Arm("recurrence.timeZone")] = "UTC"
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

    compute_start_stop: Annotated[list[ComputeStartStopSchedule], Arm("computeStartStop")]
    """When it starts and stops."""
