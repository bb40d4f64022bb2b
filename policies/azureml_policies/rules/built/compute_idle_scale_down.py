"""compute-idle-scale-down: idle nodes of a cluster go soon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_arm.actions import COMPUTE
from azureml_arm.durations import seconds
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import read
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import compute_kind, with_values
from azureml_policies.rules.checks.words import kind_of
from azureml_policies.text import show_value, word

_PATH = "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown"
_USUAL = 120
"""What az ml says where nothing is set."""


def _check(write: Write, settings: Settings) -> Found:
    if kind_of(write) != "amlcompute":
        return
    given, limit = write.read(_PATH), settings["max_seconds"]
    if not _soon(given, limit):
        found = "is not set" if given is None else f"is {_describe(given)}"
        yield f"{write.name}: {word(_PATH)} {found}, it must be at most {limit:.0f} seconds: idle nodes are paid for"


def _soon(given: Any, limit: float) -> bool:
    found = seconds(given)
    return found is not None and found <= limit


def _describe(given: Any) -> str:
    found = seconds(given)
    return show_value(_PATH, given) if found is None else f"{show_value(_PATH, found)} seconds"


def _remediate(planned: Planned, settings: Settings) -> Mapping[str, Any] | None:
    limit = settings["max_seconds"]
    if compute_kind(planned) != "amlcompute" or _soon(read(planned.inputs, _PATH), limit):
        return None
    return with_values(planned, COMPUTE, {_PATH: f"PT{min(_USUAL, int(limit))}S"})


RULE = Rule(
    id="compute-idle-scale-down",
    title="Idle nodes of a cluster are removed within the time that the config allows.",
    severity=Severity.LOW,
    remedy="leave `idle_time_before_scale_down` out (120 seconds), or set a smaller number of seconds",
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check,
    remediate=_remediate,
    settings={
        "max_seconds": {
            "type": "integer",
            "minimum": 0,
            "default": 900,
            "description": "Most seconds that a node may be idle before it is removed.",
        }
    },
    family="compute",
)
