"""A plan to judge: teams with a workspace each, fifty resources a team, as azure-native has them.

A team's fifty are what the examples of this project come to: the foundation and the workspace, who may use them, and
what is in it. Names and ids are whole, as they are at an update of a stack that exists.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from azureml_arm import ids, roles
from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION, TENANT
from azureml_policies.config import PackConfig
from azureml_policies.requester.model import Person, Requester
from azureml_policies.requests.planned import Options, Planned, PlannedProvider
from azureml_policies.run import Run
from azureml_policies.session import begin

PER_TEAM = 50
_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"
_ML = "machinelearningservices"
_PLACE = "westeurope"
_PROVIDER = PlannedProvider(
    "pulumi:providers:azure-native",
    "default",
    "urn:pulumi:bench::bench::pulumi:providers:azure-native::default",
    {"subscriptionId": SUBSCRIPTION, "location": _PLACE},
)
_REFERENCE = f"{_PROVIDER.urn}::0"
_TAGS = {"cost-center": "4711", "environment": "bench"}

Made = tuple[str, str, Mapping[str, Any]]
"""A token without its package, a name, and the inputs."""


def plan(count: int) -> list[Planned]:
    """The first `count` resources of as many teams as it takes."""
    made = (item for team in range(count // PER_TEAM + 1) for item in _team(f"team{team:02}"))
    return [_planned(*item) for item in islice(made, count)]


def exported(planned: Sequence[Planned]) -> dict[str, Any]:
    """A state, as Pulumi exports it, in which all of a plan is there already."""
    provider = {"urn": _PROVIDER.urn, "type": _PROVIDER.type, "custom": True, "id": "0", "inputs": _PROVIDER.inputs}
    there = [
        {"urn": item.urn, "type": item.type, "custom": True, "id": "0", "inputs": item.inputs, "provider": _REFERENCE}
        for item in planned
    ]
    return {"version": 3, "deployment": {"resources": [provider, *there]}}


def config(baseline: str, count: int) -> dict[str, Any]:
    """The pack's config for `count` resources; `baseline` is "none" or the path of a state."""
    return {"guardrails": {"roles": "given", "assignments": _assignments(count), "baseline": baseline}}


def run(config: PackConfig, person: str, *, preview: bool = True, stack: str = "bench") -> Run:
    """A run in the name of one of the sandbox's people."""
    requester = Requester((Person(PEOPLE[person].object_id, person),))
    return begin(config, folder=Path(), environ={}, preview=preview, stack=stack, asking=lambda: requester)


