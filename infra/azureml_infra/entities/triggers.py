"""When something happens: cron expressions and recurrences, of schedules and of compute instances.

https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule. ARM has the two in two forms: a schedule's
trigger is flat, an instance's has its times below ``cron`` or ``recurrence``, no end, and no days of the month.
"""

import datetime
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from azureml_arm import cron, zones
from azureml_infra.entities.base import TEXT, Arm, Model, means, refusal
from azureml_infra.entities.words import ANY_CASE, Check, pascal, snake
from azureml_infra.yaml.problems import quote

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?(Z|[+-]\d{2}:\d{2})?")


def _cron(expression: str) -> str:
    fault = cron.fault(expression)
    if fault is not None:
        what, expected = fault
        raise refusal(f"the cron expression {quote(expression)} {what}", expected)
    return expression


def _start(text: str) -> str:
    try:
        datetime.datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        raise refusal(f"{quote(text)} is not a time", "a time that there is, as 2026-12-24T18:00:00") from None
    return text


def _without_zone(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text).replace(tzinfo=None)


def _zone(name: str) -> str:
    known = zones.windows_name(name)
    if known is None:
        near = zones.nearest(name)
        what = f"{quote(name)} is not a time zone of Windows"
        raise refusal(what, "a name such as W. Europe Standard Time", suggestion=quote(near) if near else "")
    return known


Expression = Annotated[str, AfterValidator(_cron)]
"""A cron expression of five fields."""
Moment = Annotated[
    str, TEXT, AfterValidator(_start), WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"})
]
"""A moment in ISO 8601."""
_ZONES = ["UTC", "W. Europe Standard Time", "Pacific Standard Time"]
TimeZone = Annotated[str, Check(_zone, lambda: {"examples": _ZONES})]
"""A time zone by its Windows name; becomes Windows' own spelling."""
Frequency = Annotated[Literal["minute", "hour", "day", "week", "month"], ANY_CASE]
"""The unit of an interval."""
_WeekDay = Annotated[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ANY_CASE]
_Hour = Annotated[int, Field(ge=0, le=23)]
_Minute = Annotated[int, Field(ge=0, le=59)]
_MonthDay = Annotated[int, Field(ge=1, le=31)]


def _as_list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _as_days(given: Any) -> list[str]:
    return [pascal(day) for day in _as_list(given)]


def _as_words(given: Any) -> list[str]:
    return [snake(day) for day in given]


class RecurrencePattern(Model):
    """The times within a day or week."""

    hours: Annotated[_Hour | list[_Hour], Arm("hours", _as_list, back=list)]
    """Hours of the day, 0 to 23."""
    minutes: Annotated[_Minute | list[_Minute], Arm("minutes", _as_list, back=list)]
    """Minutes of the hour, 0 to 59."""
    week_days: Annotated[_WeekDay | list[_WeekDay] | None, Arm("weekDays", _as_days, back=_as_words)] = None
    """Days of the week; all if left out."""


class ScheduleRecurrencePattern(RecurrencePattern):
    """The times within a day, week or month."""

    month_days: Annotated[_MonthDay | list[_MonthDay] | None, Arm("monthDays", _as_list, back=list)] = None
    """Days of the month, 1 to 31; that of the first time if left out."""


class CronTrigger(Model):
    """Times as a cron expression."""

    type: Annotated[Literal["cron"], means("triggerType", "Cron")] = "cron"
    """The kind of trigger."""
    expression: Annotated[Expression, Arm("cron.expression")]
    """Minute, hour, day of month, month and day of week, separated by spaces."""
    start_time: Annotated[Moment | None, Arm("cron.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[TimeZone, Arm("cron.timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""


class RecurrenceTrigger(Model):
    """Times that come again at an interval."""

    type: Annotated[Literal["recurrence"], means("triggerType", "Recurrence")] = "recurrence"
    """The kind of trigger."""
    frequency: Annotated[Frequency, Arm("recurrence.frequency", pascal)]
    """The unit of the interval."""
    interval: Annotated[int, Field(ge=1), Arm("recurrence.interval")] = 1
    """Every how many units."""
    schedule: Annotated[RecurrencePattern | None, Arm("recurrence.schedule")] = None
    """The times within a day or week."""
    start_time: Annotated[Moment | None, Arm("recurrence.startTime")] = None
    """When it first applies, in `time_zone`."""
    time_zone: Annotated[TimeZone, Arm("recurrence.timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""


class _ScheduleTrigger(Model):
    start_time: Annotated[Moment | None, Arm("startTime")] = None
    """When it first applies, in `time_zone`; at once if left out."""
    end_time: Annotated[Moment | None, Arm("endTime")] = None
    """When it no longer applies, in `time_zone`."""
    time_zone: Annotated[TimeZone, Arm("timeZone")] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        start, end = (_without_zone(text) for text in (self.start_time, self.end_time))
        if start is not None and end is not None and end <= start:
            what = f"{quote(self.end_time)} isn't after the start, so that it never happens"
            raise refusal(what, f"a time after {self.start_time}", "end_time")
        return self


class ScheduleCronTrigger(_ScheduleTrigger):
    """Times as a cron expression."""

    type: Annotated[Literal["cron"], ANY_CASE, means("triggerType", "Cron")] = "cron"
    """The kind of trigger."""
    expression: Annotated[Expression, Arm("expression")]
    """Minute, hour, day of month, month and day of week, separated by spaces. Azure ML takes any day of the
    month and any month for `*`."""


class ScheduleRecurrenceTrigger(_ScheduleTrigger):
    """Times that come again at an interval."""

    type: Annotated[Literal["recurrence"], ANY_CASE, means("triggerType", "Recurrence")] = "recurrence"
    """The kind of trigger."""
    frequency: Annotated[Frequency, Arm("frequency", pascal)]
    """The unit of the interval."""
    interval: Annotated[int, Field(ge=1), Arm("interval")]
    """Every how many units."""
    schedule: Annotated[ScheduleRecurrencePattern | None, Arm("schedule")] = None
    """The times within a day, week or month."""

    def finish(self, body: dict[str, Any], _resolver: Any) -> None:
        """Say that there is no pattern, which ARM doesn't let out."""
        body.setdefault("schedule", {"hours": [], "minutes": []})
