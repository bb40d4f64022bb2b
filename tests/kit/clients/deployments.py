"""azure-mgmt-resource-deployments against the sandbox."""

import json
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.deployments import operations as groups

from kit.clients import Kit, Suite

GROUP = "rg-clients"
SUITE = Suite(
    "azure-mgmt-resource-deployments",
    {
        "deployments": groups.DeploymentsOperations,
        "deployment_operations": groups.DeploymentOperationsOperations,
    },
)
CLIENT = DeploymentsMgmtClient
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
TEMPLATE = {
    "$schema": SCHEMA,
    "contentVersion": "1.0.0.0",
    "parameters": {"name": {"type": "string"}, "tags": {"type": "object", "defaultValue": {}}},
    "resources": [
        {
            "type": IDENTITY,
            "apiVersion": "2023-01-31",
            "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
            "tags": "[parameters('tags')]",
        }
    ],
    "outputs": {"id": {"type": "string", "value": f"[resourceId('{IDENTITY}', parameters('name'))]"}},
}


def deployment(**parameters: Any) -> dict[str, Any]:
    """Return the body of a deployment of the template."""
    given = {name: {"value": value} for name, value in parameters.items()}
    return {"properties": {"mode": "Incremental", "template": TEMPLATE, "parameters": given}}


@SUITE.tries("deployments.begin_validate", "deployments.begin_what_if", "deployments.calculate_template_hash")
def before(kit: Kit) -> None:
    """Validate a template, ask what it would change, and hash it."""
    of = kit.client.deployments
    valid = of.begin_validate(GROUP, "first", deployment(name="id-one")).result()
    assert valid.properties.provisioning_state == "Succeeded"
    with pytest.raises(HttpResponseError, match="InvalidTemplate"):
        of.begin_validate(GROUP, "first", deployment()).result()
    (change,) = of.begin_what_if(GROUP, "first", deployment(name="id-one")).result().properties.changes
    assert (change.change_type, change.resource_id.rpartition("/")[2]) == ("Create", "id-one")
    hashed = of.calculate_template_hash(TEMPLATE)
    assert int(hashed.template_hash) > 0
    assert json.loads(hashed.minified_template) == TEMPLATE
    assert not of.check_existence(GROUP, "first")


@SUITE.tries(
    "deployments.begin_create_or_update",
    "deployments.get",
    "deployments.check_existence",
    "deployments.list_by_resource_group",
    "deployments.export_template",
)
def deploy(kit: Kit) -> None:
    """Deploy a template, and read the deployment and its template."""
    of = kit.client.deployments
    made = of.begin_create_or_update(GROUP, "first", deployment(name="id-one")).result()
    assert made.properties.provisioning_state == "Succeeded"
    assert made.properties.outputs["id"]["value"].endswith(f"/{IDENTITY}/id-one")
    assert of.get(GROUP, "FIRST").name == "first"
    assert of.check_existence(GROUP, "first")
    assert [one.name for one in of.list_by_resource_group(GROUP)] == ["first"]
    assert of.export_template(GROUP, "first").template == TEMPLATE
    with pytest.raises(ResourceNotFoundError, match="DeploymentNotFound"):
        of.get(GROUP, "none")


@SUITE.tries("deployment_operations.list", "deployment_operations.get")
def operations(kit: Kit) -> None:
    """List the operations of a deployment, and read one."""
    found = list(kit.client.deployment_operations.list(GROUP, "first"))
    assert {one.properties.provisioning_state for one in found} == {"Succeeded"}
    (created,) = [one for one in found if one.properties.target_resource]
    assert created.properties.target_resource.resource_name == "id-one"
    same = kit.client.deployment_operations.get(GROUP, "first", created.operation_id)
    assert same.properties.provisioning_operation == "Create"


@SUITE.tries("deployments.begin_what_if")
def change(kit: Kit) -> None:
    """Ask what another deployment would change."""
    wanted = deployment(name="id-one", tags={"team": "ml"})
    changes = kit.client.deployments.begin_what_if(GROUP, "second", wanted).result().properties.changes
    (change,) = [one for one in changes if one.change_type != "Ignore"]
    paths = [one.path for one in change.delta]
    assert (change.change_type, paths) == ("Modify", ["tags.team"])


@SUITE.tries("deployments.begin_create_or_update")
def fail(kit: Kit) -> None:
    """Deploy a template that Azure refuses."""
    with pytest.raises(HttpResponseError, match=r"InvalidTemplate|DeploymentFailed"):
        kit.client.deployments.begin_create_or_update(GROUP, "bad", deployment(name="no/such")).result()


@SUITE.tries(
    "deployments.begin_create_or_update_at_subscription_scope",
    "deployments.get_at_subscription_scope",
    "deployments.list_at_subscription_scope",
    "deployments.begin_delete_at_subscription_scope",
)
def at_subscription(kit: Kit) -> None:
    """Deploy at the subscription, and delete the deployment."""
    of = kit.client.deployments
    group = {
        "type": "Microsoft.Resources/resourceGroups",
        "apiVersion": "2024-03-01",
        "name": "rg-deployed",
        "location": "westeurope",
    }
    template = {"$schema": SCHEMA.replace("2019-04-01/d", "2018-05-01/subscriptionD"), "contentVersion": "1.0.0.0"}
    wanted = {
        "location": "westeurope",
        "properties": {"mode": "Incremental", "template": {**template, "resources": [group]}},
    }
    of.begin_create_or_update_at_subscription_scope("wide", wanted).result()
    assert of.get_at_subscription_scope("wide").location == "westeurope"
    assert [one.name for one in of.list_at_subscription_scope()] == ["wide"]
    of.begin_delete_at_subscription_scope("wide").result()
    assert list(of.list_at_subscription_scope()) == []


@SUITE.tries("deployments.cancel", "deployments.begin_delete")
def end(kit: Kit) -> None:
    """Refuse to cancel what has ended, and delete the deployment."""
    of = kit.client.deployments
    with pytest.raises(ResourceExistsError, match="DeploymentCannotBeCancelled"):
        of.cancel(GROUP, "first")
    of.begin_delete(GROUP, "first").result()
    assert not of.check_existence(GROUP, "first")
