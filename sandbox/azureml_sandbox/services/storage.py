"""Microsoft.Storage: accounts, and the containers and file shares in them."""

from typing import Any, ClassVar

from azureml_arm import tags
from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_sandbox.data.blobs import Blobs, FileShares, account_of
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request, change_refused
from azureml_sandbox.model.operations import LOCATION_HEADER, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write, action
from azureml_sandbox.services import rotation

KEYS = {"key1": 1, "key2": 2}
_PURPOSE = "storage"
_DAYS = range(1, 366)
_ZONE = "z3"
"""The zone of static web sites: each region has its own in Azure."""
_ENCRYPTED = {"keyType": "Account", "enabled": True, "lastEnabledTime": derived.MOMENT}
ENDPOINTS = ("blob", "dfs", "file", "queue", "table", "web")


class StorageAccount(ResourceType):
    """A storage account. Its name is unique in the world."""

    type = "Microsoft.Storage/storageAccounts"
    tracked = True
    tag_limits = tags.STORAGE_ACCOUNT
    name_rule = RULES["storage"]
    name_code = "AccountNameInvalid"
    unique = Unique("world", "StorageAccountAlreadyTaken", "The storage account named {name} is already taken.")
    immutable = ("properties.isHnsEnabled", "properties.isNfsV3Enabled")
    shapes: ClassVar = {"sku.name!": str}
    long_running: ClassVar = {"PUT": LongRunning(202, headers=(LOCATION_HEADER,), body=False)}
    filled: ClassVar = {
        "accessTier": "Hot",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": True,
        "minimumTlsVersion": "TLS1_0",
        "networkAcls": {
            "bypass": "AzureServices",
            "defaultAction": "Allow",
            "ipRules": [],
            "ipv6Rules": [],
            "virtualNetworkRules": [],
        },
        "allowCrossTenantReplication": False,
        "encryption": {"keySource": "Microsoft.Storage", "services": {"blob": _ENCRYPTED, "file": _ENCRYPTED}},
        "privateEndpointConnections": [],
        "supportsHttpsTrafficOnly": True,
    }

    def check(self, write: Write) -> None:
        """Refuse to add later what an account was made without."""
        for path in ("isHnsEnabled", "isNfsV3Enabled"):
            if write.old is not None and write.properties.get(path) and not write.old_properties.get(path):
                raise change_refused(f"properties.{path}", False, True)  # noqa: FBT003

    def computed_properties(self, write: Write) -> Body:
        """Return where the account answers."""
        name = write.id.name
        hosts = {service: f"https://{name}.{service}.core.windows.net/" for service in ENDPOINTS}
        hosts["web"] = f"https://{name}.{_ZONE}.web.core.windows.net/"
        return {
            "creationTime": derived.MOMENT,
            "keyCreationTime": dict.fromkeys(KEYS, derived.MOMENT),
            "primaryEndpoints": hosts,
            "primaryLocation": write.location,
            "statusOfPrimary": "available",
        }

    def finish(self, _write: Write, resource: Body) -> Body:
        """Add the tier, which follows from the SKU's name."""
        sku = resource.get("sku") or {"name": "Standard_LRS"}
        tier = "Premium" if sku["name"].startswith("Premium") else "Standard"
        return {**resource, "sku": {**sku, "tier": tier}}

    @action("listKeys")
    def list_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the two account keys."""
        return _keys(azure, resource["id"])

    @action("regenerateKey")
    def regenerate_key(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return another key in the place of one of the two."""
        number = KEYS.get(str(body.get("keyName")).lower())
        if number is None:
            raise bad_request(f"'keyName' must be {' or '.join(KEYS)}, not '{body.get('keyName')}'.", "InvalidValues")
        rotation.renew(azure, resource["id"], _PURPOSE, str(number))
        return _keys(azure, resource["id"])


def _keys(azure: Cloud, account_id: str) -> Body:
    made = {name: account_key(azure, account_id, number) for name, number in KEYS.items()}
    return {"keys": [{"keyName": name, "value": key, "permissions": "FULL"} for name, key in made.items()]}


class _Service(ResourceType):
    """A part of every account that nobody makes: ``default``."""

    state = None

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return it as long as the account exists."""
        if target.name.lower() != "default" or not azure.exists(target.parent or ""):
            return None
        return {"id": target.text, "name": "default", "type": self.type, "properties": {}}


_RETENTIONS = ("deleteRetentionPolicy", "containerDeleteRetentionPolicy", "restorePolicy")


class BlobService(_Service):
    """The blob service of an account, with its soft-delete retention."""

    type = "Microsoft.Storage/storageAccounts/blobServices"
    shapes: ClassVar = {f"properties.{policy}.days": int for policy in _RETENTIONS}

    def check(self, write: Write) -> None:
        """Refuse a restore without versions and a longer retention, and days that aren't from 1 to 365."""
        for policy in _RETENTIONS:
            given = write.properties.get(policy) or {}
            if given.get("enabled") and given.get("days") not in _DAYS:
                text = f"'properties.{policy}.days' must be 1 to {_DAYS[-1]}, not {given.get('days')}."
                raise bad_request(text, "InvalidRequestPropertyValue")
        if dig(write.properties, "restorePolicy.enabled") and not write.properties.get("isVersioningEnabled"):
            raise bad_request("A restore policy needs 'isVersioningEnabled'.", "RequiredFeatureDisabled")


class FileService(_Service):
    """Where an account's file shares are."""

    type = "Microsoft.Storage/storageAccounts/fileServices"


class _Leased(ResourceType):
    """What can be leased: a container, a file share."""

    state = None
    etag = True
    created_status = 201

    def computed_properties(self, _write: Write) -> Body:
        """Return that nobody holds a lease."""
        return {"leaseStatus": "Unlocked", "leaseState": "Available", "lastModifiedTime": derived.MOMENT}


class BlobContainer(_Leased):
    """A container, or a file system where the account has a hierarchical namespace."""

    type = "Microsoft.Storage/storageAccounts/blobServices/containers"
    name_rule = RULES["blob_container"]
    filled: ClassVar = {"publicAccess": "None", "metadata": {}}

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete the blobs in it."""
        azure.part(Blobs).drop_container(*account_of(resource["id"]))


class FileShare(_Leased):
    """A file share."""

    type = "Microsoft.Storage/storageAccounts/fileServices/shares"
    name_rule = RULES["file_share"]
    filled: ClassVar = {"shareQuota": 5120, "enabledProtocols": "SMB", "accessTier": "TransactionOptimized"}

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Delete the files in it."""
        azure.part(FileShares).drop_container(*account_of(resource["id"]))


class ManagementPolicy(ResourceType):
    """An account's rules for moving and deleting blobs by their age; there is one, ``default``."""

    type = "Microsoft.Storage/storageAccounts/managementPolicies"
    state = None

    def check(self, write: Write) -> None:
        """Refuse any but the one name, and an empty policy."""
        if write.id.name.lower() != "default":
            raise bad_request(f"A management policy is called 'default', not '{write.id.name}'.", "InvalidValues")
        if not isinstance(dig(write.properties, "policy.rules"), list):
            raise bad_request("A management policy needs 'properties.policy.rules'.", "InvalidRequestPropertyValue")

    def computed_properties(self, write: Write) -> Body:
        """Return when it was written."""
        return {"lastModifiedTime": write.azure.events.moment()}


def account_key(azure: Cloud, account_id: str, number: int = 1) -> str:
    """Return one of the two keys of a storage account."""
    return rotation.current(azure, account_id, _PURPOSE, str(number))
