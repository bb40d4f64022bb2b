"""What was there before a recorded exchange, or was not, where the exchange itself doesn't say so.

By exchange: the id of a resource -> its body, or None for what isn't there. The bodies are the least that agrees with
the recorded answer.
"""

from collections.abc import Mapping
from typing import Any

from azureml_arm.sandbox import SUBSCRIPTION, TENANT

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/GROUP"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/workspace"
_AUTHORIZATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization"
_DEPLOYMENT = {
    "endpointComputeType": "Managed",
    "instanceType": "Standard_F4s_v2",
    "model": f"{WORKSPACE}/models/any/versions/1",
}


def _endpoint(name: str, mode: str, region: str = "eastus") -> dict[str, Mapping[str, Any]]:
    body = {"location": region, "identity": {"type": "SystemAssigned"}, "properties": {"authMode": mode}}
    return {f"{WORKSPACE}/onlineEndpoints/{name}": body}


def _deployment(endpoint: str, name: str, region: str = "eastus", count: int = 1) -> dict[str, Mapping[str, Any]]:
    body = {"location": region, "sku": {"name": "Default", "capacity": count}, "properties": _DEPLOYMENT}
    return {f"{WORKSPACE}/onlineEndpoints/{endpoint}/deployments/{name}": body}


_MODEL: dict[str, Mapping[str, Any]] = {
    f"{WORKSPACE}/models/any/versions/1": {
        "properties": {"modelType": "mlflow_model", "modelUri": "azureml://datastores/d/paths/m"}
    }
}
_CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks1"
_POOL = {"count": 1, "vmSize": "Standard_D2_v2", "mode": "System"}


def _pools(*modes: str) -> dict[str, Mapping[str, Any]]:
    """Return pools that were made beside their cluster."""
    return {
        f"{_CLUSTER}/agentPools/pool{number}": {"properties": {**_POOL, "mode": mode}}
        for number, mode in enumerate(modes, 2)
    }


