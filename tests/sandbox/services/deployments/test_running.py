"""Deployments of ARM templates: what is made, in which order, and what stays."""

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model.errors import ArmError
from kit.arm_templates import (
    DEPLOYMENT,
    IDENTITY,
    INNER,
    STORAGE,
    SUBSCRIPTION_SCHEMA,
    account,
    at,
    body,
    container,
    deploy,
    group,
    identity,
    names,
    nest,
    refusal,
    template,
)


def test_resources_are_made_in_the_order_of_what_they_need(azure: Azure) -> None:
    made = deploy(
        azure,
        template(
            container("[concat(parameters('name'), '/default/data')]", dependsOn=["[variables('id')]"]),
            account("[parameters('name')]"),
            parameters={"name": {"type": "string"}, "key": {"type": "securestring", "defaultValue": "hush"}},
            variables={"id": f"[resourceId('{STORAGE}', parameters('name'))]"},
            outputs={
                "blob": {"type": "string", "value": "[reference(parameters('name')).primaryEndpoints.blob]"},
                "sku": {"type": "string", "value": "[reference(variables('id'), '2024-01-01', 'Full').sku.name]"},
                "keys": {"type": "int", "value": "[length(listKeys(variables('id'), '2024-01-01').keys)]"},
                "secret": {"type": "secureString", "value": "[parameters('key')]"},
            },
        ),
        {"name": {"value": "stone"}},
    )
    assert names(azure) == ["stone", "data"]
    assert made["provisioningState"] == "Succeeded"
    assert made["parameters"] == {"name": {"type": "String", "value": "stone"}, "key": {"type": "SecureString"}}
    assert made["outputs"] == {
        "blob": {"type": "String", "value": "https://stone.blob.core.windows.net/"},
        "sku": {"type": "String", "value": "Standard_LRS"},
        "keys": {"type": "Int", "value": 2},
        "secret": {"type": "SecureString"},
    }
    assert [one["id"].rpartition("/")[2] for one in made["outputResources"]] == ["stone", "data"]
    assert [one["resourceName"] for one in made["dependencies"]] == ["stone/default/data"]
    assert "template" not in azure.get(at(azure))["properties"]
    assert azure.action(at(azure), "exportTemplate")["template"]["resources"][1]["type"] == STORAGE


def test_what_a_resource_refers_to_is_made_before_it(azure: Azure) -> None:
    tags = {"principal": "[reference('idone').principalId]"}
    deploy(azure, template(account(tags=tags), identity()))
    principal = azure.identities.principal(f"{group(azure)}/providers/{IDENTITY}/idone")
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"] == {"principal": principal}


def test_loops_conditions_children_and_symbolic_names(azure: Azure) -> None:
    resources = {
        "old": identity("idold", existing=True),
        "many": identity("[format('id{0}x', copyIndex())]", copy={"name": "many", "count": 3}),
        "none": identity("idnone", condition="[equals(1, 2)]"),
        "one": account(
            tags={"second": "[reference(format('many[{0}]', 1)).principalId]", "old": "[reference('old').clientId]"},
            dependsOn=["many", "none"],
            resources={"inside": container("default/data", type="blobServices/containers", dependsOn=["one"])},
        ),
    }
    azure.put(f"{group(azure)}/providers/{IDENTITY}/idold", {"location": "westeurope"})
    outputs = {
        "all": {
            "type": "array",
            "copy": {"count": 3, "input": "[reference(format('many[{0}]', copyIndex())).clientId]"},
        }
    }
    written = {**template(), "languageVersion": "2.0", "resources": resources, "outputs": outputs}
    made = deploy(azure, written)
    assert sorted(names(azure)) == ["data", "id0x", "id1x", "id2x", "idold", "stone"]
    second = azure.identities.principal(f"{group(azure)}/providers/{IDENTITY}/id1x")
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"]["second"] == second
    assert len(set(made["outputs"]["all"]["value"])) == 3


def test_an_extension_goes_where_its_scope_says(azure: Azure) -> None:
    assignment = {
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": "[guid(resourceGroup().id, 'x')]",
        "scope": f"[format('{STORAGE}/{{0}}', 'stone')]",
        "dependsOn": ["stone"],
        "properties": {
            "principalId": "[reference('idone').principalId]",
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', "
            "'acdd72a7-3385-48ef-bd42-f606fba81ae7')]",
        },
    }
    made = deploy(azure, template(assignment, account(), identity()))
    assert any(
        "/storageAccounts/stone/providers/Microsoft.Authorization" in one["id"] for one in made["outputResources"]
    )


