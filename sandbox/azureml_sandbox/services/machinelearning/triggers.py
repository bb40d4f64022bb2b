"""When a schedule fires: cron expressions and recurrences, in the time zone that they name.

https://learn.microsoft.com/azure/machine-learning/how-to-schedule-pipeline-job
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cronsim import CronSim

from azureml_arm import cron, zones
from azureml_sandbox.model.errors import ArmError, bad_request

UTC = datetime.UTC
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPANS = {"minute": 60, "hour": 3600}
_FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")
_FAR = 4 * 366
"""After how many days of looking a trigger never fires."""
Trigger = Mapping[str, Any]


def check(trigger: Trigger) -> None:
    """Refuse a trigger that doesn't say when."""
    kind = str(trigger.get("triggerType") or "").lower()
    if kind not in ("cron", "recurrence"):
        raise _bad(f"triggerType is '{trigger.get('triggerType')}'; expected Cron or Recurrence")
    _zone(trigger)
    for name in ("startTime", "endTime"):
        _moment(trigger, name)
    if kind == "cron":
        _cron(str(trigger.get("expression") or ""), datetime.datetime.now(UTC))
        return
    if str(trigger.get("frequency") or "").lower() not in (one.lower() for one in _FREQUENCIES):
        raise _bad(f"frequency is '{trigger.get('frequency')}'; expected {', '.join(_FREQUENCIES)}")
    interval = trigger.get("interval")
    if not isinstance(interval, int) or isinstance(interval, bool) or not 1 <= interval <= 1_000_000:  # noqa: PLR2004
        raise _bad(f"interval is '{interval}'; expected a whole number from 1")
    _pattern(trigger)


def following(trigger: Trigger, after: float) -> float | None:
    """Return when a trigger fires next after a moment, in seconds since 1970; None: never again."""
    first, end = _moment(trigger, "startTime"), _moment(trigger, "endTime")
    now = datetime.datetime.fromtimestamp(after, UTC)
    try:
        times = _times(trigger, now if first is None else max(now, first), first)
        found = next((one for one in times if one > now), None)
    except OverflowError:
        return None
    return None if found is None or (end is not None and found > end) else found.timestamp()


def _times(trigger: Trigger, start: datetime.datetime, first: datetime.datetime | None) -> Iterator[datetime.datetime]:
    """Yield the moments from about a start on."""
    frequency = str(trigger.get("frequency") or "").lower()
    if str(trigger["triggerType"]).lower() == "cron":
        before = start.astimezone(_zone(trigger)) - datetime.timedelta(microseconds=1)
        yield from (found.astimezone(UTC) for found in _cron(str(trigger["expression"]), before))
    elif frequency in _SPANS:
        span = _SPANS[frequency] * int(trigger["interval"])
        base = first or start
        count = max(0, int((start - base).total_seconds()) // span)
        yield from (base + datetime.timedelta(seconds=span * (count + more)) for more in range(3))
    else:
        yield from _calendar(trigger, start, first or start)


def _calendar(trigger: Trigger, start: datetime.datetime, base: datetime.datetime) -> Iterator[datetime.datetime]:
    """Yield the moments every so many days, weeks or months, at the pattern's times or else at the time of
    the first.
    """
    local, interval = base.astimezone(_zone(trigger)), int(trigger["interval"])
    hours, minutes, week_days, month_days = _pattern(trigger)
    frequency = str(trigger["frequency"]).lower()
    monday = local.date() - datetime.timedelta(days=local.weekday())

    def fits(day: datetime.date) -> bool:
        if frequency == "day":
            return (day - local.date()).days % interval == 0 and (not week_days or day.weekday() in week_days)
        if frequency == "week":
            weeks = (day - monday).days // 7
            return weeks % interval == 0 and day.weekday() in (week_days or [local.weekday()])
        months = (day.year - local.year) * 12 + day.month - local.month
        return months % interval == 0 and day.day in (month_days or [local.day])

    yield from _on_days(start, trigger, hours or [local.hour], minutes or [local.minute], fits)


def _on_days(
    start: datetime.datetime, trigger: Trigger, hours: list[int], minutes: list[int], fits: Any
) -> Iterator[datetime.datetime]:
    """Yield every time of day on the days that fit. The hour that the clocks skip in spring is taken as
    the one after.
    """
    zone = _zone(trigger)
    day = start.astimezone(zone).date()
    for _ in range(_FAR):
        if fits(day):
            for hour in hours:
                for minute in minutes:
                    found = datetime.datetime.combine(day, datetime.time(hour, minute), zone).astimezone(UTC)
                    if found >= start:
                        yield found
        day += datetime.timedelta(days=1)


def _cron(expression: str, after: datetime.datetime) -> CronSim:
    """Return the times of a cron expression. Azure ML takes days and months for ``*``, whatever they say."""
    fault = cron.fault(expression)
    if fault is not None:
        raise _bad(f"the cron expression '{expression}' {fault[0]}: expected {fault[1]}")
    minutes, hours, _, _, days = expression.split()
    short = re.sub("[A-Za-z]+", lambda name: name[0][:3], days)
    return CronSim(f"{minutes} {hours} * * {short}", after)


def _pattern(trigger: Trigger) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return the hours, minutes, days of the week (Monday is 0) and days of the month of a recurrence's `schedule`."""
    given = trigger.get("schedule") or {}
    if not isinstance(given, Mapping):
        raise _bad("schedule is no object: expected hours, minutes, weekDays, monthDays")
    words = [str(day).lower() for day in given.get("weekDays") or []]
    if not set(words) <= set(_DAYS):
        raise _bad(f"weekDays are {', '.join(words)}; expected {', '.join(day.title() for day in _DAYS)}")
    days = sorted(_DAYS.index(word) for word in words)
    bounds = {"hours": 23, "minutes": 59, "monthDays": 31}
    hours, minutes, month_days = (_numbers(given, name, most) for name, most in bounds.items())
    return hours, minutes, days, month_days


def _numbers(given: Mapping[str, Any], name: str, most: int) -> list[int]:
    found = given.get(name) or []
    numbers = found if isinstance(found, list) else [found]
    if not all(isinstance(one, int) and 0 <= one <= most for one in numbers):
        raise _bad(f"{name} are {numbers}; expected whole numbers up to {most}")
    return sorted(set(numbers))


def _zone(trigger: Trigger) -> datetime.tzinfo:
    name = str(trigger.get("timeZone") or "UTC")
    zone = zones.find(name)
    if zone is None:
        raise _bad(
            f"timeZone is '{name}', which is none: expected a name of Windows, such as 'W. Europe Standard Time'"
        )
    return zone


def _moment(trigger: Trigger, name: str) -> datetime.datetime | None:
    """Return a time that a trigger names, in its time zone unless it says an offset."""
    text = trigger.get(name)
    if not text:
        return None
    try:
        found = datetime.datetime.fromisoformat(str(text))
        return (found if found.tzinfo else found.replace(tzinfo=_zone(trigger))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _bad(f"{name} is '{text}', which is no time: expected 2026-12-24T18:00:00") from None


def _bad(text: str) -> ArmError:
    return bad_request(f"The trigger can't be used: {text}.", "UserError")
