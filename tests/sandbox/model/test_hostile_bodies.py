"""Bodies of every modelled type, however wrong: each is taken or refused, and none breaks the model."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.roles import ROLES
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.azure import Azure
from azureml_sandbox.services import TYPES, answers
from kit.arm_requests import read, refusal, send
from kit.clouds import GROUP, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, WORKSPACE, workspace
from kit.rows import each

ML = "Microsoft.MachineLearningServices"
AUTHORIZATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
GUID = "5a4d0b0c-0000-4000-8000-000000000abc"
HOMES = {
    "Microsoft.Storage/storageAccounts": STORAGE,
    "Microsoft.KeyVault/vaults": VAULT,
    f"{ML}/workspaces": WORKSPACE,
}
"""What is there, for types below it."""
NAMED = {"blobServices": "default", "fileServices": "default", "managementPolicies": "default", "versions": "1"}


@pytest.fixture(scope="module", autouse=True)
def _no_observers() -> Iterator[None]:
    """Let nobody check the bodies, which are wrong on purpose."""
    kept = list(Azure.default_observers)
    Azure.default_observers.clear()
    yield
    Azure.default_observers.extend(kept)


@pytest.fixture
def azure() -> Azure:
    made = workspace(Azure())
    made.clock = lambda: 1_800_000_000.0
    made.operations.seconds = 0.0
    return made


JOB = {"jobType": "Sweep", "trial": {"command": "x"}, "searchSpace": {}}
DAILY = {"triggerType": "Recurrence", "frequency": "Day", "interval": 1}
POLICY = {"policyRule": {"if": {"field": "type", "equals": "x"}, "then": {"effect": "deny"}}, "mode": "All"}
ROLE = {"roleName": "Mine", "assignableScopes": [f"/subscriptions/{SUBSCRIPTION}"], "permissions": []}
ONE_JOB, SCHEDULE = f"{WORKSPACE}/jobs/a", f"{WORKSPACE}/schedules/nightly"
SECOND = WORKSPACE.replace("mlw-acme", "mlw-two")
CLUSTER = f"{PROVIDERS}/Microsoft.ContainerService/managedClusters/aks"
SHARED = f"{PROVIDERS}/{ML}/registries/shared"
DEFINITION, ROLE_DEFINITION = f"{AUTHORIZATION}/policyDefinitions/p", f"{AUTHORIZATION}/roleDefinitions/{GUID}"


def request(target: str, properties: Any) -> tuple[str, dict[str, Any]]:
    """Return a request for a resource with these properties."""
    return target, {"properties": properties}


def request_in_region(target: str, properties: Any) -> tuple[str, dict[str, Any]]:
    """Return the same with a region."""
    return target, {"location": REGION, "properties": properties}


BROKE = {
    "an identity that is no object": (
        STORAGE,
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": [None]}},
    ),
    "a SKU without a name": (REGISTRY, {"location": REGION, "sku": {"tier": "Basic"}}),
    "a SKU whose name is a list": (STORAGE, {"location": REGION, "sku": {"name": ["Standard_LRS"]}}),
    "a subnet without a name": request_in_region(
        f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net", {"subnets": [{"properties": {}}]}
    ),
    "a Kubernetes cluster's network that is no object": request_in_region(
        CLUSTER, {"dnsPrefix": "a", "networkProfile": "x"}
    ),
    "a Kubernetes cluster's load balancer that is no object": request_in_region(
        CLUSTER, {"dnsPrefix": "a", "networkProfile": {"loadBalancerProfile": []}}
    ),
    "permissions that are no texts": request(
        f"{VAULT}/accessPolicies/add",
        {"accessPolicies": [{"objectId": GUID, "tenantId": TENANT, "permissions": {"secrets": [{}]}}]},
    ),
    "a time that is no number": request(f"{VAULT}/secrets/a", {"value": "x", "attributes": {"exp": ["1"]}}),
    "attributes that are no object": request(f"{VAULT}/secrets/a", {"value": "x", "attributes": "x"}),
    "days that are no number": request(
        f"{STORAGE}/blobServices/default", {"restorePolicy": {"enabled": True, "days": [1]}}
    ),
    "a hub that is no text": (
        SECOND,
        {"location": REGION, "kind": "Project", "properties": {"hubResourceId": {"a": 1}}},
    ),
    "settings that are no object": request_in_region(
        f"{WORKSPACE}/computes/bricks", {"computeType": "Databricks", "properties": "x"}
    ),
    "credentials that are no object": request(
        f"{WORKSPACE}/datastores/open", {"datastoreType": "AzureBlob", "credentials": "x"}
    ),
    "a connection's credentials that are no object": request(
        f"{WORKSPACE}/connections/feed",
        {"authType": "AccountKey", "category": "PythonFeed", "target": "https://a", "credentials": "x"},
    ),
    "defaults that are no object": request_in_region(
        f"{WORKSPACE}/batchEndpoints/nightly", {"authMode": "AADToken", "defaults": "x"}
    ),
    "regions that are no list": request_in_region(SHARED, {"regionDetails": "x"}),
    "storage of a region that is no object": request_in_region(
        SHARED, {"regionDetails": [{"location": REGION, "storageAccountDetails": ["x"]}]}
    ),
    "trials that are no number": request(ONE_JOB, {**JOB, "limits": {"maxTotalTrials": "10.0.0.0/8"}}),
    "a job's compute that is no text": request(ONE_JOB, {**JOB, "computeId": {}}),
    "a job's tags that are no object": request(ONE_JOB, {**JOB, "tags": "x"}),
    "a step's component that is a group": request(
        ONE_JOB, {"jobType": "Pipeline", "jobs": {"one": {"componentId": f"{GROUP}-none"}}}
    ),
    "an attached compute's target that is no id": request_in_region(
        f"{WORKSPACE}/computes/attached", {"computeType": "SynapseSpark", "resourceId": "/providers/a"}
    ),
    "a sweep's objective that is no object": request(ONE_JOB, {**JOB, "objective": "x"}),
    "a job's inputs that are no object": request(ONE_JOB, {**JOB, "inputs": "x"}),
    "the resources of a trial that are no object": request(
        ONE_JOB, {**JOB, "trial": {"command": "x", "resources": "x"}}
    ),
    "the inputs of a schedule's job that are no object": request(
        SCHEDULE, {"trigger": DAILY, "action": {"actionType": "CreateJob", "jobDefinition": {"inputs": "x"}}}
    ),
    "the signals of a monitor that are no object": request(
        SCHEDULE, {"trigger": DAILY, "action": {"monitorDefinition": {"signals": "x"}}}
    ),
    "days of a schedule that are no list": request(SCHEDULE, {"trigger": {**DAILY, "schedule": {"weekDays": 1}}}),
    "an endpoint's own properties that are no object": request_in_region(
        f"{WORKSPACE}/onlineEndpoints/score", {"authMode": "Key", "properties": "x"}
    ),
    "a deployment's own properties that are no object": request_in_region(
        f"{WORKSPACE}/onlineEndpoints/score/deployments/blue", {"properties": "x"}
    ),
    "a cluster's scale that is no object": request_in_region(
        f"{WORKSPACE}/computes/nodes",
        {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": []}},
    ),
    "a vault that is no id": request_in_region(SECOND, {"storageAccount": STORAGE, "keyVault": "x"}),
    "a workspace's storage account that is a group": request_in_region(
        SECOND, {"storageAccount": GROUP, "keyVault": VAULT}
    ),
    "a pipeline's job that is no object": request(ONE_JOB, {"jobType": "Pipeline", "jobs": {"one": []}}),
    "parameters of a policy that are a list": request(DEFINITION, {**POLICY, "parameters": [{}]}),
    "a parameter of a policy that is a list": request(DEFINITION, {**POLICY, "parameters": {"sizes": []}}),
    "a role's name that is no text": request(ROLE_DEFINITION, {**ROLE, "roleName": {}}),
    "a role's type that is no text": request(ROLE_DEFINITION, {**ROLE, "type": []}),
    "a role's type that is null": request(ROLE_DEFINITION, {**ROLE, "type": None, "permissions": "x"}),
    "a role's permission that is no object": request(ROLE_DEFINITION, {**ROLE, "permissions": ["x"]}),
    "a role's action that is no text": request(ROLE_DEFINITION, {**ROLE, "permissions": [{"actions": [{}]}]}),
    "an assignment of what is no role": request(
        f"{AUTHORIZATION}/roleAssignments/{GUID}", {"roleDefinitionId": STORAGE, "principalId": GUID}
    ),
}
"""What a body of this kind once broke."""


@each("why", BROKE)
def test_what_is_of_the_wrong_type_is_refused(azure: Azure, why: str) -> None:
    target, sent = BROKE[why]
    status, code = refusal(send(azure, "PUT", target, sent))
    assert status in (400, 404)
    assert code
    assert send(azure, "GET", GROUP).status == 200


def test_a_refusal_says_where_and_what(azure: Azure) -> None:
    sent = {"location": REGION, "properties": {"subnets": [{"name": "a"}, {"name": 1}]}}
    answer = send(azure, "PUT", f"{PROVIDERS}/Microsoft.Network/virtualNetworks/net", sent)
    assert "'properties.subnets[1].name' is of the wrong type: expected a text" in read(answer)["error"]["message"]


def test_null_properties_are_none(azure: Azure) -> None:
    azure.put(CLUSTER, {"location": REGION, "properties": {"dnsPrefix": "a"}})
    assert send(azure, "PUT", CLUSTER, {"location": REGION, "properties": None}).status < 300


def test_a_schedule_without_a_trigger_is_refused_though_it_had_one(azure: Azure) -> None:
    run = {
        "actionType": "CreateJob",
        "jobDefinition": {"jobType": "Command", "command": "x", "environmentId": "azureml:e:1"},
    }
    send(azure, "PUT", SCHEDULE, {"properties": {"trigger": DAILY, "action": run}})
    assert send(azure, "PUT", SCHEDULE, {}).status == 400


@pytest.mark.parametrize("code", [None, {}, GROUP])
def test_a_sweep_whose_code_is_no_asset_is_read(azure: Azure, code: Any) -> None:
    trial = {"command": "x"} if code is None else {"command": "x", "codeId": code}
    assert send(azure, "PUT", f"{WORKSPACE}/jobs/a", {"properties": {**JOB, "trial": trial}}).status < 300
    shown = read(send(azure, "GET", f"{WORKSPACE}/jobs/a"))["properties"]["properties"]
    assert shown["runTemplate"] == "HyperDrive"
    assert "ContentSnapshotId" not in shown


@pytest.mark.parametrize(
    ("model", "code", "shown"),
    [
        ("models/m/versions/1", {}, {"AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT"}),
        ("models/m/versions/1", {"codeId": GROUP}, {"AZUREML_MODEL_DIR", "AZUREML_ENTRY_SCRIPT"}),
        ("models/m", {}, set()),
    ],
)
def test_a_deployment_whose_code_or_model_is_no_asset_is_read(
    azure: Azure, model: str, code: dict[str, str], shown: set[str]
) -> None:
    endpoint, kept = f"{WORKSPACE}/onlineEndpoints/score", {"identity": {"type": "SystemAssigned"}}
    files = {"modelUri": "azureml://datastores/workspaceblobstore/paths/m", "modelType": "custom_model"}
    azure.put(f"{WORKSPACE}/models/m/versions/1", {"properties": files})
    azure.put(f"{WORKSPACE}/environments/e/versions/1", {"properties": {"image": "x"}})
    azure.put(endpoint, {"location": REGION, **kept, "properties": {"authMode": "Key"}})
    properties = {
        "instanceType": "Standard_DS3_v2",
        "environmentId": f"{WORKSPACE}/environments/e/versions/1",
        "model": f"{WORKSPACE}/{model}",
        "codeConfiguration": {"scoringScript": "score.py", **code},
    }
    sent = {"location": REGION, "sku": {"name": "Default", "capacity": 1}, "properties": properties}
    assert send(azure, "PUT", f"{endpoint}/deployments/blue", sent).status < 300
    answer = send(azure, "GET", f"{endpoint}/deployments/blue")
    assert set(read(answer)["properties"]["environmentVariables"]) == shown


def test_a_job_that_is_sent_again_without_its_type_keeps_it(azure: Azure) -> None:
    job = f"{WORKSPACE}/jobs/a"
    assert send(azure, "PUT", job, {"properties": JOB}).status < 300
    assert read(send(azure, "PUT", job, {"properties": {"tags": {"a": "b"}}}))["properties"]["jobType"] == "Sweep"


@cache
def texts(file: str) -> frozenset[str]:
    """Return the texts that a module's source holds."""
    nodes = ast.walk(ast.parse(Path(file).read_text("utf-8")))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@cache
