"""Endpoints on the sandbox's cloud: deployments in turn, traffic after them, and nothing else that changes traffic."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

from azureml_infra import (
    AmlCompute,
    Asset,
    BatchEndpoint,
    Compute,
    Environment,
    OnlineEndpoint,
    RegisteredModel,
    Workspace,
)
from azureml_infra.entities.endpoint import BatchEndpoint as BatchEndpointModel
from azureml_infra.entities.endpoint import ManagedOnlineDeployment, ManagedOnlineEndpoint, ModelBatchDeployment
from azureml_sandbox import RunFailedError, Sandbox
from kit.platforms import ML, SUBSCRIPTION, beside, changes, existing_workspace, live, up_once

ENDPOINT = f"{ML}/onlineEndpoints"
Program = Callable[[], Any]


def prepare() -> Workspace:
    """Return a workspace with what deployments refer to."""
    made = existing_workspace()
    path = "azureml://datastores/workspaceblobstore/paths/m"
    Asset("m", RegisteredModel(name="m", version="1", path=path), workspace=made)
    route = {"port": 5001, "path": "/score"}
    routes = {f"{one}_route": route for one in ("liveness", "readiness", "scoring")}
    serving = {"name": "e", "version": "1", "image": "mcr.microsoft.com/azureml/minimal:1", "inference_config": routes}
    Asset("e", Environment.model_validate(serving), workspace=made)
    Compute("cpu", AmlCompute(name="cpu"), workspace=made)
    return made


def deployment(name: str, **more: Any) -> ManagedOnlineDeployment:
    given = {"name": name, "endpoint_name": "scorer", "model": "azureml:m:1", "environment": "azureml:e:1"}
    return ManagedOnlineDeployment.model_validate({**given, "instance_type": "Standard_DS3_v2", **more})


def program(traffic: dict[str, int] | None, names: tuple[str, ...] = ("blue", "green"), **more: Any) -> Program:
    def run() -> None:
        made = prepare()
        endpoint = ManagedOnlineEndpoint.model_validate({"name": "scorer", "traffic": traffic, **more})
        OnlineEndpoint("scorer", endpoint, [deployment(name) for name in names], workspace=made)

    return run


SHARES = {"blue": 90, "green": 10}


def two_deployments() -> None:
    """Make an endpoint that shares its traffic between two deployments."""
    program(SHARES)()


def traffic(sandbox: Sandbox) -> dict[str, int]:
    return dict(live(sandbox, ENDPOINT)["properties"].get("traffic") or {})


def test_traffic_comes_after_the_deployments_which_come_in_turn() -> None:
    sandbox = beside()
    done = changes(sandbox.up(program(SHARES)))
    order = ["create scorer", "create scorer-blue", "create scorer-green", "create scorer-traffic"]
    assert [line for line in done if line in order] == order
    assert traffic(sandbox) == SHARES
    assert changes(sandbox.up(program(SHARES))) == []


def test_a_traffic_change_touches_nothing_else() -> None:
    sandbox = up_once(two_deployments, beside)
    assert changes(sandbox.up(program({"blue": 50, "green": 50}))) == ["update scorer-traffic"]
    assert traffic(sandbox) == {"blue": 50, "green": 50}


@pytest.mark.parametrize("refreshed", [False, True])
def test_an_update_of_the_endpoint_keeps_what_flows(*, refreshed: bool) -> None:
    """A PUT of the endpoint's described properties alone would stop its traffic."""
    sandbox = up_once(two_deployments, beside)
    sandbox.up(program({"blue": 60, "green": 40}))
    if refreshed:
        sandbox.refresh()
    assert "update scorer" in changes(sandbox.up(program({"blue": 60, "green": 40}, description="new")))
    assert live(sandbox, ENDPOINT)["properties"]["description"] == "new"
    assert traffic(sandbox) == {"blue": 60, "green": 40}
    assert changes(sandbox.up(program({"blue": 60, "green": 40}, description="new"))) == []


