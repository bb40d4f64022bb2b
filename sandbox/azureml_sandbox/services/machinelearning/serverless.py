"""Models as a service: serverless endpoints, and the marketplace subscriptions that some models need."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Unique, Write
from azureml_sandbox.services.machinelearning.endpoints import KeyedEndpoint
from azureml_sandbox.services.machinelearning.frontend import FrontEndType
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import ACCEPTED, BY_LOCATION, PUT_WITH_STATUS

_MODEL = "properties.modelSettings.modelId"


class ServerlessEndpoint(KeyedEndpoint):
    """An endpoint of a model that is rented by the token."""

    type = f"{WORKSPACES}/serverlessEndpoints"
    tracked = True
    system_data = True
    created_status = 201
    patchable = ("tags", "identity", "sku", "properties")
    immutable = (_MODEL,)
    name_rule = RULES["online_endpoint"]
    unique = Unique(
        "region", "BadRequest", "There is already a serverless endpoint with the name '{name}' in the region."
    )
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": PUT_WITH_STATUS,
        "PATCH": BY_LOCATION,
        "DELETE": ACCEPTED,
        "regeneratekeys": BY_LOCATION,
    }
    filled: ClassVar = {"authMode": "Key", "contentSafety": {"contentSafetyStatus": "Enabled"}}

    def check(self, write: Write) -> None:
        """Refuse all but a model of a registry, without its version."""
        model = str(dig(write.body, _MODEL) or "")
        if not model.startswith("azureml://registries/") or "/versions/" in model:
            raise bad_request(
                f"properties.modelSettings.modelId must be azureml://registries/R/models/M, without a version; not "
                f"'{model}'."
            )

    def computed_properties(self, write: Write) -> Body:
        """Return where the endpoint answers."""
        uri = f"https://{write.id.name.lower()}.{write.location}.models.ai.azure.com"
        return {"endpointState": "Online", "inferenceEndpoint": {"uri": uri, "headers": {}}}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Add the SKU: there is one."""
        return {"sku": {"name": "Consumption"}, **resource}


class MarketplaceSubscription(FrontEndType):
    """The consent to a model's price and terms."""

    type = f"{WORKSPACES}/marketplaceSubscriptions"
    system_data = True
    created_status = 201
    immutable = ("properties.modelId",)
    long_running: ClassVar[Mapping[str, LongRunning]] = {"PUT": PUT_WITH_STATUS, "DELETE": ACCEPTED}

    def check(self, write: Write) -> None:
        """Refuse a subscription without a model."""
        if not write.properties.get("modelId"):
            raise bad_request("A marketplace subscription needs properties.modelId.")

    def computed_properties(self, write: Write) -> Body:
        """Return the plan that is named after the model."""
        model = str(write.properties.get("modelId")).rpartition("/")[2]
        offer = derived.alphanumeric("offer", model)[:12]
        plan = {"publisherId": "publisher", "offerId": f"{model}-{offer}".lower(), "planId": f"{model}-plan".lower()}
        return {"marketplacePlan": plan, "marketplaceSubscriptionStatus": "Subscribed"}