def _assignments(count: int) -> list[dict[str, Any]]:
    """Who may what: the sandbox's people everywhere, and one of them twice in each team's group."""
    held = [(person.role, _SUBSCRIPTION, person.object_id) for person in PEOPLE.values()]
    groups = [_group(f"team{team:02}") for team in range(count // PER_TEAM + 1)]
    more = [
        (role, group, PEOPLE["dana"].object_id) for group in groups for role in ("AzureML Data Scientist", "Reader")
    ]
    return [{"role": role, "scope": scope, "principal": who} for role, scope, who in [*held, *more]]


def _planned(token: str, name: str, inputs: Mapping[str, Any]) -> Planned:
    type_ = f"azure-native:{token}"
    urn = f"urn:pulumi:bench::bench::azureml:platform:Workspace${type_}::{name}"
    return Planned(urn, type_, name, inputs, _PROVIDER, Options())


def _group(team: str) -> str:
    return ids.resource_group_id(SUBSCRIPTION, f"rg-{team}")


def _team(team: str) -> Iterator[Made]:
    yield from _foundation(team)
    yield from _access(team)
    yield from _computes(team)
    yield from _datastores(team)
    yield from _assets(team)
    yield from _jobs(team)
    yield from _endpoints(team)


def _foundation(team: str) -> Iterator[Made]:
    """Seven."""
    group = f"rg-{team}"
    there = {"resourceGroupName": group, "location": _PLACE, "tags": _TAGS}
    yield "resources:ResourceGroup", group, {"resourceGroupName": group, "location": _PLACE, "tags": _TAGS}
    yield "storage:StorageAccount", f"st{team}", {**there, "accountName": f"st{team}", **_STORAGE}
    yield "keyvault:Vault", f"kv-{team}", {**there, "vaultName": f"kv-{team}", "properties": _VAULT}
    yield "operationalinsights:Workspace", f"log-{team}", {**there, "workspaceName": f"log-{team}", **_LOGS}
    logs = _inside(team, "Microsoft.OperationalInsights/workspaces", f"log-{team}")
    insights = {"kind": "web", "applicationType": "web", "workspaceResourceId": logs}
    yield "applicationinsights:Component", f"appi-{team}", {**there, "resourceName": f"appi-{team}", **insights}
    yield "containerregistry:Registry", f"cr{team}", {**there, "registryName": f"cr{team}", **_REGISTRY}
    yield f"{_ML}:Workspace", team, {**there, "workspaceName": team, **_workspace(team)}


_STORAGE = {
    "kind": "StorageV2",
    "sku": {"name": "Standard_LRS"},
    "allowBlobPublicAccess": False,
    "allowSharedKeyAccess": False,
    "enableHttpsTrafficOnly": True,
    "minimumTlsVersion": "TLS1_2",
    "networkRuleSet": {"bypass": "AzureServices", "defaultAction": "Deny"},
}
_VAULT = {
    "tenantId": TENANT,
    "sku": {"family": "A", "name": "standard"},
    "enableRbacAuthorization": True,
    "enableSoftDelete": True,
    "enablePurgeProtection": True,
    "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"},
}
_LOGS = {"sku": {"name": "PerGB2018"}, "retentionInDays": 30}
_REGISTRY = {"sku": {"name": "Premium"}, "adminUserEnabled": False, "publicNetworkAccess": "Disabled"}


def _workspace(team: str) -> dict[str, Any]:
    return {
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Basic", "tier": "Basic"},
        "friendlyName": team,
        "description": f"The platform of {team}",
        "storageAccount": _inside(team, "Microsoft.Storage/storageAccounts", f"st{team}"),
        "keyVault": _inside(team, "Microsoft.KeyVault/vaults", f"kv-{team}"),
        "applicationInsights": _inside(team, "Microsoft.Insights/components", f"appi-{team}"),
        "containerRegistry": _inside(team, "Microsoft.ContainerRegistry/registries", f"cr{team}"),
        "publicNetworkAccess": "Disabled",
        "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "systemDatastoresAuthMode": "identity",
        "v1LegacyMode": False,
    }


def _inside(team: str, type_: str, *names: str) -> str:
    namespace, *kinds = type_.split("/")
    tail = "/".join(f"{kind}/{name}" for kind, name in zip(kinds, names, strict=True))
    return f"{_group(team)}/providers/{namespace}/{tail}"


def _in_workspace(team: str, kind: str, name: str) -> str:
    return _inside(team, f"Microsoft.MachineLearningServices/workspaces/{kind}", team, name)


def _there(team: str) -> dict[str, str]:
    return {"resourceGroupName": f"rg-{team}", "workspaceName": team}


def _access(team: str) -> Iterator[Made]:
    """Five."""
    granted = ("AzureML Data Scientist", "AzureML Data Scientist", "AzureML Compute Operator", "Reader", "Reader")
    for number, role in enumerate(granted):
        name = f"{number:08}-0000-4000-8000-{abs(int.from_bytes(team.encode())) % 10**12:012}"
        found = roles.find(role)
        inputs = {
            "scope": _inside(team, "Microsoft.MachineLearningServices/workspaces", team),
            "roleAssignmentName": name,
            "principalId": f"{number:08}-1111-4000-8000-000000000000",
            "principalType": "Group",
            "roleDefinitionId": f"{_SUBSCRIPTION}/providers/Microsoft.Authorization"
            f"/roleDefinitions/{found.id if found else role}",
        }
        yield "authorization:RoleAssignment", f"{team}-access-{number}", inputs


def _computes(team: str) -> Iterator[Made]:
    """Eight: five clusters, three instances."""
    for number in range(5):
        yield _compute(team, f"cpu{number}", {"computeType": "AmlCompute", "disableLocalAuth": True} | _CLUSTER)
    for number in range(3):
        yield _compute(team, f"ci-{team}-{number}", {"computeType": "ComputeInstance"} | _INSTANCE)


_CLUSTER = {
    "properties": {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"},
        "enableNodePublicIp": False,
        "remoteLoginPortPublicAccess": "Disabled",
    }
}
_INSTANCE = {
    "properties": {
        "vmSize": "STANDARD_DS3_V2",
        "applicationSharingPolicy": "Personal",
        "computeInstanceAuthorizationType": "personal",
        "personalComputeInstanceSettings": {"assignedUser": {"objectId": TENANT, "tenantId": TENANT}},
        "idleTimeBeforeShutdown": "PT30M",
        "enableNodePublicIp": False,
        "sshSettings": {"sshPublicAccess": "Disabled"},
    }
}


def _compute(team: str, name: str, properties: Mapping[str, Any]) -> Made:
    about = {"computeName": name, "location": _PLACE, "identity": {"type": "SystemAssigned"}, "tags": _TAGS}
    return f"{_ML}:Compute", f"{team}-{name}", {**_there(team), **about, "properties": properties}


def _datastores(team: str) -> Iterator[Made]:
    """Six."""
    for number in range(6):
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": f"st{team}",
            "containerName": f"data{number}",
            "endpoint": "core.windows.net",
            "protocol": "https",
            "credentials": {"credentialsType": "None"},
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
        }
        inputs = {**_there(team), "name": f"data{number}", "properties": properties}
        yield f"{_ML}:Datastore", f"{team}-data{number}", inputs


