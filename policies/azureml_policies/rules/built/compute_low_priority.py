"""compute-low-priority: development takes machines that cost less and may be taken away."""

from __future__ import annotations

from azureml_arm import sizes
from azureml_arm.actions import COMPUTE, JOB
from azureml_policies.fixes import Line
from azureml_policies.requests.serverless import rents
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Level, Rule, Settings, Severity
from azureml_policies.rules.checks.words import among, kind_of, must_be_one_of, setting
from azureml_policies.run import Run

_IN = "properties.properties"
_WHY = "development doesn't need machines that are never taken away, and these cost a fraction"


def _check(write: Write, run: Run, settings: Settings) -> Found:
    if not among(run, settings["stacks"]):
        return
    if kind_of(write) == "amlcompute" and _has_low_priority(write):
        yield from must_be_one_of(write, f"{_IN}.vmPriority", ("LowPriority",), "Dedicated", _WHY)
    elif write.is_a(JOB) and write.text_at("properties.jobType") != "pipeline" and rents(write) is not None:
        yield from must_be_one_of(write, "properties.queueSettings.jobTier", ("Spot",), "Standard", _WHY)


def _has_low_priority(write: Write) -> bool:
    size = sizes.find(write.text_at(f"{_IN}.vmSize"))
    return size is None or size.low_priority


RULE = Rule(
    id="compute-low-priority",
    title="In stacks for development, clusters and serverless jobs take low-priority machines.",
    severity=Severity.LOW,
    remedy="set `tier: low_priority` (clusters; a change makes a new one) or `queue_settings: {job_tier: spot}` (jobs)",
    fix=(
        Line("computes", "tier", "low_priority", types=("amlcompute",)),
        Line("jobs", "queue_settings.job_tier", "spot", unless="compute"),
    ),
    level=Level.ADVISORY,
    types=(COMPUTE, JOB),
    check_run=_check,
    settings={"stacks": setting(["dev*"], "for development")},
    family="compute",
)
