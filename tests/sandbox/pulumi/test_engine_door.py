"""The same programs on the real engine: a pulumi CLI with the sandbox as its Azure."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from azureml_arm.roles import definition_id
from azureml_sandbox import Sandbox
from azureml_sandbox.azure import Azure
from azureml_sandbox.commands import seed
from kit.engine_projects import Project, cli, project
from kit.paths import ROOT
from kit.platforms import REGISTRY, SUBSCRIPTION
from kit.scenarios import SECRETS, existing, scenarios


@pytest.fixture
def quickstart(tmp_path: Path) -> Project:
    """Return the example, with the program and the settings that `make up` runs it with."""
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "examples" / "quickstart")
    made = project(tmp_path, (ROOT / "__main__.py").read_text())
    shutil.copy(ROOT / "Pulumi.sandbox.yaml", tmp_path)
    return made


CLUSTER = "examples/quickstart/computes/aml-cluster.yml"
ENDPOINT = "examples/quickstart/endpoint/endpoint.yml"
PLATFORM = "examples/quickstart/platform.yml"
ML = "Microsoft.MachineLearningServices/workspaces"


@cli
def test_the_quickstart_comes_up_changes_and_goes(quickstart: Project) -> None:
    settings = (quickstart.folder / "Pulumi.sandbox.yaml").read_text()
    first, *lines = quickstart.run("up").splitlines()
    assert first.startswith("Updating azureml-infra (sandbox) in the sandbox: on Pulumi's engine (")
    assert "warning" not in "\n".join(lines)
    assert "created" in "\n".join(lines)
    quickstart.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    quickstart.edit(CLUSTER, "max_instances: 5", "max_instances: 8")
    assert quickstart.changes() == ["update aml-cluster"]
    assert "maxNodeCount: 5 => 8" in quickstart.run("preview")
    changed = quickstart.run("up")
    assert "maxNodeCount: 5 => 8" in changed
    assert "minNodeCount" not in changed  # what stays isn't shown
    assert quickstart.changes() == []
    assert "unchanged" in quickstart.run("refresh")
    assert quickstart.changes() == []

    quickstart.edit(ENDPOINT, "blue: 90\n  green: 10", "blue: 40\n  green: 60")
    assert quickstart.changes() == ["update quickstart-diabetes-traffic"]
    quickstart.run("up")
    (endpoint,) = quickstart.live(f"{ML}/onlineEndpoints")
    assert endpoint["properties"]["traffic"] == {"blue": 40, "green": 60}

    quickstart.edit(ENDPOINT, "description: Predicts", "description: Says")
    assert quickstart.changes() == ["update quickstart-diabetes"]
    quickstart.run("up")
    (endpoint,) = quickstart.live(f"{ML}/onlineEndpoints")
    assert endpoint["properties"]["traffic"] == {"blue": 40, "green": 60}

    assert (quickstart.folder / "Pulumi.sandbox.yaml").read_text() == settings
    quickstart.run("destroy")
    with quickstart.azure() as azure:
        assert azure.resources() == []
    quickstart.run("up")


@cli
def test_what_is_replaced_takes_what_is_in_it_along(quickstart: Project) -> None:
    quickstart.run("up")
    quickstart.edit(ENDPOINT, "auth_mode: aad_token", "auth_mode: key")
    quickstart.run("up")
    (endpoint,) = quickstart.live(f"{ML}/onlineEndpoints")
    assert endpoint["properties"]["traffic"] == {"blue": 90, "green": 10}
    quickstart.edit(PLATFORM, "display_name: Quickstart", "hbi_workspace: true\n  replace: mlw-quickstart-sandbox")
    quickstart.run("up")
    assert len(quickstart.live(f"{ML}/onlineEndpoints/deployments")) == 2
    assert quickstart.changes() == ["delete quickstart-purge-now"]


MOVED = [
    ("display_name: Quickstart", "name: mlw-next", "10:9", "mlw-next"),
    ("workspace:", "resource_group: {name: rg-next}\nworkspace:", "9:24", "mlw-quickstart-sandbox"),
]


@cli
@pytest.mark.parametrize(("old", "new", "place", "name"), MOVED, ids=["name", "group"])
def test_a_workspace_gives_way_to_another_only_by_the_word(
    quickstart: Project, old: str, new: str, place: str, name: str
) -> None:
    """What it was called before is read from the engine's own state, in a preview and in `up`."""
    quickstart.run("up")
    quickstart.edit(PLATFORM, old, new)
    for command in ("preview", "up"):
        printed = quickstart.run(command, code=2)
        assert f"platform.yml:{place}: the stack's workspace is mlw-quickstart-sandbox" in printed
        assert f"write `replace: {name}`" in printed
    quickstart.edit(PLATFORM, "workspace:", f"workspace:\n  replace: {name}")
    quickstart.run("up")
    (made,) = quickstart.live(ML)
    assert made["name"] == name
    quickstart.edit(PLATFORM, f"  replace: {name}\n", "")
    assert quickstart.changes() == []


