"""How many instances a managed online deployment has: rules of Azure Monitor, which az ml has no words for.

https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints
"""

import re
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from azureml_infra.entities.base import LOCAL, TEXT, Model, refusal
from azureml_infra.entities.triggers import TimeZone
from azureml_infra.entities.words import ANY_CASE
from azureml_infra.yaml.problems import quote

METRICS = ("cpu", "memory", "gpu", "latency_ms")
"""What rules look at: the beginnings of their words, which end in ``_above`` and ``_below``."""
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST_SCHEDULES = 9
"""Each takes two of Azure Monitor's twenty profiles
(https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile)."""


def _time(text: str) -> str:
    if _TIME.fullmatch(text):
        return text
    raise refusal(f"{quote(text)} is not a time of day", '"08:00"')


Percent = Annotated[int, Field(ge=0, le=100), LOCAL]
Milliseconds = Annotated[int, Field(ge=1), LOCAL]
Minutes = Annotated[int, Field(ge=1, le=720), LOCAL]
TimeOfDay = Annotated[
    str, TEXT, AfterValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"}), LOCAL
]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Day, ...] = get_args(Day)


class _Scaling(Model):
    """When instances are added or removed."""

    minutes: Minutes = 5
    """How long it must have been so, on average, in minutes."""
    cooldown_minutes: Minutes = 5
    """How long to wait afterwards, in minutes."""

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if not self.thresholds:
            words = [name for name in type(self).model_fields if name.endswith(("_above", "_below"))]
            raise refusal("nothing says when", ", ".join(words))
        return self

    @property
    def thresholds(self) -> dict[str, int]:
        """Return what is looked at, by its word in `METRICS`, and the value that counts."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        found = {name.rpartition("_")[0]: value for name, value in given.items() if name.endswith(("_above", "_below"))}
        return {name: value for name, value in found.items() if value is not None}


class ScaleOut(_Scaling):
    """When instances are added: where one of the values is reached."""

    cpu_above: Percent | None = None
    """CPU in use, in percent."""
    memory_above: Percent | None = None
    """Memory in use, in percent."""
    gpu_above: Percent | None = None
    """GPU in use, in percent."""
    latency_ms_above: Milliseconds | None = None
    """How long a request to the endpoint takes, in milliseconds."""
    add: Annotated[int, Field(ge=1), LOCAL] = 1
    """How many are added."""


class ScaleIn(_Scaling):
    """When instances are removed: where all of the values are reached."""

    cpu_below: Percent | None = None
    """CPU in use, in percent."""
    memory_below: Percent | None = None
    """Memory in use, in percent."""
    gpu_below: Percent | None = None
    """GPU in use, in percent."""
    latency_ms_below: Milliseconds | None = None
    """How long a request to the endpoint takes, in milliseconds."""
    remove: Annotated[int, Field(ge=1), LOCAL] = 1
    """How many are removed."""


class _Bounds(Model):
    """Between which numbers the instances stay."""

    min: Annotated[int, Field(ge=1), LOCAL]
    """Fewest instances."""
    max: Annotated[int, Field(ge=1), LOCAL]
    """Most instances."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            what = f"`min` is {self.min}, above `max` {self.max}"
            raise refusal(what, f"{self.max} or less")
        return self


class ScaleTimes(_Bounds):
    """Times of the week with other bounds. The rules are the same."""

    name: Annotated[str, Field(min_length=1, max_length=64), LOCAL]
    """What the times are called."""
    days: Annotated[list[Annotated[Day, ANY_CASE]], Field(min_length=1), LOCAL] = Field(default_factory=lambda: [*WEEK])
    """The days on which they begin; every day by default."""
    from_: TimeOfDay = Field(alias="from")
    """When they begin: ``"08:00"``."""
    to: TimeOfDay
    """When they end: ``"18:00"``, on the next day where that is earlier."""
    time_zone: Annotated[TimeZone, LOCAL] = "UTC"
    """A Windows time zone name, such as ``W. Europe Standard Time``."""

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.from_ == self.to:
            raise refusal("it ends when it begins", "another time", "to")
        return self


class Autoscale(_Bounds):
    """The number of instances of a managed online deployment, decided by Azure Monitor."""

    out: Annotated[ScaleOut | None, LOCAL] = None
    """When instances are added."""
    in_: Annotated[ScaleIn | None, LOCAL] = Field(default=None, alias="in")
    """When instances are removed."""
    schedule: Annotated[list[ScaleTimes], Field(max_length=MOST_SCHEDULES), LOCAL] = Field(default_factory=list)
    """Times with other bounds."""

    @model_validator(mode="after")
    def _rules_leave_room(self) -> Self:
        """Refuse rules by which instances would be added and removed in turn, and half of a pair of rules."""
        above = self.out.thresholds if self.out else {}
        below = self.in_.thresholds if self.in_ else {}
        for metric in sorted(above.keys() & below.keys()):
            if below[metric] >= above[metric]:
                what = f"`{metric}_below` {below[metric]} isn't below `{metric}_above` {above[metric]}"
                raise refusal(what, f"less than {above[metric]}", "in", f"{metric}_below")
        if above and not below:
            expected = "`in`, such as {cpu_below: 30}"
            raise refusal("what is added would never be removed", expected)
        return self

    @model_validator(mode="after")
    def _times_have_names(self) -> Self:
        names = [one.name.lower() for one in self.schedule]
        twice = next((one.name for one in self.schedule if names.count(one.name.lower()) > 1), None)
        if twice is not None:
            raise refusal(f"two times are called {quote(twice)}", "each name once", "schedule")
        return self