_OLD_CLUSTER: dict[str, Mapping[str, Any]] = {
    _CLUSTER: {
        "location": "eastus",
        "properties": {"kubernetesVersion": "1.25.6", "agentPoolProfiles": [{"name": "default", **_POOL}]},
    }
}
_STORAGE = {"location": "eastus", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
_VAULT: dict[str, Any] = {
    "location": "eastus",
    "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []},
}
_FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/exampleFactory"
_STORE = {"properties": {"type": "AzureStorage"}}
_LINK: dict[str, Mapping[str, Any]] = {f"{_FACTORY}/linkedservices/exampleLink": _STORE}
_DATASET: dict[str, Mapping[str, Any]] = {
    **_LINK,
    f"{_FACTORY}/datasets/exampleDataset": {
        "properties": {
            "type": "AzureBlob",
            "linkedServiceName": {"type": "LinkedServiceReference", "referenceName": "exampleLink"},
        }
    },
}
_PIPELINE: dict[str, Mapping[str, Any]] = {f"{_FACTORY}/pipelines/examplePipeline": {"properties": {"activities": []}}}
_OTHER_TRIGGER: dict[str, Mapping[str, Any]] = {
    **_PIPELINE,
    f"{_FACTORY}/triggers/exampleTrigger": {
        "properties": {
            "type": "TumblingWindowTrigger",
            "description": "trumblingwindowtrigger",
            "annotations": [],
            "pipeline": {"pipelineReference": {"type": "PipelineReference", "referenceName": "examplePipeline"}},
            "typeProperties": {
                "frequency": "Minute",
                "interval": 5,
                "startTime": "2021-04-26T04:35:23Z",
                "endTime": "2021-04-26T05:35:23Z",
                "delay": "00:00:00",
                "maxConcurrency": 50,
                "retryPolicy": {"intervalInSeconds": 30},
                "dependsOn": [],
            },
        }
    },
}
AS_READ = frozenset({"codes-2", "roleAssignments-3", "schedules-7"})
"""Exchanges that read what was changed before, by requests that aren't recorded."""
ALONE = frozenset({"storageAccounts-4"})
"""Exchanges that stand in the recordings after what they were asked before."""
NOT_REPLAYED: Mapping[str, str] = {
    "deployments-1": "the recorder cut the template, without which there is nothing to deploy",
    "deployments-2": "the poll of a deployment that isn't replayed",
    "deployments-3": "the recorder cut the template, which names the region that is refused",
    "deployments-workspace-1": "the template isn't recorded",
    "deployments-workspace-2": "the poll of a deployment whose request isn't recorded",
    "deployments-workspace-3": "the operations of a deployment whose request isn't recorded",
    "deployments-workspace-4": "the poll of a deployment whose request isn't recorded",
    "access-registration-location-1": "quoted: somebody without rights asks (tests/sandbox/http/test_arm_requests.py)",
    **dict.fromkeys(
        (f"access-registration-location-{number}" for number in (2, 3, 4)),
        "quoted, and cut: rights on what a request refers to aren't modelled",
    ),
    "access-registration-location-6": "quoted: of a type that isn't modelled; each modelled one is in every region",
    **dict.fromkeys(
        ("arm-deployment-wrapping-1", "arm-deployment-wrapping-2"),
        "quoted: what a client printed of a deployment (tests/sandbox/services/deployments)",
    ),
    **dict.fromkeys(("names-4", "policy-denials-4"), "quoted: validateResources isn't modelled"),
    **dict.fromkeys(
        ("quota-sku-throttling-1", "quota-sku-throttling-2", "quota-sku-throttling-3"),
        "quoted, and cut: quotas and capacities of virtual machines aren't modelled, but for those of Azure ML",
    ),
    **dict.fromkeys(
        ("quota-sku-throttling-4", "quota-sku-throttling-5", "quota-sku-throttling-7"),
        "quoted: no provider of its own throttles here; ARM does, with the fault `throttle` (quota-sku-throttling-6)",
    ),
    "roleDefinitions-roleAssignments-10": "quoted: older words of what roleDefinitions-roleAssignments-9 asks",
    "keyVault-lifecycle-8": "a further page of a list, whose first page isn't recorded",
}
"""Exchanges that can't be asked again -> why."""
SHUFFLED = frozenset({"quotas-usages-vmsizes-2", "quotas-usages-vmsizes-3", "workspaces-5", "locks-4"})
"""Lists whose order says nothing: their names were changed, or nothing says what the order is."""
_MANAGED: Mapping[str, Mapping[str, Any]] = {
    f"{GROUP.rpartition('/')[0]}/databricks-rg-dbw1-d9vg8e4vb754p": {
        "location": "eastus",
        "managedBy": f"{GROUP}/providers/Microsoft.Databricks/workspaces/dbw1",
    }
}
"""A group that nobody but its workspace has made: one that is there is refused otherwise."""
FILES: Mapping[str, Mapping[str, str]] = {
    "assets-of-endpoints-3": {
        "Online/MLmodel": """
flavors:
  python_function:
    env: conda.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.8.5
  sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle, sklearn_version: 1.1.2}
"""
    },
}
"""By exchange: what lay in the default datastore -> its text."""
BEFORE: Mapping[str, Mapping[str, Mapping[str, Any] | None]] = {
    "roleAssignments-4": {
        f"{_AUTHORIZATION}/roleAssignments/6cc0420b-0000-4000-8000-93d5271c11ca": {
            "properties": {
                "roleDefinitionId": f"{_AUTHORIZATION}/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
                "principalId": "22222222-2222-4222-8222-222222222222",
            }
        }
    },
    **dict.fromkeys((f"databricks-workspaces-{number}" for number in (1, 5, 6, 8, 9)), _MANAGED),
    "dataFactory-datasets-1": _LINK,
    "dataFactory-pipelines-1": _DATASET,
    "dataFactory-triggers-1": _PIPELINE,
    "dataFactory-triggers-4": _OTHER_TRIGGER,
    "managedClusters-5": _pools("System", "User"),
    "managedClusters-agentPools-1": _OLD_CLUSTER,
    "managedClusters-agentPools-8": {**_OLD_CLUSTER, **_pools("User")},
    "datastores-secrets-1": {
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/account": _STORAGE,
        f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault": _VAULT,
        WORKSPACE: {
            "location": "eastus",
            "properties": {
                "storageAccount": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/account",
                "keyVault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault",
                "systemDatastoresAuthMode": "Identity",
            },
        },
    },
    "computes-computeinstance-4": {
        f"{WORKSPACE}/computes/instance3": {
            "location": "westus",
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "computeType": "ComputeInstance",
                "description": "some_desc_ci",
                "properties": {
                    "vmSize": "Standard_DS2_v2",
                    "applicationSharingPolicy": "Shared",
                    "sshSettings": {"sshPublicAccess": "Disabled", "adminPublicKey": "ssh-rsa REDACTED azureuser@host"},
                    "computeInstanceAuthorizationType": "personal",
                    "enableOSPatching": False,
                    "enableRootAccess": True,
                    "enableSSO": True,
                    "releaseQuotaOnStop": False,
                    "enableNodePublicIp": True,
                },
            },
        },
        f"{WORKSPACE}/computes/instance3/stop": None,
    },
    "environments-2": {
        f"{WORKSPACE}/environments/test_416121154327/versions/{name}": {"properties": {"image": "image"}}
        for name in ("baz", "foo", "bar")
    },
    "featuresets-1": {
        f"{WORKSPACE}/featurestoreEntities/e2etest_fs_entity/versions/1": {
            "properties": {"indexColumns": [{"columnName": "driver_id", "dataType": "long"}]}
        }
    },
    "keyVault-lifecycle-10": {
        f"{GROUP}/providers/Microsoft.KeyVault/vaults/VAULT": {
            "location": "eastus",
            "properties": {**_VAULT["properties"], "softDeleteRetentionInDays": 7},
        }
    },
    "jobs-sweep-3": {f"{WORKSPACE}/computes/int-compute": None},
    "onlineEndpoints-7": {
        **_endpoint("online-ept", "AMLToken", "eastus2"),
        **_MODEL,
        **_deployment("online-ept", "online-dep", "eastus2"),
    },
    "onlineEndpoints-12": _endpoint("online-pwsh01", "AADToken"),
    "onlineEndpoints-13": _endpoint("online-pwsh01", "AMLToken"),
    "onlineEndpoints-deployments-8": {
        **_endpoint("online-pwsh01", "Key"),
        **_MODEL,
        **_deployment("online-pwsh01", "online-pwsh01-blue01", count=3),
    },
}
