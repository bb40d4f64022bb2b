"""What a workspace comes with and stands on."""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import BODIES, GROUP, STORAGE, VAULT, WORKSPACE, body, foundation, refused
from kit.ml_paths import ml

SYSTEM_DATASTORES = [
    "workspaceartifactstore",
    "workspaceblobstore",
    "workspacefilestore",
    "workspaceworkingdirectory",
]


def test_a_workspace_tells_where_it_answers(azure: Azure) -> None:
    found = azure.get(WORKSPACE)
    properties = found["properties"]
    assert properties["discoveryUrl"] == "https://westeurope.api.azureml.ms/discovery"
    assert properties["mlFlowTrackingUri"] == f"azureml://westeurope.api.azureml.ms/mlflow/v1.0{WORKSPACE}"
    assert properties["friendlyName"] == ""
    assert len(properties["workspaceId"]) == 36
    assert "containerRegistry" not in properties
    assert found["identity"]["type"] == "SystemAssigned"
    assert found["identity"]["tenantId"] == azure.tenant


def test_a_workspace_comes_with_its_datastores(azure: Azure) -> None:
    guid = azure.get(WORKSPACE)["properties"]["workspaceId"]
    assert [found["name"] for found in azure.list(WORKSPACE)] == SYSTEM_DATASTORES
    blobs = azure.get(ml("datastores/workspaceblobstore"))["properties"]
    assert blobs["isDefault"] is True
    assert blobs["credentials"] == {"credentialsType": "None"}
    assert blobs["containerName"] == f"azureml-blobstore-{guid}"
    assert azure.exists(f"{STORAGE}/blobServices/default/containers/azureml-blobstore-{guid}")
    files = azure.get(ml("datastores/workspacefilestore"))["properties"]
    assert files["isDefault"] is False
    assert azure.exists(f"{STORAGE}/fileServices/default/shares/{files['fileShareName']}")


def test_a_workspace_comes_with_the_roles_of_its_identity(azure: Azure) -> None:
    principal = azure.get(WORKSPACE)["identity"]["principalId"]
    grants = azure.resources("Microsoft.Authorization/roleAssignments")
    roles = {
        azure.get(grant["properties"]["roleDefinitionId"])["properties"]["roleName"]: grant["properties"]["scope"]
        for grant in grants
        if grant["properties"]["principalId"] == principal
    }
    assert roles == {
        "Azure AI Administrator": GROUP,
        "Storage Blob Data Contributor": STORAGE,
        "Key Vault Administrator": VAULT,
    }


def test_a_role_that_azure_ml_has_granted_by_itself_cant_be_granted_again(azure: Azure) -> None:
    grant = next(
        found for found in azure.resources("Microsoft.Authorization/roleAssignments") if found["id"].startswith(STORAGE)
    )
    given = {name: grant["properties"][name] for name in ("roleDefinitionId", "principalId", "principalType")}
    own = f"{STORAGE}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001"
    with refused("RoleAssignmentExists"):
        azure.put(own, {"properties": given})


def test_a_put_of_an_existing_workspace_makes_nothing_anew(azure: Azure) -> None:
    before = azure.resources()
    azure.put(WORKSPACE, BODIES[WORKSPACE])
    assert azure.resources() == before


@pytest.mark.parametrize(
    ("storage", "code"),
    [
        ({"allowSharedKeyAccess": False}, "KeyBasedAuthenticationNotPermitted"),
        ({"allowSharedKeyAccess": True, "isHnsEnabled": True}, "BadRequest"),
    ],
)
def test_the_storage_account_must_suit(storage: dict[str, Any], code: str) -> None:
    azure = foundation(Azure())
    azure.delete(STORAGE)
    azure.put(STORAGE, body(STORAGE, **storage))
    with refused(code):
        azure.put(WORKSPACE, body(WORKSPACE, systemDatastoresAuthMode="AccessKey"))


def test_a_premium_account_does_not_suit() -> None:
    azure = foundation(Azure())
    azure.delete(STORAGE)
    azure.put(STORAGE, {**body(STORAGE), "sku": {"name": "Premium_LRS"}})
    with refused("BadRequest", says="premium"):
        azure.put(WORKSPACE, body(WORKSPACE))


def test_a_workspace_needs_storage_and_a_vault() -> None:
    azure = foundation(Azure())
    for name in ("storageAccount", "keyVault"):
        with refused("ValidationError", 400, says=name):
            azure.put(WORKSPACE, body(WORKSPACE, **{name: None}))


def test_what_a_workspace_stands_on_and_its_kind_are_fixed(azure: Azure) -> None:
    other = STORAGE.replace("stacme", "stother")
    azure.put(other, body(STORAGE))
    with refused("PropertyChangeNotAllowed", 409):
        azure.put(WORKSPACE, body(WORKSPACE, storageAccount=other))
    azure.put(WORKSPACE, body(WORKSPACE, storageAccount=STORAGE.upper().replace("/PROVIDERS/", "/providers/")))
    for given in (body(WORKSPACE, keyVault=VAULT + "2"), {**BODIES[WORKSPACE], "kind": "Hub"}):
        with refused("PropertyChangeNotAllowed", 409):
            azure.put(WORKSPACE, given)


def test_a_system_datastore_keeps_what_was_changed(azure: Azure) -> None:
    changed = {"description": "ours", "datastoreType": "AzureBlob", "credentials": {"credentialsType": "None"}}
    azure.put(ml("datastores/workspaceblobstore"), {"properties": changed})
    azure.put(WORKSPACE, body(WORKSPACE, description="changed"))
    assert azure.get(ml("datastores/workspaceblobstore"))["properties"]["description"] == "ours"


def test_system_datastores_stay_as_long_as_the_workspace(azure: Azure) -> None:
    with refused("UserError", 403):
        azure.delete(ml("datastores/workspaceblobstore"))
    azure.delete(WORKSPACE)
    assert not azure.exists(ml("datastores/workspaceblobstore"))
