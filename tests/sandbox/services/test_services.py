"""What the services around Azure ML do: storage, vaults, registries, identities, roles, what can be attached."""

from collections.abc import Mapping
from typing import Any

import pytest

from azureml_arm import ids
from azureml_arm.roles import definition_id
from azureml_sandbox.azure import SUBSCRIPTION, Azure
from kit.clouds import CLUSTER, GROUP, INSIGHTS, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, WORKSPACE, body, refused

IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"
LOGS = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/log-acme"
PERSON = "b1d1c3d5-0000-4000-8000-000000000007"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
NAMES = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(4)]


# -- storage ---------------------------------------------------------------------------------------------------------


def test_an_account_tells_where_it_answers(azure: Azure) -> None:
    account = azure.get(STORAGE)
    assert account["properties"]["primaryEndpoints"]["blob"] == "https://stacme.blob.core.windows.net/"
    assert account["properties"]["primaryEndpoints"]["dfs"] == "https://stacme.dfs.core.windows.net/"
    assert account["sku"] == {"name": "Standard_LRS", "tier": "Standard"}


def test_a_hierarchical_namespace_is_for_good(azure: Azure) -> None:
    with refused("PropertyChangeNotAllowed", 409, says="properties.isHnsEnabled"):
        azure.put(STORAGE, body(STORAGE, isHnsEnabled=True))


def test_containers_and_shares_live_in_services_that_are_always_there(azure: Azure) -> None:
    container = azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    share = azure.put(f"{STORAGE}/fileServices/default/shares/files", {"properties": {"shareQuota": 100}})
    assert container["properties"]["publicAccess"] == "None"
    assert share["properties"]["shareQuota"] == 100
    assert azure.get(f"{STORAGE}/blobServices/default")["name"] == "default"
    with refused("InvalidResourceName"):
        azure.put(f"{STORAGE}/blobServices/default/containers/My_Data", {})
    with refused("ParentResourceNotFound"):
        azure.put(f"{STORAGE}/blobServices/other/containers/data", {})


def test_blobs_are_there_as_long_as_their_container(azure: Azure) -> None:
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    blob = azure.blobs.put("stacme", "data", "a/b.txt", b"hello", metadata={"name": "b"})
    assert (blob.size, blob.metadata) == (5, {"name": "b"})
    azure.blobs.put("stacme", "data", "a/B.txt", b"other")
    assert [found.name for found in azure.blobs.list("stacme", "data", "a/")] == ["a/B.txt", "a/b.txt"]
    azure.blobs.delete("stacme", "data", "a/B.txt")
    assert azure.blobs.get("stacme", "data", "a/b.txt") == b"hello"
    azure.delete(STORAGE)
    azure.put(STORAGE, body(STORAGE))
    with refused("ContainerNotFound"):
        azure.blobs.list("stacme", "data")
    azure.put(f"{STORAGE}/blobServices/default/containers/data", {})
    assert azure.blobs.list("stacme", "data") == []
    with refused("BlobNotFound", 404):
        azure.blobs.get("stacme", "data", "a/b.txt")
    with refused("ResourceNotFound"):
        azure.blobs.list("nobody", "data")


# -- vault, registry, insights ---------------------------------------------------------------------------------------


def test_a_vault_belongs_to_the_tenant_and_keeps_its_protection(azure: Azure) -> None:
    assert azure.get(VAULT)["properties"]["vaultUri"] == "https://kv-acme.vault.azure.net/"
    with refused("BadRequest"):
        azure.put(VAULT, body(VAULT, tenantId="11111111-0000-0000-0000-000000000000"))
    azure.put(VAULT, body(VAULT, enablePurgeProtection=True))
    with refused("BadRequest", says="enablePurgeProtection"):
        azure.put(VAULT, body(VAULT, enablePurgeProtection=False))


def test_a_registry_has_credentials_only_with_its_admin_account(azure: Azure) -> None:
    registry = azure.put(REGISTRY, body(REGISTRY))
    assert registry["properties"]["loginServer"] == "cracme.azurecr.io"
    assert registry["sku"] == {"name": "Basic", "tier": "Basic"}
    with refused("UnAuthorizedForCredentialOperations"):
        azure.action(REGISTRY, "listCredentials")
    azure.put(REGISTRY, body(REGISTRY, adminUserEnabled=True))
    assert azure.action(REGISTRY, "listCredentials")["username"] == "cracme"


