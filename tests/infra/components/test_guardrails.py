"""Guardrails that Azure holds by itself: the role, the policy, and what a description says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_arm.actions import BEARING, JOB, WORKSPACE
from azureml_arm.rbac.bodies import assignment, role_definition
from azureml_arm.rbac.builtin import definition
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import RoleDefinition, RoleFacts
from azureml_infra import Access, AccessEntry, DescriptionError, Guardrails, GuardrailsArgs, Platform, load
from azureml_infra.components.allowed import definition_body
from azureml_infra.components.scientist import BUILT_IN, UNLISTED
from azureml_infra.entities.guardrails import DATA_SCIENTIST, KINDS
from azureml_policies.requester.model import Person
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.authorization.policy.aliases import ALIASES
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest
from azureml_sandbox.services.authorization.policy.rule import match
from kit.platforms import ML, SUBSCRIPTION, WORKSPACE_ID, changes, live, stack, workspace

TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
DANA = Person(TEAM, "dana")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-acme-dev"
AUTHORIZATION = "Microsoft.Authorization"
HEAD = "name: acme\nlocation: westeurope\n"
ROLE = "guardrails: {data_scientist_role: true}\n"
ACCESS = (
    f"access:\n  - role: {DATA_SCIENTIST}\n    principal: {TEAM}\n    principal_type: group\n    scope: workspace\n"
)
POLICY = """guardrails:
  allowed_compute:
    kinds: [amlcompute, computeinstance]
    sizes: [Standard_DS3_v2, Standard_NC6s_v3]
    max_instances: 10
"""


@pytest.fixture
def described(tmp_path: Path) -> Callable[[str], Callable[[], None]]:
    """The program of a platform.yml."""

    def write(text: str) -> Callable[[], None]:
        (tmp_path / "platform.yml").write_text(HEAD + text)
        return lambda: Platform(load(tmp_path)).export(pulumi.export)

    return write


Described = Callable[[str], Callable[[], None]]


def role(sandbox: Sandbox) -> dict[str, Any]:
    return live(sandbox, f"{AUTHORIZATION}/roleDefinitions")


def rights(sandbox: Sandbox) -> RoleFacts:
    """What the team has, from the cloud."""
    made = role_definition(role(sandbox))
    found = [
        one
        for one in sandbox.azure.resources(f"{AUTHORIZATION}/roleAssignments")
        if one["properties"]["principalId"] == TEAM
    ]
    return RoleFacts(tuple(assignment(one, {made.id: made}) for one in found), source="the sandbox")


def compute(kind: str = "AmlCompute", size: str = "STANDARD_DS3_V2", nodes: int = 4, **more: Any) -> dict[str, Any]:
    scale = {"scaleSettings": {"minNodeCount": 0, "maxNodeCount": nodes}} if kind == "AmlCompute" else {}
    return {
        "location": "westeurope",
        "properties": {"computeType": kind, "properties": {"vmSize": size, **scale}, **more},
    }


def attached(kind: str) -> dict[str, Any]:
    cluster = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
    return {"location": "westeurope", "properties": {"computeType": kind, "resourceId": cluster, "properties": {}}}


# -- the role --------------------------------------------------------------------------------------------------------

BEARING_ACTIONS = [
    action
    for entry in BEARING
    if entry.type != JOB
    for action in (entry.write, entry.delete, *entry.posts)
    if action not in UNLISTED
]
WORK = [
    f"{WORKSPACE}/{action}"
    for action in (
        "read",
        "computes/read",
        "computes/applicationaccess/action",
        "jobs/write",
        "jobs/cancel/action",
        "models/versions/write",
        "data/versions/write",
        "environments/versions/write",
        "components/versions/write",
        "codes/versions/write",
        "datastores/read",
        "experiments/runs/submit/action",
        "onlineEndpoints/write",
        "onlineEndpoints/score/action",
        "batchEndpoints/jobs/write",
    )
]
OTHERS = [
    f"{WORKSPACE}/{action}"
    for action in ("write", "delete", "connections/listsecrets/action", "metadata/secrets/read", "notebooks/vm/write")
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A whole platform with the role, given to a team."""
    folder = tmp_path_factory.mktemp("role")
    (folder / "platform.yml").write_text(HEAD + ROLE + ACCESS)
    sandbox = stack()
    sandbox.up(lambda: Platform(load(folder)).export(pulumi.export))
    return sandbox


