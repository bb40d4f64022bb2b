"""Deployments for tests on Azure Container Instances: a group beside the workspace, and the way to an endpoint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azureml_infra import (
    Asset,
    AzureBlobDatastore,
    ContainerGroup,
    ContainerGroupArgs,
    Datastore,
    RegisteredModel,
    load,
)
from azureml_infra.components.known import plain
from azureml_infra.description.overrides import of_setting
from azureml_infra.entities.container_group import gibibytes
from azureml_infra.entities.endpoint import ManagedOnlineDeployment
from azureml_sandbox import RunFailedError, Sandbox
from kit.given import grants, put_account, put_identity
from kit.paths import EXAMPLES
from kit.platforms import ML, SUBSCRIPTION, beside, changes, existing_workspace, live, stack, workspace
from kit.scenarios import Copy, Scenario

GROUP = "Microsoft.ContainerInstance/containerGroups"
IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-id/providers/Microsoft.ManagedIdentity/"
    "userAssignedIdentities/id-scoring"
)
MADE = ["create environment-29226a25b231", "create src-0261ba81e87a", "create trial-scoring-first"]
ROUTES = {f"{one}_route": {"port": 80, "path": "/"} for one in ("liveness", "readiness", "scoring")}


def test_a_group_fetches_by_identity_serves_and_ends_by_itself() -> None:
    scenario = Scenario("aci-test")
    result = scenario.up()
    group = scenario.all(GROUP)["trial-scoring-first"]
    properties = group["properties"]
    container = properties["containers"][0]["properties"]
    assert container["command"][:4] == ["timeout", "8h", "python3", "-c"]
    assert container["command"][-3:] == ["--", "runsvdir", "/var/runit"]
    assert {one["name"]: one["value"] for one in container["environmentVariables"]} == {
        "AML_APP_ROOT": "/tmp/azureml-app/src",
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "AZUREML_LOG_LEVEL": "DEBUG",
        "AZUREML_MODEL_DIR": "/tmp/azureml-app/azureml-models",
    }
    assert [one["port"] for one in properties["ipAddress"]["ports"]] == [5001]
    assert (properties["restartPolicy"], properties["ipAddress"]["type"]) == ("Never", "Public")
    uri = f"http://{properties['ipAddress']['ip']}:5001/score"
    assert result.outputs["test_deployments"] == {"first": {"id": group["id"], "scoring_uri": uri}}
    assert scenario.preview().outputs["test_deployments"] == result.outputs["test_deployments"]
    assert scenario.all(f"{ML}/onlineEndpoints/deployments") == {}


def test_a_change_makes_another_group_and_a_tag_does_not(tmp_path: Path) -> None:
    copy = Copy("aci-test", tmp_path).ready()
    copy.edit("try.yml", "cpu: 1", "tags: {team: ml}\ncpu: 1")
    assert changes(copy.up()) == ["update first"]
    copy.edit("src/score.py", "a few numbers", "numbers")
    assert [one for one in changes(copy.up()) if one.endswith("first")] == ["replace first"]
    copy.edit("platform.yml", "path: model}", "path: model, tags: {kind: tides}}")
    assert changes(copy.up()) == ["update tides-1"]
    copy.edit("try.yml", '"on": aci', "on: aci")
    assert changes(copy.up()) == []


def test_one_line_makes_it_a_deployment_of_the_endpoint(tmp_path: Path) -> None:
    """With the same model and the same code: what was uploaded isn't uploaded again."""
    copy = Copy("aci-test", tmp_path).ready()
    copy.edit("try.yml", '"on": aci', "on: managed")
    done = sorted(changes(copy.up()))
    assert done == [*MADE, "delete first", "delete trial-rg-shared-id-scoring-can-read"]
    deployment = copy.all(f"{ML}/onlineEndpoints/deployments")["first"]["properties"]
    assert deployment["codeConfiguration"]["scoringScript"] == "score.py"
    assert deployment["model"].endswith("/models/tides/versions/1")
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
    assert [one.entity.family for one in load(copy.folder).entities][1:] == ["online_endpoints", "test_deployments"]


@pytest.mark.parametrize(("text", "amount"), [("2Gi", 2.0), ("512Mi", 0.5), ("1.5", 1.5), ("2G", 1.9)])
def test_memory_is_in_gibibytes(text: str, amount: float) -> None:
    assert gibibytes(text) == amount


