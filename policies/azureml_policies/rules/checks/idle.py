"""Rules of how long a compute may be idle: the check and the remediation follow from one declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm.actions import COMPUTE
from azureml_arm.durations import seconds
from azureml_policies.config import whole_number
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import read
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings
from azureml_policies.rules.checks.remediation import compute_kind, with_values
from azureml_policies.rules.checks.words import kind_of
from azureml_policies.text import show_value, word

_SECONDS = {"seconds": 1, "minutes": 60}


@dataclass(frozen=True)
class IdleTime:
    """The duration at `path` of a kind of compute, in the unit that az ml takes it in.

    `allowed` is the default of the rule's setting, and `usual` what a remediation sets; `least` and `most` are Azure's.
    """

    kind: str
    path: str
    unit: str
    allowed: int
    usual: int
    least: int = 0
    most: float = float("inf")

    def read(self, given: Any) -> float | None:
        """Return a duration in the unit; None for what is no duration."""
        found = seconds(given)
        return None if found is None else found / _SECONDS[self.unit]

    def is_right(self, given: Any, limit: float) -> bool:
        """Return whether a duration is one that Azure takes and the rule allows."""
        found = self.read(given)
        return found is not None and self.least <= found <= min(limit, self.most)

    def complain(self, given: Any, limit: float) -> str:
        """Return what a duration is, and what it must be."""
        found = self.read(given)
        shown = show_value(self.path, given) if found is None else f"{show_value(self.path, found)} {self.unit}"
        bounds = f"{self.least} to" if self.least else "at most"
        must = f"it must be {bounds} {min(limit, self.most):.0f} {self.unit}"
        return f"{word(self.path)} {f'is {shown}' if given else 'is not set'}, {must}"


def idle_rule(rule_id: str, time: IdleTime, *, why: str, description: str, **declared: Any) -> Rule:
    """Return the rule that a compute which nobody uses goes, or stops, in time; `description` is its setting's."""
    setting = f"max_{time.unit}"

    def check(write: Write, settings: Settings) -> Found:
        if kind_of(write) == time.kind and not time.is_right(given := write.read(time.path), settings[setting]):
            yield f"{write.name}: {time.complain(given, settings[setting])}: {why}"

    def remediate(planned: Planned, settings: Settings) -> Mapping[str, Any] | None:
        limit = settings[setting]
        if compute_kind(planned) != time.kind or time.is_right(read(planned.inputs, time.path), limit):
            return None
        return with_values(planned, COMPUTE, {time.path: f"PT{min(time.usual, int(limit))}{time.unit[0].upper()}"})

    return Rule(
        id=rule_id,
        level=Level.ADVISORY,
        types=(COMPUTE,),
        check=check,
        remediate=remediate,
        settings={setting: whole_number(description, time.allowed, time.least)},
        family="compute",
        **declared,
    )