@pytest.mark.parametrize("action", BEARING_ACTIONS + OTHERS)
def test_the_role_has_nothing_that_rents_machines(platform: Sandbox, action: str) -> None:
    scope = live(platform)["id"]
    assert not decide(action, scope, DANA, rights(platform)).allowed


@pytest.mark.parametrize("action", WORK)
def test_the_role_has_what_the_work_needs(platform: Sandbox, action: str) -> None:
    scope = live(platform)["id"]
    assert decide(action, scope, DANA, rights(platform)).allowed


def test_only_what_no_role_may_name_is_left_out() -> None:
    assert set(UNLISTED) < {action for entry in BEARING for action in (entry.write, entry.delete, *entry.posts)}


def test_the_role_takes_away_from_the_built_in_one_and_adds_nothing(platform: Sandbox) -> None:
    from azureml_arm.roles import find

    built_in = find(BUILT_IN)
    assert built_in is not None
    theirs, ours = definition(built_in).permissions[0], _permission(role_definition(role(platform)))
    assert ours.actions == theirs.actions
    assert ours.data_actions == theirs.data_actions
    assert set(theirs.not_actions) < set(ours.not_actions)


def _permission(made: RoleDefinition) -> Any:
    (only,) = made.permissions
    return only


def test_the_role_is_the_groups_and_carries_the_platforms_name(platform: Sandbox) -> None:
    made = role(platform)["properties"]
    assert made["assignableScopes"] == [GROUP]
    assert made["roleName"].startswith(f"{DATA_SCIENTIST} (acme-dev-")


def test_the_same_platform_elsewhere_has_a_role_of_another_name() -> None:
    names = set()
    for group in ("rg-one", "rg-two"):
        sandbox = stack()
        text = f"resource_group: {group}\n"
        sandbox.up(_program(text + ROLE))
        names.add((role(sandbox)["properties"]["roleName"], role(sandbox)["name"]))
    assert len({name for name, _ in names}) == len({guid for _, guid in names}) == 2


def _program(text: str) -> Callable[[], None]:
    import tempfile

    folder = Path(tempfile.mkdtemp())
    (folder / "platform.yml").write_text(HEAD + text)
    return lambda: Platform(load(folder)).export(pulumi.export)


def test_the_assignment_is_of_the_role_and_waits_for_it(described: Described) -> None:
    sandbox = stack()
    done = changes(sandbox.up(described(ROLE + ACCESS)))
    (given,) = (one for one in rights(sandbox).assignments if one.role.id == role(sandbox)["name"])
    assert given.scope == live(sandbox)["id"]
    label = "create acme-access-data-scientist-without-compute-9f2d6c1e"
    assert done.index("create acme-data-scientist") < done.index(label)


def test_edits_of_the_role_are_updates(described: Described) -> None:
    sandbox = stack()
    sandbox.up(described(ROLE + ACCESS))
    guid = role(sandbox)["name"]
    more = f"{WORKSPACE}/models/delete"
    renamed = f"guardrails: {{data_scientist_role: {{name: Contoso Scientist, not_actions: [{more}]}}}}\n"
    given = ACCESS.replace(DATA_SCIENTIST, "contoso scientist")
    assert changes(sandbox.up(described(renamed + given))) == ["update acme-data-scientist"]
    made = role(sandbox)
    assert (made["name"], made["properties"]["roleName"]) == (guid, "Contoso Scientist")
    assert not decide(more, live(sandbox)["id"], DANA, rights(sandbox)).allowed
    assert changes(sandbox.up(described(renamed + given))) == []


def test_what_is_switched_off_goes(described: Described) -> None:
    sandbox = stack()
    sandbox.up(described(ROLE.replace("}", ", allowed_compute: {max_instances: 1}}") + ACCESS))
    done = changes(sandbox.up(described("guardrails: {data_scientist_role: false}\n")))
    assert sorted(done) == [
        "delete acme-access-data-scientist-without-compute-9f2d6c1e",
        "delete acme-access-data-scientist-without-compute-9f2d6c1e-blobs",
        "delete acme-access-data-scientist-without-compute-9f2d6c1e-files",
        "delete acme-allowed-compute",
        "delete acme-allowed-compute-definition",
        "delete acme-data-scientist",
    ]
    for kind in ("roleDefinitions", "policyAssignments", "policyDefinitions"):
        assert sandbox.azure.resources(f"{AUTHORIZATION}/{kind}") == []


