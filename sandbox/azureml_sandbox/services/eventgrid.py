"""Microsoft.EventGrid: system topics of resources, and subscriptions to their events.

Recordings: azure-cli, src/azure-cli/azure/cli/command_modules/eventgrid, 2021-05 and 2021-07. Nothing is delivered:
what a factory's trigger waits for is in `azureml_sandbox.services.datafactory.triggers`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from azureml_arm import ids
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import CREATING, LOCATION_HEADER, STATUS_HEADER, UPDATING, LongRunning
from azureml_sandbox.model.resource import ResourceType, Write

_PLACES = ("operationsStatus", "operationResults")
_PUT = LongRunning(
    201, 201, creating=CREATING, updating_state=UPDATING, places=_PLACES, poll="address", retry_after=False
)
_REGIONAL = replace(_PUT, regional=True)
_DELETE = LongRunning(
    202, 202, headers=(STATUS_HEADER, LOCATION_HEADER), body=False, places=_PLACES, poll="address", retry_after=False
)
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "microsoft.storage/storageaccounts": ("Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"),
}
"""The events of a source that a subscription is for where it doesn't say which."""


class SystemTopic(ResourceType):
    """The events of one resource."""

    type = "Microsoft.EventGrid/systemTopics"
    tracked = True
    references = ("properties.source",)
    immutable = ("properties.source", "properties.topicType")
    long_running: ClassVar = {"PUT": _REGIONAL, "PATCH": _REGIONAL, "DELETE": _DELETE}

    def computed_properties(self, write: Write) -> Body:
        """Return what its metrics are of."""
        return {"metricResourceId": derived.guid("topic", write.id.text)}


class EventSubscription(ResourceType):
    """A subscription to the events of any resource: an extension of it."""

    type = "Microsoft.EventGrid/eventSubscriptions"
    long_running: ClassVar = {"PUT": _PUT, "DELETE": _DELETE}
    shapes: ClassVar = {"properties.destination!": dict, "properties.filter": dict}

    def check(self, write: Write) -> None:
        """Refuse a subscription that sends nothing anywhere."""
        if not write.properties["destination"].get("endpointType"):
            raise bad_request("The destination of an event subscription needs an endpointType.")

    def defaults(self, write: Write) -> Body:
        """Return what a subscription has when nothing is said; a schema that it had stays."""
        source = ids.parse(str(write.id.parent)).type.lower()
        schema = write.old_properties.get("eventDeliverySchema") or "EventGridSchema"
        return {
            "filter": {"includedEventTypes": list(DEFAULTS.get(source, ()))},
            "eventDeliverySchema": schema,
            "retryPolicy": {"maxDeliveryAttempts": 30, "eventTimeToLiveInMinutes": 1440},
        }

    def computed_properties(self, write: Write) -> Body:
        """Return the resource whose events they are, with its type in lower case."""
        source = ids.parse(str(write.id.parent))
        above, _, own = source.text.rpartition("/providers/")
        words = {word.lower() for word in source.type.split("/")}
        spelled = "/".join(part.lower() if part.lower() in words else part for part in own.split("/"))
        return {"topic": f"{above}/providers/{spelled}"}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Leave out of the filter what is so anyway."""
        chosen = resource["properties"]["filter"]
        if not chosen.get("isSubjectCaseSensitive"):
            chosen.pop("isSubjectCaseSensitive", None)
        return resource