def words(type_name: str) -> tuple[str, ...]:
    """Return the names and values that a type's own modules know: what a body must hold to get far."""
    kinds: list[Any] = [*type(TYPES[type_name.lower()]).__mro__, answers.RENDERERS.get(type_name.lower()) or object]
    files = {sys.modules[one.__module__].__file__ for one in kinds if one.__module__.startswith("azureml_sandbox.")}
    found = {text for file in files if file for text in texts(file) if re.fullmatch(r"[\w.\[\]{}!]{1,60}", text)}
    return tuple(sorted({word for text in found for word in re.split(r"[^\w]+", text) if word}))


ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, "", "x", "\0", "é", "a" * 300, [], {}, [[]], [{}], [None], {"": None}),
    *("PT5M", "/subscriptions/x", "100%", GROUP, WORKSPACE, STORAGE, "azureml:x:1", "10.0.0.0/8"),
    next(iter(ROLES)).name,
]


class Wrong(Random):
    """Draws bodies in which a type's own words stand where they should, and where they shouldn't."""

    def __init__(self, seed: int, known: tuple[str, ...]) -> None:
        super().__init__(seed)
        self.known = known

    def value(self, depth: int = 3) -> Any:
        """Return anything that JSON can hold, `depth` deep at most."""
        kind = self.choice(("odd", "word", "word", "list", "object", "object") if depth else ("odd", "word"))
        if kind == "list":
            return [self.value(depth - 1) for _ in range(self.randint(0, 2))]
        if kind == "object":
            return self.object(4, depth)
        return self.choice(ODD if kind == "odd" else self.known)

    def object(self, size: int, depth: int = 4) -> dict[str, Any]:
        """Return an object of the type's words, with values `depth - 1` deep at most."""
        return {self.choice(self.known): self.value(depth - 1) for _ in range(self.randint(0, size))}

    def body(self, method: str) -> dict[str, Any]:
        """Return the body of a PUT or PATCH, with little in it or much: the first mistake hides the others."""
        much = self.choice((0, 0.2, 0.5))
        more = {name: self.value() for name in ("sku", "identity", "kind", "tags", "plan") if self.random() < much}
        place = {"location": REGION} if method == "PUT" else {}
        return {**place, "properties": self.object(self.choice((0, 1, 2, 6))), **more}


