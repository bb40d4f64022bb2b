"""What the rules about rights make of a baseline that can't be used, and of what the engine replaces."""

import json
from dataclasses import replace
from typing import Any

from azureml_policies.previews.baseline import PreviewBaseline
from azureml_policies.previews.read import planned_of, read_preview
from azureml_policies.requests.planned import Planned
from azureml_policies.rules.registry import RULES
from kit.exported import writes
from kit.guarded import AZURE, cluster, denied_names, judge, plan_of, state
from kit.platforms import SUBSCRIPTION
from kit.rows import each

WORKSPACE = plan_of(
    "azure-native:machinelearningservices:Workspace",
    "ws",
    resourceGroupName="rg",
    workspaceName="ws",
    location="westeurope",
)


def of_prod(item: Planned) -> Planned:
    return replace(item, urn=item.urn.replace("urn:pulumi:dev::", "urn:pulumi:prod::"))


@each(("who", "allowed"), [("olga", True), ("carl", False), ("dana", False), ("rita", False)])
def test_a_state_of_another_stack_denies_those_who_may_not_do_it_whatever_is_there(who: str, *, allowed: bool) -> None:
    past = state(of_prod(cluster("cpu")))
    found = [item for item in judge([cluster("cpu")], who, past=past) if item.denies]
    assert (found == []) is allowed
    assert all("pulumi stack export" in item.message for item in found)


def of_preview(*ops: str, item: Planned) -> PreviewBaseline:
    states = {"urn": item.urn, "type": item.type, "custom": True, "id": "x", "inputs": dict(item.inputs)}
    provider = f"{AZURE.urn}::x"
    steps: list[dict[str, Any]] = [
        {"op": op, "urn": item.urn, "oldState": {**states, "provider": provider}, "newState": states} for op in ops
    ]
    config = {"azure-native:subscriptionId": SUBSCRIPTION}
    text = json.dumps({"config": config, "steps": steps, "changeSummary": {}})
    assert len(planned_of(read_preview(text))) == 1
    return PreviewBaseline(read_preview(text), writes)


def test_a_replaced_cluster_needs_the_right_to_delete_it_and_to_make_it() -> None:
    item = replace(cluster("cpu"), provider=None)
    assert denied_names([item], "dana", past=of_preview("same", item=item)) == []
    past = of_preview("create-replacement", "replace", "delete-replaced", item=item)
    messages = [found.message for found in judge([item], "dana", past=past) if found.rule.id == "compute-admins-only"]
    assert [message.partition(" needs ")[0] for message in messages] == ["cpu: replacing compute"] * 2
    assert [
        action for message in messages for action in ("computes/write", "computes/delete") if action in message
    ] == [
        "computes/write",
        "computes/delete",
    ]
    assert denied_names([item], "carl", past=past) == []


def test_a_replaced_workspace_is_lost_whoever_asks() -> None:
    item = replace(WORKSPACE, provider=None)
    kept = [rule for rule in RULES if rule.id == "workspace-kept"]
    (found,) = judge([item], "olga", rules=kept, past=of_preview("replace", item=item))
    assert found.message.startswith("ws: it would be replaced: the runs")
    assert judge([item], "olga", rules=kept, past=of_preview("same", item=item)) == []
