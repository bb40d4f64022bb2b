"""compute-idle-scale-down: idle nodes of a cluster go soon."""

from azureml_policies.fixes import Line
from azureml_policies.rule import Severity
from azureml_policies.rules.checks.idle import IdleTime, idle_rule

RULE = idle_rule(
    "compute-idle-scale-down",
    IdleTime(
        "amlcompute",
        "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown",
        "seconds",
        allowed=900,
        usual=120,  # what az ml sends where nothing is set
    ),
    why="idle nodes are paid for",
    title="Idle nodes of a cluster are removed within the time that the config allows.",
    severity=Severity.LOW,
    remedy="leave `idle_time_before_scale_down` out (120 seconds), or set a smaller number of seconds",
    fix=(
        Line(
            "computes", "idle_time_before_scale_down", 120, "max_seconds", most=True, default=120, types=("amlcompute",)
        ),
    ),
    description="Most seconds that a node may be idle before it is removed.",
)
