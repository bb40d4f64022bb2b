"""The past by an exported state."""

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azureml_arm.compare import Difference
from azureml_policies.baseline import load
from azureml_policies.baseline.model import Baseline, BaselineUnavailableError, Nothing, Op, PlannedChange
from azureml_policies.baseline.state import ExportedState
from azureml_policies.requests.planned import Planned, PlannedProvider
from azureml_policies.requests.terraform_table import TABLE, Bridged
from azureml_policies.requests.unknown import UNKNOWN
from kit.exported import export_stack, planned_resources, writes
from kit.platforms import SUBSCRIPTION
from kit.rows import each
from kit.scenarios import Scenario, scenarios

PREVIEWS = Path(__file__).parent / "previews"
PREFIX = "urn:pulumi:dev::azureml-infra::azure-native:machinelearningservices"
NATIVE = PlannedProvider("pulumi:providers:azure-native", "default", "", {"subscriptionId": SUBSCRIPTION})


def resource(kind: str, name: str, body: Mapping[str, Any], **names: str) -> Planned:
    inputs = {"resourceGroupName": "rg-ml-dev", "workspaceName": "mlw-ml-dev", **names, **body}
    return Planned(f"{PREFIX}:{kind}::{name}", f"azure-native:machinelearningservices:{kind}", name, inputs, NATIVE)


def cluster(name: str, most: int = 5, **more: Any) -> Planned:
    size = {"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": most}, **more}
    body = {"location": "westeurope", "properties": {"computeType": "AmlCompute", "properties": size}}
    return resource("Compute", name, body, computeName=name)


def job(name: str) -> Planned:
    return resource("Job", name, {"properties": {"jobType": "Command", "command": "python train.py"}}, id=name)


def command(name: str, create: str) -> Planned:
    return Planned(
        f"urn:pulumi:dev::azureml-infra::command:local:Command::{name}",
        "command:local:Command",
        name,
        {"create": create},
    )


def entry(item: Planned, **more: Any) -> dict[str, Any]:
    """Return a resource as a state has it."""
    (write,) = writes(item)
    inputs = json.loads(json.dumps(item.inputs))
    return {"urn": item.urn, "type": item.type, "custom": True, "id": write.id, "inputs": inputs, **more}


def state(*entries: dict[str, Any]) -> ExportedState:
    return ExportedState({"version": 3, "deployment": {"resources": list(entries)}}, writes)


def change(baseline: Baseline, item: Planned) -> PlannedChange:
    (write,) = writes(item)
    return baseline.change(write)


def names(baseline: ExportedState, items: list[Planned]) -> list[str]:
    return [write.name for write in baseline.removals(items)]


TEN = [cluster(f"cluster-{number}") for number in range(10)]


@pytest.mark.parametrize("name", scenarios())
def test_a_stack_that_came_up_is_the_same_in_the_next_run(name: str) -> None:
    scenario = Scenario(name)
    baseline = ExportedState(export_stack(scenario.up()), writes)
    plan = planned_resources(scenario.up())
    found = [write for item in plan for write in writes(item)]
    assert len(found) > (1 if name == "adopted-workspace" else 2)  # whose stack isn't disposable
    assert [
        (write.name, change) for write in found if (change := baseline.change(write)) != PlannedChange(Op.SAME)
    ] == []
    assert baseline.removals(plan) == []


def test_a_job_more_leaves_ten_clusters_as_they_are() -> None:
    baseline = state(*map(entry, TEN))
    assert [change(baseline, item).op for item in TEN] == [Op.SAME] * 10
    assert change(baseline, job("new")) == PlannedChange(Op.CREATE)
    assert baseline.removals([*TEN, job("new")]) == []


def test_a_changed_size_is_reported_exactly() -> None:
    baseline = state(*map(entry, TEN))
    expected = Difference("properties.scaleSettings.maxNodeCount", 5, 50)
    assert change(baseline, cluster("cluster-3", 50)) == PlannedChange(Op.UPDATE, (expected,))


def test_a_removed_property_is_a_change() -> None:
    baseline = state(entry(cluster("a", subnet={"id": "/subscriptions/s/x"})))
    assert [item.path for item in change(baseline, cluster("a")).differences] == ["properties.subnet.id"]


def test_a_removed_cluster_is_reported() -> None:
    baseline = state(*map(entry, TEN))
    (write,) = baseline.removals(TEN[:9])
    assert (write.name, write.type.rpartition("/")[2]) == ("cluster-9", "computes")
    assert baseline.sees_removals