def resource_id(type_name: str, name: str) -> str:
    """Return an id of a type, below what is there."""
    namespace, *segments = type_name.split("/")
    of_subscription = "locations" in segments or namespace in ("Microsoft.Authorization", "Microsoft.Resources")
    found = f"/subscriptions/{SUBSCRIPTION}/providers/{namespace}" if of_subscription else f"{PROVIDERS}/{namespace}"
    for number, segment in enumerate(segments, 1):
        home = HOMES.get("/".join([namespace, *segments[:number]]))
        own = name if number == len(segments) else "parent"
        found = home if home and number < len(segments) else f"{found}/{segment}/{NAMED.get(segment, own)}"
    return found


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
@each("type_name", sorted(kind.type for kind in TYPES.values()))
def test_any_body_is_taken_or_refused(type_name: str, seed: int) -> None:
    azure, kind = workspace(Azure()), TYPES[type_name.lower()]
    azure.operations.seconds = 0.0
    wrong = Wrong(seed, words(type_name))
    target = resource_id(kind.type, wrong.choice(["abc", "default", GUID, "é", "x" * 200]))
    for method in ("PUT", "PATCH"):
        answer = send(azure, method, target, wrong.body(method))
        assert answer.status < 500 or answer.status == 501
        assert answer.status < 400 or (answer.status == 404 and not answer.body) or refusal(answer)
    for name in kind.actions:
        answer = send(azure, "POST", f"{target}/{name}", wrong.object(6))
        assert answer.status < 500 or answer.status == 501
    assert send(azure, "GET", GROUP).status == 200
