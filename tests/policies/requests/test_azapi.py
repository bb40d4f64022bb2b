"""azapi's requests: the body that is sent, the method, and what doesn't reach Azure Resource Manager."""

from typing import Any

from azureml_arm.actions import ML
from azureml_arm.compare.masks import SIGNATURE
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import SECRET
from kit.arm_writes import COMPUTE, GROUP, WORKSPACE, behind, only
from kit.rows import each


@each("token", ["azapi:index/resource:Resource", "azapi:index/updateResource:UpdateResource"])
@each("body", [{"properties": {"computeType": "AmlCompute"}}, '{"properties": {"computeType": "AmlCompute"}}'])
def test_a_compute_by_azapi(token: str, body: Any) -> None:
    inputs = {
        "type": f"{COMPUTE.lower()}@2025-09-01",
        "parentId": WORKSPACE,
        "name": "gpu",
        "body": body,
        "location": "we",
    }
    found = only(token, inputs)
    assert (found.type, found.id, found.via) == (COMPUTE, f"{WORKSPACE}/computes/gpu", "azapi")
    assert found.body == {"location": "we", "properties": {"computeType": "AmlCompute"}}


def test_an_update_by_id_and_a_body_in_two_parts() -> None:
    inputs = {
        "type": f"{COMPUTE}@2025-09-01",
        "resource_id": f"{WORKSPACE}/computes/gpu",
        "body": {"properties": {"a": 1}},
        "sensitive_body": {"properties": {"b": 2}},
    }
    found = only("contoso:tf:azapi_update_resource", inputs)
    assert (found.id, found.body) == (f"{WORKSPACE}/computes/gpu", {"properties": {"a": 1, "b": 2}})


def test_another_type_by_azapi_is_that() -> None:
    found = only(
        "azapi:index/resource:Resource", {"type": "Microsoft.Web/sites@2024-04-01", "parentId": GROUP, "name": "s"}
    )
    assert (found.type, found.id) == ("Microsoft.Web/sites", f"{GROUP}/providers/Microsoft.Web/sites/s")


@each(
    ("inputs", "reason"),
    [
        ({"type": UNKNOWN, "parentId": WORKSPACE, "name": "x"}, "a resource whose type isn't known"),
        ({"parentId": WORKSPACE, "name": "x"}, "a resource whose type isn't known"),
        ({"type": f"{COMPUTE}@1", "parentId": WORKSPACE, "body": "{"}, "a body that can't be read as JSON"),
    ],
)
def test_what_azapi_does_not_show_could_be_anything(inputs: dict[str, Any], reason: str) -> None:
    assert only("azapi:index/resource:Resource", inputs).opaque == reason


def test_a_body_that_is_not_known_is_not_known_anywhere() -> None:
    found = only("azapi:index/resource:Resource", {"type": f"{COMPUTE}@1", "parentId": WORKSPACE, "body": UNKNOWN})
    assert found.body["properties"] == UNKNOWN


@each(
    ("inputs", "resource", "action"),
    [
        (
            {"resourceId": f"{WORKSPACE}/computes/gpu", "action": "start"},
            f"{WORKSPACE}/computes/gpu",
            f"{COMPUTE}/start/action",
        ),
        (
            {"resourceId": WORKSPACE, "action": "computes/gpu/start"},
            f"{WORKSPACE}/computes/gpu",
            f"{COMPUTE}/start/action",
        ),
        ({"resourceId": WORKSPACE, "action": "computes/gpu", "method": "PUT"}, f"{WORKSPACE}/computes/gpu", ""),
        ({"resourceId": WORKSPACE, "action": "computes/gpu", "method": "PATCH"}, f"{WORKSPACE}/computes/gpu", ""),
        (
            {"resourceId": f"{WORKSPACE}/computes/gpu", "method": "DELETE"},
            f"{WORKSPACE}/computes/gpu",
            f"{COMPUTE}/delete",
        ),
        (
            {"resourceId": GROUP, "action": f"providers/{ML}/workspaces/ws/computes/gpu", "method": "PUT"},
            f"{WORKSPACE}/computes/gpu",
            "",
        ),
        ({"resourceId": UNKNOWN, "action": "stop"}, UNKNOWN, f"{COMPUTE}/stop/action"),
    ],
)
def test_an_action_by_azapi(inputs: dict[str, Any], resource: str, action: str) -> None:
    found = only("azapi:index/resourceAction:ResourceAction", {"type": f"{COMPUTE}@2025-09-01", **inputs})
    assert (found.type, found.id, found.action) == (COMPUTE, resource, action)


@each("more", [{"action": UNKNOWN}, {"action": "start", "method": UNKNOWN}, {"action": "x", "method": "PUT"}])
def test_an_unknown_action_could_be_any(more: dict[str, Any]) -> None:
    inputs = {"type": f"{ML}/workspaces@1", "resourceId": WORKSPACE, **more}
    assert only("azapi:index/resourceAction:ResourceAction", inputs).opaque.startswith("an action ")


@each("name", ["dataPlaneResource", "resourceAction2", "somethingNew"])
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


@each("way", MERGING)
@each("spelled", ["sensitiveBody", "sensitive_body"])
@each(
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


@each("way", MERGING)
def test_what_of_a_sensitive_body_with_versions_is_sent_is_not_known(way: str) -> None:
    name = way.partition(" ")[0]
    given = {"body": {"a": 1, "b": 1}, "sensitiveBody": {"a": 2, "c": {"d": 3}}, "sensitiveBodyVersion": {"a": "1"}}
    assert only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", {**MERGING[way], **given}).body == {
        "a": UNKNOWN,
        "b": 1,
        "c": {"d": UNKNOWN},
    }


@each("twice", ["body", "sensitiveBody", "resourceId", "type", "name", "method", "action"])
def test_an_argument_of_azapi_in_two_spellings_is_refused(twice: str) -> None:
    other = twice.upper() if twice.islower() else "".join(f"_{c.lower()}" if c.isupper() else c for c in twice)
    for way, inputs in MERGING.items():
        name = way.partition(" ")[0]
        found = only(f"azapi:index/{name}:{name[0].upper()}{name[1:]}", {**inputs, twice: "x", other: "y"})
        assert found.opaque == "arguments that are there in two spellings"


@each(("method", "action"), [("GET", "read"), ("HEAD", "read"), ("DELETE", "delete")])
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


@each("name", CLIMBING)
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
