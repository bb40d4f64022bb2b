"""Platforms from descriptions: order, outputs, aliases, and what happens to a description with mistakes."""

import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_azure_native.resources import ResourceGroup

from azureml_infra import (
    AmlCompute,
    AzureBlobDatastore,
    Compute,
    Datastore,
    ExistingWorkspace,
    Platform,
    Workspace,
    load,
)
from azureml_sandbox import Result, Sandbox
from azureml_sandbox.__main__ import main
from azureml_sandbox.pulumi.engine.goal import Goal
from kit.paths import ROOT
from kit.platforms import ML, REGISTRY, THEIRS, beside, changes, existing_workspace, live, stack, workspace

NATIVE = "azure-native:machinelearningservices"
HEAD = "name: lab\nlocation: westeurope\n"
BACKWARDS = """
    jobs:
      - {command: echo, environment: "azureml:e:1", compute: azureml:cpu, experiment_name: hello}
    data:
      - {name: d, version: 1, path: azureml://datastores/raw/paths/d}
    environments:
      - {name: e, version: 1, image: "mcr.microsoft.com/azureml/minimal:1"}
    datastores:
      - {name: raw, type: azure_blob, container_name: raw}
    computes:
      - {name: cpu, type: amlcompute}
"""


def write_platform(folder: Path, sections: str) -> Path:
    (folder / "platform.yml").write_text(HEAD + textwrap.dedent(sections))
    return folder


def up(sandbox: Sandbox, folder: Path, opts: pulumi.ResourceOptions | None = None) -> Result:
    return sandbox.up(lambda: Platform(load(folder), opts).export(pulumi.export))


def test_what_is_referred_to_comes_first_whatever_the_order(tmp_path: Path) -> None:
    result = up(beside(), write_platform(tmp_path, textwrap.dedent(BACKWARDS) + THEIRS))
    done = changes(result)
    job = next(line for line in done if line.startswith("create hello-"))
    assert done.index("create raw") < done.index("create d-1")
    assert max(done.index("create e-1"), done.index("create cpu")) < done.index(job)
    data = next(goal for goal in result.registered.values() if goal.name == "d-1" and goal.custom)
    assert [urn for urn in data.dependencies if urn.endswith("::raw")]


def test_the_outputs_have_the_documented_shape(tmp_path: Path) -> None:
    sandbox = stack()
    outputs = up(sandbox, write_platform(tmp_path, BACKWARDS)).outputs
    workspace = live(sandbox)["id"]
    assert outputs["workspace"] == {
        "id": workspace,
        "name": "mlw-lab-dev",
        "resource_group": "rg-lab-dev",
        "studio_url": f"https://ml.azure.com/home?wsid={workspace}&tid={sandbox.azure.tenant}",
    }
    assert outputs["registry"] == "not needed yet"
    assert outputs["datastores"] == ["raw"]
    assert outputs["computes"] == {"cpu": f"{workspace}/computes/cpu"}
    assert outputs["environments"] == {"e-1": f"{workspace}/environments/e/versions/1"}
    assert set(outputs) >= {"storage_account", "key_vault", "application_insights", "data", "jobs"}
    assert not set(outputs) & {"models", "components", "online_endpoints", "batch_endpoints"}


CLUSTER = f"computes: [{{name: cpu, type: amlcompute}}]\n{THEIRS}"


def native(result: Result) -> Goal:
    return next(goal for goal in result.registered.values() if goal.name == "cpu" and goal.custom)


@pytest.mark.parametrize("setting", [True, False])
def test_a_setting_keeps_them(tmp_path: Path, *, setting: bool) -> None:
    """In platform.yml, or in the stack's configuration."""
    sandbox = beside() if setting else beside(keepAliases="true")
    text = CLUSTER + ("keep_aliases: true\n" if setting else "")
    asked = native(up(sandbox, write_platform(tmp_path, text)))
    assert len(asked.aliases) > 10
    assert any("machinelearningservices/v" in str(one) for one in asked.aliases)


