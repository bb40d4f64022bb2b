"""azure-mgmt-containerregistry against the sandbox."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry import operations as groups

from kit.clients import Kit, Suite

GROUP, REGISTRY = "rg-clients", "crclients"
BODY = {"location": "westeurope", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}

SUITE = Suite("azure-mgmt-containerregistry", {"registries": groups.RegistriesOperations})
CLIENT = ContainerRegistryManagementClient


@SUITE.tries("registries.check_name_availability", "registries.begin_create", "registries.get")
def create(kit: Kit) -> None:
    """Make a registry whose name is free."""
    registries = kit.client.registries
    name = {"name": REGISTRY, "type": "Microsoft.ContainerRegistry/registries"}
    assert registries.check_name_availability(name).name_available
    made = registries.begin_create(GROUP, REGISTRY, BODY).result()
    assert made.provisioning_state == "Succeeded"
    assert made.login_server == f"{REGISTRY}.azurecr.io"
    assert registries.get(GROUP, REGISTRY).sku.name == "Basic"
    assert not registries.check_name_availability(name).name_available
    with pytest.raises(HttpResponseError):
        registries.begin_create(GROUP, "no_name", BODY)


@SUITE.tries("registries.list", "registries.list_by_resource_group", "registries.list_usages")
def lists(kit: Kit) -> None:
    """List registries, and what they use."""
    assert [one.name for one in kit.client.registries.list()] == [REGISTRY]
    assert [one.name for one in kit.client.registries.list_by_resource_group(GROUP)] == [REGISTRY]
    assert {one.name for one in kit.client.registries.list_usages(GROUP, REGISTRY).value} >= {"Size"}


@SUITE.tries("registries.list_credentials", "registries.regenerate_credential", "registries.begin_update")
def credentials(kit: Kit) -> None:
    """Rotate a password of the admin account, and switch the account off."""
    registries = kit.client.registries
    before = registries.list_credentials(GROUP, REGISTRY)
    after = registries.regenerate_credential(GROUP, REGISTRY, {"name": "password"})
    assert before.username == REGISTRY
    assert before.passwords[0].value != after.passwords[0].value
    changed = registries.begin_update(GROUP, REGISTRY, {"properties": {"adminUserEnabled": False}}).result()
    assert changed.admin_user_enabled is False
    with pytest.raises(HttpResponseError):
        registries.list_credentials(GROUP, REGISTRY)


@SUITE.tries("registries.begin_delete")
def delete(kit: Kit) -> None:
    """Delete the registry."""
    kit.client.registries.begin_delete(GROUP, REGISTRY).result()
    with pytest.raises(ResourceNotFoundError):
        kit.client.registries.get(GROUP, REGISTRY)
