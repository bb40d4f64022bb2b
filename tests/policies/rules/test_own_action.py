"""Whatever is written needs its own action of whoever asks; what rents or resizes needs more. Generated, by type."""

import dataclasses
from collections.abc import Sequence
from functools import cache
from typing import Any

from azureml_arm import roles
from azureml_arm.actions import WORKSPACE as WORKSPACES
from azureml_arm.actions import bearing
from azureml_arm.rbac.patterns import grants
from azureml_policies.commands.check import violations
from azureml_policies.evaluation import Evaluator
from azureml_policies.requests import native_types, terraform_types
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.renting import _READERS as RENTING
from azureml_policies.requests.terraform_types import GROUP as IN_A_GROUP
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.rule import covers
from azureml_policies.rules.rights.resources import DEPLOYMENTS
from kit.guarded import (
    GROUP,
    IN_WORKSPACE,
    ML,
    RIGHTS,
    WORKSPACE,
    denied_names,
    job,
    judge,
    only_message,
    plan_of,
    run,
    state,
)
from kit.rows import each

RULE = "azure-rights-only"
TYPES = {row["token"]: row for row in native_types.rows().values()}
SCOPED = {"scope", "resourceUri", "resourceId", "resourceScope", "scopeId", "connectedClusterResourceUri"}


def resource(token: str) -> Planned:
    """Return a planned resource of a type, with its names and nothing else."""
    entry = native_types.find(token.lower())
    assert entry is not None
    names = {name: GROUP.strip("/") if name in SCOPED else "n" for name in entry.path_names}
    more = {"resourceGroupName": "rg", "workspaceName": "ws"}
    given = {name: more.get(name, value) for name, value in names.items()}
    return plan_of(f"azure-native:{token}", token, None, **given)


@cache
def everything() -> tuple[Planned, ...]:
    return tuple(resource(token) for token in sorted(TYPES))


@cache
def everything_of_azurerm() -> tuple[Planned, ...]:
    return tuple(plan_by_azurerm(row) for row in terraform_types.table())


REQUESTS: dict[str, Any] = {}
"""What the resources above ask for, whoever adds them."""


def denied_names_of(plan: Sequence[Planned], who: str) -> frozenset[str]:
    asks = dataclasses.replace(run(who), _writes=REQUESTS)
    return frozenset(one.urn.rpartition("::")[2] for one in violations(Evaluator(RIGHTS, asks), plan) if one.denies)


@cache
def denied_tokens(who: str) -> frozenset[str]:
    """Return the tokens of azure-native that somebody may not add."""
    return denied_names_of(everything(), who)


def test_a_reader_may_add_nothing() -> None:
    assert [item.name for item in everything() if item.name not in denied_tokens("rita")] == []


def test_an_owner_may_add_everything() -> None:
    """Save what is above the subscription that she owns, as in Azure."""
    above = {item.name for item in everything() if not in_the_subscription(item)}
    assert denied_tokens("olga") <= above


def in_the_subscription(item: Planned) -> bool:
    entry = native_types.find(item.name.lower())
    return entry is not None and entry.path.startswith(("/subscriptions/", "/{"))


def test_a_data_scientist_may_add_what_her_role_has_and_what_rents_nothing() -> None:
    role = roles.find("AzureML Data Scientist")
    assert role is not None
    may = {item.name for item in everything()} - denied_tokens("dana")
    inside = {token for token, row in TYPES.items() if row["path"].startswith(f"{WORKSPACES}/{{workspaceName}}/")}
    assert may <= inside
    for token in inside - may:
        type_name = getattr(native_types.find(token.lower()), "type", "")
        allowed = grants(role.actions, role.not_actions, f"{type_name}/write")
        assert not allowed or bearing(type_name) or covers((*RENTING, *DEPLOYMENTS), type_name), token
    assert {"machinelearningservices:ModelVersion", "machinelearningservices:OnlineEndpoint"} <= may


def plan_by_azurerm(row: terraform_types.Typed) -> Planned:
    """Return a planned resource of azurerm, in a group or below another of its type's first kind."""
    parent = f"{GROUP}/providers/{'/'.join(row.type.split('/')[:2])}/outer"
    at = {} if row.at in ("", IN_A_GROUP) else {row.at: parent if row.type.count("/") > 1 else GROUP}
    given = {"resource_group_name": "rg", "name": "n", **at}
    return plan_of(f"contoso:tf:azurerm_{row.terraform}", row.terraform, None, **given)


