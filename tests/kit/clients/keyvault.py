"""azure-mgmt-keyvault against the sandbox."""

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.keyvault import operations as groups

from kit.clients import Kit, Suite

GROUP, VAULT = "rg-clients", "kv-clients"

SUITE = Suite("azure-mgmt-keyvault", {"vaults": groups.VaultsOperations, "secrets": groups.SecretsOperations})
CLIENT = KeyVaultManagementClient


def _body(kit: Kit, **properties: object) -> dict[str, object]:
    tenant = kit.served.environment["AZURE_TENANT_ID"]
    sku = {"family": "A", "name": "standard"}
    return {
        "location": "westeurope",
        "properties": {"tenantId": tenant, "sku": sku, "accessPolicies": [], **properties},
    }


@SUITE.tries("vaults.check_name_availability", "vaults.begin_create_or_update", "vaults.get")
def create(kit: Kit) -> None:
    """Make a vault whose name is free, and read it."""
    name = {"name": VAULT, "type": "Microsoft.KeyVault/vaults"}
    assert kit.client.vaults.check_name_availability(name).name_available
    made = kit.client.vaults.begin_create_or_update(GROUP, VAULT, _body(kit)).result()
    assert made.properties.enable_soft_delete
    assert made.properties.vault_uri.startswith("https://")
    assert kit.client.vaults.get(GROUP, VAULT).properties.provisioning_state == "Succeeded"
    assert not kit.client.vaults.check_name_availability(name).name_available


@SUITE.tries("vaults.update", "vaults.update_access_policy")
def update(kit: Kit) -> None:
    """Change a vault and its access policies."""
    assert kit.client.vaults.update(GROUP, VAULT, {"tags": {"team": "ml"}}).tags == {"team": "ml"}
    policy = {
        "tenantId": kit.served.environment["AZURE_TENANT_ID"],
        "objectId": "9f2d6c1e-0000-4000-8000-00000000da7a",
        "permissions": {"secrets": ["get"]},
    }
    for operation, count in (("add", 1), ("replace", 1), ("remove", 0)):
        kit.client.vaults.update_access_policy(GROUP, VAULT, operation, {"properties": {"accessPolicies": [policy]}})
        assert len(kit.client.vaults.get(GROUP, VAULT).properties.access_policies or []) == count


@SUITE.tries("vaults.list_by_resource_group", "vaults.list_by_subscription", "vaults.list")
def lists(kit: Kit) -> None:
    """List vaults by group, by subscription and as resources."""
    for found in (kit.client.vaults.list_by_resource_group(GROUP), kit.client.vaults.list_by_subscription()):
        assert [one.name for one in found] == [VAULT]
    assert [one.name for one in kit.client.vaults.list(filter="resourceType eq 'Microsoft.KeyVault/vaults'")] == [VAULT]


@SUITE.tries("secrets.create_or_update", "secrets.get", "secrets.list", "secrets.update")
def secrets(kit: Kit) -> None:
    """Write, read, list and change secrets."""
    made = kit.client.secrets.create_or_update(GROUP, VAULT, "token", {"properties": {"value": "hidden"}})
    assert made.properties.value is None
    assert kit.client.secrets.get(GROUP, VAULT, "token").name == "token"
    assert [one.name for one in kit.client.secrets.list(GROUP, VAULT)] == ["token"]
    changed = kit.client.secrets.update(GROUP, VAULT, "token", {"properties": {"contentType": "text/plain"}})
    assert changed.properties.content_type == "text/plain"


@SUITE.tries("vaults.delete", "vaults.get_deleted", "vaults.list_deleted", "vaults.begin_purge_deleted")
def delete(kit: Kit) -> None:
    """Delete a vault, find it among the deleted ones, and purge it."""
    kit.client.vaults.delete(GROUP, VAULT)
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        kit.client.vaults.get(GROUP, VAULT)
    assert kit.client.vaults.get_deleted(VAULT, "westeurope").name == VAULT
    assert [one.name for one in kit.client.vaults.list_deleted()] == [VAULT]
    with pytest.raises(ResourceExistsError):
        kit.client.vaults.begin_create_or_update(GROUP, VAULT, _body(kit))
    kit.client.vaults.begin_purge_deleted(VAULT, "westeurope").result()
    assert list(kit.client.vaults.list_deleted()) == []