def test_nested_templates_with_names_of_their_own_and_of_the_outer_one(azure: Azure) -> None:
    azure.put(group(azure, "other"), {"location": "northeurope"})
    inner = template(
        identity("[parameters('name')]", location="[resourceGroup().location]"),
        parameters={"name": {"type": "string"}},
        outputs={"id": {"type": "string", "value": f"[resourceId('{IDENTITY}', parameters('name'))]"}},
    )
    made = deploy(
        azure,
        template(
            nest("shared", template(identity("[parameters('name')]"))),
            nest("own", inner, resourceGroup="other", properties={**INNER, "parameters": {"name": {"value": "idown"}}}),
            account(tags={"id": "[reference('own').outputs.id.value]"}),
            parameters={"name": {"type": "string", "defaultValue": "idouter"}},
        ),
    )
    own = f"{group(azure, 'other')}/providers/{IDENTITY}/idown"
    assert azure.get(own)["location"] == "northeurope"
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"] == {"id": own}
    assert azure.exists(f"{group(azure)}/providers/{IDENTITY}/idouter")
    assert own in [one["id"] for one in made["outputResources"]]
    assert (
        azure.get(f"{group(azure, 'other')}/providers/{DEPLOYMENT}/own")["properties"]["provisioningState"]
        == "Succeeded"
    )


def test_a_deployment_to_the_subscription_makes_groups_and_fills_them(azure: Azure) -> None:
    resources = [
        {
            "type": "Microsoft.Resources/resourceGroups",
            "apiVersion": "2024-03-01",
            "name": "new",
            "location": "westeurope",
        },
        nest("fill", template(account()), resourceGroup="new", dependsOn=["new"], properties=INNER),
    ]
    written = {**template(*resources), "$schema": SUBSCRIPTION_SCHEMA}
    target = f"/subscriptions/{azure.subscription}/providers/{DEPLOYMENT}/d"
    with pytest.raises(ArmError, match="LocationRequired"):
        azure.put(target, body(written))
    azure.put(target, {"location": "westeurope", **body(written)})
    assert azure.exists(f"{group(azure, 'new')}/providers/{STORAGE}/stone")
    listed = azure.list(f"/subscriptions/{azure.subscription}", DEPLOYMENT)
    assert [one["id"] for one in listed] == [target]
    assert azure.list(group(azure), DEPLOYMENT) == []


def test_a_complete_deployment_deletes_what_it_does_not_list(azure: Azure) -> None:
    deploy(azure, template(account(), container(dependsOn=["stone"]), identity()))
    deploy(azure, template(account()), mode="Complete")
    assert names(azure) == ["stone", "data"]
    operations = azure.list(at(azure), f"{DEPLOYMENT}/operations")
    steps = [
        (one["properties"]["provisioningOperation"], one["properties"]["targetResource"]["resourceName"])
        for one in operations
    ]
    assert steps == [("Create", "stone"), ("Delete", "idone")]


def test_a_parameter_from_a_key_vault(azure: Azure) -> None:
    vault = f"{group(azure)}/providers/Microsoft.KeyVault/vaults/kvone"
    properties = {"tenantId": azure.tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    azure.put(vault, {"location": "westeurope", "properties": properties})
    Vaults(azure).set("kvone", "tag", "hush")
    written = template(identity(tags={"t": "[parameters('tag')]"}), parameters={"tag": {"type": "securestring"}})
    given = {"tag": {"reference": {"keyVault": {"id": vault}, "secretName": "tag"}}}
    assert refusal(azure, written, given).code == "KeyVaultParameterReferenceSecretRetrieveFailed"
    azure.put(vault, {"location": "westeurope", "properties": {**properties, "enabledForTemplateDeployment": True}})
    deploy(azure, written, given)
    assert azure.get(f"{group(azure)}/providers/{IDENTITY}/idone")["tags"] == {"t": "hush"}


def test_deployments_are_deleted_without_what_they_made(azure: Azure) -> None:
    deploy(azure, template(identity()))
    with pytest.raises(ArmError, match="DeploymentCannotBeCancelled"):
        azure.action(at(azure), "cancel")
    assert azure.delete(at(azure))
    assert names(azure) == ["idone"]
    with pytest.raises(ArmError):
        azure.list(at(azure), f"{DEPLOYMENT}/operations")