@cache
def through(who: str) -> frozenset[str]:
    """Return the resources of azurerm that somebody may add."""
    plan = everything_of_azurerm()
    return frozenset(item.name for item in plan) - denied_names_of(plan, who)


def test_resources_of_azurerm_likewise() -> None:
    assert through("rita") == frozenset()
    for who in ("dana", "carl"):
        assert {name for name in through(who) if not name.startswith("machine_learning_")} == set(), who
    assert {row.terraform for row in terraform_types.table()} - through("olga") == {"tenant_template_deployment"}


@each(
    "item",
    [
        job(),
        plan_of("azure-native:machinelearningservices:OnlineEndpoint", "e", **IN_WORKSPACE, endpointName="e"),
        plan_of("azure-native:machinelearningservices:ManagedNetworkSettingsRule", "r", **IN_WORKSPACE, ruleName="r"),
        plan_of("azure-native:network:PrivateEndpoint", "p", resourceGroupName="rg", privateEndpointName="p"),
        plan_of("azapi:index/resource:Resource", "w", type="Microsoft.Web/sites@1", parentId=GROUP, name="w"),
        plan_of(
            "azure-native:resources:Resource",
            "g",
            resourceGroupName="rg",
            resourceProviderNamespace="Microsoft.Web",
            parentResourcePath="",
            resourceType="sites",
            resourceName="g",
        ),
    ],
    ids=lambda item: item.type,
)
def test_what_changes_needs_the_action_and_what_does_not_change_needs_nothing(item: Planned) -> None:
    assert [one.urn for one in judge([item], "rita") if one.denies] == [item.urn]
    assert judge([item], "rita", past=state(item)) == []
    assert [one for one in judge([item], "olga") if one.denies] == []
    assert [one.urn for one in judge([], "rita", past=state(item)) if one.denies] == [item.urn]


def test_the_refusal_says_the_action_and_where() -> None:
    message = only_message([job()], "rita", RULE)
    assert message.startswith(f"train: creating job needs {ML}/jobs/write on …/workspaces/ws/jobs/train; ")


def test_a_group_is_written_by_the_action_that_azure_has_for_it() -> None:
    group = plan_of("azure-native:resources:ResourceGroup", "g", resourceGroupName="g")
    message = only_message([group], "rita", "workspace-settings-admins-only")
    assert "needs Microsoft.Resources/subscriptions/resourceGroups/write on" in message


# what rents or resizes beside itself

VERSION = {**IN_WORKSPACE, "name": "f", "version": "1"}
SPARK = {"resource": {"instanceType": "Standard_E64s_v3"}, "storeType": "Offline"}
TARGET = f"{WORKSPACE}/onlineEndpoints/e/deployments/d"
NATIVE = "azure-native:machinelearningservices"


def plan_post(path: str, action: str) -> Planned:
    given = {"type": f"{ML}/featuresets/versions@2025-12-01", "resourceId": WORKSPACE + path, "action": action}
    return plan_of("azapi:index/resourceAction:ResourceAction", "post", None, **given)


def feature_set(**properties: Any) -> Planned:
    return plan_of(
        f"{NATIVE}:FeaturesetVersion", "f", **VERSION, featuresetVersionProperties=properties, properties=properties
    )


def azapi(kind: str, below: str = "") -> Planned:
    given = {"type": f"{ML}/{kind}@2030-01-01", "parentId": WORKSPACE + below, "name": "x", "body": {}}
    return plan_of("azapi:index/resource:Resource", kind, None, **given)


