"""When a compute instance starts and stops.

https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance#schedule-automatic-start-and-stop
"""

from typing import Annotated, Literal

from pydantic import Field

from azureml_arm import limits
from azureml_infra.entities.base import LOCAL, Arm, Model
from azureml_infra.entities.triggers import CronTrigger, RecurrenceTrigger
from azureml_infra.entities.words import PASCAL, Switch


class ComputeStartStopSchedule(Model):
    """One time to start or stop."""

    action: Annotated[Literal["start", "stop"], PASCAL]
    """What happens."""
    trigger: Annotated[CronTrigger | RecurrenceTrigger, Field(discriminator="type"), Arm("")]
    """When."""
    state: Annotated[Switch, Arm("status")] = "enabled"
    """Whether it applies."""
    schedule_id: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
    provisioning_state: Annotated[str | None, LOCAL] = None
    """Set by Azure."""


class ComputeSchedules(Model):
    """An instance's schedules."""

    compute_start_stop: Annotated[
        list[ComputeStartStopSchedule], Field(max_length=limits.SCHEDULES), Arm("computeStartStop")
    ]
    """When it starts and stops: up to four schedules."""
