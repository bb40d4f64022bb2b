"""Deployments in Pulumi programs: azure-native's `Deployment` on both doors."""

from pathlib import Path
from typing import Any

import pytest
from pulumi_azure_native import resources

from azureml_arm import ids
from azureml_sandbox import mock_azure
from kit.engine_projects import cli, project

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"name": {"type": "string"}},
    "resources": [
        {
            "type": IDENTITY,
            "apiVersion": "2023-01-31",
            "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
        }
    ],
    "outputs": {"id": {"type": "string", "value": f"[resourceId('{IDENTITY}', parameters('name'))]"}},
}


def program(name: str = "idone") -> resources.Deployment:
    made = resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")
    return resources.Deployment(
        "deployment",
        resource_group_name=made.name,
        deployment_name="d",
        properties={"mode": "Incremental", "template": TEMPLATE, "parameters": {"name": {"value": name}}},
    )


def test_a_program_deploys_a_template_in_process() -> None:
    found: list[Any] = []
    with mock_azure() as azure:
        program().properties.apply(lambda done: found.append(done.outputs["id"]["value"]))
    (identity,) = azure.cloud.resources(IDENTITY)
    assert ids.same(str(found[0]), identity["id"])


def test_a_template_that_azure_refuses_fails_the_program() -> None:
    with pytest.raises(Exception, match="DeploymentFailed"), mock_azure():
        program("x")


PROGRAM = f"""
import pulumi
from pulumi_azure_native import resources

group = resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")
deployment = resources.Deployment(
    "deployment",
    resource_group_name=group.name,
    deployment_name="d",
    properties={{"mode": "Incremental", "template": {TEMPLATE!r}, "parameters": {{"name": {{"value": "idone"}}}}}},
)
pulumi.export("id", deployment.properties.apply(lambda done: done.outputs["id"]["value"]))
"""


@cli
def test_a_program_deploys_a_template_on_the_engine(tmp_path: Path) -> None:
    made = project(tmp_path, PROGRAM)
    assert "idone" in made.run("up")
    assert made.changes() == []
