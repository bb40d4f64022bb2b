"""Schedules: jobs that are started again and again."""

from __future__ import annotations

from typing import Any

import pulumi

from azureml_infra.components.inside import InWorkspace
from azureml_infra.components.workspace import Workspace
from azureml_infra.dynamic.schedules import ScheduleSwitch
from azureml_infra.entities import schedule as entities


class Schedule(InWorkspace):
    """A schedule of a workspace: `JobSchedule`.

    A change is sent in place. What leaves the program is disabled first, as Azure deletes no schedule that is enabled;
    what it has submitted stays.
    """

    model = entities.Schedule
    token = "machinelearningservices:Schedule"  # noqa: S105  (a type's token)

    def __init__(
        self, name: str, schedule: Any, *, workspace: Workspace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, schedule, workspace=workspace, opts=opts)
        self.switch = ScheduleSwitch(f"{name}-switch", self.id, self.below(depends_on=[self.resource]))
