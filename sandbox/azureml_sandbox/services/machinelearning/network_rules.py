"""The outbound rules of a managed network as resources, and the private endpoints into a workspace."""

from collections.abc import Mapping
from typing import ClassVar

from azureml_arm.names import RULES, NameRule
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write
from azureml_sandbox.services.machinelearning import network
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.turns import check_turn
from azureml_sandbox.services.machinelearning.waiting import ACCEPTED, BY_LOCATION

_ONE_AT_A_TIME = (
    "The managed network's rules are changed one at a time: rules that are written in parallel delete each other "
    "(https://github.com/Azure/terraform-provider-azapi/issues/453)"
)


class OutboundRule(ResourceType):
    """One rule. Azure ML's own can't be changed or deleted."""

    type = network.OUTBOUND_RULES
    state = None
    name_rule: ClassVar[NameRule | None] = RULES["outbound_rule"]
    long_running: ClassVar[Mapping[str, LongRunning]] = {"PUT": ACCEPTED, "DELETE": BY_LOCATION}

    def check(self, write: Write) -> None:
        """Refuse a rule that doesn't suit the network, and Azure ML's own."""
        if write.old_properties.get("category") == network.REQUIRED:
            if not network.same(write.old_properties, write.properties):
                raise bad_request(f"Outbound rule '{write.id.name}' is required by Azure ML and can't be changed.")
            return
        network.check_rule(write.id.name, write.properties, network.mode_of(write.parent))
        network.check_approval(write, write.parent, write.old_properties, write.properties)
        check_turn(write.azure, write.id.parent or "", self.type, write.id.text, _ONE_AT_A_TIME)

    def computed_properties(self, write: Write) -> Body:
        """Return the category, by which users' rules differ from Azure ML's."""
        category = write.old_properties.get("category") or network.USER_DEFINED
        return {"category": category, "status": network.status_of(write.parent)}

    def after(self, write: Write, resource: Body) -> None:
        """Update the rules in the workspace's body."""
        network.put_rule(write.azure, write.id.parent or "", resource["name"], resource["properties"])

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete Azure ML's own rules."""
        if resource["properties"].get("category") == network.REQUIRED:
            raise bad_request(f"Outbound rule '{resource['name']}' is required by Azure ML and can't be deleted.")
        check_turn(azure, _workspace_id(resource), self.type, resource["id"], _ONE_AT_A_TIME)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Update the rules in the workspace's body."""
        if not azure.is_missing(_workspace_id(resource)):
            network.put_rule(azure, _workspace_id(resource), resource["name"], None)


class PrivateEndpointConnection(ResourceType):
    """A private endpoint that leads to the workspace, and whether it is let in."""

    type = f"{WORKSPACES}/privateEndpointConnections"
    system_data = True
    created_status = 200
    filled: ClassVar = {
        "privateLinkServiceConnectionState": {"status": "Pending", "description": "", "actionsRequired": "None"}
    }

    def finish(self, write: Write, resource: Body) -> Body:
        """Put it into the workspace's region."""
        return {"location": write.location, **resource}


class PrivateLinkResource(ResourceType):
    """What a private endpoint can lead to: a list, and no resource of its own."""

    type = f"{WORKSPACES}/privateLinkResources"
    service_only = True

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body]:
        """Return the workspace."""
        zones = ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]
        members = ["amlworkspace", "notebook", "inference"]
        properties = {"groupId": "amlworkspace", "requiredMembers": members, "requiredZoneNames": zones}
        own_id, location = f"{scope}/privateLinkResources/amlworkspace", azure.get(scope)["location"]
        named = {"id": own_id, "name": "amlworkspace", "type": self.type, "location": location}
        return [{**named, "properties": properties}]


def _workspace_id(resource: Body) -> str:
    return str(resource["id"]).rsplit("/", 2)[0]
