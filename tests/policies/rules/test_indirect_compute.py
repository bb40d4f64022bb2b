"""Compute by indirect ways: each is caught for a data scientist, and a near miss rightly passes."""

import dataclasses
import json
from typing import Any

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from kit.guarded import (
    AZURE,
    GROUP,
    IN_WORKSPACE,
    ML,
    ROLES,
    WORKSPACE,
    cluster,
    denied_names,
    job,
    only_message,
    plan_of,
    state,
)
from kit.rows import each

BODY = {
    "location": "westeurope",
    "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_D2_v3"}},
}
STORE = {"properties": {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c", "credentials": {}}}
SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"


def template(type_name: str = f"{ML}/computes", name: str = "ws/gpu", **more: Any) -> dict[str, Any]:
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    resource = {"type": type_name, "name": name, "apiVersion": "2024-04-01", **BODY, **more}
    return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": [resource]}


def deployment(properties: Any, token: str = "Deployment", **more: Any) -> Planned:
    given = {"resourceGroupName": "rg", "deploymentName": "deploy", **more}
    return plan_of(
        f"azure-native:resources:{token}", "deploy", None if more.get("none") else AZURE, **given, properties=properties
    )


def nest(inner: Any) -> dict[str, Any]:
    inside = {"mode": "Incremental", "template": inner}
    return template("Microsoft.Resources/deployments", "inner", properties=inside)


def generic(type_name: str, **more: Any) -> Planned:
    given = {
        "resourceGroupName": "rg",
        "resourceProviderNamespace": "Microsoft.MachineLearningServices",
        "parentResourcePath": "workspaces/ws",
        "resourceType": type_name,
        "resourceName": "gpu",
    }
    return plan_of("azure-native:resources:Resource", "raw", **given, **more)


def azapi(type_name: str, **more: Any) -> Planned:
    given = {"type": f"{type_name}@2024-04-01", "parentId": WORKSPACE, "name": "gpu", "body": BODY}
    return plan_of("azapi:index/resource:Resource", "raw", None, **{**given, **more})


def native(token: str, **inputs: Any) -> Planned:
    return plan_of(f"azure-native:{token}", token.rpartition(":")[2].lower(), **inputs)


def serverless(**more: Any) -> Planned:
    return job(computeId=None, resources={"instanceType": "Standard_D2_v3", "instanceCount": 2}, **more)


def schedule(definition: dict[str, Any]) -> Planned:
    action = {"actionType": "CreateJob", "jobDefinition": definition}
    trigger = {"triggerType": "Cron", "expression": "0 3 * * *"}
    properties = {"action": action, "trigger": trigger}
    return plan_of(
        "azure-native:machinelearningservices:Schedule", "nightly", None, **IN_WORKSPACE, properties=properties
    )


def link(uri: str) -> dict[str, Any]:
    return {"mode": "Incremental", "templateLink": {"uri": uri}}


STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/s"
COMMAND = {"jobType": "Command", "command": "python train.py", "environmentId": "azureml:e:1"}
ON_CLUSTER = {**COMMAND, "computeId": f"{WORKSPACE}/computes/cpu"}
ATTACHED = {"resourceGroupName": "rg", "location": "westeurope"}
INCREMENTAL = {"mode": "Incremental"}

WAYS: dict[str, tuple[Planned, Planned]] = {
    "versioned token": (
        cluster(token="machinelearningservices/v20250901:Compute"),
        native("machinelearningservices/v20250901:ModelContainer", **IN_WORKSPACE, properties={}),
    ),
    "old token": (
        cluster(token="machinelearningservices:MachineLearningCompute"),
        cluster(token="datafactory:LinkedService"),
    ),
    "azure-nextgen": (
        cluster(token="azure-nextgen:machinelearningservices:MachineLearningCompute"),
        cluster(token="azure-nextgen:storage:StorageAccount"),
    ),
    "local SDK": (
        cluster(token="azure-native_machinelearningservices_v20250901:machinelearningservices:Compute"),
        cluster(token="azure-native_storage_v20240101:storage:BlobContainer"),
    ),
    "generic resource": (generic("computes", **BODY), generic("datastores", **STORE)),
    "template": (
        deployment({**INCREMENTAL, "template": template()}),
        deployment({**INCREMENTAL, "template": template(f"{ML}/datastores", "ws/raw", **STORE)}),
    ),
    "template as text": (
        deployment({**INCREMENTAL, "template": json.dumps(template())}),
        deployment({**INCREMENTAL, "template": json.dumps(template(f"{ML}/datastores", "ws/raw", **STORE))}),
    ),
    "nested template": (
        deployment({**INCREMENTAL, "template": nest(template())}),
        deployment({**INCREMENTAL, "template": nest(template(f"{ML}/datastores", "ws/raw", **STORE))}),
    ),
    "linked template": (
        deployment(link("https://example.com/t.json")),
        deployment({**INCREMENTAL, "template": {**template(), "resources": []}}),
    ),
    "template spec": (
        deployment(
            {**INCREMENTAL, "templateLink": {"id": f"{GROUP}/providers/Microsoft.Resources/templateSpecs/t/versions/1"}}
        ),
        native("resources:TemplateSpec", resourceGroupName="rg", templateSpecName="t", location="westeurope"),
    ),
    "template at the subscription": (
        deployment({**INCREMENTAL, "template": nest(template())}, "DeploymentAtSubscriptionScope"),
        deployment({**INCREMENTAL, "template": {**template(), "resources": []}}, "DeploymentAtSubscriptionScope"),
    ),
    "classic provider": (
        plan_of(
            "azure:machinelearning/computeCluster:ComputeCluster",
            "gpu",
            None,
            machineLearningWorkspaceId=WORKSPACE,
            name_="gpu",
        ),
        plan_of("azure:datafactory/factory:Factory", "factory", None, resourceGroupName="rg"),
    ),
    "azapi": (azapi(f"{ML}/computes"), azapi(f"{ML}/models")),
    "azapi with its body as text": (
        azapi(f"{ML}/computes", body=json.dumps(BODY)),
        azapi(f"{ML}/models", body=json.dumps(BODY)),
    ),
    "bridged Terraform": (
        plan_of(
            "azurerm:index/machineLearningComputeCluster:MachineLearningComputeCluster",
            "gpu",
            None,
            machineLearningWorkspaceId=WORKSPACE,
        ),
        plan_of("azurerm:index/storageQueue:StorageQueue", "queue", None, storageAccountId=STORAGE),
    ),
    "a command here": (
        plan_of("command:local:Command", "sh", None, create="az ml compute create -f gpu.yml"),
        plan_of("std:index:Nothing", "sh", None),
    ),
    "a command elsewhere": (
        plan_of("command:remote:Command", "ssh", None, create="az ml compute create"),
        plan_of("random:index/randomId:RandomId", "id", None, byteLength=4),
    ),
    "a dynamic resource": (
        plan_of("pulumi-python:dynamic:Resource", "dyn", None),
        plan_of("pulumi-python:dynamic/azureml:Upload", "files", None, digest="x"),
    ),
    "Kubernetes": (
        native("containerservice:ManagedCluster", **ATTACHED, resourceName="aks"),
        plan_of("kubernetes:core/v1:ConfigMap", "map", None),
    ),
    "Synapse": (
        native("synapse:BigDataPool", **ATTACHED, workspaceName="syn", bigDataPoolName="spark"),
        native("synapse:WorkspaceAadAdmin", **ATTACHED, workspaceName="syn"),
    ),
    "Databricks": (
        native("databricks:Workspace", **ATTACHED, workspaceName="dbr"),
        plan_of("databricks:index/notebook:Notebook", "note", None, path="/n"),
    ),
    "Batch": (
        native("batch:Pool", resourceGroupName="rg", accountName="b", poolName="p"),
        native("batch:Application", resourceGroupName="rg", accountName="b", applicationName="a"),
    ),
    "serverless job": (serverless(), job()),
    "schedule of serverless jobs": (
        schedule({**COMMAND, "resources": {"instanceType": "Standard_D2_v3"}}),
        schedule(ON_CLUSTER),
    ),
    "type in other letter case": (
        cluster(token="MachineLearningServices:COMPUTE"),
        cluster(token="MachineLearningServices:MODELCONTAINER"),
    ),
    "template type in other letter case": (
        deployment({**INCREMENTAL, "template": template("microsoft.machinelearningservices/WORKSPACES/Computes")}),
        deployment(
            {**INCREMENTAL, "template": template("microsoft.machinelearningservices/workspaces/Models", "ws/m")}
        ),
    ),
    "a secret around the body": (
        cluster(properties={SIGNATURE: SECRET, "value": BODY["properties"]}),
        job(command={SIGNATURE: SECRET, "value": "python train.py"}),
    ),
    "a type that only the update knows": (generic(UNKNOWN), generic("models", properties={"description": UNKNOWN})),
}


@each("way", WAYS)
def test_a_data_scientist_is_caught_and_the_near_miss_passes(way: str) -> None:
    caught, near_miss = WAYS[way]
    assert denied_names([caught]) == [caught.name]
    assert denied_names([near_miss]) == []


@each("way", WAYS)
def test_an_owner_may(way: str) -> None:
    assert denied_names([WAYS[way][0]], "olga") == []


@each("way", WAYS)
def test_what_was_there_like_that_passes(way: str) -> None:
    caught, _ = WAYS[way]
    if not has_marker(caught):
        assert denied_names([caught], past=state(caught)) == []


def has_marker(item: Planned) -> bool:
    return UNKNOWN in json.dumps(dict(item.inputs))


def test_serverless_and_online_and_batch_deployments_need_an_operator() -> None:
    rule = "endpoints-operators-only"
    inputs = {**IN_WORKSPACE, "endpointName": "e", "deploymentName": "d", "location": "westeurope"}
    online = native("machinelearningservices:OnlineDeployment", **inputs, properties={"endpointComputeType": "Managed"})
    batch = native("machinelearningservices:BatchDeployment", **inputs, properties={"resources": {"instanceCount": 2}})
    serverless_endpoint = native("machinelearningservices:ServerlessEndpoint", **IN_WORKSPACE, properties={})
    for item in (online, batch, serverless_endpoint):
        assert denied_names([item], rule=rule) == [item.name]
        assert denied_names([item], "olga", rule=rule) == []


def test_a_post_needs_its_own_action() -> None:
    def action(name: str) -> Planned:
        given = {"type": f"{ML}/computes@2024-04-01", "resourceId": f"{WORKSPACE}/computes/gpu", "action": name}
        return plan_of("azapi:index/resourceAction:ResourceAction", name, None, **given)

    assert denied_names([action("start")], "rita") == ["start"]
    assert f"needs {ML}/computes/start/action on …" in only_message([action("start")], "rita")
    assert denied_names([action("start")], "dana") == []  # Azure lets data scientists start what is there
    assert denied_names([action("start")], "carl") == []


# Resource options: the others are in ../pack/test_options.py


def test_another_provider_leads_to_another_subscription() -> None:
    other = dataclasses.replace(AZURE, inputs={"subscriptionId": "6b5e1c1d-0000-4000-8000-000000000002"})
    moved = dataclasses.replace(cluster(), provider=other)
    assert denied_names([moved], past=state(cluster())) == ["cpu", "cpu"]  # one more there, one less here
    assert denied_names([moved], "carl", past=state(cluster())) == ["cpu"]
    assert denied_names([cluster()], past=state(cluster())) == []


def test_percent_encoding_and_letter_case_hide_no_id() -> None:
    only_here = GivenRoles(
        [{"role": "AzureML Compute Operator", "scope": WORKSPACE, "principal": PEOPLE["carl"].object_id}]
    )
    for spelled in ("/computes/gpu", "/%63omputes/gpu", "/COMPUTES/gpu"):
        item = plan_of(
            "azapi:index/updateResource:UpdateResource",
            "raw",
            None,
            type=f"{ML}/computes@2024-04-01",
            resourceId=WORKSPACE + spelled,
            body=BODY,
        )
        assert denied_names([item]) == ["raw"]
        assert denied_names([item], "carl", roles=only_here) == []
    elsewhere = azapi(f"{ML}/computes", parentId=f"{GROUP}/providers/{ML}/other")
    assert denied_names([elsewhere], "carl", roles=only_here) == ["raw"]


def test_a_role_for_oneself_and_the_compute_in_one_run() -> None:
    grant = plan_of(
        "azure-native:authorization:RoleAssignment",
        "grant",
        scope=WORKSPACE.lstrip("/"),
        principalId=PEOPLE["dana"].object_id,
        principalType="User",
        roleDefinitionId=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
        "/e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
    )
    assert denied_names([grant, cluster()], roles=ROLES) == ["grant", "cpu"]
    reader = dataclasses.replace(
        grant,
        inputs={**grant.inputs, "roleDefinitionId": "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
    )
    assert denied_names([reader]) == []  # gives no compute; whether she may assign roles is another rule's


def test_an_allowed_command_is_anybodys() -> None:
    caught, _ = WAYS["a command here"]
    assert denied_names([caught], config={"guardrails": {"allow": ["command:local:Command::sh"]}}) == []
    assert denied_names([caught], config={"guardrails": {"allow": ["command:local:Command::other"]}}) == ["sh"]
    assert only_message([caught]).endswith("or have command:local:Command::sh added to `allow` in the pack's config")
