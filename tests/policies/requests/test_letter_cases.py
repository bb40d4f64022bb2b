"""A body or template with a name in two letter cases is refused in every way that it comes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from kit.guarded import IN_WORKSPACE, ML, WORKSPACE, denied_names, plan_of
from kit.rows import each
from kit.templates import STACKS, Body, deployment, holder, reasons, template

JOB = {"jobType": "Command", "command": "x", "computeId": f"{WORKSPACE}/computes/cpu"}
TWICE: dict[str, Body] = {
    "computeId": {"properties": {**JOB, "ComputeId": "serverless"}},
    "properties": {"properties": JOB, "Properties": {}},
    "deep": {"properties": {**JOB, "jobs": {"a": {"settings": [{"x": {"b": 1, "B": 2}}]}}}},
    "steps": {"properties": {**JOB, "jobs": {"environmentVariables": {"computeId": "cpu", "computeid": "serverless"}}}},
    "Kelvin sign": {"properties": {**JOB, "\u212aind": 1, "kind": 2}},
    "long s": {"properties": {**JOB, "re\u017fources": {}, "resources": {}}},
    "unknown name": {"properties": {**JOB, UNKNOWN: "serverless"}},
}
GENERIC = {
    "resourceGroupName": "rg",
    "resourceProviderNamespace": "Microsoft.MachineLearningServices",
    "parentResourcePath": "workspaces/ws",
    "resourceType": "jobs",
    "resourceName": "j",
}
AZAPI = {"type": f"{ML}/jobs@2025-09-01", "parentId": WORKSPACE, "name": "j"}
BODIES: dict[str, Callable[[Body], Planned]] = {
    "generic": lambda body: plan_of("azure-native:resources:Resource", "it", **GENERIC, **body),
    "azapi": lambda body: plan_of("azapi:index/resource:Resource", "it", None, **AZAPI, body=body),
    "azapi text": lambda body: plan_of("azapi:index/resource:Resource", "it", None, **AZAPI, body=json.dumps(body)),
    "azapi secret": lambda body: plan_of("azapi:index/resource:Resource", "it", None, **AZAPI, sensitiveBody=body),
    "azapi action": lambda body: plan_of(
        "azapi:index/resourceAction:ResourceAction",
        "it",
        None,
        type=f"{ML}/jobs@1",
        resourceId=f"{WORKSPACE}/jobs/j",
        method="PUT",
        body=body,
    ),
    "template": lambda body: deployment(template({"type": f"{ML}/jobs", "name": "ws/j", **body})),
    "template text": lambda body: deployment(json.dumps(template({"type": f"{ML}/jobs", "name": "ws/j", **body}))),
    "nested stack": lambda body: deployment(
        template(holder(STACKS, template({"type": f"{ML}/jobs", "name": "ws/j", **body})))
    ),
    "native": lambda body: plan_of(
        "azure-native:machinelearningservices:Job", "it", **IN_WORKSPACE, id="j", properties=body["properties"]
    ),
}
IN_ONE_SPELLING = ("native", "properties")
"""An argument of azure-native has one."""


@each(("way", "twice"), [(way, twice) for way in BODIES for twice in TWICE if (way, twice) != IN_ONE_SPELLING])
def test_names_in_two_letter_cases_are_refused_in_every_body(way: str, twice: str) -> None:
    planned = BODIES[way](TWICE[twice])
    known = "a name that isn't known yet" if twice == "unknown name" else "two names that differ in letter case alone"
    if twice != "unknown name" or "text" not in way:  # a text that isn't known in part isn't read at all
        assert any(known in reason for reason in reasons(planned))
    assert set(denied_names([planned])) == {planned.name}
    assert denied_names([planned], "carl") == []


@each("way", BODIES)
def test_environment_variables_are_other_names_in_other_letter_case(way: str) -> None:
    planned = BODIES[way]({"properties": {**JOB, "environmentVariables": {"http_proxy": "a", "HTTP_PROXY": "b"}}})
    assert reasons(planned) == []
    assert denied_names([planned]) == []


@each(
    ("token", "inputs"),
    [
        ("azure:machinelearning/computeCluster:ComputeCluster", {"vmSize": "a", "vm_size": "b"}),
        ("azurerm:index/machineLearningComputeCluster:MachineLearningComputeCluster", {"vmSize": "a", "VmSize": "b"}),
        ("mod:tf:azurerm_machine_learning_compute_cluster", {"vm_size": "a", "VM_SIZE": "b"}),
        ("azure-native:machinelearningservices:Compute", {"properties": {}, "Properties": {}}),
        ("azure-native:resources:Deployment", {"properties": {"template": {"resources": []}}, "PROPERTIES": {}}),
    ],
)
def test_an_argument_in_two_spellings_is_refused_by_every_provider(token: str, inputs: Body) -> None:
    names = {"resourceGroupName": "rg", "workspaceName": "ws", "computeName": "gpu", "deploymentName": "d"}
    native = token.startswith("azure-native")
    given = names if native else {"machineLearningWorkspaceId": WORKSPACE, "name_": "gpu"}
    planned = plan_of(token, "it", **given, **inputs)
    assert "arguments that are there in two spellings" in reasons(planned)


def _paths(body: Mapping[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inside = [path for key, item in body.items() if isinstance(item, Mapping) for path in _paths(item, (*at, key))]
    return [*((*at, key) for key in body), *inside]


WIDE = {"properties": {**JOB, "resources": {"instanceCount": 1}, "identity": {"identityType": "AMLToken"}}}


@each("path", _paths(WIDE), ids=".".join)
@each("way", [way for way in BODIES if way != "native"])
def test_a_second_spelling_of_any_name_is_refused(way: str, path: tuple[str, ...]) -> None:
    body: Body = json.loads(json.dumps(WIDE))
    parent = body
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1].swapcase()] = "other"
    assert reasons(BODIES[way](body))