def test_the_role_can_not_be_given_outside_of_its_group() -> None:
    where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other"

    def run() -> None:
        made = workspace()
        args = GuardrailsArgs.model_validate({"data_scientist_role": True})
        entry = AccessEntry(role=DATA_SCIENTIST, principal=TEAM, principal_type="group", scope=where)
        Access("team", [entry], workspace=made, guardrails=Guardrails("ml", args, workspace=made))

    with pytest.raises(RunFailedError, match=f"can't be given on {where}: it belongs to the platform's resource group"):
        stack().up(run)


def test_naming_the_role_without_making_it_says_how_to_make_it() -> None:
    def run() -> None:
        entry = AccessEntry(role=DATA_SCIENTIST, principal=TEAM, principal_type="group")
        Access("team", [entry], workspace=workspace())

    with pytest.raises(RunFailedError, match=r"isn't made; switch it on with `guardrails: \{data_scientist_role: true"):
        stack().up(run)


# -- the policy ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held() -> Sandbox:
    """A platform with the policy and an endpoint, whose cloud is asked directly."""
    sandbox = stack()
    sandbox.up(_program(POLICY))
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
    "another kind": ("/computes/k8s", attached("Kubernetes")),
    "a kind that az ml doesn't have": ("/computes/old", attached("HDInsight")),
    "a deployment's size": (ONLINE, online("Standard_E4s_v3")),
    "a deployment's instances": (ONLINE, online(count=11)),
    "a job on serverless compute": ("/jobs/a", job()),
    "a job on serverless compute of some size": ("/jobs/b", job(resources={"instanceType": "Standard_E4s_v3"})),
    "a job on serverless compute by its name": ("/jobs/c", job(computeId="serverless")),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_the_policy_refuses_what_is_not_allowed_whoever_asks(held: Sandbox, what: str) -> None:
    below, body = REFUSED[what]
    with pytest.raises(ArmError) as refused:
        held.azure.put(live(held)["id"] + below, body)
    assert refused.value.code == "RequestDisallowedByPolicy"
    assert "The platform acme allows kinds: amlcompute, computeinstance; sizes: Standard_DS3_v2, " in str(refused.value)
    assert not held.azure.exists(live(held)["id"] + below)


@pytest.mark.parametrize(
    "body", [compute(), compute(nodes=10), compute(size="standard_nc6s_v3")], ids=["small", "most", "letter case"]
)
def test_the_policy_lets_pass_what_is_allowed(held: Sandbox, body: dict[str, Any]) -> None:
    name = f"{live(held)['id']}/computes/cpu-ok"
    held.azure.put(name, body)
    assert held.azure.exists(name)
    held.azure.delete(name)


def test_the_policy_holds_in_its_group_only(held: Sandbox) -> None:
    assert live(held, f"{AUTHORIZATION}/policyAssignments")["properties"]["scope"] == GROUP
    assert live(held, f"{AUTHORIZATION}/policyDefinitions")["id"].startswith(
        f"/subscriptions/{SUBSCRIPTION}/providers/"
    )


def test_a_job_that_names_its_compute_and_a_pipeline_pass(held: Sandbox) -> None:
    above = live(held)["id"]
    held.azure.put(f"{above}/computes/cpu-own", compute())
    held.azure.put(f"{above}/jobs/named", job(computeId=f"{above}/computes/cpu-own"))
    held.azure.put(f"{above}/jobs/pipe", {"properties": {"jobType": "Pipeline", "jobs": {}}})
    assert {one["name"] for one in held.azure.resources(f"{ML}/jobs")} >= {"named", "pipe"}


@pytest.mark.parametrize("effect", ["audit", "disabled"])
def test_another_effect_lets_pass(described: Described, effect: str) -> None:
    sandbox = stack()
    sandbox.up(described(f"{POLICY}    effect: {effect}\n"))
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
def test_what_is_left_out_is_not_limited(described: Described, limit: str, refused: set[str]) -> None:
    sandbox = stack()
    sandbox.up(described(f"guardrails: {{allowed_compute: {{{limit}}}}}\n"))
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


