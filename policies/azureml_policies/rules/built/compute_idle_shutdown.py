"""compute-idle-shutdown: an instance that nobody uses stops."""

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

_PATH = "properties.properties.idleTimeBeforeShutdown"
_LEAST, _MOST, _USUAL = 15, 4320, 30
"""Minutes: Azure's bounds (Microsoft's types, 2025-12-01), and what a remediation says."""


def _check(write: Write, settings: Settings) -> Found:
    if kind_of(write) != "computeinstance":
        return
    given, most = write.read(_PATH), settings["max_minutes"]
    if not _stops(given, most):
        found = f"is {_describe(given)}" if given else "is not set"
        expected = f"it must be {_LEAST} to {min(most, _MOST):.0f} minutes"
        yield f"{write.name}: {word(_PATH)} {found}, {expected}: an idle instance is paid for until it is stopped"


def _stops(given: Any, most: float) -> bool:
    found = seconds(given)
    return found is not None and _LEAST * 60 <= found <= min(most, _MOST) * 60


def _describe(given: Any) -> str:
    found = seconds(given)
    return show_value(_PATH, given) if found is None else f"{show_value(_PATH, found / 60)} minutes"


def _remediate(planned: Planned, settings: Settings) -> Mapping[str, Any] | None:
    most = settings["max_minutes"]
    if compute_kind(planned) != "computeinstance" or _stops(read(planned.inputs, _PATH), most):
        return None
    return with_values(planned, COMPUTE, {_PATH: f"PT{min(_USUAL, int(most))}M"})


RULE = Rule(
    id="compute-idle-shutdown",
    title="An instance that nobody uses stops within the time that the config allows.",
    severity=Severity.MEDIUM,
    remedy="set `idle_time_before_shutdown_minutes`, or leave it out (60); an instance that is there already takes it "
    "only by `az ml compute update` or the studio",
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check,
    remediate=_remediate,
    settings={
        "max_minutes": {
            "type": "integer",
            "minimum": _LEAST,
            "default": _MOST,
            "description": "Most minutes that an instance may be idle before it stops; Azure takes 15 to 4320.",
        }
    },
    family="compute",
)
