"""What is there becomes a description that says the same: valid, as short as it can be, and equal each time."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from azureml_arm import ids
from azureml_arm.compare import differences
from azureml_infra.__main__ import main
from azureml_infra.commands.verbs.leaner import NameResolver
from azureml_infra.commands.verbs.target import Target
from azureml_infra.description.load import load
from azureml_infra.description.located import key
from azureml_infra.entities.body import body
from azureml_infra.entities.references import SEGMENTS, VERSIONED
from azureml_sandbox.pulumi.transport import intercept
from kit.platforms import ML
from kit.scenarios import Scenario
from kit.verbs import SIGNED, Run

BELOW = {"online_deployments": "onlineEndpoints/{}/deployments", "batch_deployments": "batchEndpoints/{}/deployments"}
NOT_EXPORTED = {"jobs", "registries"}


def path_of(entity: Any) -> str:
    """Return where an entity is, below its workspace."""
    if entity.family in BELOW:
        return f"{BELOW[entity.family].format(entity.endpoint_name)}/{entity.name}"
    version = f"/versions/{entity.version}" if entity.family in VERSIONED else ""
    return f"{SEGMENTS.get(entity.family, entity.family)}/{entity.name}{version}"


@pytest.mark.parametrize("name", ["quickstart", "batch", "attached-computes", "network", "datastores"])
def test_an_export_says_what_is_there(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every entity of the example is exported, and none of the bodies would change anything in Azure."""
    scenario = Scenario(name)
    assert scenario.up().outputs
    (workspace,) = scenario.azure.resources(ML)
    with intercept(scenario.azure):
        code = main(["export", "--workspace", workspace["id"], "--into", str(tmp_path)])
        printed = capsys.readouterr()
        assert (code, printed.err) == (0, ""), printed.out
        exported = load(tmp_path)
        parts = ids.parse(workspace["id"])
        target = Target(str(parts.subscription), str(parts.resource_group), parts.name)
        names = NameResolver(target.arm(), target)
    described = {(one.entity.family, key(one.entity)) for one in load(scenario.folder).entities}
    found = {(one.entity.family, key(one.entity)) for one in exported.entities}
    missing = {one for one in described if one[0] not in NOT_EXPORTED} - found
    assert missing == ({("components", "prepare_and_report")} if name == "batch" else set())
    assert ("Azure doesn't show a pipeline component's steps" in printed.out) == bool(missing)
    for located in exported.entities:
        live = dict(scenario.azure.get(f"{workspace['id']}/{path_of(located.entity)}"))
        type_name = ids.parse(live["id"]).type
        there = {word: value for word, value in live.items() if word not in ("id", "name", "type")}
        made = body(located.entity, names)
        made |= {"location": live["location"]} if "location" in live and "location" not in made else {}
        assert differences(made, there, complete=False, type_name=type_name) == (), located.file


def test_what_a_feature_set_refers_to_has_the_id_that_azure_gives_it() -> None:
    target = Target("sub", "rg", "store")
    made = NameResolver(target.arm(), target).reference(("feature_store_entities",), "azureml:account:1")
    assert made == f"{target.id}/featurestoreEntities/account/versions/1"


def test_it_is_short_and_the_same_each_time(run: Run, project: Path, azure: Any) -> None:
    azure.put(f"{run('workspace', 'show').data['id']}/datastores/signed", {"properties": SIGNED})
    assert run("export", "--into", "one").out.splitlines() == [
        f"{Path('one/platform.yml')} and 11 files",
        "a credential is wanted: pulumi config set --secret SIGNED_SAS_TOKEN",
    ]
    run("export", "--into", "two")
    one, two = ({p.name: p.read_text("utf-8") for p in (project / at).rglob("*.yml")} for at in ("one", "two"))
    assert one == two
    assert yaml.safe_load(one["aml-cluster.yml"]) == {
        "$schema": "https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json",
        "name": "aml-cluster",
        "type": "amlcompute",
        "max_instances": 5,
    }
    blue = yaml.safe_load(one["quickstart-diabetes-blue.yml"])
    assert set(blue) == {
        "$schema", "name", "endpoint_name", "type", "code_configuration", "environment", "model", "instance_type",
    }  # fmt: skip
    platform = yaml.safe_load(one["platform.yml"])
    assert platform["workspace"]["display_name"] == "Quickstart"
    assert platform["resource_group"] == {"name": "rg-quickstart-dev", "existing": True}
    assert "azureml-infra-disposable" not in platform["workspace"]["tags"]
    assert "hush" not in "".join(one.values())


def test_each_thing_has_a_file_of_its_own(run: Run, project: Path, azure: Any) -> None:
    """The second version of one and another's name may be spelled alike."""
    workspace = run("workspace", "show").data["id"]
    for asset in ("rows/versions/1", "rows/versions/2", "rows-2/versions/1"):
        body = {"properties": {"dataType": "uri_file", "dataUri": "https://a.blob.core.windows.net/c/x.csv"}}
        azure.put(f"{workspace}/data/{asset}", body)
    assert run("export", "--into", "alike").code == 0
    found = [one.entity for one in load(project / "alike").entities if one.entity.family == "data"]
    assert {("rows", "1"), ("rows", "2"), ("rows-2", "1")} <= {(one.name, one.version) for one in found}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--into", "platform"), "platform.yml is there already; export into another folder, or see `--diff`"),
        (("--into", "x", "--workspace", "mlw"), "--workspace 'mlw' is no ARM id of a workspace"),
        (("--into", "x", "-w", "nope"), "there is no workspace 'nope' in 'rg-quickstart-dev'"),
    ],
)
def test_what_can_not_be_exported_is_told(words: tuple[str, ...], message: str, run: Run, project: Path) -> None:
    found = run("export", *words)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("error: ")
    assert found.err.endswith(f"{message}\n")
    assert not (project / "x").exists()
