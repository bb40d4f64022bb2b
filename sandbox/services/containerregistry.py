"""Microsoft.ContainerRegistry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arm.names import RULES
from sandbox import derived
from sandbox.errors import bad_request
from sandbox.resource import Body, ResourceType, Unique, Write, action

if TYPE_CHECKING:
    from sandbox.azure import Azure


class Registry(ResourceType):
    """A container registry. Its name is unique in the world."""

    type = "Microsoft.ContainerRegistry/registries"
    tracked = True
    name_rule = RULES["registry"]
    unique = Unique("world", "AlreadyInUse", "The registry DNS name {name}.azurecr.io is already in use.")

    def defaults(self, _write: Write) -> Body:
        """What a registry has when nothing is said."""
        return {
            "adminUserEnabled": False,
            "anonymousPullEnabled": False,
            "dataEndpointEnabled": False,
            "networkRuleBypassOptions": "AzureServices",
            "publicNetworkAccess": "Enabled",
            "zoneRedundancy": "Disabled",
        }

    def computed(self, write: Write) -> Body:
        """Where the registry answers."""
        return {"loginServer": f"{write.id.name.lower()}.azurecr.io", "creationDate": derived.MOMENT}

    def built(self, _write: Write, resource: Body) -> Body:
        """The tier is the SKU's name."""
        sku = resource.get("sku") or {"name": "Basic"}
        return {**resource, "sku": {**sku, "tier": sku["name"]}}

    @action("listCredentials")
    def list_credentials(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """The admin account, where it is on."""
        if not resource["properties"]["adminUserEnabled"]:
            raise bad_request(
                f"Run a registry update to enable the admin account of '{resource['name']}' first.",
                "UnAuthorizedForCredentialOperations",
            )
        passwords = [derived.key("registry", resource["id"], name)[:52] for name in ("password", "password2")]
        return {
            "username": resource["name"],
            "passwords": [
                {"name": name, "value": value} for name, value in zip(("password", "password2"), passwords, strict=True)
            ],
        }
