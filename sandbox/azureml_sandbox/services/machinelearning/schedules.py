"""Azure ML schedules: triggers that submit jobs, those of monitors among them.

https://learn.microsoft.com/azure/machine-learning/how-to-schedule-pipeline-job
"""

import contextlib
import copy
import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from azureml_arm.ids import workspace_of
from azureml_arm.names import RULES
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.operations import CREATING, STATE, LongRunning
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.machinelearning import imports, monitors, runs, triggers
from azureml_sandbox.services.machinelearning.assets_lists import Views, in_view
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.jobs import OBJECTS, is_serverless
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import DELETE_ENDPOINT, PUT_ENDPOINT

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "CreateJob": ("jobDefinition",),
    "CreateMonitor": ("monitorDefinition",),
    "ImportData": ("dataImportDefinition",),
    "InvokeBatchEndpoint": ("endpointInvocationDefinition",),
}
"""What a schedule does -> what it must say of it."""
VIEWS: Views = {"EnabledOnly": (True,), "DisabledOnly": (False,), "All": (True, False)}
_FIRES = "fires"


class Schedule(FrontEndType):
    """A schedule. Its trigger never stops but by its end, or when it is disabled."""

    type = f"{WORKSPACES}/schedules"
    system_data = True
    created_status = updated_status = 201
    name_rule = RULES["schedule"]
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": replace(
            PUT_ENDPOINT, members=("properties",), updating_state=CREATING, prefix="s", poll="results", polled=STATE
        ),
        "DELETE": replace(DELETE_ENDPOINT, prefix="s", poll="results", polled=STATE),
    }

    shapes: ClassVar = {
        **{f"properties.action.jobDefinition.{name}": dict for name in OBJECTS},
        "properties.action.monitorDefinition.signals{}.metricThresholds[]": dict,
        "properties.trigger.schedule.weekDays[]": str,
    }
    filled: ClassVar = {"isEnabled": True, "properties": {}, "tags": {}}
    absence = ("Resource Trigger {name} not found",)

    def check(self, write: Write) -> None:
        """Refuse an unknown action or trigger."""
        given = write.properties
        for name in ("action", "trigger"):
            if not isinstance(given.get(name), dict):
                raise bad_request(f"A schedule needs properties.{name}.", "UserError")
        kind = str(given["action"].get("actionType"))
        needed = ACTIONS.get(kind)
        if needed is None:
            raise bad_request(f"actionType is '{kind}'; expected {', '.join(ACTIONS)}.", "UserError")
        for name in needed:
            if not isinstance(given["action"].get(name), dict):
                raise bad_request(f"The action {kind} needs {name}.", "UserError")
        triggers.check(given["trigger"])
        if kind == "CreateJob":
            _check_job(write.azure, given["action"]["jobDefinition"])

    def finish(self, write: Write, resource: Body) -> Body:
        """Take trigger and action from the last PUT, not merged with what was there."""
        for name in ("action", "trigger"):
            if write.properties.get(name):
                resource["properties"][name] = write.properties[name]
        trigger = resource["properties"]["trigger"]
        resource["properties"]["trigger"] = {"timeZone": "UTC", **trigger}
        return resource

    def after(self, write: Write, resource: Body) -> None:
        """Let the schedule wait for its time."""
        write.azure.events.cancel(resource["id"])
        _await(write.azure, resource)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Cancel what it would have fired; its jobs stay."""
        azure.events.cancel(resource["id"])

    def check_delete(self, _azure: Cloud, resource: Body) -> None:
        """Refuse to delete a schedule that is enabled
        (https://learn.microsoft.com/azure/machine-learning/how-to-schedule-pipeline-job#delete-a-schedule).
        """
        if resource["properties"]["isEnabled"]:
            raise bad_request(
                f"Schedule '{resource['name']}' is enabled; disable it before it is deleted.", "UserError"
            )

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return the enabled ones, unless others are asked for."""
        return in_view(super().query_list(azure, scope, query), query, "isEnabled", VIEWS)

    def happen(self, azure: Cloud, resource: Body, _event: Event) -> None:
        """Submit the job and plan the next time, also where the job is refused this time."""
        _await(azure, resource)
        with contextlib.suppress(ArmError):
            _submit(azure, resource, azure.events.now())

    @action("trigger")
    def trigger(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Fire once, whatever the time is."""
        if not resource["properties"]["isEnabled"]:
            raise bad_request(
                f"Schedule '{resource['name']}' is disabled; enable it before it is triggered.", "UserError"
            )
        name = _submit(azure, resource, _moment(body.get("scheduleTime"), azure.events.now()))
        return {"scheduleActionType": resource["properties"]["action"]["actionType"], "submissionId": name}


def _moment(text: Any, now: float) -> float:
    if not text:
        return now
    try:
        return datetime.datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError):
        raise bad_request(f"scheduleTime is '{text}'; expected 2026-12-24T18:00:00Z.", "UserError") from None


def _check_job(azure: Cloud, definition: Body) -> None:
    """Refuse what a job would be refused for when its time comes."""
    for name in ("computeId", "environmentId", "codeId", "componentId", "sourceJobId"):
        target = definition.get(name)
        if name == "computeId" and is_serverless(target):
            continue
        if isinstance(target, str) and azure.is_missing(target):
            text = f"'action.jobDefinition.{name}' refers to '{target}', which does not exist."
            raise bad_request(text, "LinkedResourceNotFound")


def _await(azure: Cloud, schedule: Body) -> None:
    properties = schedule["properties"]
    due = triggers.following(properties["trigger"], azure.events.now()) if properties["isEnabled"] else None
    if due is not None:
        azure.events.add_at(due, schedule["id"], _FIRES, always=True)


def _submit(azure: Cloud, schedule: Body, moment: float) -> str:
    """Submit the job of a schedule; its name has the schedule and the time."""
    name = f"{schedule['name']}-{datetime.datetime.fromtimestamp(moment, datetime.UTC):%Y%m%dT%H%M%SZ}"
    definition = _definition(azure, schedule)
    job_id = f"{workspace_of(schedule['id'])}/jobs/{name}"
    if definition is None or azure.exists(job_id):
        return name
    kept = definition.get("properties") or {}
    definition |= {"displayName": name, "properties": {**kept, "azureml.scheduleid": schedule["name"]}}
    definition.pop("status", None)
    runs.save(azure, runs.JobRun(job_id, schedule=schedule["name"]))
    try:
        azure.provide(job_id, {"properties": definition})
    except ArmError:
        runs.forget(azure, job_id)
        raise
    return name


def _definition(azure: Cloud, schedule: Body) -> Body | None:
    """Return the job to submit; None for what the sandbox only keeps the state of."""
    given = schedule["properties"]["action"]
    if given["actionType"] == "CreateMonitor":
        return monitors.job_of(schedule["name"], given["monitorDefinition"])
    if given["actionType"] == "ImportData":
        return imports.job_of(given["dataImportDefinition"])
    if given["actionType"] != "CreateJob":
        return None
    definition: Body = copy.deepcopy(given["jobDefinition"])
    source = definition.get("sourceJobId")
    submitted = dig(azure.find(source) or {}, "properties") if isinstance(source, str) else None
    if submitted is not None:
        own = {name: value for name, value in submitted.items() if name not in ("outputs", "services", "status")}
        definition = {**own, **{name: value for name, value in definition.items() if value is not None}}
        definition.pop("sourceJobId")
    return definition
