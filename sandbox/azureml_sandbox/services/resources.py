"""Microsoft.Resources: the subscription and its resource groups."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_arm.regions import canonical_region
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import BY_LOCATION, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write


class Subscription(ResourceType):
    """The sandbox's one subscription, which is always there."""

    type = ids.SUBSCRIPTION

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return the subscription, by its own id."""
        if target.name.lower() != azure.subscription.lower():
            return None
        return {
            "id": f"/subscriptions/{azure.subscription}",
            "subscriptionId": azure.subscription,
            "tenantId": azure.tenant,
            "displayName": "Sandbox",
            "state": "Enabled",
            "type": self.type,
        }

    def check(self, _write: Write) -> None:
        """Refuse every subscription: nobody makes one here."""
        raise ArmError(405, "MethodNotAllowed", "A subscription can't be made with a PUT.")


class ResourceGroup(ResourceType):
    """A resource group; it goes with everything in it."""

    type = ids.RESOURCE_GROUP
    tracked = True
    created_status = 201
    long_running: ClassVar[Mapping[str, LongRunning]] = {"DELETE": BY_LOCATION}
    name_rule = RULES["resource_group"]

    def finish(self, write: Write, resource: Body) -> Body:
        """Spell the type as ARM does."""
        location = (write.old or {}).get("location")
        return {**resource, "type": self.type, "location": location or canonical_region(resource["location"])}