def test_no_put_ever_carries_other_traffic_than_flows() -> None:
    """Looked at request by request: at no time does an unrelated update change the split."""
    sandbox = up_once(two_deployments, beside)
    seen: list[Any] = []
    sandbox.azure.observers.append(
        lambda request: seen.append(request.body["properties"].get("traffic")) if request.type == ENDPOINT else None
    )
    sandbox.up(program(SHARES, description="new", tags={"team": "a"}))
    assert seen
    assert all(split == SHARES for split in seen)


def test_traffic_that_is_not_described_stays_as_it_is() -> None:
    sandbox = up_once(two_deployments, beside)
    assert changes(sandbox.up(program(None))) == []
    assert traffic(sandbox) == SHARES


def test_a_deployment_leaves_after_its_traffic() -> None:
    sandbox = up_once(two_deployments, beside)
    done = changes(sandbox.up(program({"blue": 100}, ("blue",))))
    assert done == ["update scorer-traffic", "delete scorer-green"]
    assert traffic(sandbox) == {"blue": 100}


@pytest.mark.parametrize(("gone", "warned"), [("green", True), ("blue", False)])
def test_a_deployment_that_leaves_while_it_gets_requests_is_shown_in_the_preview(gone: str, *, warned: bool) -> None:
    """Where nothing is said of the traffic; it may be somebody else's deployment, so it is no refusal."""
    sandbox = beside(program({"blue": 0, "green": 100}))
    left = tuple(name for name in ("blue", "green") if name != gone)
    said = [one.message for one in sandbox.preview(program(None, left)).diagnostics]
    assert any("sends requests to green, which isn't described" in one for one in said) is warned


def test_traffic_changed_by_hand_is_drift_that_a_refresh_finds_and_up_reverts() -> None:
    sandbox = up_once(two_deployments, beside)
    endpoint = live(sandbox, ENDPOINT)
    body = {key: endpoint[key] for key in ("location", "identity")}
    body["identity"] = {"type": "SystemAssigned"}
    kept = {key: endpoint["properties"][key] for key in ("authMode",)}
    sandbox.azure.put(endpoint["id"], {**body, "properties": {**kept, "traffic": {"blue": 0, "green": 100}}})
    sandbox.refresh()
    assert changes(sandbox.up(program(SHARES))) == ["update scorer-traffic"]
    assert traffic(sandbox) == SHARES


def test_everything_goes_at_the_end() -> None:
    sandbox = beside(program(SHARES), disposable="true")
    sandbox.destroy()
    assert sandbox.azure.resources(ENDPOINT) == []


def test_a_failed_run_keeps_what_flows_and_the_next_one_goes_on() -> None:
    sandbox = beside(program({"blue": 100}, ("blue",)))
    with pytest.raises(RunFailedError, match="no deployment 'gone'"):
        sandbox.up(program({"blue": 50, "gone": 50}, ("blue", "green")))
    assert traffic(sandbox) == {"blue": 100}
    assert changes(sandbox.up(program({"blue": 50, "green": 50}))) == ["update scorer-traffic"]
    assert traffic(sandbox) == {"blue": 50, "green": 50}


BATCH = {
    "endpoint_name": "nightly",
    "model": "azureml:m:1",
    "compute": "azureml:cpu",
    "environment": "azureml:e:1",
    "code_configuration": {"code": "azureml:c:1", "scoring_script": "score.py"},
}


def batch(default: str | None, names: tuple[str, ...] = ("one", "two")) -> Program:
    def run() -> None:
        made = prepare()
        defaults = {"deployment_name": default} if default else None
        endpoint = BatchEndpointModel.model_validate({"name": "nightly", "defaults": defaults})
        deployments = [ModelBatchDeployment.model_validate({**BATCH, "name": name}) for name in names]
        BatchEndpoint("nightly", endpoint, deployments, workspace=made)

    return run


