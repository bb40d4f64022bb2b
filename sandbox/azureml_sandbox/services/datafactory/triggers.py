"""Triggers of pipelines: they are made stopped, and start what they name by time, or when a blob is written.

https://learn.microsoft.com/azure/data-factory/concepts-pipeline-execution-triggers
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_sandbox.data.blobs import Blob, Blobs
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.datafactory import running
from azureml_sandbox.services.datafactory.expressions import UnknownValueError, evaluate
from azureml_sandbox.services.datafactory.kinds import FACTORIES, InFactory
from azureml_sandbox.services.machinelearning import triggers

TYPE = f"{FACTORIES}/triggers"
STARTED, STOPPED = "Started", "Stopped"
SCHEDULE, BLOB_EVENTS = "ScheduleTrigger", "BlobEventsTrigger"
CREATED = "Microsoft.Storage.BlobCreated"
SUBSCRIPTIONS = "Microsoft.EventGrid/eventSubscriptions"
_FIRES = "fires"
_KNOWN = (SCHEDULE, BLOB_EVENTS, "TumblingWindowTrigger", "CustomEventsTrigger", "ChainingTrigger")


class Trigger(InFactory):
    """A trigger. It can be changed and deleted only while it is stopped."""

    type = TYPE
    shapes: ClassVar = {
        **InFactory.shapes,
        "properties.pipelines[]": dict,
        "properties.typeProperties.recurrence": dict,
        "properties.typeProperties.events[]": str,
    }

    def check(self, write: Write) -> None:
        """Refuse to change one that is started, and one that doesn't say when."""
        _refuse_started(write.old)
        super().check(write)
        kind, given = write.properties.get("type"), write.properties.get("typeProperties") or {}
        if kind not in _KNOWN:
            raise bad_request(f"The trigger type '{kind}' is not known: expected {', '.join(_KNOWN)}.")
        if kind == SCHEDULE:
            triggers.check(recurrence(given.get("recurrence") or {}))
        if kind == BLOB_EVENTS and (not given.get("events") or write.azure.is_missing(str(given.get("scope")))):
            raise bad_request(f"A {BLOB_EVENTS} needs events, and the id of a storage account in scope.")

    def computed_properties(self, _write: Write) -> Body:
        """Return that it is stopped: only then is it written."""
        return {"runtimeState": STOPPED}

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete one that is started."""
        _refuse_started(resource)
        super().check_delete(azure, resource)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Forget when it would have fired."""
        _end(azure, resource)

    @action("start", asked=True)
    def start(self, azure: Cloud, resource: Body, _body: Any, caller: str) -> None:
        """Let it fire from now on. One for blobs subscribes to them, which takes rights on the storage account
        (https://learn.microsoft.com/azure/data-factory/how-to-create-event-trigger#role-based-access-control).
        """
        resource["properties"]["runtimeState"] = STARTED
        if resource["properties"]["type"] == BLOB_EVENTS:
            _subscribe(azure, resource, caller)
        azure.update(resource)
        azure.events.cancel(resource["id"])
        _await(azure, resource)

    @action("stop")
    def stop(self, azure: Cloud, resource: Body, _body: Any) -> None:
        """Let it fire no more."""
        resource["properties"]["runtimeState"] = STOPPED
        azure.update(resource)
        _end(azure, resource)

    def happen(self, azure: Cloud, resource: Body, event: Event) -> None:
        """Run the pipelines, and plan the next time."""
        _await(azure, resource)
        kind = str(resource["properties"]["type"])
        by = {"id": derived.guid("triggerrun", resource["id"], str(event.due)), "name": resource["name"]}
        for one in resource["properties"].get("pipelines") or []:
            pipeline = f"{ids.parse(resource['id']).parent}/pipelines/{one['pipelineReference']['referenceName']}"
            known = {"triggerbody": lambda: event.more, "trigger": lambda: {"outputs": {"body": event.more}}}
            try:
                parameters = evaluate(one.get("parameters") or {}, known)
            except UnknownValueError:
                continue
            running.start(azure, azure.get(pipeline), parameters, {**by, "invokedByType": kind})


def recurrence(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recurrence as a schedule of Azure ML has it."""
    zone = given.get("timeZone") or "UTC"
    return {**given, "triggerType": "Recurrence", "interval": given.get("interval", 1), "timeZone": zone}


def blob_created(azure: Cloud, blobs: Blobs, account: str, container: str, blob: Blob) -> None:
    """Let the triggers that wait for a blob know of it."""
    path = f"/{container}/blobs/{blob.name}"
    for trigger in azure.of_type(TYPE):
        own, given = trigger["properties"], trigger["properties"].get("typeProperties") or {}
        if own["type"] != BLOB_EVENTS or own["runtimeState"] != STARTED or CREATED not in given["events"]:
            continue
        wanted = path.startswith(str(given.get("blobPathBeginsWith") or "")) and path.endswith(
            str(given.get("blobPathEndsWith") or "")
        )
        is_here = ids.same(given["scope"], blobs.account_id(account))
        if is_here and wanted and not blob.is_folder and (blob.size or not given.get("ignoreEmptyBlobs")):
            folder, _, file = f"{container}/{blob.name}".rpartition("/")
            azure.events.add_at(
                azure.events.now(), trigger["id"], _FIRES, always=True, folderPath=folder, fileName=file
            )


def _await(azure: Cloud, trigger: Body) -> None:
    given = dig(trigger, "properties.typeProperties.recurrence")
    if trigger["properties"]["type"] != SCHEDULE or trigger["properties"]["runtimeState"] != STARTED:
        return
    due = triggers.following(recurrence(given or {}), azure.events.now())
    if due is not None:
        azure.events.add_at(due, trigger["id"], _FIRES, always=True)


def _subscription_id(trigger: Body) -> str:
    name = derived.guid("subscription", trigger["id"])
    return f"{trigger['properties']['typeProperties']['scope']}/providers/{SUBSCRIPTIONS}/{name}"


def _subscribe(azure: Cloud, trigger: Body, caller: str) -> None:
    """Make the subscription to a storage account's events, in the name of who starts the trigger."""
    given, where = trigger["properties"]["typeProperties"], _subscription_id(trigger)
    azure.authorise(caller, f"{SUBSCRIPTIONS}/write", where)
    chosen = {
        "subjectBeginsWith": f"/blobServices/default/containers{given.get('blobPathBeginsWith') or ''}",
        "subjectEndsWith": given.get("blobPathEndsWith") or "",
        "includedEventTypes": given["events"],
    }
    destination = {"endpointType": "WebHook", "properties": {"endpointBaseUrl": "https://datafactory.azure.com/events"}}
    azure.provide(where, {"properties": {"destination": destination, "filter": chosen}}, caller)


def _end(azure: Cloud, trigger: Body) -> None:
    azure.events.cancel(trigger["id"])
    if trigger["properties"]["type"] == BLOB_EVENTS and not azure.is_missing(_subscription_id(trigger)):
        azure.delete(_subscription_id(trigger))


def _refuse_started(trigger: Body | None) -> None:
    if trigger is not None and trigger["properties"]["runtimeState"] == STARTED:
        text = "Cannot update enabled Trigger; the trigger needs to be disabled first."
        raise ArmError(400, "TriggerEnabledCannotUpdate", text)
