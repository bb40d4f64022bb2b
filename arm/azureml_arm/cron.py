"""Cron expressions as Azure ML takes them: five fields, in the format of NCronTab.

https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance (compute instances) and
https://learn.microsoft.com/azure/machine-learning/how-to-schedule-pipeline-job (jobs, whose days and months are
ignored), by which Sunday is 0, and days of the week have names, too.
"""

import re
from dataclasses import dataclass

_STEP = re.compile(r"(?P<what>\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


@dataclass(frozen=True)
class _Field:
    noun: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """Return a value's number; None for what is none of this field's."""
        if text.isascii() and text.isdigit() and len(text) < 4:  # noqa: PLR2004
            return int(text) if self.low <= int(text) <= self.high else None
        short = text[:3].lower()
        whole = short in self.names and re.fullmatch("[a-z]{3,9}", text.lower())
        return self.low + self.names.index(short) if whole else None

    def range_text(self) -> str:
        """Return the values in words."""
        return f"{self.noun} from {self.low} to {self.high}"


FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("days of the month", 1, 31),
    _Field("months", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    _Field("days of the week (0 is Sunday)", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def fault(expression: str) -> tuple[str, str] | None:
    """Return what is wrong with an expression, and what was expected; None for one that Azure takes."""
    parts = expression.split()
    if len(parts) != len(FIELDS):
        return "is not a cron expression", 'minute, hour, day, month and weekday: "0 18 * * 1-5"'
    for part, field in zip(parts, FIELDS, strict=True):
        for item in part.split(","):
            if not _fits(item, field):
                return f'has "{item}"', field.range_text()
    return None


def _fits(item: str, field: _Field) -> bool:
    found = _STEP.fullmatch(item)
    if found is None or (found["step"] is not None and not int(found["step"])):
        return False
    if found["what"] == "*":
        return True
    first = field.number(found["first"])
    last = field.number(found["last"]) if found["last"] else first
    return first is not None and last is not None and first <= last
