"""Deployments for tests on Azure Container Instances: a group beside the workspace, and the way to an endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azureml_infra import ContainerGroup, ContainerGroupArgs, load
from azureml_infra.description.overrides import of_setting
from azureml_infra.entities.container_group import gibibytes
from azureml_infra.entities.endpoint import ManagedOnlineDeployment
from kit.paths import EXAMPLES
from kit.platforms import ML, changes, live, stack, workspace
from kit.scenarios import Copy, Scenario

GROUP = "Microsoft.ContainerInstance/containerGroups"
MADE = ["create environment-7608c7fbd198", "create trial-scoring-first"]


def test_a_group_is_pulled_by_identity_and_ends_by_itself() -> None:
    scenario = Scenario("aci-test")
    result = scenario.up()
    group = scenario.all(GROUP)["trial-scoring-first"]
    properties = group["properties"]
    (identity,) = group["identity"]["userAssignedIdentities"]
    assert properties["imageRegistryCredentials"] == [{"server": "contosoml.azurecr.io", "identity": identity}]
    assert properties["containers"][0]["properties"]["command"][:3] == ["timeout", "8h", "gunicorn"]
    assert (properties["restartPolicy"], properties["ipAddress"]["type"]) == ("Never", "Public")
    assert result.outputs["test_deployments"] == {"first": group["id"]}
    assert scenario.all(f"{ML}/onlineEndpoints/deployments") == {}


def test_a_change_makes_another_group_and_a_tag_does_not(tmp_path: Path) -> None:
    copy = Copy("aci-test", tmp_path)
    copy.up()
    copy.edit("try.yml", "cpu: 1", "tags: {team: ml}\ncpu: 1")
    assert changes(copy.up()) == ["update first"]
    copy.edit("try.yml", "LOG_LEVEL: debug", "LOG_LEVEL: info")
    assert changes(copy.up()) == ["replace first"]
    copy.edit("try.yml", '"on": aci', "on: aci")
    assert changes(copy.up()) == []


def test_one_line_makes_it_a_deployment_of_the_endpoint(tmp_path: Path) -> None:
    copy = Copy("aci-test", tmp_path)
    copy.up()
    copy.edit("try.yml", '"on": aci', "on: managed")
    assert sorted(changes(copy.up())) == [*MADE, "delete first"]
    assert set(copy.all(f"{ML}/onlineEndpoints/deployments")) == {"first"}
    (entity,) = (one.entity for one in load(copy.folder).entities if one.entity.family == "online_deployments")
    assert isinstance(entity, ManagedOnlineDeployment)


def test_one_line_of_a_stack_does_too() -> None:
    said = of_setting(
        {"online_deployments": {"trial-scoring/first": {"on": "managed"}}}, EXAMPLES / "Pulumi.production.yaml"
    )
    assert load(EXAMPLES / "aci-test", said).entities[-1].entity.family == "online_deployments"


@pytest.mark.parametrize("schema", ["managedOnlineDeployment", "kubernetesOnlineDeployment"])
def test_a_file_of_az_ml_becomes_a_test_by_its_words(tmp_path: Path, schema: str) -> None:
    copy = Copy("aci-test", tmp_path)
    address = f"$schema: https://azuremlschemas.azureedge.net/latest/{schema}.schema.json\ntype: kubernetes\n"
    copy.edit("try.yml", "name: first", f"{address}name: first")
    assert [one.entity.family for one in load(copy.folder).entities] == ["online_endpoints", "test_deployments"]


@pytest.mark.parametrize(("text", "amount"), [("2Gi", 2.0), ("512Mi", 0.5), ("1.5", 1.5), ("2G", 1.9)])
def test_memory_is_in_gibibytes(text: str, amount: float) -> None:
    assert gibibytes(text) == amount


def test_the_example_is_what_the_page_says() -> None:
    entity: Any = load(EXAMPLES / "aci-test").entities[-1].entity
    assert (entity.cpu, entity.memory, entity.image_registry) == (1, "2Gi", "contosoml.azurecr.io")


def test_a_program_makes_a_group_in_a_subnet_of_its_own() -> None:
    route = {"port": 80, "path": "/"}
    routes = {f"{one}_route": route for one in ("liveness", "readiness", "scoring")}
    network = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg-net/providers/Microsoft.Network"

    def program() -> None:
        given = ContainerGroupArgs.model_validate(
            {
                "name": "first",
                "on": "aci",
                "endpoint_name": "scoring",
                "subnet": f"{network}/virtualNetworks/vnet/subnets/tests",
                "environment": {"image": "mcr.microsoft.com/azuredocs/aci-helloworld", "inference_config": routes},
            }
        )
        ContainerGroup("first", given, workspace=workspace())

    sandbox = stack()
    sandbox.azure.put(network.partition("/providers/")[0], {"location": "westeurope"})
    subnets = [{"name": "tests", "properties": {"addressPrefix": "10.0.0.0/24"}}]
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    made = {"location": "westeurope", "properties": {"addressSpace": space, "subnets": subnets}}
    sandbox.azure.put(f"{network}/virtualNetworks/vnet", made)
    sandbox.up(program)
    properties = live(sandbox, GROUP)["properties"]
    assert (properties["restartPolicy"], properties["ipAddress"]["type"]) == ("OnFailure", "Private")
    assert [one["id"].rpartition("/")[2] for one in properties["subnetIds"]] == ["tests"]
    assert "imageRegistryCredentials" not in properties
    assert changes(sandbox.up(program)) == []
