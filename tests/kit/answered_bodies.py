"""Small copies of exchanges with Azure: the body that was sent, and the one that came back."""

import json
from typing import Any

WORKSPACE = "/subscriptions/S/resourceGroups/G/providers/Microsoft.MachineLearningServices/workspaces/W"
LONG = "azureml://subscriptions/S/resourcegroups/G/workspaces/W/datastores/d/paths/p"
YAML = "channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - pandas\nname: example\n"
JSON = json.dumps(
    {"channels": ["conda-forge"], "dependencies": ["python=3.10", {"pip": ["pandas"]}], "name": "example"}, indent=2
)
PROBE = {"failureThreshold": 30, "successThreshold": 1, "timeout": "PT2S", "period": "PT10S", "initialDelay": "PT10S"}
OPERATION = {
    "AzureAsyncOperationUri": "https://management.azure.com/subscriptions/S/…",
    "azureml.onlineendpointid": "/x",
}
Body = dict[str, Any]


def properties(**given: Any) -> Body:
    """Return a body that has nothing but these properties."""
    return {"properties": given}


ANSWERED: dict[str, tuple[str, Body, Body]] = {
    "an environment": (
        "environments/versions",
        properties(image="a/b", condaFile=YAML, isAnonymous=False),
        properties(
            image="a/b",
            condaFile=JSON,
            isAnonymous=False,
            isArchived=False,
            description=None,
            tags={},
            properties={"azureml.labels": "latest"},
            osType="Linux",
            autoRebuild="Disabled",
            stage="Development",
        ),
    ),
    "an environment of an image alone": (
        "environments/versions",
        properties(image="a/b"),
        properties(image="a/b", condaFile="", properties={"azureml.labels": ""}, stage="Logged"),
    ),
    "a command component": (
        "components/versions",
        properties(
            description="Says hello.",
            componentSpec={
                "_source": "YAML.COMPONENT",
                "type": "command",
                "command": "echo ${{inputs.n}}",
                "environment": "azureml:AzureML-minimal:33",
                "is_deterministic": True,
                "inputs": {"n": {"type": "number", "default": 10, "optional": True}, "f": {"type": "uri_file"}},
                "outputs": {"o": {"type": "uri_folder", "mode": "upload"}},
                "distribution": {"type": "mpi", "process_count_per_instance": 1},
            },
        ),
        properties(
            description=None,
            componentSpec={
                "type": "command",
                "version": "1",
                "command": "echo ${{inputs.n}}",
                "environment": "azureml://registries/azureml/environments/AzureML-minimal/versions/33",
                "is_deterministic": "True",
                "inputs": {
                    "f": {"type": "uri_file", "optional": "False"},
                    "n": {"type": "number", "default": "10", "optional": "True"},
                },
                "outputs": {"o": {"type": "uri_folder"}},
                "distribution": {"process_count_per_instance": "1", "type": "Mpi"},
                "resources": {"instance_count": "1"},
            },
        ),
    ),
    "a pipeline component": (
        "components/versions",
        properties(componentSpec={"type": "pipeline", "jobs": {"a": {"type": "command"}}}),
        properties(componentSpec={"type": "pipeline", "is_deterministic": "False"}),
    ),
    "a model": (
        "models/versions",
        properties(modelUri=LONG, modelType="mlflow_model"),
        properties(
            modelUri=LONG.replace("resourcegroups", "resourceGroups"),
            modelType="mlflow_model",
            flavors={"sklearn": {"data": {"sklearn_version": "1.1.2"}}},
            stage="Development",
            jobName=None,
        ),
    ),
    "data": (
        "data/versions",
        properties(dataUri="azureml://datastores/d/paths/p", dataType="uri_file"),
        properties(dataUri=LONG, dataType="uri_file", stage=None, isArchived=False),
    ),
    "code": (
        "codes/versions",
        properties(codeUri="https://account.blob.core.windows.net/c/p/", isAnonymous=True),
        properties(codeUri="https://account.blob.core.windows.net:443/c/p/", isAnonymous=False),
    ),
    "an online endpoint": (
        "onlineEndpoints",
        {"location": "West Europe", "identity": {"type": "systemassigned"}, "properties": {"authMode": "aadToken"}},
        {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
            "tags": {},
            "kind": "Managed",
            "properties": {
                "authMode": "AADToken",
                "properties": OPERATION,
                "publicNetworkAccess": "Enabled",
                "traffic": {"blue": 100},
                "scoringUri": "https://x",
            },
        },
    ),
    "an online deployment": (
        "onlineEndpoints/deployments",
        {"properties": {"endpointComputeType": "Managed", "model": "azureml:m:1"}, "sku": {"name": "Default"}},
        {
            "properties": {
                "endpointComputeType": "Managed",
                "model": f"{WORKSPACE}/models/m/versions/1",
                "properties": OPERATION,
                "environmentVariables": {"AZUREML_MODEL_DIR": "/var/m", "AML_APP_ROOT": "/var/a"},
                "scaleSettings": {"scaleType": "Default"},
                "requestSettings": {
                    "maxQueueWait": "PT0S",
                    "requestTimeout": "PT5S",
                    "maxConcurrentRequestsPerInstance": 1,
                },
                "livenessProbe": PROBE,
                "readinessProbe": PROBE,
                "appInsightsEnabled": False,
                "egressPublicNetworkAccess": "Enabled",
                "codeConfiguration": None,
            },
            "sku": {"name": "Default", "tier": "Standard", "capacity": 1},
        },
    ),
    "a batch endpoint": (
        "batchEndpoints",
        properties(authMode="aadToken", properties={"p": "v"}),
        properties(
            authMode="AADToken",
            properties={"p": "v", "BatchEndpointCreationApiVersion": "2023-10-01", **OPERATION},
            defaults={"deploymentName": None},
            swaggerUri=None,
        ),
    ),
    "a batch deployment": (
        "batchEndpoints/deployments",
        properties(resources={"properties": {}}, loggingLevel="info"),
        properties(
            errorThreshold=-1,
            retrySettings={"maxRetries": 3, "timeout": "PT30S"},
            miniBatchSize=10,
            loggingLevel="Info",
            maxConcurrencyPerInstance=1,
            outputAction="AppendRow",
            outputFileName="predictions.csv",
            resources={"instanceCount": 1, "instanceType": None, "properties": None},
            deploymentConfiguration=None,
        ),
    ),
    "a cluster": (
        "computes",
        properties(
            computeType="AmlCompute",
            disableLocalAuth=True,
            properties={
                "vmSize": "STANDARD_DS3_V2",
                "scaleSettings": {"maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT120S"},
            },
        ),
        {
            "tags": None,
            "properties": {
                "computeType": "AmlCompute",
                "description": None,
                "provisioningWarnings": {},
                "properties": {
                    "vmSize": "Standard_DS3_v2",
                    "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT2M"},
                    "vmPriority": "Dedicated",
                    "subnet": None,
                    "isolatedNetwork": False,
                    "enableNodePublicIp": True,
                    "nodeStateCounts": {"idleNodeCount": 0},
                },
            },
        },
    ),
    "an instance": (
        "computes",
        properties(
            computeType="ComputeInstance",
            properties={
                "vmSize": "STANDARD_DS3_V2",
                "computeInstanceAuthorizationType": "personal",
                "idleTimeBeforeShutdown": "PT60M",
                "enableSSO": True,
                "sshSettings": {"sshPublicAccess": "Disabled"},
            },
        ),
        properties(
            computeType="ComputeInstance",
            properties={
                "vmSize": "Standard_DS3_v2",
                "computeInstanceAuthorizationType": None,
                "sshSettings": {"sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000},
                "schedules": {"computeStartStop": []},
                "customServices": [],
                "setupScripts": None,
                "applications": [{"displayName": "Jupyter", "endpointUri": "https://x"}],
            },
        ),
    ),
    "a workspace": (
        "",
        {
            "tags": {"a": "1"},
            "properties": {
                "keyVault": "/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/v",
                "systemDatastoresAuthMode": "Identity",
                "managedNetwork": {"outboundRules": {}},
            },
        },
        {
            "name": "W",
            "tags": {"a": "1", "hidden-link:/x": "y"},
            "properties": {
                "keyVault": "/subscriptions/S/resourcegroups/G/providers/Microsoft.Keyvault/vaults/v",
                "systemDatastoresAuthMode": "identity",
                "friendlyName": "W",
                "description": "",
                "managedNetwork": {"isolationMode": "Disabled", "changeableIsolationModes": ["AllowInternetOutbound"]},
                "publicNetworkAccess": "Enabled",
                "hbiWorkspace": False,
                "ipAllowlist": [],
                "imageBuildCompute": None,
            },
        },
    ),
    "a datastore": (
        "datastores",
        properties(credentials={"credentialsType": "AccountKey", "secrets": {"key": "k"}}, tags={}),
        properties(credentials={"credentialsType": "AccountKey"}, tags=None, subscriptionId=None),
    ),
}
"""By what is shown: the type below a workspace, what was sent, and what came back."""