@cli
def test_what_is_uploaded_reaches_the_cloud_from_the_plugins_process(quickstart: Project) -> None:
    quickstart.run("up")
    (account,) = [one["name"] for one in quickstart.live("Microsoft.Storage/storageAccounts")]
    with quickstart.azure() as azure:
        containers = [
            one["name"] for one in azure.resources("Microsoft.Storage/storageAccounts/blobServices/containers")
        ]
        names = [blob.name for container in containers for blob in azure.blobs.list(account, container)]
    assert {name.rpartition("/")[2] for name in names} == {"diabetes.csv", "score.py", "blue.json", "green.json"}
    (quickstart.folder / "examples/quickstart/endpoint/src/score.py").write_text("def init(): ...")
    assert "create-replacement quickstart-diabetes-blue" not in quickstart.changes()
    assert any("src-" in change for change in quickstart.changes())


@cli
def test_a_bad_description_is_reported_without_a_traceback_and_makes_nothing(quickstart: Project) -> None:
    quickstart.edit(PLATFORM, "\nlocation:", "\nlocaton:")
    quickstart.edit(CLUSTER, "min_instances: 0", "min_instances: 9")
    output = quickstart.run("up", code=2)
    assert 'platform.yml:4:1: unknown field "locaton"' in output
    assert "aml-cluster.yml:" in output
    assert "Traceback" not in output
    with quickstart.azure() as azure:
        assert azure.resources() == []


WORKSPACE = """
from azureml_infra import Asset, Environment, RegistryMode, Workspace, WorkspaceArgs

made = Workspace("ml", WorkspaceArgs.model_validate({args}), location="{location}")
"""


def workspace(folder: Path, location: str = "westeurope", **args: Any) -> Project:
    """Return the platform of tests/platforms.py, whose stack is `dev`."""
    return project(folder, WORKSPACE.format(args=args, location=location))


@cli
def test_a_destroyed_stack_comes_up_again_with_its_vault(tmp_path: Path) -> None:
    lab = workspace(tmp_path, protect=False)
    lab.run("up")
    (before,) = lab.live(ML)
    lab.run("destroy")
    with lab.azure() as azure:
        azure.purge(before["id"])
    assert "was deleted on" in lab.run("preview")
    lab.run("up")
    assert lab.changes() == []


GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-here"
TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
GIVEN = """
from azureml_infra import Access, AccessEntry, Workspace

team = AccessEntry(principal="{principal}", principal_type="group", role="Reader", scope="{scope}")
Access("team", [team], workspace=Workspace("ml", location="westeurope"))
"""


@cli
def test_a_role_that_somebody_else_gave_is_taken_until_it_is_gone(tmp_path: Path) -> None:
    """A program's own process asks Azure, too."""
    made = project(tmp_path, GIVEN.format(principal=TEAM, scope=GROUP))
    by_hand = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/0b1f3f0e-1111-4222-8333-444455556666"
    said = {"roleDefinitionId": definition_id("Reader", SUBSCRIPTION), "principalId": TEAM, "principalType": "Group"}
    with made.azure() as azure:
        azure.put(GROUP, {"location": "westeurope"})
        azure.put(by_hand, {"properties": said})
    assert by_hand in made.run("up")
    assert made.changes() == []
    with made.azure() as azure:
        azure.delete(by_hand)
    (created,) = made.changes()
    assert created.startswith("create team-reader")
    made.run("up")
    assert made.changes() == []


@cli
@pytest.mark.parametrize("refreshed", [False, True])
def test_a_registry_that_azure_attached_is_adopted(tmp_path: Path, *, refreshed: bool) -> None:
    made = workspace(tmp_path)
    made.run("up")
    (resource,) = made.live(ML)
    with made.azure() as azure:
        environment = {"properties": {"image": "mcr.microsoft.com/azureml/base", "condaFile": "dependencies: [pip]"}}
        azure.put(f"{resource['id']}/environments/by-hand/versions/1", environment)
    (theirs,) = made.live(REGISTRY)
    if refreshed:
        made.run("refresh")
    assert made.changes() == []
    assert made.changes("--refresh") == []
    workspace(tmp_path, description="new")
    assert made.changes() == ["update ml"]
    made.run("up")
    (resource,) = made.live(ML)
    assert resource["properties"]["containerRegistry"] == theirs["id"]
    assert resource["properties"]["description"] == "new"