def test_a_resource_that_was_renamed_in_the_program_is_known_by_its_id() -> None:
    baseline = state(*map(entry, TEN))
    renamed = [replace(item, urn=item.urn.replace("::cluster-", "::Compute$cluster-")) for item in TEN]
    assert [change(baseline, item).op for item in renamed] == [Op.SAME] * 10
    assert baseline.removals(renamed) == []
    assert change(baseline, replace(cluster("cluster-1", 50), urn=renamed[1].urn)).op is Op.UPDATE


def test_ids_in_another_case_and_encoded_are_the_same() -> None:
    baseline = state(entry(cluster("a")))
    item = cluster("a")
    spelled = replace(item, inputs={**item.inputs, "computeName": "A", "resourceGroupName": "RG-ML-DEV"})
    assert change(baseline, spelled) == PlannedChange(Op.SAME)
    assert baseline.removals([spelled]) == []


def test_another_name_is_a_replacement_that_removes_the_old_one() -> None:
    baseline = state(entry(cluster("a")))
    item = cluster("a")
    moved = replace(item, inputs={**item.inputs, "computeName": "b"})
    assert change(baseline, moved) == PlannedChange(Op.UPDATE, (Difference("name", "a", "b"),))
    assert names(baseline, [moved]) == ["a"]


def test_another_subscription_is_a_change() -> None:
    other = PlannedProvider(NATIVE.type, "other", "", {"subscriptionId": "5a4d0b0c-0000-4000-8000-000000000002"})
    found = change(state(entry(cluster("a"))), replace(cluster("a"), provider=other))
    assert [item.path for item in found.differences] == ["id"]


def test_a_name_that_is_not_known_yet_is_a_change() -> None:
    item = cluster("a")
    unknown = replace(item, inputs={**item.inputs, "workspaceName": UNKNOWN})
    baseline = state(entry(item))
    assert [found.path for found in change(baseline, unknown).differences] == ["id"]
    assert baseline.removals([unknown]) == []


def test_a_value_that_is_not_known_yet_is_a_change() -> None:
    found = change(state(entry(cluster("a"))), cluster("a", vmSize=UNKNOWN))
    assert found == PlannedChange(Op.UPDATE, (Difference("properties.vmSize", "STANDARD_DS3_V2", UNKNOWN),))


@each("mark", ["delete", "external", "pendingReplacement"])
def test_what_is_gone_or_was_only_read_is_not_there(mark: str) -> None:
    baseline = state(entry(cluster("a"), **{mark: True}))
    assert change(baseline, cluster("a")) == PlannedChange(Op.CREATE)
    assert baseline.removals([]) == []


def test_what_is_retained_is_not_removed() -> None:
    assert state(entry(cluster("a"), retainOnDelete=True)).removals([]) == []


def test_components_and_providers_are_nothing_to_remove() -> None:
    component = {"urn": "urn:pulumi:dev::azureml-infra::a:b:C::c", "type": "a:b:C", "custom": False}
    provider = {
        "urn": "urn:pulumi:dev::azureml-infra::pulumi:providers:azure-native::p",
        "type": NATIVE.type,
        "custom": True,
    }
    assert state(component, provider).removals([]) == []


def test_the_subscription_is_that_of_the_provider_in_the_state() -> None:
    urn = "urn:pulumi:dev::azureml-infra::pulumi:providers:azure-native::elsewhere"
    elsewhere = "5a4d0b0c-0000-4000-8000-000000000002"
    provider = {"urn": urn, "type": NATIVE.type, "custom": True, "id": "1", "inputs": {"subscriptionId": elsewhere}}
    baseline = state(provider, entry(cluster("a"), provider=f"{urn}::1"))
    there = replace(
        cluster("a"), provider=PlannedProvider(NATIVE.type, "elsewhere", urn, {"subscriptionId": elsewhere})
    )
    assert change(baseline, there) == PlannedChange(Op.SAME)
    assert [item.path for item in change(baseline, cluster("a")).differences] == ["id"]


# --- what anything could be behind --------------------------------------------------------------------------------


def test_a_command_is_the_same_with_the_same_inputs_only() -> None:
    baseline = state(entry(command("a", "echo 1")))
    assert change(baseline, command("a", "echo 1")) == PlannedChange(Op.SAME)
    assert change(baseline, command("a", "az ml compute create")).op is Op.UPDATE
    assert change(baseline, command("b", "echo 1")) == PlannedChange(Op.CREATE)
    (removed,) = baseline.removals([])
    assert removed.opaque


