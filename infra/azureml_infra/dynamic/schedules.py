"""A schedule is disabled before it is deleted, without which Azure refuses the deletion.

https://learn.microsoft.com/azure/machine-learning/how-to-schedule-pipeline-job#delete-a-schedule
"""

import copy
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult

from azureml_infra.dynamic.clients import api_version
from azureml_infra.dynamic.provider import DynamicResource, Provider

SUFFIX = "/switch"


class SwitchProvider(Provider):
    """Does nothing until it is deleted; then it disables the schedule that `schedule_id` names."""

    identity = ("schedule_id",)

    def create(self, props: Any) -> CreateResult:
        """Remember the schedule."""
        return CreateResult(props["schedule_id"] + SUFFIX, dict(props))

    def delete(self, _id: str, _props: Any) -> None:
        """Disable the schedule. Idempotent."""
        arm, schedule_id = self.arm(), _props["schedule_id"]
        version = api_version(schedule_id)
        schedule = arm.get(schedule_id, version)
        if schedule is not None and schedule["properties"].get("isEnabled") is not False:
            arm.put(schedule_id, version, disable_body(schedule))


def disable_body(schedule: dict[str, Any]) -> dict[str, Any]:
    """Return the request body that disables a schedule and changes nothing else."""
    properties = copy.deepcopy(
        {key: value for key, value in schedule["properties"].items() if key != "provisioningState"}
    )
    job = properties.get("action", {}).get("jobDefinition")
    if isinstance(job, dict):
        job.pop("status", None)
    return {"properties": properties | {"isEnabled": False}}


class ScheduleSwitch(DynamicResource, module="azureml", name="ScheduleSwitch"):
    """Disables a schedule when it leaves the program."""

    schedule_id: pulumi.Output[str]

    def __init__(self, name: str, schedule_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register what is disabled before its deletion."""
        super().__init__(SwitchProvider(), name, {"schedule_id": schedule_id}, opts)