def test_insights_hang_on_a_log_analytics_workspace(azure: Azure) -> None:
    with refused("LinkedResourceNotFound"):
        azure.put(INSIGHTS, body(INSIGHTS, WorkspaceResourceId=LOGS))
    logs = azure.put(LOGS, {"location": REGION, "properties": {"sku": {"name": "PerGB2018"}}})
    assert logs["properties"]["customerId"]
    assert set(azure.action(LOGS, "sharedKeys")) == {"primarySharedKey", "secondarySharedKey"}
    insights = azure.put(INSIGHTS, body(INSIGHTS, WorkspaceResourceId=LOGS))["properties"]
    assert insights["IngestionMode"] == "LogAnalytics"
    assert insights["ConnectionString"].startswith(f"InstrumentationKey={insights['InstrumentationKey']};")


# -- identities and roles --------------------------------------------------------------------------------------------


def test_a_user_assigned_identity_has_one_principal_wherever_it_is_used(azure: Azure) -> None:
    identity = azure.put(IDENTITY, {"location": REGION})["properties"]
    request = {**body(WORKSPACE), "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}}
    made = azure.put(WORKSPACE, request)
    assert made["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": {
            IDENTITY: {"principalId": identity["principalId"], "clientId": identity["clientId"]}
        },
    }
    with refused("FailedIdentityOperation", 404):
        azure.delete(IDENTITY)
        azure.put(WORKSPACE, request)


def _assignment(role: str, principal: str = PERSON) -> dict[str, Any]:
    return {"properties": {"roleDefinitionId": definition_id(role, SUBSCRIPTION), "principalId": principal}}


def test_a_role_is_given_at_any_scope(azure: Azure) -> None:
    for name, scope in zip(NAMES, (f"/subscriptions/{SUBSCRIPTION}", GROUP, STORAGE), strict=False):
        made = azure.put(f"{scope}/providers/{ASSIGNMENT}/{name}", _assignment("Reader"))
        assert made["properties"]["scope"] == scope
        assert made["properties"]["principalType"] == "User"
    azure.delete(STORAGE)
    assert len(azure.resources(ASSIGNMENT)) == 2
    with refused("ParentResourceNotFound"):
        azure.put(f"{STORAGE}/providers/{ASSIGNMENT}/{NAMES[3]}", _assignment("Reader"))


def test_a_role_is_given_once_whatever_the_assignments_name_which_never_gives_another(azure: Azure) -> None:
    azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[0]}", _assignment("Reader"))
    azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[0]}", _assignment("Reader"))
    with refused("RoleAssignmentExists", 409, says=NAMES[0].replace("-", "")):
        azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[1]}", _assignment("Reader"))
    azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[1]}", _assignment("Contributor"))
    with refused("RoleAssignmentUpdateNotPermitted"):
        azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[1]}", _assignment("Owner"))
    azure.delete(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[0]}")
    azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[2]}", _assignment("Reader"))


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("reader", _assignment("Reader"), "InvalidRoleAssignmentId"),
        (NAMES[0], _assignment("Reader", "someone"), "InvalidPrincipalId"),
        (NAMES[0], _assignment("99999999-0000-4000-8000-000000000000"), "RoleDefinitionDoesNotExist"),
    ],
)
def test_a_role_assignment_that_makes_no_sense_is_refused(
    azure: Azure, name: str, given: Mapping[str, Any], code: str
) -> None:
    with refused(code):
        azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{name}", given)


def test_roles_can_be_read_and_made(azure: Azure) -> None:
    reader = azure.get(definition_id("Reader", SUBSCRIPTION))
    assert reader["properties"]["roleName"] == "Reader"
    assert reader["properties"]["permissions"][0]["actions"] == ["*/read"]
    own = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NAMES[0]}"
    with refused("RoleDefinitionDoesNotExist"):
        azure.get(own)
    azure.put(own, {"properties": {"roleName": "Runs jobs", "assignableScopes": [GROUP], "permissions": []}})
    azure.put(f"{GROUP}/providers/{ASSIGNMENT}/{NAMES[0]}", _assignment(NAMES[0]))


