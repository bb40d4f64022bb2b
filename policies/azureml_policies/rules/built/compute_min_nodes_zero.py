"""compute-min-nodes-zero: a cluster that nobody uses has no nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from azureml_arm.actions import COMPUTE
from azureml_policies.fixes import Line
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import read
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import compute_kind, with_values
from azureml_policies.rules.checks.words import kind_of, number
from azureml_policies.text import show_value, word

_PATH = "properties.properties.scaleSettings.minNodeCount"


def _check(write: Write, _settings: Settings) -> Found:
    if kind_of(write) != "amlcompute":
        return
    found = write.read(_PATH, 0)
    if number(found, math.inf) > 0:
        yield f"{write.name}: {word(_PATH)} is {show_value(_PATH, found)}, it must be 0: idle nodes are paid for"


def _remediate(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    if compute_kind(planned) != "amlcompute" or number(read(planned.inputs, _PATH, 0), math.inf) <= 0:
        return None
    return with_values(planned, COMPUTE, {_PATH: 0})


RULE = Rule(
    id="compute-min-nodes-zero",
    title="A cluster that nobody uses has no nodes.",
    severity=Severity.MEDIUM,
    remedy="leave `min_instances` out, or set it to 0",
    fix=(Line("computes", "min_instances", 0, default=0, types=("amlcompute",)),),
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check,
    remediate=_remediate,
    family="compute",
)