def test_the_default_of_a_batch_endpoint_is_set_after_its_deployments() -> None:
    sandbox = beside(batch("one"))
    assert live(sandbox, f"{ML}/batchEndpoints")["properties"]["defaults"] == {"deploymentName": "one"}
    assert changes(sandbox.up(batch("one"))) == []
    assert changes(sandbox.up(batch("two"))) == ["update nightly-default"]
    assert live(sandbox, f"{ML}/batchEndpoints")["properties"]["defaults"] == {"deploymentName": "two"}


_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ids"
_ID = f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
_BOTH = {"identity": {"type": "user_assigned", "user_assigned_identities": [f"{_ID}/id-a", f"{_ID}/id-b"]}}
_ONE = {"identity": {"type": "user_assigned", "user_assigned_identities": [f"{_ID}/id-a"]}}
LEAVES: dict[str, tuple[dict[str, Any], dict[str, Any], Callable[[Any], Any], Any]] = {
    "one of two identities": (
        _BOTH,
        _ONE,
        lambda body: list(body["identity"]["userAssignedIdentities"]),
        [f"{_ID}/id-a"],
    ),
    "an entry of properties": (
        {"properties": {"a": "1", "b": "2"}},
        {"properties": {"a": "1"}},
        lambda body: [key for key in body["properties"]["properties"] if key in ("a", "b")],
        ["a"],
    ),
    "public network access": (
        {"public_network_access": "disabled"},
        {},
        lambda body: body["properties"].get("publicNetworkAccess") or "Enabled",
        "Enabled",
    ),
    "a tag": ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "1"}}, lambda body: body["tags"], {"a": "1"}),
    "all tags": ({"tags": {"a": "1"}}, {}, lambda body: body.get("tags") or {}, {}),
    "the description": ({"description": "x"}, {}, lambda body: body["properties"].get("description"), None),
}


def test_a_default_leaves_with_its_deployment() -> None:
    sandbox = beside(batch("one"))
    assert changes(sandbox.up(batch(None, ("two",)))) == ["delete nightly-default", "delete nightly-one"]
    assert changes(sandbox.up(batch(None, ("two",)))) == []


def test_what_leaves_the_description_is_taken_away_in_azure() -> None:
    def each_with(words: Callable[[Any], dict[str, Any]]) -> None:
        made = prepare()
        for name, case in LEAVES.items():
            own = name.replace(" ", "-")
            endpoint = ManagedOnlineEndpoint.model_validate({"name": own, "traffic": {"blue": 100}, **words(case)})
            OnlineEndpoint(own, endpoint, [deployment("blue", endpoint_name=own)], workspace=made)

    sandbox = beside()
    for place in (_GROUP, f"{_ID}/id-a", f"{_ID}/id-b"):
        sandbox.azure.put(place, {"location": "westeurope"})
    sandbox.up(lambda: each_with(itemgetter(0)))
    done = changes(sandbox.up(lambda: each_with(itemgetter(1))))
    endpoints = {one["name"]: one for one in sandbox.azure.resources(ENDPOINT)}
    for name, (_, _, read, expected) in LEAVES.items():
        there = endpoints[name.replace(" ", "-")]
        assert f"update {there['name']}" in done
        assert read(there) == expected, name
        assert there["properties"]["traffic"] == {"blue": 100}, name
    assert changes(sandbox.up(lambda: each_with(itemgetter(1)))) == []


def test_mirrored_traffic_that_is_no_longer_described_ends_so_that_its_deployment_can_go() -> None:
    sandbox = beside(program({"green": 100}, mirror_traffic={"blue": 10}))
    assert changes(sandbox.up(program({"green": 100}))) == ["update scorer-traffic"]
    assert not live(sandbox, ENDPOINT)["properties"].get("mirrorTraffic")
    assert changes(sandbox.up(program({"green": 100}, ("green",)))) == ["delete scorer-blue"]


def test_an_endpoint_that_is_replaced_gets_its_deployments_and_traffic_again() -> None:
    sandbox = up_once(two_deployments, beside)
    done = changes(sandbox.up(program(SHARES, location="northeurope")))
    assert {"replace scorer", "replace scorer-blue", "replace scorer-green", "replace scorer-traffic"} <= set(done)
    assert traffic(sandbox) == SHARES
