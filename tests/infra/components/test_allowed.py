"""The policy of allowed computes: what it refuses, and how it changes."""

from typing import Any

import pytest

from azureml_infra.components.allowed import definition_body
from azureml_infra.entities.guardrails import KINDS
from azureml_sandbox import Sandbox
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.authorization.policy.aliases import ALIASES
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest
from azureml_sandbox.services.authorization.policy.rule import match
from kit.guardrail_platforms import AUTHORIZATION, GROUP, POLICY, Described, program_of
from kit.platforms import ML, SUBSCRIPTION, WORKSPACE_ID, changes, live, stack_of


def compute(kind: str = "AmlCompute", size: str = "STANDARD_DS3_V2", nodes: int = 4, **more: Any) -> dict[str, Any]:
    scale = {"scaleSettings": {"minNodeCount": 0, "maxNodeCount": nodes}} if kind == "AmlCompute" else {}
    return {
        "location": "westeurope",
        "properties": {"computeType": kind, "properties": {"vmSize": size, **scale}, **more},
    }


def attached_compute(kind: str) -> dict[str, Any]:
    cluster = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
    return {"location": "westeurope", "properties": {"computeType": kind, "resourceId": cluster, "properties": {}}}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Return a platform with the policy and an endpoint, whose cloud is asked directly."""
    sandbox = stack_of(program_of(tmp_path_factory.mktemp("policy"), POLICY))
    workspace_id = live(sandbox)["id"]
    for kind in ("onlineEndpoints", "batchEndpoints"):
        body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {"authMode": "Key"}}
        body["properties"] = {"authMode": "AADToken"} if kind == "batchEndpoints" else {"authMode": "Key"}
        sandbox.azure.put(f"{workspace_id}/{kind}/e-{kind.lower()[:5]}", body)
    return sandbox


def online(size: str = "Standard_DS3_v2", count: int = 1, kind: str = "Managed") -> dict[str, Any]:
    properties = {"endpointComputeType": kind, "instanceType": size}
    return {"location": "westeurope", "sku": {"name": "Default", "capacity": count}, "properties": properties}


def job(**properties: Any) -> dict[str, Any]:
    given = {"jobType": "Command", "command": "ls", "environmentId": "azureml:e@latest", **properties}
    return {"properties": given}


CLUSTER = "/computes/cpu"
ONLINE = "/onlineEndpoints/e-onlin/deployments/blue"
REFUSED = {
    "too many nodes": (CLUSTER, compute(nodes=11)),
    "another size": (CLUSTER, compute(size="Standard_ND96asr_v4")),
    "another size of an instance": ("/computes/ci-dana", compute("ComputeInstance", "Standard_E4s_v3")),
    "another kind": ("/computes/k8s", attached_compute("Kubernetes")),
    "a kind that az ml doesn't have": ("/computes/old", attached_compute("HDInsight")),
    "a deployment's size": (ONLINE, online("Standard_E4s_v3")),
    "a deployment's instances": (ONLINE, online(count=11)),
    "a job on serverless compute": ("/jobs/a", job()),
    "a job on serverless compute of some size": ("/jobs/b", job(resources={"instanceType": "Standard_E4s_v3"})),
    "a job on serverless compute by its name": ("/jobs/c", job(computeId="serverless")),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_the_policy_refuses_what_is_not_allowed_whoever_asks(cloud: Sandbox, what: str) -> None:
    below, body = REFUSED[what]
    with pytest.raises(ArmError) as refused:
        cloud.azure.put(live(cloud)["id"] + below, body)
    assert refused.value.code == "RequestDisallowedByPolicy"
    assert "The platform acme allows kinds: amlcompute, computeinstance; sizes: Standard_DS3_v2, " in str(refused.value)
    assert not cloud.azure.exists(live(cloud)["id"] + below)


@pytest.mark.parametrize(
    "body", [compute(), compute(nodes=10), compute(size="standard_nc6s_v3")], ids=["small", "most", "letter case"]
)
def test_the_policy_lets_pass_what_is_allowed(cloud: Sandbox, body: dict[str, Any]) -> None:
    name = f"{live(cloud)['id']}/computes/cpu-ok"
    cloud.azure.put(name, body)
    assert cloud.azure.exists(name)
    cloud.azure.delete(name)


def test_the_policy_holds_in_its_group_only(cloud: Sandbox) -> None:
    assert live(cloud, f"{AUTHORIZATION}/policyAssignments")["properties"]["scope"] == GROUP
    assert live(cloud, f"{AUTHORIZATION}/policyDefinitions")["id"].startswith(
        f"/subscriptions/{SUBSCRIPTION}/providers/"
    )


def test_a_job_that_names_its_compute_and_a_pipeline_pass(cloud: Sandbox) -> None:
    above = live(cloud)["id"]
    cloud.azure.put(f"{above}/computes/cpu-own", compute())
    cloud.azure.put(f"{above}/jobs/named", job(computeId=f"{above}/computes/cpu-own"))
    cloud.azure.put(f"{above}/jobs/pipe", {"properties": {"jobType": "Pipeline", "jobs": {}}})
    assert {one["name"] for one in cloud.azure.resources(f"{ML}/jobs")} >= {"named", "pipe"}


@pytest.mark.parametrize("effect", ["audit", "disabled"])
def test_another_effect_lets_pass(describe: Described, effect: str) -> None:
    sandbox = stack_of(describe(f"{POLICY}    effect: {effect}\n"))
    name = f"{live(sandbox)['id']}{CLUSTER}"
    sandbox.azure.put(name, compute(nodes=50))
    assert sandbox.azure.exists(name)


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        ("kinds: [amlcompute]", {"another kind"}),
        ("sizes: [Standard_DS3_v2]", {"another size"}),
        ("max_instances: 10", {"too many nodes"}),
        ("kinds: [amlcompute, kubernetes, serverless]", set()),
    ],
)
def test_what_is_left_out_is_not_limited(describe: Described, limit: str, refused: set[str]) -> None:
    sandbox = stack_of(describe(f"guardrails: {{allowed_compute: {{{limit}}}}}\n"))
    looked_at = ("too many nodes", "another size", "another kind", "a job on serverless compute")
    found = {what for what in looked_at if not _passes(sandbox, *REFUSED[what])}
    serverless = {"a job on serverless compute"} if "kinds" in limit and "serverless" not in limit else set()
    assert found == refused | serverless


def _passes(sandbox: Sandbox, below: str, body: dict[str, Any]) -> bool:
    try:
        sandbox.azure.put(live(sandbox)["id"] + below, body)
    except ArmError as error:
        return error.code != "RequestDisallowedByPolicy"
    return True


def test_edits_of_what_is_allowed_are_updates_of_the_assignment(describe: Described) -> None:
    sandbox = stack_of(describe(POLICY))
    more = POLICY.replace("max_instances: 10", "max_instances: 20")
    assert changes(sandbox.up(describe(more))) == ["update acme-allowed-compute"]
    assert changes(sandbox.up(describe(more))) == []
    sandbox.azure.put(live(sandbox)["id"] + CLUSTER, compute(nodes=20))
    less = POLICY.replace("    kinds: [amlcompute, computeinstance]\n", "").replace("    max_instances: 10\n", "")
    assert changes(sandbox.up(describe(less))) == ["update acme-allowed-compute"]
    sandbox.refresh()
    assert changes(sandbox.up(describe(less))) == []


@pytest.mark.parametrize("kind", ["serverlessEndpoints", "inferencePools"])
def test_machines_without_a_compute_need_serverless_among_the_kinds(kind: str) -> None:
    body = definition_body()["properties"]
    asked = {"type": f"{ML}/{kind}", "id": f"{WORKSPACE_ID}/{kind}/one", "name": "one"}
    values = {name: one["defaultValue"] for name, one in body["parameters"].items()}
    found = {
        len(kinds): match(body["policyRule"], PolicyRequest(asked, {**values, "allowedKinds": kinds})).result
        for kinds in ([], ["AmlCompute"], ["AmlCompute", "Serverless"])
    }
    assert found == {0: False, 1: True, 2: False}


def test_every_field_of_the_rule_is_one_that_azure_has() -> None:
    rule = definition_body()["properties"]["policyRule"]["if"]
    fields = set(_fields(rule))
    assert f"{ML}/computes/vmSize" in fields
    assert {name for name in fields if name != "type" and name.lower() not in ALIASES} == set()


def _fields(part: Any) -> list[str]:
    if isinstance(part, list):
        return [field for one in part for field in _fields(one)]
    if not isinstance(part, dict):
        return []
    here = [part["field"]] if "field" in part else []
    return here + [field for value in part.values() for field in _fields(value)]


def test_kinds_are_arms_words() -> None:
    from azureml_infra.entities.body import constants
    from azureml_infra.entities.kinds import KINDS as ENTITIES

    words = {
        word: constants(kind.model)["properties.computeType"]
        for kind in ENTITIES
        if kind.section == "computes"
        for word in kind.types
    }
    assert {word: KINDS[word] for word in words} == words
    assert set(KINDS) - set(words) == {"serverless"}
