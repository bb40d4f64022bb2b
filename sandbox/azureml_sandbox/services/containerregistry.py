"""Microsoft.ContainerRegistry."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.clouds import PUBLIC
from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import BY_LOCATION, PATCH_WITH_STATUS, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write, action
from azureml_sandbox.services import rotation

PASSWORDS = ("password", "password2")
STORAGE = {"Basic": 10, "Standard": 100, "Premium": 500}
"""GiB that each tier includes (https://learn.microsoft.com/azure/container-registry/container-registry-skus)."""
WEBHOOKS = {"Basic": 2, "Standard": 10, "Premium": 500}
_POLICIES: Body = {
    "quarantinePolicy": {"status": "disabled"},
    "trustPolicy": {"type": "Notary", "status": "disabled"},
    "retentionPolicy": {"days": 7, "lastUpdatedTime": derived.MOMENT, "status": "disabled"},
    "exportPolicy": {"status": "enabled"},
    "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
    "softDeletePolicy": {"retentionDays": 7, "lastUpdatedTime": derived.MOMENT, "status": "disabled"},
}
"""What a registry's policies are when nothing is said."""


class Registry(ResourceType):
    """A container registry. Its name is unique in the world."""

    type = "Microsoft.ContainerRegistry/registries"
    tracked = True
    system_data = True
    name_rule = RULES["registry"]
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PATCH": PATCH_WITH_STATUS,
        "DELETE": BY_LOCATION,
    }
    shapes: ClassVar = {"sku.name!": str}
    unique = Unique("world", "AlreadyInUse", f"The registry DNS name {{name}}.{PUBLIC.registry} is already in use.")
    filled: ClassVar = {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "dataEndpointEnabled": False,
        "dataEndpointHostNames": [],
        "encryption": {"status": "disabled"},
        "networkRuleBypassOptions": "AzureServices",
        "policies": _POLICIES,
        "privateEndpointConnections": [],
        "publicNetworkAccess": "Enabled",
        "zoneRedundancy": "Disabled",
    }

    def computed_properties(self, write: Write) -> Body:
        """Return where the registry answers."""
        return {"loginServer": f"{write.id.name.lower()}.{PUBLIC.registry}", "creationDate": derived.MOMENT}

    def check(self, write: Write) -> None:
        """Refuse a tier that doesn't exist."""
        tier = dig(write.body, "sku.name") or "Basic"
        if tier not in STORAGE:
            raise bad_request(f"The SKU '{tier}' is not one of {', '.join(STORAGE)}.", "UnsupportedSku")

    def finish(self, _write: Write, resource: Body) -> Body:
        """Add the tier, which is the SKU's name."""
        sku = resource.get("sku") or {"name": "Basic"}
        return {**resource, "sku": {**sku, "tier": sku["name"]}}

    @action("listCredentials")
    def list_credentials(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the admin account, where it is on."""
        if not resource["properties"]["adminUserEnabled"]:
            raise bad_request(
                f"Run a registry update to enable the admin account of '{resource['name']}' first.",
                "UnAuthorizedForCredentialOperations",
            )
        return _credentials(azure, resource)

    @action("regenerateCredential")
    def regenerate_credential(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return another password in the place of one of the two."""
        name = str(body.get("name")).lower()
        if name not in PASSWORDS:
            raise bad_request(f"'name' must be {' or '.join(PASSWORDS)}, not '{body.get('name')}'.")
        rotation.renew(azure, resource["id"], "registry", name)
        return _credentials(azure, resource)


def _credentials(azure: Cloud, resource: Body) -> Body:
    passwords = {name: rotation.current(azure, resource["id"], "registry", name)[:52] for name in PASSWORDS}
    listed = [{"name": name, "value": value} for name, value in passwords.items()]
    return {"username": resource["name"], "passwords": listed}


class RegistryUsage(ResourceType):
    """How much of what its tier includes a registry uses: a list, with nothing in it that has an id."""

    type = "Microsoft.ContainerRegistry/registries/listUsages"
    service_only = True

    def query_list(self, azure: Cloud, scope: str, _query: Mapping[str, str]) -> list[Body]:
        """Return no use of space: images take none here."""
        tier = dig(azure.get(scope), "sku.name")
        limits = {"Size": (STORAGE[tier] * 2**30, "Bytes"), "Webhooks": (WEBHOOKS[tier], "Count")}
        return [
            {"name": name, "limit": limit, "currentValue": 0, "unit": unit} for name, (limit, unit) in limits.items()
        ]
