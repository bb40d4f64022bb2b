"""azapi's requests: the body that is sent, the method, and what doesn't reach Azure Resource Manager."""

from __future__ import annotations

from typing import Any

import pytest

from azureml_arm.actions import ML
from azureml_arm.compare.masks import SIGNATURE
from azureml_policies.requests import Defaults, writes
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import SECRET
from azureml_policies.requests.write import Write

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/{ML}/workspaces/ws"
COMPUTE = f"{ML}/workspaces/computes"


def behind(token: str, inputs: dict[str, Any]) -> tuple[Write, ...]:
    return writes(Planned("urn:it", token, "it", inputs), Defaults(SUBSCRIPTION))


def only(token: str, inputs: dict[str, Any]) -> Write:
    (found,) = behind(token, inputs)
    return found


@pytest.mark.parametrize("name", ["dataPlaneResource", "resourceAction2", "somethingNew"])
def test_what_azapi_sends_beside_arm_could_be_anything(name: str) -> None:
    found = only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", {"type": f"{COMPUTE}@1", "name": "x"})
    assert found.opaque == f"a request of azapi beside Azure Resource Manager ({name.lower()})"


RESOURCE = {"type": f"{COMPUTE}@1", "parentId": WORKSPACE, "name": "gpu"}
ACTION = {"type": f"{COMPUTE}@1", "resourceId": f"{WORKSPACE}/computes/gpu"}
MERGING = {
    "resource": RESOURCE,
    "updateResource": ACTION,
    "resourceAction with PUT": {**ACTION, "method": "PUT"},
    "resourceAction with PATCH": {**ACTION, "method": "PATCH"},
    "resourceAction with POST": {**ACTION, "action": "start"},
}


@pytest.mark.parametrize("way", MERGING)
@pytest.mark.parametrize("spelled", ["sensitiveBody", "sensitive_body"])
@pytest.mark.parametrize(
    ("plain", "secret", "merged"),
    [
        ({"properties": {"a": 1, "b": 1}}, {"properties": {"b": 2}}, {"properties": {"a": 1, "b": 2}}),
        (None, {"properties": {"a": 1}}, {"properties": {"a": 1}}),
        ({"properties": {"a": 1}}, {"properties": {"a": None}}, {"properties": {"a": None}}),
        ({"p": [{"name": "x", "a": 1}, {"name": "y"}]}, {"p": [{"name": "y", "b": 2}]},
         {"p": [{"name": "x", "a": 1}, {"name": "y", "b": 2}]}),
        ({"p": [{"name": "x"}]}, {"p": [{"name": "z"}]}, {"p": [{"name": "x"}, {"name": "z"}]}),
        ({"p": [1, 2]}, {"p": [3, 4]}, {"p": [3, 4]}),
        ({"p": [1, 2]}, {"p": [3]}, {"p": [3]}),
        ({"p": [{"a": 1}]}, {"p": [{"b": 2}]}, {"p": [{"a": 1, "b": 2}]}),
        ({"p": "text"}, {"p": {"a": 1}}, {"p": {"a": 1}}),
        ('{"properties": {"a": 1}}', '{"properties": {"b": 2}}', {"properties": {"a": 1, "b": 2}}),
    ],
)  # fmt: skip
def test_azapi_merges_a_sensitive_body(way: str, spelled: str, plain: Any, secret: Any, merged: Any) -> None:
    name = way.partition(" ")[0]
    inputs = {**MERGING[way], "body": plain, spelled: {SIGNATURE: SECRET, "value": secret}}
    assert only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", inputs).body == merged


@pytest.mark.parametrize("way", MERGING)
def test_what_of_a_sensitive_body_with_versions_is_sent_is_not_known(way: str) -> None:
    name = way.partition(" ")[0]
    given = {"body": {"a": 1, "b": 1}, "sensitiveBody": {"a": 2, "c": {"d": 3}}, "sensitiveBodyVersion": {"a": "1"}}
    assert only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", {**MERGING[way], **given}).body == {
        "a": UNKNOWN,
        "b": 1,
        "c": {"d": UNKNOWN},
    }


@pytest.mark.parametrize("twice", ["body", "sensitiveBody", "resourceId", "type", "name", "method", "action"])
def test_an_argument_of_azapi_in_two_spellings_is_refused(twice: str) -> None:
    other = twice.upper() if twice.islower() else "".join(f"_{c.lower()}" if c.isupper() else c for c in twice)
    for way, inputs in MERGING.items():
        name = way.partition(" ")[0]
        found = only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", {**inputs, twice: "x", other: "y"})
        assert found.opaque == "arguments that are there in two spellings"


@pytest.mark.parametrize(("method", "action"), [("GET", "read"), ("HEAD", "read"), ("DELETE", "delete")])
def test_a_method_of_azapi_is_its_action(method: str, action: str) -> None:
    assert (
        only("azapi:index/resourceAction:ResourceAction", {**ACTION, "method": method}).action == f"{COMPUTE}/{action}"
    )


CLIMBING = [
    "..%2fcomputes%2fgpu",
    "..%2Fcomputes",
    "%2e%2e",
    "%252e%252e",
    ".",
    "..",
    "a%5cb",
    "a%3fb",
    "a%23",
    "a%25%32%66b",
]


@pytest.mark.parametrize("name", CLIMBING)
def test_a_name_that_climbs_is_opaque_in_every_way(name: str) -> None:
    kind, parts = f"{ML}/workspaces/datastores", {"resourceGroupName": "rg", "workspaceName": "ws"}
    generic = {"resourceProviderNamespace": ML, "parentResourcePath": "workspaces/ws", "resourceType": "datastores"}
    template = {"resources": [{"type": kind, "name": f"ws/{name}", "apiVersion": "1"}]}
    deployment = {"deploymentName": "d", "properties": {"mode": "Incremental", "template": template}}
    below = {"type": f"{kind}@1", "resourceId": f"{WORKSPACE}/datastores/{name}"}
    ways: dict[str, dict[str, Any]] = {
        "azure-native:machinelearningservices:Datastore": {**parts, "name": name},
        "azure-native:resources:Resource": {**parts, **generic, "resourceName": name},
        "azapi:index/resource:Resource": {"type": f"{kind}@1", "parentId": WORKSPACE, "name": name},
        "azapi:index/updateResource:UpdateResource": below,
        "azapi:index/resourceAction:ResourceAction": below,
        "azure-native:resources:Deployment": {"resourceGroupName": "rg", **deployment},
    }
    for token, inputs in ways.items():
        assert any(one.opaque for one in behind(token, inputs)), token
