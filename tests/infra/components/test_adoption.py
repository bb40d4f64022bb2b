"""Taking into a stack what somebody else made in Azure, and being told of it before anything is made."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from azureml_infra.__main__ import main
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.azure import SUBSCRIPTION
from azureml_sandbox.pulumi.transport import intercept
from kit.engine_projects import cli, project
from kit.given import put_account
from kit.made_elsewhere import MAKERS, PULUMIS, changes_in_azure
from kit.platforms import ML, PROGRAM, changes, copy_of, platform_of, stack, stack_of
from kit.scenarios import SECRETS, Scenario

PARTS = ("keyVault", "applicationInsights")

PLATFORM = """\
name: churn
location: westeurope
workspace: {protect: false}
computes:
  - {name: cpu, type: amlcompute, size: Standard_DS3_v2, max_instances: 4}
"""


def stranger(azure: Any) -> Sandbox:
    """Return a stack without a past, in a cloud where another one was."""
    return stack(secrets=SECRETS, azure=azure, disposable="true")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "platform.yml").write_text(PLATFORM, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Return a stack that has made the platform."""
    made = tmp_path_factory.mktemp("other")
    (made / "platform.yml").write_text(PLATFORM, "utf-8")
    return stack_of(platform_of(made), disposable="true")


@pytest.fixture
def there(other: Sandbox) -> Sandbox:
    """Return a stack without a past, in a cloud that has the platform."""
    return stranger(copy_of(other).azure)


@pytest.mark.parametrize("name", ["quickstart", "datastores", "batch", "network"])
def test_what_is_as_described_is_taken_without_a_change(name: str) -> None:
    scenario = Scenario(name).ready()
    own = stranger(scenario.azure)
    made = own.up(platform_of(scenario.folder, adopt=True))
    in_azure = [one for one in made.operations if not one.type.startswith(PULUMIS)]
    changed = [one for one in in_azure if one.op.value not in {"import", "unchanged", "read"}]
    # Azure shows no secrets, so they are given again; the version of a component without a name is Azure's to choose.
    left = [one for one in changed if not _gives_secrets(one) and not one.name.startswith("component-")]
    assert [one.name for one in left] == []
    assert Counter(one.op.value for one in in_azure)["import"] > 5
    assert changes(own.up(platform_of(scenario.folder, adopt=True))) == []
    assert changes(own.up(platform_of(scenario.folder))) == []
    assert changes(own.preview(platform_of(scenario.folder))) == []


def _gives_secrets(operation: Any) -> bool:
    return {change.path for change in operation.changes} == {"properties.credentials.secrets"}