def test_the_sdks_own_aliases_are_left_out_and_a_users_and_those_that_a_child_inherits_stay(tmp_path: Path) -> None:
    """A platform that moves below another component is the same platform."""
    sandbox = beside()
    folder = write_platform(tmp_path, CLUSTER)
    assert [alias for alias in native(up(sandbox, folder)).aliases if alias.spec.type] == []

    def below() -> None:
        outer = pulumi.ComponentResource("test:index:Outer", "outer")
        aliases = [pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        Platform(load(folder), pulumi.ResourceOptions(parent=outer, aliases=aliases))

    result = sandbox.up(below)
    assert changes(result) == ["create outer"]
    assert "machinelearningservices/v" not in str(native(result).aliases)
    moved = next(goal for goal in result.registered.values() if goal.type == "azureml-infra:index:Platform")
    assert len(moved.aliases) == 1


def test_a_renamed_component_keeps_its_resource() -> None:
    """Its child inherits the alias; an alias of one's own on an azure-native resource is no type alias, either."""
    sandbox = beside()

    def program(name: str, **options: Any) -> None:
        Compute(name, AmlCompute(name="cpu"), workspace=existing_workspace(), opts=pulumi.ResourceOptions(**options))

    sandbox.up(lambda: program("old"))
    assert changes(sandbox.up(lambda: program("new", aliases=[pulumi.Alias(name="old")]))) == []
    assert len(sandbox.azure.resources(f"{ML}/computes")) == 1


def test_what_is_made_with_a_renamed_component_stays_too() -> None:
    sandbox = beside()

    def program(name: str, **options: Any) -> None:
        datastore = AzureBlobDatastore(name="raw", container_name="raw", create=True)
        Datastore(name, datastore, workspace=existing_workspace(), opts=pulumi.ResourceOptions(**options))

    assert "create old-place" in changes(sandbox.up(lambda: program("old")))
    assert changes(sandbox.up(lambda: program("new", aliases=[pulumi.Alias(name="old")]))) == []


def cluster(ml: Workspace | ExistingWorkspace, **options: Any) -> Compute:
    return Compute("cpu", AmlCompute(name="cpu"), workspace=ml, opts=pulumi.ResourceOptions(**options))


def test_a_component_of_one_resource_is_registered_once() -> None:
    registered = stack().up(lambda: cluster(workspace())).registered
    compute = [urn for urn, goal in registered.items() if goal.name == "cpu"]
    assert [urn.split("::")[2] for urn in compute] == [f"azureml-infra:index:Workspace${NATIVE}:Compute"]
    grants = [goal for goal in registered.values() if goal.name.startswith("cpu-can-")]
    assert grants
    assert all(goal.parent == compute[0] for goal in grants)


def test_whoever_waits_for_a_component_of_one_resource_waits_for_all_of_it() -> None:
    """As of a component: of the resource, and of what is made with it."""

    def program() -> None:
        ml = workspace()
        for name, whole in {"after-compute": cluster(ml), "after-workspace": ml}.items():
            ResourceGroup(name, location="westeurope", opts=pulumi.ResourceOptions(depends_on=[whole]))

    registered = stack().preview(program).registered
    for after in (goal for goal in registered.values() if goal.name.startswith("after-")):
        names = {urn.rpartition("::")[2] for urn in after.dependencies}
        assert names >= {"cpu", "cpu-can-blobs", "cpu-can-files"}, after.name
    assert len([goal for goal in registered.values() if goal.name.startswith("after-")]) == 2


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_users_resource_below_it_stays_when_the_component_becomes_its_resource(*, elsewhere: bool) -> None:
    """Up to 0.2.0 a parent of the component's type was there: in the workspace, or below a component of the user's."""
    sandbox = beside()

    def program(*, former: bool) -> None:
        ml = existing_workspace()
        above = pulumi.ComponentResource("test:index:Team", "team") if elsewhere else ml
        options = pulumi.ResourceOptions(parent=above)
        if former:
            parent: pulumi.Resource = pulumi.ComponentResource("azureml-infra:index:Compute", "cpu", None, options)
        else:
            parent = cluster(ml, parent=above)
        ResourceGroup("mine", location="westeurope", opts=pulumi.ResourceOptions(parent=parent))

    assert "create mine" in changes(sandbox.up(lambda: program(former=True)))
    done = changes(sandbox.up(lambda: program(former=False)))
    assert "create cpu" in done
    assert not any(line.endswith(" mine") for line in done)


def test_its_options_reach_what_is_made_with_it() -> None:
    """As a component's reach its children."""
    seen: list[str] = []

    def program() -> None:
        datastore = AzureBlobDatastore(name="raw", container_name="raw", create=True)
        options = pulumi.ResourceOptions(protect=True, transformations=[lambda args: seen.append(args.name)])
        Datastore("raw", datastore, workspace=(ml := workspace()), opts=options)
        cluster(ml, protect=True, transformations=[lambda args: seen.append(args.name)])

    registered = stack().up(program).registered
    names = {"raw", "raw-place", "raw-can-use", "cpu", "cpu-can-blobs"}
    found = {goal.name: goal.protect for goal in registered.values() if goal.name in names}
    assert found == dict.fromkeys(names, True)
    assert {name: seen.count(name) for name in names} == dict.fromkeys(names, 1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return this project's program on a description of its own."""
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "Pulumi.sandbox.yaml").write_text(
        "config:\n"
        "  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001\n"
        "  azureml-infra:description: lab\n"
    )
    (tmp_path / "lab").mkdir()
    return tmp_path


def test_a_description_with_mistakes_ends_with_all_of_them_and_nothing_made(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_platform(project / "lab", "computes: [{name: cpu, type: amlcompute, min_instances: 9}, {name: x, typ: y}]\n")
    assert main(["up", "--door", "in-process", "--cwd", str(project)]) == 1
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    assert len(re.findall(r"platform\.yml:3:\d+: ", printed)) >= 2
    assert "Traceback" not in printed
    with Sandbox(project / ".sandbox" / "state.db") as kept:
        assert kept.azure.resources() == []
        assert [one.name for one in kept.state.resources()] == ["azureml-infra-sandbox"]  # the stack itself


def test_what_is_left_to_azure_is_a_warning_and_under_strict_an_error(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'jobs: [{command: echo, environment: "azureml:elsewhere:1", compute: azureml:serverless}]\n'
    write_platform(project / "lab", text)
    assert main(["preview", "--door", "in-process", "--cwd", str(project)]) == 0
    captured = capsys.readouterr()
    assert "elsewhere:1" in captured.out + captured.err
    write_platform(project / "lab", text + "strict: true\n")
    assert main(["preview", "--door", "in-process", "--cwd", str(project)]) == 1
    captured = capsys.readouterr()
    assert "one that is (strict: true)" in captured.out + captured.err


ENDPOINT = """
    models: [{name: m, version: 1, type: %s, path: azureml://datastores/workspaceblobstore/paths/m}]
    online_endpoints: [{name: lab-scores}]
    online_deployments:
      - {name: blue, endpoint_name: lab-scores, model: "azureml:m:1", instance_type: Standard_DS3_v2}
"""


@pytest.mark.parametrize(("kind", "registries"), [("mlflow_model", 1), ("triton_model", 0)])
def test_a_model_that_is_served_as_it_is_may_need_an_image(tmp_path: Path, kind: str, registries: int) -> None:
    sandbox = stack()
    up(sandbox, write_platform(tmp_path, ENDPOINT % kind))
    found = sandbox.azure.resources(REGISTRY)
    assert [one["properties"]["adminUserEnabled"] for one in found] == [False] * registries


DEPLOYED = "{name: blue, endpoint_name: ep-lab, instance_type: Standard_DS3_v2, model: {path: m, type: mlflow_model}}"


@pytest.mark.parametrize(
    ("network", "sections", "now"),
    [
        ("isolation_mode: allow_internet_outbound", f"online_deployments: [{DEPLOYED}]", True),
        ("isolation_mode: allow_only_approved_outbound", f"online_deployments: [{DEPLOYED}]", True),
        ("isolation_mode: allow_internet_outbound", "", None),
        ("isolation_mode: disabled", f"online_deployments: [{DEPLOYED}]", None),
        ("isolation_mode: allow_internet_outbound}, provision_network_now: false, tags: {", DEPLOYED, False),
    ],
)
def test_a_managed_network_is_there_before_what_is_served_in_it(
    tmp_path: Path, network: str, sections: str, now: bool | None
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "MLmodel").write_text("flavors: {}\n")
    sections = f"online_deployments: [{sections}]" if sections.startswith("{") else sections
    text = f"name: lab\nlocation: westeurope\nworkspace: {{managed_network: {{{network}}}}}\n"
    (tmp_path / "platform.yml").write_text(f"{text}online_endpoints: [{{name: ep-lab}}]\n{sections}\n")
    sandbox = stack()
    seen: list[Any] = []
    sandbox.azure.observers.append(lambda request: seen.append(request.body) if request.type == ML else None)
    up(sandbox, tmp_path)
    assert [body["properties"].get("provisionNetworkNow") for body in seen] == [now]
    assert changes(up(sandbox, tmp_path)) == []
