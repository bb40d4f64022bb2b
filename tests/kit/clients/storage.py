"""azure-mgmt-storage against the sandbox."""

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage import operations as groups

from kit.clients import Kit, Suite

GROUP, ACCOUNT = "rg-clients", "stclients"
BODY = {"location": "West Europe", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": {"team": "ml"}}

SUITE = Suite(
    "azure-mgmt-storage",
    {
        "storage_accounts": groups.StorageAccountsOperations,
        "blob_services": groups.BlobServicesOperations,
        "blob_containers": groups.BlobContainersOperations,
        "file_services": groups.FileServicesOperations,
        "file_shares": groups.FileSharesOperations,
    },
)
CLIENT = StorageManagementClient


@SUITE.tries("storage_accounts.check_name_availability", "storage_accounts.begin_create")
def create(kit: Kit) -> None:
    """Make an account whose name is free."""
    accounts = kit.client.storage_accounts
    name = {"name": ACCOUNT, "type": "Microsoft.Storage/storageAccounts"}
    assert accounts.check_name_availability(name).name_available
    made = accounts.begin_create(GROUP, ACCOUNT, BODY).result()
    assert (made.name, made.location, made.sku.tier) == (ACCOUNT, "westeurope", "Standard")
    assert made.provisioning_state == "Succeeded"
    taken = accounts.check_name_availability(name)
    assert (taken.name_available, taken.reason) == (False, "AlreadyExists")


@SUITE.tries("storage_accounts.get_properties")
def get(kit: Kit) -> None:
    """Read an account in any letter case."""
    found = kit.client.storage_accounts.get_properties(GROUP, ACCOUNT.upper())
    assert found.tags == {"team": "ml"}
    assert found.primary_endpoints.blob.startswith("https://")
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        kit.client.storage_accounts.get_properties(GROUP, "stnobody")


@SUITE.tries("storage_accounts.list", "storage_accounts.list_by_resource_group")
def lists(kit: Kit) -> None:
    """List accounts."""
    accounts = kit.client.storage_accounts
    assert [one.name for one in accounts.list()] == [ACCOUNT]
    assert [one.name for one in accounts.list_by_resource_group(GROUP)] == [ACCOUNT]
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        list(accounts.list_by_resource_group("rg-nobody"))


@SUITE.tries("storage_accounts.update")
def update(kit: Kit) -> None:
    """Change the tags of an account."""
    changed = kit.client.storage_accounts.update(GROUP, ACCOUNT, {"tags": {"team": "data"}})
    assert changed.tags == {"team": "data"}
    assert changed.kind == "StorageV2"


@SUITE.tries("storage_accounts.list_keys", "storage_accounts.regenerate_key")
def keys(kit: Kit) -> None:
    """List the keys, and rotate one."""
    accounts = kit.client.storage_accounts
    before = [key.value for key in accounts.list_keys(GROUP, ACCOUNT)["keys"]]
    after = [key.value for key in accounts.regenerate_key(GROUP, ACCOUNT, {"keyName": "key1"})["keys"]]
    assert len(before) == len(after) == 2
    assert before[0] != after[0]
    assert before[1] == after[1]


@SUITE.tries("blob_services.get_service_properties", "blob_services.list", "blob_services.set_service_properties")
def blob_service(kit: Kit) -> None:
    """Change the settings of the blob service."""
    kept = {"properties": {"isVersioningEnabled": True}}
    assert kit.client.blob_services.set_service_properties(GROUP, ACCOUNT, kept).is_versioning_enabled
    assert kit.client.blob_services.get_service_properties(GROUP, ACCOUNT).is_versioning_enabled
    assert [one.name for one in kit.client.blob_services.list(GROUP, ACCOUNT)] == ["default"]


@SUITE.tries(
    "blob_containers.create",
    "blob_containers.get",
    "blob_containers.list",
    "blob_containers.update",
    "blob_containers.delete",
)
def containers(kit: Kit) -> None:
    """Make, read, change, list and delete a container."""
    group = kit.client.blob_containers
    assert group.create(GROUP, ACCOUNT, "raw", {}).name == "raw"
    assert group.get(GROUP, ACCOUNT, "raw").public_access == "None"
    assert group.update(GROUP, ACCOUNT, "raw", {"properties": {"metadata": {"a": "1"}}}).metadata == {"a": "1"}
    assert [one.name for one in group.list(GROUP, ACCOUNT)] == ["raw"]
    group.delete(GROUP, ACCOUNT, "raw")
    with pytest.raises(ResourceNotFoundError):
        group.get(GROUP, ACCOUNT, "raw")


@SUITE.tries("file_services.get_service_properties", "file_shares.create", "file_shares.get", "file_shares.list")
def shares(kit: Kit) -> None:
    """Make, read and list a file share."""
    assert kit.client.file_services.get_service_properties(GROUP, ACCOUNT).name == "default"
    assert kit.client.file_shares.create(GROUP, ACCOUNT, "team", {"properties": {"shareQuota": 10}}).share_quota == 10
    assert kit.client.file_shares.get(GROUP, ACCOUNT, "team").name == "team"
    assert [one.name for one in kit.client.file_shares.list(GROUP, ACCOUNT)] == ["team"]


@SUITE.tries("file_shares.update", "file_shares.delete")
def share_changes(kit: Kit) -> None:
    """Change a file share, and delete it."""
    changed = kit.client.file_shares.update(GROUP, ACCOUNT, "team", {"properties": {"shareQuota": 20}})
    assert changed.share_quota == 20
    kit.client.file_shares.delete(GROUP, ACCOUNT, "team")
    assert list(kit.client.file_shares.list(GROUP, ACCOUNT)) == []


@SUITE.tries("storage_accounts.delete")
def delete(kit: Kit) -> None:
    """Delete the account; again is no error."""
    with pytest.raises(ResourceExistsError, match="InvalidResourceLocation"):
        kit.client.storage_accounts.begin_create(GROUP, ACCOUNT, BODY | {"location": "northeurope"})
    kit.client.storage_accounts.delete(GROUP, ACCOUNT)
    kit.client.storage_accounts.delete(GROUP, ACCOUNT)
    assert list(kit.client.storage_accounts.list()) == []