def test_a_command_for_another_subscription_is_another() -> None:
    baseline = state(entry(command("a", "echo 1")))
    found = change(baseline, replace(command("a", "echo 1"), provider=NATIVE))
    assert found == PlannedChange(Op.UPDATE, (Difference("subscriptionId", "", SUBSCRIPTION),))


def template(most: int) -> Planned:
    size = {"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"maxNodeCount": most}}
    items = [
        {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "apiVersion": "2025-09-01",
            "name": f"mlw-ml-dev/{name}",
            "location": "westeurope",
            "properties": {"computeType": "AmlCompute", "properties": size if name == "b" else {"vmSize": "x"}},
        }
        for name in ("a", "b")
    ]
    inputs = {
        "resourceGroupName": "rg-ml-dev",
        "deploymentName": "d",
        "properties": {"mode": "Incremental", "template": {"resources": items}},
    }
    token = "azure-native:resources:Deployment"
    return Planned(f"urn:pulumi:dev::azureml-infra::{token}::d", token, "d", inputs, NATIVE)


def test_each_resource_of_a_template_is_compared_with_itself() -> None:
    item = template(5)
    before = {"urn": item.urn, "type": item.type, "custom": True, "id": "x", "inputs": copy.deepcopy(item.inputs)}
    baseline = state(before)
    computes = [write for write in writes(template(50)) if write.type.endswith("/computes")]
    assert [(write.name, baseline.change(write).op) for write in computes] == [("a", Op.SAME), ("b", Op.UPDATE)]
    assert change(baseline, cluster("b")).op is Op.CREATE
    assert {Path(write.id).name for write in baseline.removals([])} >= {"a", "b"}


def test_what_a_template_takes_over_is_removed_and_made_by_it() -> None:
    """The engine deletes the resource that leaves the program, whoever else asks for the same id."""
    there = [cluster(name) for name in ("a", "b")]
    baseline = state(*map(entry, there))
    items = [
        {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "apiVersion": "2025-09-01",
            "name": f"mlw-ml-dev/{item.name}",
            "location": "westeurope",
            "properties": item.inputs["properties"],
        }
        for item in there
    ]
    deployment = template(5)
    inputs = {**deployment.inputs, "properties": {"mode": "Incremental", "template": {"resources": items}}}
    taking_over = replace(deployment, inputs=inputs)
    made = [baseline.change(write).op for write in writes(taking_over) if write.type.endswith("/computes")]
    assert made == [Op.CREATE, Op.CREATE]
    assert names(baseline, [taking_over]) == ["a", "b"]
    assert names(baseline, [taking_over, *there]) == []


@each("entry", TABLE, ids=lambda entry: entry.terraform)
def test_what_the_table_leaves_out_of_a_bridged_resource_is_compared_too(entry: Bridged) -> None:
    token = f"mod:tf:azurerm_{entry.terraform.removeprefix('azurerm_')}"
    names = {entry.name: "a", **dict.fromkeys(entry.outer, "b"), "resource_group_name": "rg"}
    given = {**names, entry.parent or "own_parent": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", "own": {"n": 1}}
    item = Planned("urn:pulumi:dev::azureml-infra::t::a", token, "a", given)
    (before, *_) = found = writes(item)
    assert found
    baseline = state({"urn": item.urn, "type": item.type, "custom": True, "id": "x", "inputs": given})
    assert [baseline.change(write).op for write in writes(replace(item, inputs=dict(given)))] == [Op.SAME] * len(found)
    other = replace(item, inputs={**given, "own": {"n": 2}})
    assert {baseline.change(write).op for write in writes(other)} == {Op.UPDATE}
    assert [one.path for one in baseline.change(writes(other)[0]).differences] == ["own.n"]
    assert before.planned is item


def test_what_the_provider_adds_is_no_change_of_any_resource() -> None:
    baseline = state(entry(cluster("a")), entry(command("b", "echo")))
    for item in (cluster("a"), command("b", "echo")):
        newer = replace(item, inputs={**item.inputs, "azureApiVersion": "2026-01-01"})
        assert change(baseline, newer) == PlannedChange(Op.SAME)


# --- secrets ------------------------------------------------------------------------------------------------------


@each("file", ["shop-state.json", "shop-state-with-secrets.json"])
def test_secrets_of_a_real_state_are_compared_where_they_can_be_read(file: str) -> None:
    baseline = ExportedState(json.loads((PREVIEWS / file).read_text()), writes)
    secrets = {"secretsType": "AccountKey", "key": "battery-staple"}
    properties = {
        "accountName": "stshop",
        "containerName": "raw",
        "credentials": {"credentialsType": "AccountKey", "secrets": secrets},
        "datastoreType": "AzureBlob",
    }
    inputs = {"name": "landing", "resourceGroupName": "rg", "workspaceName": "mlw-shop", "properties": properties}
    token = "azure-native:machinelearningservices:Datastore"
    item = Planned(f"urn:pulumi:sandbox::shop::{token}::landing", token, "landing", inputs, NATIVE)
    expected = Difference("credentials.secrets.key", "correct-horse", "battery-staple", secret=True)
    readable = "with-secrets" in file
    assert change(baseline, item) == (PlannedChange(Op.UPDATE, (expected,)) if readable else PlannedChange(Op.SAME))
    secrets["key"] = "correct-horse"
    assert change(baseline, item) == PlannedChange(Op.SAME)


def test_a_size_that_is_encrypted_in_the_state_is_not_taken_for_the_same() -> None:
    stored = entry(cluster("a"))
    stored["inputs"]["properties"]["properties"]["scaleSettings"] = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "v1:x:y",
    }
    found = change(state(stored), cluster("a", 50))
    assert [(item.path, item.secret) for item in found.differences] == [("properties.scaleSettings", True)]


# --- files --------------------------------------------------------------------------------------------------------


@each(
    "content",
    [
        {"version": 3, "deployment": {"manifest": {}}},
        {"version": 3, "deployment": None},
        {"version": 3, "deployment": {"resources": None}},
        {"version": 3, "checkpoint": {"stack": "organization/p/dev"}},
        {"version": 3, "checkpoint": {"stack": "organization/p/dev", "latest": None}},
    ],
)
def test_a_stack_that_never_was_updated_is_empty(content: dict[str, Any]) -> None:
    baseline = ExportedState(content, writes)
    assert change(baseline, cluster("a")) == PlannedChange(Op.CREATE)
    assert baseline.removals([]) == []


@pytest.mark.parametrize("form", ["export", "checkpoint", "bare"])
def test_exports_checkpoints_and_bare_deployments_are_read(form: str, tmp_path: Path) -> None:
    deployment = {"manifest": {}, "resources": [entry(cluster("a"))]}
    forms = {
        "export": {"deployment": deployment},
        "checkpoint": {"checkpoint": {"latest": deployment}},
        "bare": deployment,
    }
    (tmp_path / "state.json").write_text(json.dumps(forms[form]))
    baseline = load("state.json", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))
    assert baseline.source == f"the exported state {tmp_path / 'state.json'}"
    assert change(baseline, cluster("a")) == PlannedChange(Op.SAME)


