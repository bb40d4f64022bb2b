"""Types that only the policies know, in the form of `azureml_arm.types`.

`azureml_arm.types` has what the project itself makes and the sandbox models. These are the other ways to machines, and
the types that run what isn't seen. A test holds them against the installed SDK.
"""

from __future__ import annotations

from azureml_arm.actions import BEARING
from azureml_arm.catalogue import ArmType
from azureml_arm.types import TYPES

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
_ML = "Microsoft.MachineLearningServices"
_PREVIEW = "2025-01-01-preview"


def _type(token: str, type_name: str, api: str, names: str, **more: object) -> ArmType:
    """Return a type in a resource group; `names` are the arguments with the names of its segments, outermost first."""
    namespace, *types = type_name.split("/")
    pairs = (f"{kind}/{{{name}}}" for kind, name in zip(types, names.split(), strict=True))
    return ArmType(f"azure-native:{token}", type_name, api, f"{_GROUP}{namespace}/{'/'.join(pairs)}", **more)  # type: ignore[arg-type]


def _deployment(name: str, scope: str, type_name: str = "deployments", names: str = "deploymentName") -> ArmType:
    """Return a template's deployment at a scope; a stack's arguments are flat, a deployment's aren't."""
    path = f"{scope}/providers/Microsoft.Resources/{type_name}/{{{names}}}"
    flat = type_name != "deployments"
    return ArmType(
        f"azure-native:resources:{name}", f"Microsoft.Resources/{type_name}", "2024-03-01", path, flat=flat, replaces=()
    )


_SUBSCRIPTION = "/subscriptions/{subscriptionId}"
_MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/"

EXTRA: tuple[ArmType, ...] = (
    _type("machinelearningservices:Schedule", f"{_ML}/workspaces/schedules", "2025-12-01", "workspaceName name"),
    _type(
        "machinelearningservices:ServerlessEndpoint",
        f"{_ML}/workspaces/serverlessEndpoints",
        "2025-12-01",
        "workspaceName name",
    ),
    _type(
        "machinelearningservices:InferencePool",
        f"{_ML}/workspaces/inferencePools",
        _PREVIEW,
        "workspaceName inferencePoolName",
        renamed={"inferencePoolProperties": "properties"},
    ),
    _type(
        "machinelearningservices:InferenceEndpoint",
        f"{_ML}/workspaces/inferencePools/endpoints",
        _PREVIEW,
        "workspaceName poolName endpointName",
        renamed={"inferenceEndpointProperties": "properties"},
    ),
    _type(
        "machinelearningservices:InferenceGroup",
        f"{_ML}/workspaces/inferencePools/groups",
        _PREVIEW,
        "workspaceName poolName groupName",
        renamed={"inferenceGroupProperties": "properties"},
    ),
    _type("machinelearningservices:Registry", f"{_ML}/registries", "2025-12-01", "registryName", flat=True),
    _type(
        "machinelearningservices:WorkspaceConnection",
        f"{_ML}/workspaces/connections",
        "2025-12-01",
        "workspaceName connectionName",
        replaces=(),
    ),
    _type(
        "machinelearningservices:MachineLearningDatastore",
        f"{_ML}/workspaces/datastores",
        "2020-05-01-preview",
        "workspaceName datastoreName",
        flat=True,
    ),
    _type(
        "machinelearningservices:EnvironmentSpecificationVersion",
        f"{_ML}/workspaces/environments/versions",
        "2021-03-01-preview",
        "workspaceName name version",
        replaces=(),
    ),
    _type(
        "containerservice:AgentPool",
        "Microsoft.ContainerService/managedClusters/agentPools",
        "2025-09-01",
        "resourceName agentPoolName",
        flat=True,
        inside=frozenset({"tags"}),
        replaces=(),
    ),
    _type(
        "kubernetes:ConnectedCluster",
        "Microsoft.Kubernetes/connectedClusters",
        "2024-02-01-preview",
        "clusterName",
        flat=True,
    ),
    _type(
        "synapse:BigDataPool",
        "Microsoft.Synapse/workspaces/bigDataPools",
        "2021-06-01",
        "workspaceName bigDataPoolName",
        flat=True,
        query=frozenset({"force"}),
    ),
    _type(
        "synapse:SqlPool", "Microsoft.Synapse/workspaces/sqlPools", "2021-06-01", "workspaceName sqlPoolName", flat=True
    ),
    _type("databricks:Workspace", "Microsoft.Databricks/workspaces", "2026-01-01", "workspaceName", flat=True),
    _type("batch:BatchAccount", "Microsoft.Batch/batchAccounts", "2024-07-01", "accountName", flat=True),
    _type(
        "batch:Pool",
        "Microsoft.Batch/batchAccounts/pools",
        "2024-07-01",
        "accountName poolName",
        flat=True,
        replaces=(),
    ),
    _type("hdinsight:Cluster", "Microsoft.HDInsight/clusters", "2024-08-01-preview", "clusterName"),
    _type("compute:VirtualMachine", "Microsoft.Compute/virtualMachines", "2024-11-01", "vmName", flat=True),
    _type(
        "compute:VirtualMachineScaleSet",
        "Microsoft.Compute/virtualMachineScaleSets",
        "2024-11-01",
        "vmScaleSetName",
        flat=True,
    ),
    _type(
        "containerinstance:ContainerGroup",
        "Microsoft.ContainerInstance/containerGroups",
        "2024-05-01-preview",
        "containerGroupName",
        flat=True,
        inside=frozenset({"sku"}),
    ),
    _type(
        "redhatopenshift:OpenShiftCluster",
        "Microsoft.RedHatOpenShift/openShiftClusters",
        "2023-11-22",
        "resourceName",
        flat=True,
    ),
    _type("resources:AzureCliScript", "Microsoft.Resources/deploymentScripts", "2023-08-01", "scriptName", flat=True),
    _type(
        "resources:AzurePowerShellScript",
        "Microsoft.Resources/deploymentScripts",
        "2023-08-01",
        "scriptName",
        flat=True,
    ),
    _type("solutions:Application", "Microsoft.Solutions/applications", "2021-07-01", "applicationName", flat=True),
    _type(
        "devtestlab:Environment",
        "Microsoft.DevTestLab/labs/users/environments",
        "2018-09-15",
        "labName userName name",
        flat=True,
    ),
    _type(
        "automation:Runbook",
        "Microsoft.Automation/automationAccounts/runbooks",
        "2024-10-23",
        "automationAccountName runbookName",
        flat=True,
    ),
    _type(
        "automation:JobSchedule",
        "Microsoft.Automation/automationAccounts/jobSchedules",
        "2024-10-23",
        "automationAccountName jobScheduleId",
        flat=True,
        replaces=(),
    ),
    _type(
        "compute:VirtualMachineRunCommandByVirtualMachine",
        "Microsoft.Compute/virtualMachines/runCommands",
        "2024-11-01",
        "vmName runCommandName",
        flat=True,
    ),
    _type(
        "compute:VirtualMachineScaleSetVMRunCommand",
        "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommands",
        "2024-11-01",
        "vmScaleSetName instanceId runCommandName",
        flat=True,
    ),
    ArmType(
        "azure-native:blueprint:Assignment",
        "Microsoft.Blueprint/blueprintAssignments",
        "2018-11-01-preview",
        "/{resourceScope}/providers/Microsoft.Blueprint/blueprintAssignments/{assignmentName}",
        flat=True,
    ),
    _deployment("Deployment", f"{_SUBSCRIPTION}/resourceGroups/{{resourceGroupName}}"),
    _deployment("DeploymentAtSubscriptionScope", _SUBSCRIPTION),
    _deployment("DeploymentAtManagementGroupScope", f"{_MANAGEMENT_GROUP}{{groupId}}"),
    _deployment("DeploymentAtTenantScope", ""),
    _deployment("DeploymentAtScope", "/{scope}"),
    _deployment(
        "DeploymentStackAtResourceGroup",
        f"{_SUBSCRIPTION}/resourceGroups/{{resourceGroupName}}",
        "deploymentStacks",
        "deploymentStackName",
    ),
    _deployment("DeploymentStackAtSubscription", _SUBSCRIPTION, "deploymentStacks", "deploymentStackName"),
    _deployment(
        "DeploymentStackAtManagementGroup",
        f"{_MANAGEMENT_GROUP}{{managementGroupId}}",
        "deploymentStacks",
        "deploymentStackName",
    ),
)

