"""compute-max-nodes: nothing grows beyond a number of machines."""

from __future__ import annotations

from azureml_policies.fixes import Line
from azureml_policies.machines import RENTING, machines
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.text import show_value


def _check(write: Write, settings: Settings) -> Found:
    limit = settings["max"]
    for one in machines(write) if limit >= 0 else ():
        count = one.count
        if not one.counts or (count is not None and count <= limit):
            continue
        found = "is not a number" if count is None else f"allows {show_value('', count)} machines"
        yield f"{write.name}: {one.count_word} {found}, at most {limit:.0f} are allowed: each one costs money"


RULE = Rule(
    id="compute-max-nodes",
    title="No cluster, deployment or job has more machines than the config allows.",
    severity=Severity.HIGH,
    remedy="lower `max_instances` (clusters), `instance_count` (deployments, jobs) or `autoscale.max`, or ask for more",
    fix=(
        Line("computes", "max_instances", setting="max", most=True, default=4, types=("amlcompute",)),
        Line("online_deployments", "instance_count", setting="max", most=True, default=1),
        Line("jobs", "resources.instance_count", setting="max", most=True, default=1),
    ),
    types=RENTING,
    check=_check,
    settings={
        "max": {
            "type": "integer",
            "minimum": -1,
            "default": -1,
            "description": "Most machines of one cluster, deployment or job; -1 for any number.",
        }
    },
    family="compute",
)