@cli
def test_protection_refuses_to_destroy_and_to_replace(tmp_path: Path) -> None:
    made = workspace(tmp_path)
    made.run("up")
    whole = made.urns()
    refused = made.run("destroy", code=2)
    assert "protected" in refused
    program = (tmp_path / "__main__.py").read_text()
    (tmp_path / "__main__.py").write_text("")
    assert "protected" in made.run("up", code=2)
    (tmp_path / "__main__.py").write_text(program)
    assert made.urns() == whole
    for way in ("end the protection in the program", "azureml-infra:disposable: true", "azureml-sandbox reset"):
        assert way in refused
    workspace(tmp_path, location="northeurope")
    assert "can't move to another region" in made.run("up", code=2)
    workspace(tmp_path, name="mlw-other")
    assert "write `replace: mlw-other`" in made.run("up", code=2)
    (kept,) = made.live(ML)
    assert (kept["name"], kept["location"]) == ("mlw-ml-sandbox", "westeurope")


FAILING = """
import signal

import pulumi
from pulumi_azure_native import managedidentity, resources

signal.signal(signal.SIGINT, signal.SIG_DFL)
group = resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope")
good = managedidentity.UserAssignedIdentity("good", resource_group_name=group.name, resource_name_="good")
{bad} = managedidentity.UserAssignedIdentity(
    "{bad}", resource_group_name=group.name, resource_name_="{name}", opts=pulumi.ResourceOptions(depends_on=good))
"""


@cli
def test_a_failure_leaves_the_rest_in_the_state_and_the_next_run_goes_on(tmp_path: Path) -> None:
    config = "  azure-native:location: westeurope"
    made = project(tmp_path, FAILING.format(bad="bad", name="no good name!"), config)
    output = made.run("up", code=2)
    assert "is not a valid name" in output
    assert "Traceback" not in output
    assert {"rg", "good"} <= set(made.state())
    assert "bad" not in made.state()
    project(tmp_path, FAILING.format(bad="better", name="better"), config)
    assert made.changes() == ["create better"]
    made.run("up")
    made.run("destroy")
    with made.azure() as azure:
        assert azure.resources() == []


SECRET = """
import pulumi
from pulumi_azure_native import resources

hush = pulumi.Config().require_secret("password")
resources.ResourceGroup("rg", resource_group_name="rg", location="westeurope", tags={"key": hush})
"""


@cli
def test_secrets_are_encrypted_in_the_state_and_masked_in_what_is_shown(tmp_path: Path) -> None:
    made = project(tmp_path, SECRET)
    made.pulumi("config", "set", "--secret", "password", "correct-horse")
    output = made.run("up")
    checkpoint = (tmp_path / ".sandbox/.pulumi/stacks/azureml-infra/sandbox.json").read_text()
    assert "correct-horse" not in output + checkpoint
    (group,) = made.live("Microsoft.Resources/resourceGroups")
    assert group["tags"] == {"key": "correct-horse"}
    made.pulumi("config", "set", "--secret", "password", "battery-staple")
    output = made.run("up")
    assert "[secret]" in output
    assert "battery-staple" not in output


@cli
def test_a_killed_run_leaves_a_stack_that_the_next_one_can_read(tmp_path: Path) -> None:
    made = project(
        tmp_path, FAILING.format(bad="last", name="last") + "\nimport os\ngood.id.apply(lambda _: os._exit(9))"
    )
    made.run("up", code=2)
    project(tmp_path, FAILING.format(bad="last", name="last"), "  azure-native:location: westeurope")
    made.run("up")
    assert made.changes() == []


def cloud_of(azure: Azure) -> list[dict[str, Any]]:
    """Return what a cloud has, but for which nameless asset came last: the engine makes several at once."""
    found = copy.deepcopy(azure.resources())
    for one in found:
        if one["name"] == "azureml_anonymous":
            del one["properties"]["latestVersion"]
    return found


@cli
@pytest.mark.parametrize("name", scenarios())
def test_both_doors_make_the_same_cloud_and_leave_the_same(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "sandbox")
    shutil.copytree(ROOT / "examples" / name, tmp_path / "examples" / name)
    config = f"  azureml-infra:description: examples/{name}\n  azureml-infra:disposable: 'true'"
    made = project(tmp_path, (ROOT / "__main__.py").read_text(), config)
    made.pulumi("config", "set-all", *(f"--secret={key}={value}" for key, value in SECRETS.items()))
    with made.azure() as azure, Sandbox() as in_process:
        for cloud in (azure, in_process.azure):
            seed.seed(cloud, existing(name), Path(name))
        made.run("up")
        assert made.changes("--refresh") == []
        in_process.up(tmp_path)
        assert cloud_of(azure) == cloud_of(in_process.azure)
        checkpoint = made.pulumi("stack", "export")
        assert [value for value in SECRETS.values() if value in checkpoint] == []
        made.run("destroy")
        in_process.destroy(tmp_path)
        assert cloud_of(azure) == cloud_of(in_process.azure)
