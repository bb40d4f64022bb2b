"""The model of ARM itself: ids, parents, names, deletion, stores."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml_arm.types import TYPES as CATALOGUE
from azureml_sandbox.azure import SUBSCRIPTION, Azure, PutRequest
from azureml_sandbox.model.store import MemoryStore, SqliteStore
from azureml_sandbox.services import SERVICES, TYPES
from kit.clouds import (
    BODIES,
    GROUP,
    PROVIDERS,
    REGION,
    STORAGE,
    VAULT,
    WORKSPACE,
    body,
    compute,
    foundation,
    refused,
    workspace,
)

OTHER_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"


@pytest.fixture(params=["memory", "sqlite"])
def azure(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Azure]:
    cloud = Azure(MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "deep" / "cloud.db"))
    yield cloud
    cloud.close()


def test_ids_compare_without_case_and_keep_the_case_given(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    made = azure.put(IDENTITY.replace("id-acme", "Id-Acme"), {"location": REGION})
    assert made["name"] == "Id-Acme"
    assert azure.get(IDENTITY.upper().replace("/PROVIDERS/", "/providers/")) == made
    assert azure.put(IDENTITY.lower(), {"location": REGION})["id"] == made["id"]
    assert len(azure.resources("microsoft.managedidentity/USERASSIGNEDIDENTITIES")) == 1


def test_a_resource_comes_back_as_arm_has_it(azure: Azure) -> None:
    azure.put(GROUP, {"location": "West Europe", "tags": {"team": "ml"}})
    assert azure.get(GROUP) == {
        "id": GROUP,
        "name": "rg-acme",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "tags": {"team": "ml"},
        "properties": {"provisioningState": "Succeeded"},
    }


def test_what_comes_back_is_a_copy(azure: Azure) -> None:
    tags = {"a": "b"}
    azure.put(GROUP, {"location": REGION, "tags": tags})
    azure.get(GROUP)["tags"]["a"] = "changed"
    tags["a"] = "changed"
    assert azure.get(GROUP)["tags"] == {"a": "b"}


def test_every_type_of_the_catalogue_is_modelled() -> None:
    assert [entry.type for entry in CATALOGUE if entry.type.lower() not in TYPES] == []
    assert len(TYPES) == len(SERVICES)


def test_a_type_that_is_not_modelled_is_refused_with_what_to_add(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    with refused("InvalidResourceType", 404) as refusal:
        azure.put(f"{PROVIDERS}/Microsoft.Network/loadBalancers/lb", {"location": REGION})
    assert "namespace 'Microsoft.Network'" in refusal.value.message
    assert "sandbox/services/" in refusal.value.message
    with refused("NoRegisteredProviderFound", 404, says="Microsoft.Web/sites"):
        azure.get(f"{PROVIDERS}/Microsoft.Web/sites/cache")


def test_what_is_not_an_id_is_refused(azure: Azure) -> None:
    with refused("InvalidResourceId", 400):
        azure.get("rg-acme")


def test_the_group_and_the_parents_must_be_there(azure: Azure) -> None:
    with refused("ResourceGroupNotFound", 404, says="'rg-acme'"):
        azure.put(STORAGE, body(STORAGE))
    azure.put(GROUP, body(GROUP))
    with refused("ParentResourceNotFound", 404, says="Microsoft.MachineLearningServices/workspaces/mlw-acme"):
        azure.put(f"{WORKSPACE}/computes/cluster", compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    with refused("ParentResourceNotFound", 404):
        azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    with refused("SubscriptionNotFound", 404):
        azure.put(GROUP.replace(SUBSCRIPTION, "11111111-0000-0000-0000-000000000000"), body(GROUP))


def test_what_is_not_there_has_errors_that_differ(azure: Azure) -> None:
    with refused("ResourceGroupNotFound"):
        azure.get(GROUP)
    azure.put(GROUP, body(GROUP))
    with refused("ResourceNotFound", says="'Microsoft.Storage/storageAccounts/stacme' under resource group 'rg-acme'"):
        azure.get(STORAGE)
    assert not azure.exists(STORAGE)


def test_a_refused_request_leaves_nothing_behind(azure: Azure) -> None:
    foundation(azure)
    before = azure.resources()
    with refused("LinkedResourceNotFound", 400):
        azure.put(WORKSPACE, body(WORKSPACE, applicationInsights=f"{PROVIDERS}/Microsoft.Insights/components/none"))
    assert azure.resources() == before
    azure.put(WORKSPACE, body(WORKSPACE))
    before = azure.resources()
    with refused("InvalidResourceName"):  # after the container was made for it
        azure.put(
            f"{WORKSPACE}/data/iris/versions/-", {"properties": {"dataType": "uri_file", "dataUri": "https://x/y"}}
        )
    assert azure.resources() == before


def test_deleting_takes_everything_below_along(azure: Azure) -> None:
    workspace(azure)
    azure.put(f"{WORKSPACE}/computes/cluster", compute("AmlCompute", vmSize="STANDARD_DS3_V2"))
    assert azure.delete(WORKSPACE) is True
    assert [found for found in azure.resources() if "mlw-acme" in found["id"]] == []
    assert azure.exists(STORAGE)
    azure.delete(GROUP)
    assert azure.resources() == []
    assert azure.delete(GROUP) is False


def test_a_neighbour_with_a_longer_name_stays(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    azure.put(f"{GROUP}-2", body(GROUP))
    azure.delete(GROUP)
    assert [found["name"] for found in azure.resources()] == ["rg-acme-2"]


def test_names_are_unique_in_the_world(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    azure.put(OTHER_GROUP, body(GROUP))
    azure.put(STORAGE, body(STORAGE))
    with refused("StorageAccountAlreadyTaken", 409, says="named stacme"):
        azure.put(STORAGE.replace(GROUP, OTHER_GROUP), body(STORAGE))
    azure.delete(STORAGE)
    assert azure.put(STORAGE.replace(GROUP, OTHER_GROUP), body(STORAGE))["name"] == "stacme"


def test_a_name_that_breaks_its_rule_is_refused(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    with refused("AccountNameInvalid", 400, says="3 to 24 lower-case letters and digits"):
        azure.put(STORAGE.replace("stacme", "St-Acme"), body(STORAGE))
    with refused("VaultNameNotValid"):
        azure.put(VAULT.replace("kv-acme", "kv--acme"), body(VAULT))


def test_a_location_is_required_and_stays(azure: Azure) -> None:
    with refused("LocationRequired", 400):
        azure.provide(GROUP, {})
    azure.put(GROUP, {"location": "West Europe"})
    azure.put(GROUP, {"location": "westeurope"})
    with refused("InvalidResourceLocation", 409, says="'westeurope'"):
        azure.put(GROUP, {"location": "northeurope"})


def test_a_put_is_whole_and_a_patch_is_not(azure: Azure) -> None:
    azure.put(GROUP, {"location": REGION, "tags": {"a": "1", "b": "2"}})
    azure.patch(GROUP, {"tags": {"c": "3"}})
    assert azure.get(GROUP)["tags"] == {"c": "3"}
    azure.put(GROUP, {"location": REGION})
    assert azure.get(GROUP)["tags"] == {}
    azure.put(STORAGE, body(STORAGE))
    azure.patch(STORAGE, {"properties": {"networkAcls": {"defaultAction": "Deny"}, "allowSharedKeyAccess": None}})
    properties = azure.get(STORAGE)["properties"]
    assert properties["networkAcls"]["defaultAction"] == "Deny"
    assert properties["networkAcls"]["bypass"] == "AzureServices"
    assert properties["allowSharedKeyAccess"] is True
    with refused("BadRequest"):
        azure.patch(STORAGE, {"location": "northeurope"})
    with refused("ResourceNotFound"):
        azure.patch(VAULT, {"tags": {}})


def test_lists_are_of_a_type_or_of_what_is_directly_there(azure: Azure) -> None:
    workspace(azure)
    assert [found["name"] for found in azure.list(GROUP, "microsoft.keyvault/vaults")] == ["kv-acme"]
    names = [found["name"] for found in azure.list(WORKSPACE)]
    assert names == ["workspaceartifactstore", "workspaceblobstore", "workspacefilestore", "workspaceworkingdirectory"]
    assert [found["name"] for found in azure.list(f"/subscriptions/{SUBSCRIPTION}")] == ["rg-acme"]
    with refused("ResourceNotFound"):
        azure.list(f"{PROVIDERS}/Microsoft.Storage/storageAccounts/none")


def test_an_action_that_is_not_modelled_is_refused(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    azure.put(STORAGE, body(STORAGE))
    assert len(azure.action(STORAGE, "LISTKEYS")["keys"]) == 2
    with refused("InvalidResourceType", 404) as refusal:
        azure.action(STORAGE, "failover")
    assert "listkeys" in refusal.value.message
    assert "StorageAccount in azureml_sandbox.services.storage" in refusal.value.message


def test_a_deleted_vault_keeps_its_name_until_it_is_purged(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    azure.put(VAULT, {**body(VAULT), "tags": {"a": "b"}})
    azure.delete(GROUP)
    azure.put(GROUP, body(GROUP))
    with refused("ConflictError", 409):
        azure.put(VAULT, body(VAULT))
    azure.put(OTHER_GROUP, body(GROUP))
    with refused("VaultAlreadyExists", 409):
        azure.put(VAULT.replace(GROUP, OTHER_GROUP), body(VAULT))
    recovered = azure.put(VAULT, body(VAULT, createMode="recover", enabledForDeployment=True))
    assert "createMode" not in recovered["properties"]
    assert recovered["properties"]["enabledForDeployment"] is False  # it is as it was
    again = azure.put(VAULT, body(VAULT, enabledForDeployment=True))
    assert again["properties"]["enabledForDeployment"] is True
    azure.delete(VAULT)
    deleted = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/{REGION}/deletedVaults/kv-acme"
    assert azure.get(deleted)["properties"]["vaultId"] == VAULT
    azure.action(deleted, "purge")
    assert azure.get_deleted(VAULT) is None
    azure.put(VAULT, body(VAULT, enablePurgeProtection=True))
    azure.delete(VAULT)
    with refused("MethodNotAllowed", 405):
        azure.action(deleted, "purge")


def test_what_was_not_deleted_is_not_recovered(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))
    with refused("SoftDeletedVaultDoesNotExist", 400):
        azure.put(VAULT, body(VAULT, createMode="recover"))


@pytest.mark.parametrize("said", ["true", "True"])
def test_a_workspace_that_is_purged_as_it_is_deleted_frees_its_name(azure: Azure, said: str) -> None:
    workspace(azure)
    azure.delete(WORKSPACE, {"forceToPurge": said})
    azure.put(WORKSPACE, body(WORKSPACE))
    assert azure.exists(WORKSPACE)


def test_a_deleted_workspace_is_not_found_by_a_purge(azure: Azure) -> None:
    """As in https://github.com/Azure/azure-cli/issues/33756: purging finds none, creating finds a soft-deleted one."""
    workspace(azure)
    azure.delete(WORKSPACE)
    assert azure.delete(WORKSPACE, {"forceToPurge": "true"}) is False
    with refused("BadRequest", 400, says="Soft-deleted workspace exists"):
        azure.put(WORKSPACE, body(WORKSPACE))


