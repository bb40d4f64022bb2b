"""Microsoft.KeyVault: vaults, which stay recoverable when deleted and keep their names meanwhile."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, equal
from azureml_sandbox.model.errors import ArmError, bad_request, conflict
from azureml_sandbox.model.operations import BY_LOCATION, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write, action


class Vault(ResourceType):
    """A key vault. Its name is unique in the world, deleted vaults included."""

    type = "Microsoft.KeyVault/vaults"
    tracked = True
    soft_delete = True
    system_data = True
    name_rule = RULES["key_vault"]
    name_code = "VaultNameNotValid"
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(200, headers=(), creating="RegisteringDns"),
    }
    unique = Unique(
        "world",
        "VaultAlreadyExists",
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is "
        "already taken.",
    )
    filled: ClassVar = {
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "publicNetworkAccess": "Enabled",
    }

    def check(self, write: Write) -> None:
        """Purge protection and soft delete are for good; only what is deleted can be recovered."""
        if write.created and write.properties.get("createMode") == "recover":
            raise bad_request(
                "A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is "
                "being attempted to recover is in a recoverable state.",
                "SoftDeletedVaultDoesNotExist",
            )
        for switch in ("enablePurgeProtection", "enableSoftDelete"):
            if write.old_properties.get(switch) and write.properties.get(switch) is False:
                raise bad_request(f'The property "{switch}" cannot be set to false. It is irreversible.')
        tenant = write.properties.get("tenantId")
        if not equal(tenant, write.azure.tenant):
            raise bad_request(f"An invalid value was provided for 'tenantId': '{tenant}'.")

    def recreate(self, write: Write, gone: Body) -> None:
        """Recover a deleted vault as it was, whatever the request says (Azure/azure-rest-api-specs, issue 21306), or
        refuse until it is purged. Without a deleted one `recover` fails
        (https://azure.github.io/azure-service-operator/guide/keyvaults/).
        """
        if write.properties.get("createMode") != "recover":
            raise conflict(
                "A vault with the same name already exists in deleted state. You need to either recover or purge "
                "existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more "
                "information on soft delete.",
                "ConflictError",
            )
        write.body["properties"] = dict(gone["properties"])
        write.azure.forget_deleted(gone["id"])

    def computed_properties(self, write: Write) -> Body:
        """Return where the vault answers."""
        return {"vaultUri": f"https://{write.id.name.lower()}.vault.azure.net/"}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Drop `createMode`, which only requests have."""
        resource["properties"].pop("createMode", None)
        return resource


class DeletedVault(ResourceType):
    """A deleted vault, by its location and name."""

    type = "Microsoft.KeyVault/locations/deletedVaults"
    state = None
    service_only = True
    long_running: ClassVar[Mapping[str, LongRunning]] = {"purge": BY_LOCATION}

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return the vault that was deleted under this name, in its region."""
        where = target.names[0].lower()
        for gone in _deleted_vaults(azure):
            if gone["name"].lower() == target.name.lower() and gone["location"] == where:
                return _render_deleted(azure, gone)
        return None

    @action("purge")
    def purge(self, azure: Cloud, resource: Body, _body: Any) -> None:
        """Purge it, unless it is protected from that."""
        if resource["properties"].get("purgeProtectionEnabled"):
            raise ArmError(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
        azure.purge(resource["properties"]["vaultId"])
        azure.part(Vaults).drop(resource["name"])


class DeletedVaults(ResourceType):
    """The list of the deleted vaults of all regions."""

    type = "Microsoft.KeyVault/deletedVaults"
    service_only = True

    def query_list(self, azure: Cloud, scope: str, _query: Mapping[str, str]) -> list[Body]:
        """Return those of the subscription."""
        azure.get(scope)
        return [_render_deleted(azure, gone) for gone in _deleted_vaults(azure)]


class AccessPolicies(ResourceType):
    """``add``, ``replace`` and ``remove``: a PUT to one of these changes the policies of the vault."""

    type = "Microsoft.KeyVault/vaults/accessPolicies"
    state = None
    created_status = 200
    shapes: ClassVar = {
        f"properties.accessPolicies[].permissions.{kind}[]": str
        for kind in ("keys", "secrets", "certificates", "storage")
    }

    def check(self, write: Write) -> None:
        """Refuse all but the three operations, with policies."""
        if write.id.name.lower() not in _CHANGES:
            raise bad_request(f"Access policies are changed by {', '.join(_CHANGES)}, not by '{write.id.name}'.")
        given = write.properties.get("accessPolicies")
        if not isinstance(given, list) or not all(isinstance(one, dict) and one.get("objectId") for one in given):
            raise bad_request("'properties.accessPolicies' must be a list of policies, each with its objectId.")

    def after(self, write: Write, resource: Body) -> None:
        """Write the policies into the vault; the request itself is no resource."""
        vault = write.parent
        old = {_holder(policy): policy for policy in vault["properties"].get("accessPolicies") or []}
        given = {_holder(policy): policy for policy in write.properties["accessPolicies"]}
        changed = list(_CHANGES[write.id.name.lower()](old, given).values())
        vault["properties"]["accessPolicies"] = resource["properties"]["accessPolicies"] = changed
        write.azure.update(vault)
        write.azure.forget(resource)


Policies = dict[tuple[str, ...], Body]


def _add(old: Policies, given: Policies) -> Policies:
    """Return the permissions of both."""
    result = dict(old)
    for holder, policy in given.items():
        before, now = (old.get(holder) or {}).get("permissions") or {}, policy.get("permissions") or {}
        both = {kind: sorted({*(before.get(kind) or ()), *(now.get(kind) or ())}) for kind in {*before, *now}}
        result[holder] = {**policy, "permissions": both}
    return result


_CHANGES: Mapping[str, Callable[[Policies, Policies], Policies]] = {
    "add": _add,
    "replace": lambda old, given: {**old, **given},
    "remove": lambda old, given: {holder: policy for holder, policy in old.items() if holder not in given},
}


def _holder(policy: Body) -> tuple[str, ...]:
    return tuple(str(policy.get(name) or "").lower() for name in ("tenantId", "objectId", "applicationId"))


def _render_deleted(azure: Cloud, gone: Body) -> Body:
    where = f"/subscriptions/{azure.subscription}/providers/Microsoft.KeyVault/locations/{gone['location']}"
    properties = {
        "vaultId": gone["id"],
        "location": gone["location"],
        "tags": gone["tags"],
        "deletionDate": derived.MOMENT,
        "scheduledPurgeDate": derived.PURGED,
    }
    if gone["properties"].get("enablePurgeProtection"):
        properties["purgeProtectionEnabled"] = True
    found = {"id": f"{where}/deletedVaults/{gone['name']}", "name": gone["name"]}
    return {**found, "type": "Microsoft.KeyVault/deletedVaults", "properties": properties}


def _deleted_vaults(azure: Cloud) -> list[Body]:
    return [gone for gone in azure.all_deleted() if gone["type"] == Vault.type]