def _assets(team: str) -> Iterator[Made]:
    """Ten: six environments' versions, four of data."""
    for number in range(6):
        properties = {"image": f"cr{team}.azurecr.io/train:{number}", "osType": "Linux", "isAnonymous": False}
        inputs = {**_there(team), "name": f"env{number}", "version": "1", "properties": properties}
        yield f"{_ML}:EnvironmentVersion", f"{team}-env{number}", inputs
    for number in range(4):
        uri = f"azureml://datastores/data{number}/paths/raw/"
        properties = {"dataType": "uri_folder", "dataUri": uri, "description": "What came in", "tags": _TAGS}
        inputs = {**_there(team), "name": f"raw{number}", "version": "1", "properties": properties}
        yield f"{_ML}:DataVersion", f"{team}-raw{number}", inputs


def _jobs(team: str) -> Iterator[Made]:
    """Eight."""
    for number in range(8):
        properties = {
            "jobType": "Command",
            "displayName": f"train {number}",
            "experimentName": "train",
            "command": "python train.py --epochs ${{inputs.epochs}} --data ${{inputs.data}}",
            "environmentId": _in_workspace(team, "environments", "env0") + "/versions/1",
            "computeId": _in_workspace(team, "computes", f"cpu{number % 5}"),
            "inputs": {
                "epochs": {"jobInputType": "literal", "value": "10"},
                "data": {
                    "jobInputType": "uri_folder",
                    "uri": "azureml://datastores/data0/paths/raw/",
                    "mode": "Direct",
                },
            },
            "outputs": {"model": {"jobOutputType": "mlflow_model", "mode": "ReadWriteMount"}},
            "resources": {"instanceCount": 1},
            "limits": {"jobLimitsType": "Command", "timeout": "PT2H"},
            "environmentVariables": {"LOG_LEVEL": "info", "TEAM": team},
        }
        yield f"{_ML}:Job", f"{team}-train{number}", {**_there(team), "id": f"train{number}", "properties": properties}


def _endpoints(team: str) -> Iterator[Made]:
    """Six: three endpoints with a deployment each."""
    for number in range(3):
        name = f"{team}-score{number}"
        about = {**_there(team), "endpointName": name, "location": _PLACE, "tags": _TAGS}
        properties = {"authMode": "AADToken", "publicNetworkAccess": "Disabled", "traffic": {"blue": 100}}
        yield (
            f"{_ML}:OnlineEndpoint",
            name,
            {**about, "identity": {"type": "SystemAssigned"}, "kind": "Managed", "properties": properties},
        )
        deployment = {**about, "deploymentName": "blue", "kind": "Managed", "sku": {"name": "Default", "capacity": 1}}
        yield f"{_ML}:OnlineDeployment", f"{name}-blue", {**deployment, "properties": _served(team)}


def _served(team: str) -> dict[str, Any]:
    return {
        "endpointComputeType": "Managed",
        "instanceType": "Standard_DS3_v2",
        "model": _in_workspace(team, "models", "churn") + "/versions/1",
        "environmentId": _in_workspace(team, "environments", "env0") + "/versions/1",
        "egressPublicNetworkAccess": "Disabled",
        "scaleSettings": {"scaleType": "Default"},
        "requestSettings": {"maxConcurrentRequestsPerInstance": 4, "requestTimeout": "PT30S"},
        "livenessProbe": {"initialDelay": "PT10S", "period": "PT10S", "failureThreshold": 30},
    }