def group(**words: Any) -> ContainerGroupArgs:
    """Return a group whose image serves by itself, with an identity, unless it says otherwise."""
    given: dict[str, Any] = {
        "name": "first",
        "on": "aci",
        "endpoint_name": "scoring",
        "public": True,
        "identity": {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]},
        "environment": {"image": "mcr.microsoft.com/a:1", "inference_config": ROUTES},
        "command": ["serve"],
    }
    return ContainerGroupArgs.model_validate({**given, **words})


def roles_of(sandbox: Sandbox) -> set[tuple[str, str]]:
    """Return the roles that the identity has: role, and the name of what it has it on."""
    who = sandbox.azure.get(IDENTITY)["properties"]["principalId"]
    return {(one.role, one.scope.rpartition("/")[2]) for one in grants(sandbox.azure) if one.principal == who}


def with_identity(start: Callable[[], Sandbox]) -> Sandbox:
    sandbox = start()
    put_identity(sandbox.azure, IDENTITY)
    return sandbox


@pytest.mark.parametrize("grants", [None, False])
def test_an_image_of_the_workspaces_registry_is_pulled_by_an_identity_that_may(grants: bool | None) -> None:
    sandbox = with_identity(stack)

    def program() -> None:
        home = workspace(mode="managed")
        name = str(plain(home.foundation.ids["registry"])).rpartition("/")[2]
        image = {"image": f"{name}.azurecr.io/scoring:1", "inference_config": ROUTES}
        ContainerGroup("first", group(environment=image, grants=grants, stop_after_hours=2), workspace=home)

    sandbox.up(program)
    (registry,) = sandbox.azure.resources("Microsoft.ContainerRegistry/registries")
    properties = live(sandbox, GROUP)["properties"]
    assert properties["imageRegistryCredentials"] == [
        {"server": f"{registry['name']}.azurecr.io", "identity": IDENTITY}
    ]
    assert properties["containers"][0]["properties"]["command"] == ["timeout", "2h", "serve"]
    assert roles_of(sandbox) == (set() if grants is False else {("AcrPull", registry["name"])})


def test_a_model_is_fetched_from_where_it_is(tmp_path: Path) -> None:
    """From another account, which the identity may then read; and one that is registered there already."""
    sandbox = with_identity(beside)
    (tmp_path / "model.bin").write_bytes(b"1")
    lake = AzureBlobDatastore.model_validate(
        {"name": "lake", "account_name": "contosolake", "resource_group": "rg-id", "container_name": "raw"}
    )
    account = f"{IDENTITY.partition('/providers/')[0]}/providers/Microsoft.Storage/storageAccounts/contosolake"
    put_account(sandbox.azure, account)
    model: dict[str, Any] = {"name": "tides", "version": "1", "path": "azureml://datastores/lake/paths/tides/1/"}

    def program(given: Any, *, described: bool) -> Callable[[], None]:
        def run() -> None:
            home = existing_workspace()
            Datastore("lake", lake, workspace=home)
            if described:
                Asset("tides", RegisteredModel.model_validate(model), workspace=home)
            ContainerGroup("first", group(model=given), workspace=home)

        return run

    def words_of_fetching() -> list[str]:
        words: list[str] = live(sandbox, GROUP)["properties"]["containers"][0]["properties"]["command"]
        return words[words.index("--") - 3 : words.index("--")]

    sandbox.up(program("azureml:tides:1", described=True))
    assert words_of_fetching()[:2] == ["https://contosolake.blob.core.windows.net/raw", "tides/1"]
    assert roles_of(sandbox) == {("Storage Blob Data Reader", "contosolake")}
    assert changes(sandbox.up(program("azureml:tides@latest", described=False))) == ["delete tides"]
    sandbox.up(program({"path": str(tmp_path / "model.bin")}, described=False))
    assert words_of_fetching()[1].endswith("/model.bin")
    with pytest.raises(RunFailedError, match="the workspace has no model tides:9, and none is described; expected one"):
        sandbox.up(program("azureml:tides:9", described=False))
    with pytest.raises(
        RunFailedError, match="can't fetch azureml://registries/azureml/models/bert/versions/1: it reads"
    ):
        sandbox.up(program("azureml://registries/azureml/models/bert/versions/1", described=False))


def test_a_program_makes_a_group_in_a_subnet_of_its_own() -> None:
    network = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg-net/providers/Microsoft.Network"

    def program() -> None:
        given = group(subnet=f"{network}/virtualNetworks/vnet/subnets/tests", public=False, identity=None)
        ContainerGroup("first", given, workspace=existing_workspace())

    sandbox = beside()
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
