"""Microsoft.KeyVault: vaults, which stay recoverable when deleted and keep their names meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from arm.ids import ResourceId
from arm.names import RULES
from sandbox import derived
from sandbox.errors import ArmError, bad_request, conflict
from sandbox.resource import Body, ResourceType, Unique, Write, action, equal, merged

if TYPE_CHECKING:
    from sandbox.azure import Azure


class Vault(ResourceType):
    """A key vault. Its name is unique in the world, deleted vaults included."""

    type = "Microsoft.KeyVault/vaults"
    tracked = True
    soft_delete = True
    name_rule = RULES["key_vault"]
    name_code = "VaultNameNotValid"
    unique = Unique(
        "world",
        "VaultAlreadyExists",
        "The vault name '{name}' is already in use. Vault names are globally unique, and a deleted vault keeps its "
        "name until it is purged.",
    )

    def check(self, write: Write) -> None:
        """Purge protection and soft delete are for good."""
        for switch in ("enablePurgeProtection", "enableSoftDelete"):
            if write.old_properties.get(switch) and write.properties.get(switch) is False:
                raise bad_request(f'The property "{switch}" cannot be set to false. It is irreversible.')
        tenant = write.properties.get("tenantId")
        if not equal(tenant, write.azure.tenant):
            raise bad_request(f"An invalid value was provided for 'tenantId': '{tenant}'.")

    def recreate(self, write: Write, gone: Body) -> None:
        """A deleted vault can be recovered, or purged first."""
        if write.properties.get("createMode") != "recover":
            raise conflict(
                f"A vault with the name '{write.id.name}' exists in deleted state. Recover it (createMode 'recover') "
                "or purge it first.",
                "ConflictError",
            )
        write.body["properties"] = merged(gone["properties"], write.properties)
        write.azure.store.remove("deleted", gone["id"].lower())

    def defaults(self, _write: Write) -> Body:
        """What a vault has when nothing is said."""
        return {
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enableRbacAuthorization": False,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "publicNetworkAccess": "Enabled",
        }

    def computed(self, write: Write) -> Body:
        """Where the vault answers."""
        return {"vaultUri": f"https://{write.id.name.lower()}.vault.azure.net/"}

    def built(self, _write: Write, resource: Body) -> Body:
        """`createMode` is a word of requests."""
        resource["properties"].pop("createMode", None)
        return resource


class DeletedVault(ResourceType):
    """A deleted vault, by its location and name."""

    type = "Microsoft.KeyVault/locations/deletedVaults"
    state = None

    def virtual(self, azure: Azure, target: ResourceId) -> Body | None:
        """The vault that was deleted last under this name."""
        gone = next((vault for vault in _deleted(azure) if vault["name"].lower() == target.name.lower()), None)
        if gone is None:
            return None
        protected = bool(gone["properties"].get("enablePurgeProtection"))
        properties = {
            "vaultId": gone["id"],
            "location": gone["location"],
            "tags": gone["tags"],
            "deletionDate": derived.MOMENT,
            "purgeProtectionEnabled": protected,
        }
        return {"id": target.text, "name": gone["name"], "type": self.type, "properties": properties}

    @action("purge")
    def purge(self, azure: Azure, resource: Body, _body: Any) -> None:
        """The end of it, unless it is protected from that."""
        if resource["properties"]["purgeProtectionEnabled"]:
            raise ArmError(
                403,
                "DeletedVaultPurge",
                f"Operation 'DeletedVaultPurge' is not allowed: the vault '{resource['name']}' has purge protection.",
            )
        azure.purge(resource["properties"]["vaultId"])


def _deleted(azure: Azure) -> list[Body]:
    every = [json.loads(value) for _, value in azure.store.scan("deleted")]
    return [gone for gone in every if gone["type"] == Vault.type]