def test_without_a_past_all_is_new(tmp_path: Path) -> None:
    baseline = load("none", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))
    assert isinstance(baseline, Nothing)
    (write,) = writes(cluster("a"))
    assert baseline.change(write) == PlannedChange(Op.CREATE)
    assert baseline.removals([]) == []


HOW = "make it with `pulumi stack export --file state.json` before the run, or set `baseline` to live"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no such file"),
        (b"", "isn't JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"\xff\xfe", "isn't JSON ("),
        (b"[]", "isn't a Pulumi state: it is no JSON object"),
        (b"{}", "isn't a Pulumi state: it has neither `deployment` nor `resources`"),
        (b'{"deployment": []}', "isn't a Pulumi state: its deployment is no JSON object"),
        (b'{"checkpoint": "x"}', "isn't a Pulumi state: its deployment is no JSON object"),
        (b'{"resources": {}, "manifest": 1}', ""),
        (b'{"resources": 5}', "isn't a Pulumi state: `resources` is no list"),
        (b'{"resources": [{"urn": 1, "type": "x"}]}', "isn't a Pulumi state: resources[0] has no urn and type"),
        (b'{"resources": ["x"]}', "isn't a Pulumi state: resources[0] has no urn and type"),
        (b'{"resources": [{"urn": "u", "type": "t", "inputs": []}, 5]}', "isn't a Pulumi state: resources[1] has no"),
        (b"[" * 100_000, "is nested too deeply for a Pulumi state"),
    ],
)
def test_what_is_no_state_says_how_to_make_one(content: bytes | None, problem: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "state.json").write_bytes(content)
    if not problem:
        ExportedState.read(tmp_path / "state.json", writes)
        return
    with pytest.raises(BaselineUnavailableError) as raised:
        load("state.json", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))
    message = str(raised.value)
    assert f"{tmp_path / 'state.json'}: {problem}" in message
    assert message.endswith(f"; {HOW}")


