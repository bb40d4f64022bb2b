"""stack-max-gpus: all machines of a stack together have at most a number of GPUs."""

from __future__ import annotations

from azureml_policies.rule import Found, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.totals import beyond
from azureml_policies.run import Run


def _check(plan: Plan, _run: Run, settings: Settings) -> Found:
    if settings["max"] >= 0:
        yield from beyond(plan, settings["max"], "GPUs", lambda size: size.gpus)


RULE = Rule(
    id="stack-max-gpus",
    title="All machines that a stack can grow to have together at most the GPUs that the config allows.",
    severity=Severity.HIGH,
    remedy="lower `max_instances` or `instance_count`, choose a smaller `size`, or ask for a higher `max`",
    check_all=_check,
    settings={
        "max": {
            "type": "integer",
            "minimum": -1,
            "default": -1,
            "description": "Most GPUs of all that the program plans, each at its largest; -1 for any number.",
        }
    },
    family="compute",
)