ASSISTED = {"mlAssistConfiguration": {"mlAssist": "Enabled"}}
RENTS = {
    "a materialization": (feature_set(materializationSettings=SPARK), feature_set(description="x")),
    "a materialization that is off": (
        feature_set(materializationSettings=SPARK),
        feature_set(materializationSettings={**SPARK, "storeType": "None"}),
    ),
    "a backfill": (plan_post("/featuresets/f/versions/1", "backfill"), plan_post("/featuresets/f/versions/1", "list")),
    "ML-assisted labeling": (
        plan_of(f"{NATIVE}:LabelingJob", "l", **IN_WORKSPACE, id="l", labelingJobProperties=ASSISTED),
        plan_of(f"{NATIVE}:LabelingJob", "l", **IN_WORKSPACE, id="l", labelingJobProperties={}),
    ),
    "a deployment of a connection": (
        plan_of(f"{NATIVE}:ConnectionDeployment", "d", **IN_WORKSPACE, connectionName="c", deploymentName="d"),
        plan_of(f"{NATIVE}:ModelContainer", "m", **IN_WORKSPACE, name="m"),
    ),
    "a deployment of an endpoint": (
        plan_of(f"{NATIVE}:EndpointDeployment", "d", **IN_WORKSPACE, endpointName="e", deploymentName="d"),
        plan_of(f"{NATIVE}:OnlineEndpoint", "e", **IN_WORKSPACE, endpointName="e"),
    ),
    "a notebook VM": (
        azapi("notebooks/vm", "/notebooks/n"),
        azapi("models"),
    ),
    "a type of Azure ML of tomorrow": (azapi("gpuPools"), azapi("data")),
    "a type of Azure ML of tomorrow, further down": (azapi("models/servers", "/models/m"), azapi("data")),
    "an inference group": (
        plan_of(f"{NATIVE}:InferenceGroup", "g", **IN_WORKSPACE, poolName="p", groupName="g"),
        plan_of(f"{NATIVE}:BatchEndpoint", "e", **IN_WORKSPACE, endpointName="e"),
    ),
}  # fmt: skip


@each("way", RENTS)
def test_what_rents_beside_itself_needs_an_operator(way: str) -> None:
    caught, near_miss = RENTS[way]
    assert denied_names([caught]) == [caught.name]
    assert denied_names([near_miss]) == []
    assert denied_names([caught], "olga") == []


def autoscale(target: str = TARGET, **more: Any) -> Planned:
    profiles = [{"capacity": {"minimum": "50", "maximum": "100", "default": "50"}, "name": "x", "rules": []}]
    given = {"resourceGroupName": "rg", "autoscaleSettingName": "a", "targetResourceUri": target, "profiles": profiles}
    return plan_of("azure-native:monitor:AutoscaleSetting", "a", **{**given, **more})


def test_autoscale_needs_its_own_action_and_the_right_to_rent() -> None:
    assert {item.rule.id for item in judge([autoscale()]) if item.denies} == {"compute-admins-only", RULE}
    assert judge([autoscale()], "olga") == []
    assert [item.rule.id for item in judge([autoscale()], "carl") if item.denies] == [RULE]
    assert [item.rule.id for item in judge([autoscale(enabled=False)]) if item.denies] == [RULE]


@each("target", [None, "", "not an id", UNKNOWN])
def test_autoscale_of_something_unclear_needs_both_too(target: Any) -> None:
    assert {item.rule.id for item in judge([autoscale(target)]) if item.denies} == {"compute-admins-only", RULE}
    assert judge([autoscale(target)], "olga") == []


def pipeline(*activities: Any) -> Planned:
    where = {"resourceGroupName": "rg", "factoryName": "adf", "pipelineName": "p"}
    return plan_of("azure-native:datafactory:Pipeline", "p", **where, activities=[*activities])


def call(path: str, body: Any, method: str = "PUT") -> dict[str, Any]:
    url = f"https://management.azure.com{WORKSPACE}/{path}?api-version=2025-12-01"
    return {"name": "call", "type": "WebActivity", "method": method, "url": url, "body": body}