def test_what_differs_is_an_update_of_its_lines_alone(there: Sandbox, folder: Path) -> None:
    (folder / "platform.yml").write_text(PLATFORM.replace("max_instances: 4", "max_instances: 8"), "utf-8")
    made = there.up(platform_of(folder, adopt=True))
    updated = {one.name: [change.path for change in one.changes] for one in made.operations if one.op.value == "update"}
    assert updated == {"cpu": ["properties.properties.scaleSettings.maxNodeCount"]}
    (cluster,) = there.azure.resources(f"{ML}/computes")
    assert cluster["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 8


def test_what_azure_could_only_make_anew_is_refused(there: Sandbox, folder: Path) -> None:
    (folder / "platform.yml").write_text(PLATFORM.replace("Standard_DS3_v2", "Standard_DS4_v2"), "utf-8")
    place = r"platform\.yml:5:41: /subscriptions/.*/computes/cpu can't be adopted .*vmSize is .*DS3_V2.* and .*DS4_V2"
    with pytest.raises(RunFailedError, match=place):
        there.preview(platform_of(folder, adopt=True))


def test_what_is_given_back_stays_in_azure(there: Sandbox, folder: Path) -> None:
    before = {one["id"]: one for one in there.azure.resources()}
    there.up(platform_of(folder, adopt=True))
    there.up(platform_of(folder, adopt=True, retain=True, computes={"cpu": {"max_instances": 5}}))
    there.destroy()
    assert there.state.resources() == []
    after = {one["id"]: one for one in there.azure.resources()}
    assert after.keys() == before.keys()
    differ = {resource_id.rpartition("/")[2] for resource_id in after if after[resource_id] != before[resource_id]}
    assert differ == {"cpu"}


GIVEN_BACK = """\
  - {name: gpu, type: amlcompute}
datastores:
  - {name: raw, type: azure_blob, container_name: raw, create: true}
online_endpoints:
  - {name: score, auth_mode: aad_token, traffic: {blue: 100}}
online_deployments:
  - name: blue
    endpoint_name: score
    model: azureml://registries/azureml/models/bert/versions/1
    instance_type: Standard_DS3_v2
"""


def test_a_single_thing_is_given_back_by_its_name(folder: Path) -> None:
    """Its lines go once the stack knows that it stays; what isn't named goes with its lines."""
    (folder / "platform.yml").write_text(PLATFORM + GIVEN_BACK, "utf-8")
    own = stack_of(platform_of(folder), disposable="true")
    words = ["computes/cpu", "datastores/RAW", "online_endpoints/score"]
    assert changes_in_azure(own.up(platform_of(folder, retain=words))) == {}
    before = {one["id"] for one in own.azure.resources()}
    (folder / "platform.yml").write_text(PLATFORM.partition("computes:")[0], "utf-8")
    left = own.up(platform_of(folder, retain=words))
    deleted = {one.name for one in left.operations if one.op.value == "delete" and not one.note}
    assert deleted - {"score"} == {"gpu", "gpu-can-files", "gpu-can-blobs", "gpu-can-images"}  # score: its component
    gone = before - {one["id"] for one in own.azure.resources()}
    assert [one for one in gone if "/roleAssignments/" not in one] == [
        next(one for one in gone if one.endswith("/gpu"))
    ]
    assert not {"cpu", "raw", "score", "blue"} & {one.urn.rpartition("::")[2] for one in own.state.resources()}


def test_a_workspace_is_taken_only_by_the_word(there: Sandbox, folder: Path) -> None:
    with pytest.raises(RunFailedError) as told:
        there.preview(platform_of(folder))
    message = str(told.value)
    assert "platform.yml:1:7: the workspace mlw-churn-dev is in rg-churn-dev already" in message
    assert "`adopt: true` to take it into this stack" in message
    assert there.state.resources() == []


def test_a_compute_is_taken_only_by_the_word_for_it(folder: Path) -> None:
    own = stack_of(platform_of(folder, computes={"cpu": None}), disposable="true")
    other = stack(azure=own.azure, disposable="true")
    other.up(platform_of(folder, adopt=True))  # somebody else's cluster, in the same workspace
    with pytest.raises(RunFailedError) as told:
        own.preview(platform_of(folder))
    assert "platform.yml:5:12: the compute cluster cpu is in Azure already" in str(told.value)
    assert "`adopt: [computes/cpu]`" in str(told.value)
    made = own.up(platform_of(folder, adopt=["computes/cpu"]))
    assert [one.name for one in made.operations if one.op.value == "import" and "Compute" in one.type] == ["cpu"]
    again = own.up(platform_of(folder))
    assert changes(again) == []
    assert again.outputs["adopted"] == ["computes/cpu"]


def test_the_word_for_the_workspace_takes_nothing_in_it(there: Sandbox, folder: Path) -> None:
    with pytest.raises(RunFailedError, match="the compute cluster cpu is in Azure already"):
        there.preview(platform_of(folder, adopt=["workspace"]))
    made = there.up(platform_of(folder, adopt=["workspace"], computes={"cpu": None}))
    taken = {one.type.rpartition(":")[2] for one in made.operations if one.op.value == "import"}
    assert {"ResourceGroup", "StorageAccount", "Vault", "Workspace"} <= taken


def test_a_part_of_another_name_and_place_is_the_workspaces_all_the_same(folder: Path) -> None:
    """A workspace of the portal's stands on a storage account whose name nobody chose here."""
    other = stack_of(platform_of(folder, computes={"cpu": None}), disposable="true")
    azure = other.azure
    (workspace,) = azure.resources(ML)
    account = workspace["properties"]["storageAccount"].rpartition("/")[0] + "/portalmade123"
    put_account(azure, account)
    name = workspace["id"].replace("mlw-churn-dev", "mlw-portal")
    azure.put(
        name,
        {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {word: workspace["properties"][word] for word in PARTS} | {"storageAccount": account},
        },
    )
    own = stranger(azure)
    made = own.up(platform_of(folder, adopt=True, computes={"cpu": None}, workspace={"name": "mlw-portal"}))
    assert "replace" not in {one.op.value for one in made.operations}
    assert azure.get(name)["properties"]["storageAccount"].endswith("/portalmade123")
    assert changes(own.preview(platform_of(folder, computes={"cpu": None}, workspace={"name": "mlw-portal"}))) == []


@cli
@pytest.mark.parametrize("client", MAKERS)
@pytest.mark.any_body("the template of azure-ai-ml isn't typed")
def test_the_engine_adopts_what_another_client_made_and_gives_it_back(client: str, tmp_path: Path) -> None:
    made = project(tmp_path, PROGRAM, "  azureml-infra:description: .")
    (tmp_path / ".sandbox").mkdir()
    with made.azure() as azure, intercept(azure):
        assert main(["export", "--workspace", MAKERS[client](azure), "--into", str(tmp_path)]) == 0
        before = {one["id"]: one for one in azure.resources()}
    assert "adopt: true" in made.run("preview", code=2)
    made.edit("platform.yml", "location:", "adopt: true\nlocation:")
    said = made.run("up")
    assert "updated" not in said
    assert "imported" in said
    assert made.changes() == []
    made.edit("platform.yml", "adopt: true", "retain: [computes/cpu]")
    cluster_file = tmp_path / "computes" / "cpu.yml"
    cluster_file.write_text(re.sub(r"max_instances: \d", "max_instances: 5", cluster_file.read_text("utf-8")), "utf-8")
    made.run("up")
    made.edit("platform.yml", "computes:\n- computes/cpu.yml", "computes: []")
    assert "computes/cpu.yml" not in made.run("up")
    assert "cpu" not in made.state()
    made.edit("platform.yml", "retain: [computes/cpu]", "retain: true")
    made.run("up")
    made.run("destroy")
    assert made.state() == {}
    with made.azure() as azure:
        after = {one["id"]: one for one in azure.resources()}
    (cluster,) = (one for one in after.keys() | before.keys() if after.get(one) != before.get(one))
    assert after[cluster]["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 5


def test_what_the_stack_made_itself_stays_its_own(folder: Path) -> None:
    sandbox = stack(secrets=SECRETS, disposable="true")
    sandbox.up(platform_of(folder, adopt=True))
    assert changes(sandbox.up(platform_of(folder, adopt=True))) == []


CLUSTER = "/subscriptions/{}/resourceGroups/aks/providers/Microsoft.ContainerService/managedClusters/aks"
KUBERNETES = """\
name: churn
location: westeurope
workspace: {protect: false}
computes:
  - {name: k8s, type: kubernetes, resource_id: %s, extension: %s}
"""


def test_what_is_not_said_of_an_extension_stays(tmp_path: Path) -> None:
    sandbox = stack(secrets=SECRETS, disposable="true")
    cluster = CLUSTER.format(SUBSCRIPTION)
    sandbox.azure.put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/aks", {"location": "westeurope"})
    sandbox.azure.put(cluster, {"location": "westeurope", "properties": {"dnsPrefix": "aks"}})
    extension = f"{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azureml"
    settings = {"enableTraining": "False", "enableInference": "True", "sslCname": "a.example.com", "nginx.own": "1"}
    given = {"extensionType": "Microsoft.AzureML.Kubernetes", "releaseTrain": "preview"}
    sandbox.azure.put(extension, {"properties": {**given, "configurationSettings": settings}})
    (tmp_path / "platform.yml").write_text(KUBERNETES % (cluster, "true"), "utf-8")
    sandbox.up(platform_of(tmp_path, adopt=True))
    there = sandbox.azure.get(extension)["properties"]
    assert (there["configurationSettings"], there["releaseTrain"]) == (settings, "preview")
    assert changes(sandbox.up(platform_of(tmp_path, adopt=True))) == []
    said = "{enable_training: true, settings: {nginx.own: '2'}}"
    (tmp_path / "platform.yml").write_text(KUBERNETES % (cluster, said), "utf-8")
    sandbox.up(platform_of(tmp_path))
    there = sandbox.azure.get(extension)["properties"]
    assert there["configurationSettings"] == {**settings, "enableTraining": "True", "nginx.own": "2"}
    assert there["releaseTrain"] == "preview"