OTHER_STACKS = ("urn:pulumi:prod::azureml-infra::", "urn:pulumi:dev::other::", "urn:pulumi:DEV::azureml-infra::")


@each("prefix", OTHER_STACKS)
@each("together", [False, True])
def test_the_state_of_another_stack_or_project_is_refused(prefix: str, *, together: bool) -> None:
    item = cluster("a")
    theirs = entry(item) | {"urn": item.urn.replace("urn:pulumi:dev::azureml-infra::", prefix)}
    baseline = state(theirs, *([entry(item)] if together else []))
    asked: list[Callable[[], object]] = [lambda: change(baseline, item), lambda: baseline.removals([item])]
    for ask in asked:
        with pytest.raises(BaselineUnavailableError, match=rf"{prefix.split(':')[2]}::.*this is a run of dev::azureml"):
            ask()


def test_an_empty_state_is_that_of_any_stack() -> None:
    assert change(state(), cluster("a")) == PlannedChange(Op.CREATE)


HALF_WAY: dict[str, Mapping[str, Any]] = {
    "a pending operation": {"pending_operations": [{"type": "creating", "resource": {}}]},
    "as the engine names it": {"pendingOperations": [{"type": "updating", "resource": {}}]},
    "an error": {"resources": [entry(cluster("a"), initErrors=["it failed"])]},
}


@each("name", HALF_WAY)
def test_a_state_that_was_left_half_way_is_refused(name: str) -> None:
    deployment = {"resources": [entry(cluster("a"))], **HALF_WAY[name]}
    with pytest.raises(BaselineUnavailableError, match=r"run `pulumi refresh`, then make it with `pulumi stack export"):
        ExportedState({"deployment": deployment}, writes)
    settled: dict[str, Any] = {key: [] for key in deployment} | {"resources": [entry(cluster("a"), initErrors=[])]}
    assert change(ExportedState({"deployment": settled}, writes), cluster("a")) == PlannedChange(Op.SAME)


LONG_AGO = 1_500_000_000
AGES = 1_000_000


def test_a_file_that_is_older_than_the_config_takes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"deployment": {"resources": []}}))
    assert ExportedState.read(file, writes).source.endswith("state.json")
    os.utime(file, (LONG_AGO, LONG_AGO))
    assert ExportedState.read(file, writes, hours=AGES).source.endswith("state.json")
    with pytest.raises(BaselineUnavailableError, match=r"was written \d+ hours ago.*`baseline_hours` is 24\); make it"):
        load("state.json", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))


@pytest.mark.parametrize("time", ["2019-05-01T10:00:00.123456789+02:00", "2019-05-01T10:00:00Z", "2019-05-01T10:00:00"])
@pytest.mark.parametrize("form", ["deployment", "checkpoint"])
def test_a_stack_that_was_updated_longer_ago_than_the_config_takes_is_refused(
    time: str, form: str, tmp_path: Path
) -> None:
    file = tmp_path / "state.json"
    deployment = {"manifest": {"time": time}, "resources": []}
    file.write_text(json.dumps({form: {"latest": deployment} if form == "checkpoint" else deployment}))
    assert ExportedState.read(file, writes, days=AGES).source.endswith("state.json")
    wanted = r"last updated \d+ days ago.*`baseline_days` is 90\); run `pulumi refresh`, then make it"
    with pytest.raises(BaselineUnavailableError, match=wanted):
        load("state.json", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))


@pytest.mark.parametrize("manifest", [None, {}, {"time": ""}, {"time": "yesterday"}, {"time": 5}, "x"])
def test_a_manifest_without_a_time_says_nothing(manifest: Any, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"deployment": {"manifest": manifest, "resources": []}}))
    assert ExportedState.read(file, writes).source.endswith("state.json")


def test_a_folder_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(BaselineUnavailableError, match=r"can't be read \(Is a directory\); make it with"):
        load(".", tmp_path, writes, lambda: pytest.fail("Azure isn't asked"))