COPY = {"name": "copy", "type": "Copy", "source": {"type": "BinarySource"}, "sink": {"type": "BinarySink"}}
SERVERLESS = {"properties": {"jobType": "Command", "computeId": "serverless"}}
ON_CLUSTER = {"properties": {"jobType": "Command", "computeId": f"{WORKSPACE}/computes/cpu"}}
STARTS = {
    "a serverless job": call("jobs/j-@{pipeline().RunId}", SERVERLESS),
    "a job that isn't known yet": call("jobs/j", UNKNOWN),
    "another call of Azure": call("computes/gpu", {}),
    "a call of anything": {**call("jobs/j", ON_CLUSTER), "url": "@pipeline().parameters.url"},
    "an action": call("jobs/j", None, "POST"),
    "a notebook": {"name": "n", "type": "DatabricksNotebook", "notebookPath": "/n"},
    "a host that is named like Azure's": {
        **call("data/d/versions/1", {}),
        "url": f"https://management.example.com{WORKSPACE}/data/d/versions/1?api-version=2025-12-01",
    },
    "a path that climbs": call("data/d/versions/../../../computes/gpu", {}),
    "a path that climbs once it is decoded": call("data/d/versions/%2e%2e/%2e%2e/%2e%2e/computes/gpu", {}),
    "a path that an expression makes": call("data/d/versions/@{variables('where')}", {}),
    "a job's path that an expression makes": call("jobs/@{variables('where')}", ON_CLUSTER),
    "a body that an expression makes": call("jobs/j", "@variables('job')"),
    "a copy that calls an interface": {**COPY, "sink": {"type": "RestSink", "requestMethod": "PUT"}},
    "a copy by a cluster": {**COPY, "source": {"type": "AzureDatabricksDeltaLakeSource"}},
    "a lookup that calls an interface": {"name": "l", "type": "Lookup", "source": {"type": "RestSource"}},
    "one within a loop": {"name": "u", "type": "Until", "activities": [call("jobs/j", SERVERLESS)]},
}


@each("what", STARTS)
def test_a_pipeline_that_starts_machines_needs_the_right_to_rent(what: str) -> None:
    planned = pipeline(COPY, STARTS[what])
    assert {item.rule.id for item in judge([planned]) if item.denies} == {"compute-admins-only", RULE}
    assert judge([planned], "olga") == []


def test_a_call_within_a_branch_is_seen_in_any_spelling() -> None:
    inner = {"Name": "c", "Type": "DatabricksNotebook", "TypeProperties": {"NotebookPath": "/n"}}
    branch = {"Name": "b", "Type": "IfCondition", "TypeProperties": {"IfTrueActivities": [inner]}}
    where = {"resourceGroupName": "rg", "resourceProviderNamespace": "Microsoft.DataFactory"}
    at = {"parentResourcePath": "factories/adf", "resourceType": "pipelines", "resourceName": "p"}
    planned = plan_of("azure-native:resources:Resource", "p", **where, **at, properties={"activities": [branch]})
    assert "compute-admins-only" in {item.rule.id for item in judge([planned]) if item.denies}


def test_a_pipeline_that_moves_and_registers_needs_its_own_action() -> None:
    planned = pipeline(COPY, call("data/d/versions/@{pipeline().RunId}", {}), call("jobs/j", ON_CLUSTER))
    assert [item.rule.id for item in judge([planned]) if item.denies] == [RULE]


@each("way", RENTS)
def test_what_is_not_known_yet_may_rent(way: str) -> None:
    caught, _ = RENTS[way]
    hidden = {key: UNKNOWN if isinstance(value, dict) else value for key, value in caught.inputs.items()}
    item = dataclasses.replace(caught, inputs=hidden)
    assert denied_names([item]) == [item.name]
    assert denied_names([item], "olga") == []


# rights by rule

GIVES_RIGHTS = [
    token
    for token, row in TYPES.items()
    if "/Microsoft.Authorization/" in f"/{row['path']}" or "/Microsoft.ManagedServices/" in f"/{row['path']}"
]


@each("token", [*GIVES_RIGHTS, "keyvault:AccessPolicy", "managedidentity:FederatedIdentityCredential"])
def test_whatever_gives_rights_is_for_those_who_may(token: str) -> None:
    found = {item.rule.id for item in judge([resource(token)]) if item.denies}
    assert "access-owners-only" in found


NETWORK = [token for token, row in TYPES.items() if row["path"].startswith("Microsoft.Network/")]


@each("token", [*NETWORK, "monitor:DiagnosticSetting", "storage:PrivateEndpointConnection"])
def test_the_network_is_for_admins(token: str) -> None:
    found = {item.rule.id for item in judge([resource(token)]) if item.denies}
    assert "workspace-settings-admins-only" in found
