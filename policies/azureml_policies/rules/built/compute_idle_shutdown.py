"""compute-idle-shutdown: an instance that nobody uses stops."""

from azureml_policies.fixes import Line
from azureml_policies.rule import Severity
from azureml_policies.rules.checks.idle import IdleTime, idle_rule

RULE = idle_rule(
    "compute-idle-shutdown",
    IdleTime(
        "computeinstance",
        "properties.properties.idleTimeBeforeShutdown",
        "minutes",
        allowed=4320,
        usual=30,
        least=15,  # Azure's bounds: Microsoft's types, 2025-12-01
        most=4320,
    ),
    why="an idle instance is paid for until it is stopped",
    title="An instance that nobody uses stops within the time that the config allows.",
    severity=Severity.MEDIUM,
    remedy="set `idle_time_before_shutdown_minutes`, or leave it out (60); an instance that is there already takes it "
    "only by `az ml compute update` or the studio",
    fix=(
        Line(
            "computes",
            "idle_time_before_shutdown_minutes",
            60,
            "max_minutes",
            most=True,
            least=15,
            default=60,
            types=("computeinstance",),
        ),
    ),
    description="Most minutes that an instance may be idle before it stops; Azure takes 15 to 4320.",
)
