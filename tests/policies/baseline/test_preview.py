"""Previews as `pulumi preview --json` writes them: what is planned, and what was there before."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from azureml_arm.compare import Difference
from azureml_policies.baseline.model import BaselineUnavailableError, Op, PlannedChange
from azureml_policies.baseline.state import ExportedState
from azureml_policies.previews.baseline import PreviewBaseline
from azureml_policies.previews.read import PreviewError, planned_of, read_preview
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from kit.exported import writes
from kit.rows import each

PREVIEWS = Path(__file__).parent / "previews"
FORMS = ("shop.json", "shop.jsonl")
"""One real preview: `--json --show-sames`, and as streaming events."""
SUBSCRIPTION = "5a4d0b0c-0000-4000-8000-000000000001"
NATIVE = "urn:pulumi:sandbox::shop::pulumi:providers:azure-native::"
COMPUTE = "urn:pulumi:sandbox::shop::azure-native:machinelearningservices:Compute::"


def read_recording(file: str) -> str:
    return (PREVIEWS / file).read_text()


def document(file: str = "shop.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read_recording(file))
    return found


def verdicts(text: str) -> dict[str, tuple[Op, tuple[Difference, ...]]]:
    """Return what each planned resource would do, by its name in the program."""
    preview = read_preview(text)
    baseline = PreviewBaseline(preview, writes)
    found = {}
    for item in planned_of(preview):
        for write in writes(item):
            change = baseline.change(write)
            found[item.name] = (change.op, change.differences)
    return found


def plan_item(text: str, name: str) -> Planned:
    (found,) = [item for item in planned_of(read_preview(text)) if item.name == name]
    return found


@each("file", FORMS)
def test_a_preview_says_what_is_planned(file: str) -> None:
    found = {item.name: item for item in planned_of(read_preview(read_recording(file)))}
    clusters = {"same", "grows", "moves", "elsewhere", "new"}
    rest = {"shop-sandbox", "rg", "st", "kv", "ws", "landing", "steady"}
    assert [name for name in found if name not in clusters | rest] == []
    assert len(found) == 13 - 1  # a cluster is called as its provider
    assert found["grows"].inputs["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 50
    assert found["grows"].type == "azure-native:machinelearningservices:Compute"
    assert found["grows"].options.parent.endswith("::shop-sandbox")


@each("file", FORMS)
def test_a_provider_has_its_inputs_explicit_or_by_config(file: str) -> None:
    resources = {item.urn: item for item in planned_of(read_preview(read_recording(file)))}
    assert resources[f"{NATIVE}elsewhere"].inputs["subscriptionId"] == SUBSCRIPTION
    default, explicit = resources[f"{COMPUTE}same"].provider, resources[f"{COMPUTE}elsewhere"].provider
    assert default is not None
    assert explicit is not None
    assert (default.type, default.name) == ("pulumi:providers:azure-native", "default_3_29_0")
    assert default.inputs == {"subscriptionId": SUBSCRIPTION}
    assert (explicit.urn, explicit.inputs["subscriptionId"]) == (f"{NATIVE}elsewhere", SUBSCRIPTION)


EXPECTED = {
    "same": (Op.SAME, ()),
    "elsewhere": (Op.SAME, ()),
    "grows": (Op.UPDATE, (Difference("properties.scaleSettings.maxNodeCount", 5, 50),)),
    "moves": (Op.UPDATE, (Difference("properties.vmSize", "STANDARD_DS3_V2", "STANDARD_NC6S_V3"),)),
    "new": (Op.CREATE, ()),
    "steady": (Op.UPDATE, (Difference("accountName", "stshop", "stother"),)),
    "landing": (Op.UPDATE, (Difference("credentials.secrets.key", "[secret]", "[secret]", secret=True),)),
}


@each("file", FORMS)
def test_a_preview_says_what_was_there_and_which_secret_changed(file: str) -> None:
    found = verdicts(read_recording(file))
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert {name for name, (op, _) in found.items() if op is Op.SAME} == {"rg", "st", "kv", "ws", "same", "elsewhere"}


@each("file", FORMS)
def test_what_a_preview_deletes_is_removed(file: str) -> None:
    preview = read_preview(read_recording(file))
    baseline = PreviewBaseline(preview, writes)
    assert baseline.sees_removals
    assert [write.name for write in baseline.removals(planned_of(preview))] == ["gone"]


@each("file", FORMS)
def test_the_exported_state_says_the_same_but_for_what_is_encrypted(file: str) -> None:
    plan = planned_of(read_preview(read_recording(file)))
    state = ExportedState(document("shop-state.json"), writes)
    found = {item.name: state.change(write) for item in plan for write in writes(item)}
    expected = {**EXPECTED, "landing": (Op.SAME, ())}
    assert {name: (found[name].op, found[name].differences) for name in expected} == expected
    assert [write.name for write in state.removals(plan)] == ["gone"]


def test_a_plain_preview_leaves_out_what_stays_and_says_how_much() -> None:
    text = read_recording("shop-changes.json")
    preview = read_preview(text)
    assert preview.left_out == 7
    assert read_preview(read_recording("shop.json")).left_out == 0
    assert set(verdicts(text)) == {"grows", "moves", "new", "steady", "landing"}
    assert verdicts(text)["grows"] == EXPECTED["grows"]
    assert plan_item(text, "new").subscription == SUBSCRIPTION


def step(urn: str = f"{COMPUTE}same", **more: Any) -> dict[str, Any]:
    """Return the recorded step of a resource, changed."""
    (found,) = [item for item in document()["steps"] if item["urn"] == urn]
    return {**found, **more}


def of(*steps: dict[str, Any], **more: Any) -> str:
    summary = {"same": sum(item["op"] == "same" for item in steps)}
    config = {"azure-native:subscriptionId": SUBSCRIPTION}
    return json.dumps({"config": config, "steps": steps, "changeSummary": summary, **more})


def test_an_explicit_provider_that_is_left_out_is_known_by_what_it_made() -> None:
    cluster = step(f"{COMPUTE}elsewhere", op="update")
    assert plan_item(of(cluster), "elsewhere").subscription == SUBSCRIPTION
    del cluster["oldState"]
    assert plan_item(of({**cluster, "op": "create"}), "elsewhere").subscription == UNKNOWN


@each("op", ["read", "refresh", "delete", "delete-replaced", "discard"])
def test_what_is_not_made_is_not_planned(op: str) -> None:
    assert planned_of(read_preview(of(step(op=op)))) == []


def test_an_import_is_new_to_the_stack() -> None:
    found = step(op="import")
    del found["oldState"]
    assert verdicts(of(found))["same"] == (Op.CREATE, ())


@each("mark", [{"delete": True}, {"external": True}])
def test_what_was_not_there_is_not_removed(mark: dict[str, bool]) -> None:
    found = step(f"{COMPUTE}gone")
    preview = read_preview(of({**found, "oldState": found["oldState"] | mark}))
    assert PreviewBaseline(preview, writes).removals([]) == []


def hidden_step(most: Any, **more: Any) -> dict[str, Any]:
    """Return the step of the cluster that grows, with the same number of nodes before and after."""
    found = step(f"{COMPUTE}grows", **more)
    for state in ("oldState", "newState"):
        found[state]["inputs"]["properties"]["properties"]["scaleSettings"]["maxNodeCount"] = most
    return found


def test_a_size_hidden_as_a_secret_is_what_the_engine_says() -> None:
    text = of(hidden_step("[secret]"))
    inputs = plan_item(text, "grows").inputs
    assert inputs["properties"]["properties"]["scaleSettings"] == {"maxNodeCount": UNKNOWN, "minNodeCount": 0}
    ((op, (found,)),) = verdicts(text).values()
    assert (op, found.path, found.secret) == (Op.UPDATE, "properties.scaleSettings.maxNodeCount", True)
    other = {"properties.properties.vmSize": {"kind": "update"}}
    assert verdicts(of(hidden_step("[secret]", detailedDiff=other))) == {"grows": (Op.SAME, ())}
    assert verdicts(of(hidden_step("[secret]", detailedDiff=None)))["grows"][0] is Op.UPDATE
    assert verdicts(of(hidden_step("[secret]", op="same")))["grows"] == (Op.SAME, ())


def test_a_secret_in_a_list_is_what_the_engine_says() -> None:
    found = step("urn:pulumi:sandbox::shop::azure-native:machinelearningservices:Datastore::landing")
    for state in ("oldState", "newState"):
        found[state]["inputs"]["properties"]["credentials"]["secrets"]["key"] = ["[secret]", "[secret]"]
    found["detailedDiff"] = {"properties.credentials.secrets.key[1]": {"kind": "update"}}
    ((op, (difference,)),) = verdicts(of(found)).values()
    assert (op, difference.path, difference.secret) == (Op.UPDATE, "credentials.secrets.key[1]", True)


def test_values_that_are_not_known_are_one_marker() -> None:
    found = step()
    found["newState"]["inputs"]["workspaceName"] = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
    assert plan_item(of(found), "same").inputs["workspaceName"] == UNKNOWN


# --- what isn't a preview -----------------------------------------------------------------------------------------

HOW = "make it with `pulumi preview --json --show-sames > preview.json`"
ERROR = {"severity": "error", "message": "error: the program failed\nTraceback"}
FAILED = "the preview failed (error: the program failed), so it doesn't show the whole plan; fix that first"


def events(*items: dict[str, Any]) -> str:
    return "\n".join(json.dumps({"sequence": number, **item}) for number, item in enumerate(items))


@each(
    ("text", "message"),
    [
        ("", f"isn't the output of a preview; {HOW}"),
        ("Previewing update (dev):\n", f"isn't JSON (Expecting value: line 1 column 1 (char 0)); {HOW}"),
        ("[]", f"isn't the output of `pulumi preview --json`: it has no steps; {HOW}"),
        ('{"version": 3}', f"isn't the output of `pulumi preview --json`: it has no steps; {HOW}"),
        ("5\n6", f"isn't the output of a preview; {HOW}"),
        ("[" * 100_000, f"isn't a preview: it is nested too deeply; {HOW}"),
        ('{"steps": [{"op": "same"}]}', f"isn't a preview: a step has no urn; {HOW}"),
        ('{"steps": [5]}', f"isn't a preview: a step has no urn; {HOW}"),
        ('{"steps": [], "changeSummary": {"same": "x"}}', f"isn't a preview: its changeSummary counts nothing; {HOW}"),
        ('{"steps": 5}', f"isn't a preview: its steps are no list; {HOW}"),
        (
            '{"steps": [{"op": "same", "urn": "u", "newState": {"inputs": 5}}]}',
            f"isn't a preview: a resource's state is no object with inputs; {HOW}",
        ),
        (json.dumps({"steps": [], "changeSummary": {}, "diagnostics": [ERROR]}), FAILED),
        (events({"preludeEvent": {}}), f"the preview's events end before their summary; {HOW}"),
        (
            events({"diagnosticEvent": ERROR}, {"summaryEvent": {"result": "failed"}}),
            FAILED,
        ),
        (
            events({"resourcePreEvent": {"metadata": {"op": "same"}}}, {"summaryEvent": {"result": "succeeded"}}),
            f"isn't a preview: an event of a resource has no urn; {HOW}",
        ),
    ],
)
def test_what_is_no_preview_says_how_to_make_one(text: str, message: str) -> None:
    with pytest.raises(PreviewError) as raised:
        read_preview(text, "p.json")
    assert str(raised.value) == f"p.json: {message}"
    assert isinstance(raised.value, BaselineUnavailableError)


@each("lines", range(1, 15, 3))
def test_the_beginning_of_a_preview_is_none(lines: int) -> None:
    with pytest.raises(PreviewError, match="end before their summary"):
        read_preview("\n".join(read_recording("shop.jsonl").splitlines()[:lines]))


def test_a_preview_without_resources_plans_nothing() -> None:
    preview = read_preview('\ufeff{"config": {}, "steps": [], "duration": 1, "changeSummary": {}}')
    assert planned_of(preview) == []
    assert PreviewBaseline(preview, writes).removals([]) == []


def change_of(text: str, name: str) -> PlannedChange:
    """Return the change of the one write of a resource, by its name in the program."""
    preview = read_preview(text)
    (write,) = [write for item in planned_of(preview) if item.name == name for write in writes(item)]
    return PreviewBaseline(preview, writes).change(write)


REPLACEMENT = ("create-replacement", "replace", "delete-replaced")


@each("ops", [REPLACEMENT, REPLACEMENT[::-1], ("replace",), ("create-replacement",)])
def test_what_the_engine_replaces_is_replaced_though_nothing_differs(ops: tuple[str, ...]) -> None:
    assert change_of(of(*(step(op=op) for op in ops)), "same") == PlannedChange(Op.UPDATE, replaces=True)


def test_what_the_engine_calls_the_same_is_so_with_the_same_inputs_only() -> None:
    assert change_of(of(step()), "same") == PlannedChange(Op.SAME)
    other = copy.deepcopy(step())
    other["newState"]["inputs"]["properties"]["properties"]["scaleSettings"]["maxNodeCount"] = 50
    expected = Difference("properties.scaleSettings.maxNodeCount", 5, 50)
    assert change_of(of(other), "same") == PlannedChange(Op.UPDATE, (expected,))


def test_a_rename_without_an_alias_is_a_removal_and_a_new_resource() -> None:
    old = step()
    urn = f"{COMPUTE}renamed"
    new = {"op": "create", "urn": urn, "newState": {**old["newState"], "urn": urn}}
    gone = {"op": "delete", "urn": old["urn"], "oldState": old["oldState"]}
    text = of(new, gone)
    preview = read_preview(text)
    assert change_of(text, "renamed") == PlannedChange(Op.CREATE)
    removed = PreviewBaseline(preview, writes).removals(planned_of(preview))
    assert [write.planned.urn for write in removed] == [old["urn"]]


@each("op", ["same", "update"])
def test_a_rename_with_an_alias_is_the_same(op: str) -> None:
    old = step(op=op)
    urn = f"{COMPUTE}renamed"
    text = of({**old, "urn": urn, "newState": {**old["newState"], "urn": urn}})
    preview = read_preview(text)
    assert change_of(text, "renamed") == PlannedChange(Op.SAME)
    assert PreviewBaseline(preview, writes).removals(planned_of(preview)) == []