def test_values_that_azure_makes_up_are_the_same_in_every_cloud() -> None:
    clouds = [workspace(Azure()) for _ in range(2)]
    assert clouds[0].resources() == clouds[1].resources()


def test_observers_see_what_was_put_and_not_what_services_make(azure: Azure) -> None:
    seen: list[PutRequest] = []
    azure.observers.append(seen.append)
    workspace(azure)
    assert [request.id for request in seen] == [GROUP, STORAGE, VAULT, *list(BODIES)[3:4], WORKSPACE]
    assert seen[-1].api_version == "2025-12-01"
    assert seen[-1].body == BODIES[WORKSPACE]


def test_threads_may_ask_at_once(azure: Azure) -> None:
    azure.put(GROUP, body(GROUP))

    def make(start: int) -> None:
        for number in range(start, start + 20):
            azure.put(IDENTITY + str(number), {"location": REGION})

    threads = [threading.Thread(target=make, args=(start,)) for start in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(azure.resources("Microsoft.ManagedIdentity/userAssignedIdentities")) == 60


def test_a_cloud_in_a_file_lasts(tmp_path: Path) -> None:
    first = workspace(Azure(SqliteStore(tmp_path / "cloud.db")))
    first.blobs.put("stacme", "azureml", "a", b"1")
    before = first.resources()
    first.close()
    again = Azure(SqliteStore(tmp_path / "cloud.db"))
    assert again.resources() == before
    assert again.blobs.get("stacme", "azureml", "a") == b"1"
    again.put(OTHER_GROUP, body(GROUP))
    with refused("StorageAccountAlreadyTaken"):
        again.put(STORAGE.replace(GROUP, OTHER_GROUP), body(STORAGE))
    again.close()


def test_two_processes_may_have_the_file_open(tmp_path: Path) -> None:
    one, other = Azure(SqliteStore(tmp_path / "cloud.db")), Azure(SqliteStore(tmp_path / "cloud.db"))
    one.put(GROUP, body(GROUP))
    other.put(STORAGE, body(STORAGE))
    assert one.exists(STORAGE)
    one.close()
    other.close()


def test_what_there_is_of_a_type_is_found_without_the_rest(azure: Azure) -> None:
    foundation(azure)
    other = f"{GROUP}-2"
    azure.put(other, body(GROUP))
    second = STORAGE.replace("rg-acme/", "rg-acme-2/").replace("stacme", "stother")
    azure.put(second, BODIES[STORAGE])
    assert [found["id"] for found in azure.resources("microsoft.storage/STORAGEACCOUNTS")] == [second, STORAGE]
    assert [found["id"] for found in azure.list(GROUP, "Microsoft.Storage/storageAccounts")] == [STORAGE]
    azure.delete(other)
    assert [found["id"] for found in azure.resources("Microsoft.Storage/storageAccounts")] == [STORAGE]
    with refused("LinkedResourceNotFound"):
        azure.put(WORKSPACE, body(WORKSPACE, keyVault=f"{VAULT}-2"))
    assert azure.resources("Microsoft.MachineLearningServices/workspaces") == []


def test_a_store_from_before_the_index_of_types_gets_one(azure: Azure) -> None:
    foundation(azure)
    for key, _ in azure.store.scan("types"):
        azure.store.remove("types", key)
    again = Azure(azure.store)
    assert [found["id"] for found in again.resources("Microsoft.KeyVault/vaults")] == [VAULT]