FORMER_NAMES = {
    "machinelearningservices:machinelearningcompute": "machinelearningservices:compute",
    "insights:component": "applicationinsights:component",
}
"""What types were called in azure-nextgen and in azure-native 1 and 2, where the arguments are the same."""

_TYPES = {entry.type for entry in BEARING} | {entry.type for entry in (*EXTRA, *TYPES)}
_NAMES = {name.lower(): name for name in _TYPES}


def canonical(type_name: str) -> str:
    """Return an ARM type in the letter case of the tables, whatever case it is written in."""
    return _NAMES.get(type_name.lower(), type_name)


OPAQUE_TYPES = {
    "microsoft.resources/deploymentscripts": "a deployment script",
    "microsoft.blueprint/blueprintassignments": "a blueprint's assignment, which deploys its templates",
    "microsoft.solutions/applications": "a managed application, which deploys its publisher's template",
    "microsoft.devtestlab/labs/users/environments": "a lab's environment, which deploys a template",
    "microsoft.automation/automationaccounts/runbooks": "an Automation runbook, which runs a script",
    "microsoft.automation/automationaccounts/jobschedules": "a schedule of an Automation runbook, which runs a script",
    "microsoft.automation/automationaccounts/jobs": "a job of an Automation runbook, which runs a script",
    "microsoft.compute/virtualmachines/runcommands": "a command that a machine runs",
    "microsoft.compute/virtualmachinescalesets/virtualmachines/runcommands": "a command that a machine runs",
    "microsoft.policyinsights/remediations": "a policy's remediation, which deploys the policy's template",
}
"""Types whose purpose is to run scripts or templates that the planned resource doesn't show."""