def test_edits_of_what_is_allowed_are_updates_of_the_assignment(described: Described) -> None:
    sandbox = stack()
    sandbox.up(described(POLICY))
    more = POLICY.replace("max_instances: 10", "max_instances: 20")
    assert changes(sandbox.up(described(more))) == ["update acme-allowed-compute"]
    assert changes(sandbox.up(described(more))) == []
    sandbox.azure.put(live(sandbox)["id"] + CLUSTER, compute(nodes=20))
    less = POLICY.replace("    kinds: [amlcompute, computeinstance]\n", "").replace("    max_instances: 10\n", "")
    assert changes(sandbox.up(described(less))) == ["update acme-allowed-compute"]
    sandbox.refresh()
    assert changes(sandbox.up(described(less))) == []


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
    from azureml_infra.entities.kinds import KINDS as ENTITIES

    described = {
        word: kind.model.arm_constants["properties.computeType"]
        for kind in ENTITIES
        if kind.section == "computes"
        for word in kind.types
    }
    assert {word: KINDS[word] for word in described} == described
    assert set(KINDS) - set(described) == {"serverless"}


# -- what a description's author reads --------------------------------------------------------------------------------

CLUSTER_YML = "computes:\n  - {name: cpu, type: amlcompute, size: Standard_E4s_v3, max_instances: 50}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ACCESS,
            [
                (
                    f'platform.yml:4:11: the role "{DATA_SCIENTIST}" isn\'t made here; expected '
                    "`guardrails: {data_scientist_role: true}`, too"
                )
            ],
        ),
        (
            "guardrails: {allowed_compute: {sizes: [Standard_DS3_v9]}}\n",
            [
                (
                    'platform.yml:3:40: "Standard_DS3_v9" is not a VM size that Azure ML offers; expected one of '
                    "`azureml-infra sizes`; did you mean Standard_DS3_v2"
                )
            ],
        ),
        (
            "guardrails: {allowed_compute: {kinds: [amlcluster]}}\n",
            [
                (
                    'platform.yml:3:40: item 1 of "kinds" is "amlcluster"; expected amlcompute, computeinstance, '
                    'kubernetes, virtualmachine, databricks, synapsespark or serverless; did you mean "amlcompute"?'
                )
            ],
        ),
        (
            "guardrails: {allowed_compute: {effect: audit}}\n",
            [
                "platform.yml:3:31: allowed_compute allows everything; expected kinds, sizes or max_instances",
            ],
        ),
        (
            "guardrails: {allowed_compute: {max_instances: 2, effect: refuse}}\n",
            ['platform.yml:3:58: "effect" is "refuse"; expected deny, audit or disabled'],
        ),
        (
            "guardrails: {data_scientist_rol: true}\n",
            [
                (
                    'platform.yml:3:14: unknown field "data_scientist_rol" in "guardrails"; '
                    'did you mean "data_scientist_role"?'
                )
            ],
        ),
        (
            (
                "guardrails: {data_scientist_role: "
                "{not_actions: [Microsoft.MachineLearningServices/workspace/jobs/write]}}\n"
            ),
            [
                (
                    'platform.yml:3:50: "Microsoft.MachineLearningServices/workspace/jobs/write" is not one of '
                    f"the role's actions; expected {WORKSPACE}/…/read, write, delete or action, with * for any part; "
                    f"did you mean {WORKSPACE}/jobs/write?"
                )
            ],
        ),
        (
            "guardrails: {data_scientist_role: {name: reader}}\n",
            ['platform.yml:3:42: "reader" is a built-in role; expected another name'],
        ),
        (
            POLICY + CLUSTER_YML,
            [
                (
                    'platform.yml:9:41: "Standard_E4s_v3" is not a size in allowed_compute; '
                    "expected Standard_DS3_v2 or Standard_NC6s_v3"
                ),
                "platform.yml:9:73: 50 is more than allowed_compute allows; expected 10 or less",
            ],
        ),
        (
            "guardrails: {allowed_compute: {kinds: [computeinstance]}}\n" + CLUSTER_YML,
            ['platform.yml:5:23: "amlcompute" is not a kind in allowed_compute; expected computeinstance'],
        ),
    ],
)
def test_mistakes_are_reported_where_they_are(tmp_path: Path, text: str, message: list[str]) -> None:
    (tmp_path / "platform.yml").write_text(HEAD + text)
    with pytest.raises(DescriptionError) as refused:
        load(tmp_path)
    said = refused.value.lines()
    assert [line[: len(wanted)] for line, wanted in zip(said, message, strict=True)] == message


def test_an_audited_description_may_ask_for_more(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(HEAD + POLICY + "    effect: audit\n" + CLUSTER_YML)
    assert len(load(tmp_path).entities) == 1
