"""The classic provider's words, and those of azurerm bridged by others."""

from typing import Any

from azureml_arm.actions import ML
from azureml_policies.requests.unknown import UNKNOWN
from kit.arm_writes import COMPUTE, GROUP, WORKSPACE, only
from kit.rows import each

CLASSIC = {
    "name": "gpu",
    "machineLearningWorkspaceId": WORKSPACE,
    "vmSize": "Standard_NC6s_v3",
    "vmPriority": "LowPriority",
    "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 4, "scaleDownNodesAfterIdleDuration": "PT2M"},
    "sshPublicAccessEnabled": True,
    "localAuthEnabled": False,
}
SNAKE = {
    "name": "gpu",
    "machine_learning_workspace_id": WORKSPACE.replace("workspaces", "workspace%73"),
    "vm_size": "Standard_NC6s_v3",
    "vm_priority": "LowPriority",
    "scale_settings": [{"min_node_count": 1, "max_node_count": 4, "scale_down_nodes_after_idle_duration": "PT2M"}],
    "ssh_public_access_enabled": True,
    "local_auth_enabled": False,
}


@each(
    ("token", "inputs"),
    [
        ("azure:machinelearning/computeCluster:ComputeCluster", CLASSIC),
        ("Azure:MachineLearning/ComputeCluster:computecluster", CLASSIC),
        ("azurerm:index/machineLearningComputeCluster:MachineLearningComputeCluster", CLASSIC),
        ("contoso:index/machineLearningComputeCluster:MachineLearningComputeCluster", CLASSIC),
        ("contoso:tf:azurerm_machine_learning_compute_cluster", SNAKE),
        ("azurerm:index:machine_learning_compute_cluster", SNAKE),
    ],
)
def test_a_cluster_of_azurerm_is_a_compute(token: str, inputs: dict[str, Any]) -> None:
    found = only(token, inputs)
    assert (found.type, found.id, found.via) == (COMPUTE, f"{WORKSPACE}/computes/gpu", f"`{token}`")
    assert found.body == {
        "properties": {
            "computeType": "AmlCompute",
            "disableLocalAuth": True,
            "properties": {
                "vmSize": "Standard_NC6s_v3",
                "vmPriority": "LowPriority",
                "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"},
                "remoteLoginPortPublicAccess": "Enabled",
            },
        }
    }


def test_values_that_are_not_known_stay_so() -> None:
    inputs = {
        **CLASSIC,
        "sshPublicAccessEnabled": UNKNOWN,
        "machineLearningWorkspaceId": UNKNOWN,
        "scaleSettings": UNKNOWN,
    }
    found = only("azure:machinelearning/computeCluster:ComputeCluster", inputs)
    assert found.id == f"{UNKNOWN}/computes/gpu"
    inner = found.body["properties"]["properties"]
    assert inner["remoteLoginPortPublicAccess"] == UNKNOWN
    assert inner["scaleSettings"]["maxNodeCount"] == UNKNOWN


@each(
    ("token", "inputs", "type_name", "resource"),
    [
        ("azure:machinelearning/computeInstance:ComputeInstance", CLASSIC, COMPUTE, f"{WORKSPACE}/computes/gpu"),
        ("azure:machinelearning/synapseSpark:SynapseSpark", CLASSIC, COMPUTE, f"{WORKSPACE}/computes/gpu"),
        ("azure:machinelearning/inferenceCluster:InferenceCluster", CLASSIC, COMPUTE, f"{WORKSPACE}/computes/gpu"),
        (
            "azure:containerservice/kubernetesClusterNodePool:KubernetesClusterNodePool",
            {"name": "gpu", "kubernetesClusterId": f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"},
            "Microsoft.ContainerService/managedClusters/agentPools",
            f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks/agentPools/gpu",
        ),
        (
            "azure:synapse/sparkPool:SparkPool",
            {"name": "p", "synapseWorkspaceId": f"{GROUP}/providers/Microsoft.Synapse/workspaces/s"},
            "Microsoft.Synapse/workspaces/bigDataPools",
            f"{GROUP}/providers/Microsoft.Synapse/workspaces/s/bigDataPools/p",
        ),
        (
            "azure:batch/pool:Pool",
            {"name": "p", "accountName": "b", "resourceGroupName": "rg"},
            "Microsoft.Batch/batchAccounts/pools",
            f"{GROUP}/providers/Microsoft.Batch/batchAccounts/b/pools/p",
        ),
        (
            "azure:authorization/assignment:Assignment",
            {"name": "a", "scope": f"{WORKSPACE}/"},
            "Microsoft.Authorization/roleAssignments",
            f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/a",
        ),
        (
            "azure:machinelearning/workspace:Workspace",
            {"name": "ws", "resourceGroupName": "rg"},
            f"{ML}/workspaces",
            WORKSPACE,
        ),
        (
            "azure:aifoundry/project:Project",
            {"name": "p", "aiServicesHubId": WORKSPACE},
            f"{ML}/workspaces",
            f"{WORKSPACE[:-2]}p",
        ),
        *(
            (token, {"name": "it", "resourceGroupName": "rg"}, type_name, f"{GROUP}/providers/{type_name}/it")
            for token, type_name in (
                (
                    "azure:containerservice/kubernetesCluster:KubernetesCluster",
                    "Microsoft.ContainerService/managedClusters",
                ),
                ("azure:databricks/workspace:Workspace", "Microsoft.Databricks/workspaces"),
                ("azure:hdinsight/interactiveQueryCluster:InteractiveQueryCluster", "Microsoft.HDInsight/clusters"),
                ("azure:compute/linuxVirtualMachine:LinuxVirtualMachine", "Microsoft.Compute/virtualMachines"),
                (
                    "azure:compute/windowsVirtualMachineScaleSet:WindowsVirtualMachineScaleSet",
                    "Microsoft.Compute/virtualMachineScaleSets",
                ),
            )
        ),
    ],
)
def test_the_classic_providers_types(token: str, inputs: dict[str, Any], type_name: str, resource: str) -> None:
    found = only(token, inputs)
    assert (found.type, found.id) == (type_name, resource)


@each(
    "token",
    [
        "digitalocean:index/kubernetesCluster:KubernetesCluster",
        "google:index/virtualMachine:VirtualMachine",
        "aws:batch/computeEnvironment:ComputeEnvironment",
        "azuread:index/group:Group",
        "azuredevops:index/environment:Environment",
        "contoso:index/roleAssignment:RoleAssignment",
    ],
)
def test_other_clouds_names_are_not_azures(token: str) -> None:
    assert only(token, {"name": "x"}).opaque == f"a resource of a type that isn't known here ({token})"


def test_a_role_in_the_classic_providers_words() -> None:
    inputs = {
        "name": "Starter",
        "roleDefinitionId": "r",
        "scope": GROUP,
        "permissions": [{"actions": [f"{COMPUTE}/write"], "notActions": []}],
    }
    found = only("azure:authorization/roleDefinition:RoleDefinition", inputs)
    (permission,) = found.read("properties.permissions")
    assert permission["actions"] == [f"{COMPUTE}/write"]
    assert (found.name, found.read("properties.roleName")) == ("r", "Starter")