# -- what can be attached --------------------------------------------------------------------------------------------

ATTACHABLE: dict[str, dict[str, Any]] = {
    CLUSTER: {"location": REGION, "properties": {"dnsPrefix": "acme"}},
    f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/azureml": {
        "properties": {
            "extensionType": "Microsoft.AzureML.Kubernetes",
            "configurationProtectedSettings": {"certificate": "hush"},
        }
    },
    f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm-acme": {"location": REGION},
    f"{PROVIDERS}/Microsoft.Synapse/workspaces/syn-acme": {
        "location": REGION,
        "properties": {"sqlAdministratorLoginPassword": "hush"},
    },
    f"{PROVIDERS}/Microsoft.Synapse/workspaces/syn-acme/bigDataPools/pool": {
        "location": REGION,
        "properties": {"nodeSize": "Small", "nodeCount": 3},
    },
    f"{PROVIDERS}/Microsoft.Databricks/workspaces/dbw-acme": {
        "location": REGION,
        "properties": {"computeMode": "Serverless"},
    },
}


def test_what_can_be_attached_can_be_made_and_keeps_its_secrets(azure: Azure) -> None:
    for resource_id, given in ATTACHABLE.items():
        assert azure.put(resource_id, given)["properties"]["provisioningState"] == "Succeeded"
    assert "hush" not in str(azure.resources())
    extension = list(ATTACHABLE)[1]
    assert azure.secrets(extension) == {"properties.configurationProtectedSettings": {"certificate": "hush"}}
    azure.delete(CLUSTER)
    assert not azure.exists(extension)


# -- networks and regions --------------------------------------------------------------------------------------------


def test_a_network_lists_its_subnets_with_their_ids(azure: Azure) -> None:
    network = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"
    subnet = {"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}
    made = azure.put(network, {"location": REGION, "properties": {"subnets": [subnet]}})
    assert [subnet["id"] for subnet in made["properties"]["subnets"]] == [f"{network}/subnets/a"]
    assert azure.get(f"{network}/subnets/a")["properties"]["addressPrefix"] == "10.0.0.0/24"
    azure.put(f"{network}/subnets/b", {"properties": {"addressPrefix": "10.0.1.0/24"}})
    azure.put(network, {"location": REGION, "tags": {"a": "b"}})
    listed = azure.get(network)["properties"]["subnets"]
    assert [(subnet["name"], subnet["properties"].get("addressPrefix")) for subnet in listed] == [
        ("a", "10.0.0.0/24"),
        ("b", "10.0.1.0/24"),
    ]
    azure.delete(f"{network}/subnets/a")
    assert [subnet["name"] for subnet in azure.get(network)["properties"]["subnets"]] == ["b"]


def test_a_private_endpoint_is_approved_at_once(azure: Azure) -> None:
    network, endpoint = (
        f"{PROVIDERS}/Microsoft.Network/{kind}/one" for kind in ("virtualNetworks", "privateEndpoints")
    )
    azure.put(network, {"location": REGION, "properties": {"subnets": [{"name": "a"}]}})
    connection = {"name": "vault", "properties": {"privateLinkServiceId": VAULT, "groupIds": ["vault"]}}
    properties = {"subnet": {"id": f"{network}/subnets/a"}, "privateLinkServiceConnections": [connection]}
    made = azure.put(endpoint, {"location": REGION, "properties": properties})["properties"]
    (connections,) = made["privateLinkServiceConnections"]
    assert connections["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"
    assert ids.parse(made["networkInterfaces"][0]["id"]).name.startswith("one.nic.")


@pytest.mark.parametrize(
    ("target", "given", "code"),
    [
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", {}, "LocationNotAvailableForResourceGroup"),
        (
            f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-none",
            {},
            "LocationNotAvailableForResourceType",
        ),
    ],
)
def test_a_region_that_is_none_is_refused_with_those_that_are(
    azure: Azure, target: str, given: dict[str, Any], code: str
) -> None:
    with refused(code, 400) as refusal:
        azure.put(target, {"location": "marsnorth", **given})
    assert "'marsnorth'" in refusal.value.message
    assert "westeurope" in refusal.value.message
    azure.put(target, {"location": "Australia Southeast", **given})
