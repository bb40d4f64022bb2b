"""Compute instances in time: started, stopped, restarted, on schedules and when they are idle."""

from collections.abc import Mapping
from typing import Any

from azureml_arm import durations, limits
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig, plant
from azureml_sandbox.model.errors import ArmError, bad_request, conflict
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.machinelearning import triggers
from azureml_sandbox.services.machinelearning.system import SETTINGS

STATE, SCHEDULES, IDLE_TIME = f"{SETTINGS}.state", f"{SETTINGS}.schedules", f"{SETTINGS}.idleTimeBeforeShutdown"
CREATING, RUNNING, STOPPED = "Creating", "Running", "Stopped"
CHANGES: Mapping[str, tuple[str, str]] = {
    "Start": ("Starting", RUNNING),
    "Stop": ("Stopping", STOPPED),
    "Restart": ("Restarting", RUNNING),
    "Create": (CREATING, RUNNING),
    "Resize": ("Resizing", STOPPED),
    "Reimage": ("Restarting", RUNNING),
}
"""What is done to an instance -> the state meanwhile and the one in the end."""
_DONE, _IDLE, _FIRES = "done", "idle", "fires"


def begin(azure: Cloud, instance: Body, what: str, trigger: str = "User") -> None:
    """Do something to an instance; it is there at once where nothing takes time."""
    meanwhile, final = CHANGES[what]
    azure.events.cancel(instance["id"], _IDLE, _DONE)
    if not azure.events.enabled:
        plant(instance, STATE, final)
        azure.update(instance)
        return
    plant(instance, STATE, meanwhile)
    _tell(azure, instance, what, "InProgress", trigger)
    azure.events.add(azure.events.pace, instance["id"], _DONE, doing=what, trigger=trigger)


def change(azure: Cloud, instance: Body, what: str) -> None:
    """Do what a user asks for, unless something else is being done."""
    state = dig(instance, STATE)
    if state not in (RUNNING, STOPPED):
        raise conflict(f"Compute instance '{instance['name']}' is {state}; wait until that is done.")
    if what == "Resize" and state != STOPPED:
        raise bad_request(f"Compute instance '{instance['name']}' is {state}; stop it before it is resized.")
    if what == "Restart" and state == STOPPED:
        raise bad_request(f"Compute instance '{instance['name']}' is {state}; start it instead.")
    begin(azure, instance, what)


def happen(azure: Cloud, instance: Body, event: Event) -> None:
    """Take the step that is due: something is done, nobody has used it for long enough, or a schedule fires."""
    if event.what == _DONE:
        _finish(azure, instance, event)
    elif event.what == _IDLE and dig(instance, STATE) == RUNNING:
        begin(azure, instance, "Stop", "IdleShutdown")
    elif event.what == _FIRES:
        _fire(azure, instance, str(event.more["schedule"]))


def touch(azure: Cloud, instance: Body) -> None:
    """Note that somebody uses an instance: it has been idle since now."""
    azure.events.cancel(instance["id"], _IDLE)
    wait = durations.seconds(dig(instance, IDLE_TIME))
    if wait is not None and dig(instance, STATE) == RUNNING:
        azure.events.add(wait, instance["id"], _IDLE)


def check(settings: Mapping[str, Any]) -> None:
    """Refuse an idle time that is out of bounds, and schedules that don't say when."""
    idle = settings.get("idleTimeBeforeShutdown")
    span = durations.seconds(idle) if idle else limits.SHORTEST_IDLE.total_seconds()
    if span is None or not limits.SHORTEST_IDLE.total_seconds() <= span <= limits.LONGEST_IDLE.total_seconds():
        raise bad_request(
            f"idleTimeBeforeShutdown is '{idle}'; expected 15 minutes to 3 days, as PT30M.", "InvalidPropertyInPayload"
        )
    schedules = _entries(settings.get("schedules"))
    if len(schedules) > limits.SCHEDULES:
        raise bad_request(f"A compute instance has at most {limits.SCHEDULES} schedules, not {len(schedules)}.")
    for schedule in schedules:
        triggers.check(_trigger(schedule))


def with_ids(instance_id: str, schedules: Any) -> Body:
    """Return the schedules as Azure ML keeps them: each with its id."""
    return {
        "computeStartStop": [
            {
                "status": "Enabled",
                **schedule,
                "id": schedule.get("id") or derived.guid("schedule", instance_id, str(number)),
                "provisioningStatus": "Completed",
            }
            for number, schedule in enumerate(_entries(schedules))
        ]
    }


def watch(azure: Cloud, instance: Body) -> None:
    """Let an instance's schedules fire, and nothing else any more."""
    azure.events.cancel(instance["id"], _FIRES)
    for schedule in _entries(dig(instance, SCHEDULES)):
        _await(azure, instance, schedule)


def _await(azure: Cloud, instance: Body, schedule: Mapping[str, Any]) -> None:
    is_on = str(schedule.get("status") or "Enabled").lower() == "enabled"
    due = triggers.following(_trigger(schedule), azure.events.now()) if is_on and azure.events.enabled else None
    if due is not None:
        azure.events.add_at(due, instance["id"], _FIRES, schedule=schedule["id"])


def _fire(azure: Cloud, instance: Body, schedule_id: str) -> None:
    for schedule in _entries(dig(instance, SCHEDULES)):
        if schedule.get("id") == schedule_id:
            what = str(schedule.get("action")).title()
            before = {"Start": STOPPED, "Stop": RUNNING}.get(what)
            if dig(instance, STATE) == before:
                begin(azure, instance, what, "Schedule")
            _await(azure, instance, schedule)


def _finish(azure: Cloud, instance: Body, event: Event) -> None:
    what = str(event.more["doing"])
    plant(instance, STATE, CHANGES[what][1])
    _tell(azure, instance, what, "Succeeded", str(event.more["trigger"]))
    touch(azure, instance)


def _tell(azure: Cloud, instance: Body, what: str, status: str, trigger: str) -> None:
    operation = {"operationName": what, "operationTime": azure.events.moment(), "operationStatus": status}
    plant(instance, f"{SETTINGS}.lastOperation", {**operation, "operationTrigger": trigger})
    azure.update(instance)


def _entries(schedules: Any) -> list[Body]:
    found = schedules.get("computeStartStop") if isinstance(schedules, Mapping) else None
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad_request("schedules.computeStartStop is no list of schedules.", "InvalidPropertyInPayload")
    return found


def _trigger(schedule: Mapping[str, Any]) -> Body:
    """Return a schedule's trigger as a job's schedule has it: all in one object."""
    kind = str(schedule.get("triggerType") or "")
    own = schedule.get(kind.lower()) or {}
    if not isinstance(own, Mapping):
        raise _no_trigger(kind)
    return {"triggerType": kind, **own}


def _no_trigger(kind: str) -> ArmError:
    return bad_request(f"A schedule's trigger of the type '{kind}' says nothing.", "InvalidPropertyInPayload")
