"""Computes as Azure ML shows them, while they are made and afterwards (recorded 2024-12 and 2024-07)."""

from azureml_arm import ids
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import CREATING
from azureml_sandbox.services.machinelearning.answers.filling import drop, fill, nulls
from azureml_sandbox.services.machinelearning.answers.versions import is_preview, is_since

RUNTIME, IMAGE, PUBLIC = "3.0.02853.0001", "24.10.18", "20.0.0.4"
"""What an instance shows of its software, and its address."""
_CLUSTER_LATER = ("currentNodeCount", "targetNodeCount", "nodeStateCounts", "allocationState")
_INSTANCE_LATER = ("sshSettings", "applicationSharingPolicy", "state", "applications", "lastOperation",
                   "connectivityEndpoints")  # fmt: skip
"""What is null while a compute is made, though it was given."""

_INSTANCE_NULLS = (
    "subnet", "computeInstanceAuthorizationType", "containers", "dataDisks", "dataMounts",
    "personalComputeInstanceSettings", "setupScripts",
)  # fmt: skip
"""What of an instance is null where nobody gave it."""


def compute(answer: Body, version: str) -> None:
    """Render a compute: without systemData, and with null for members that nobody gave."""
    answer.pop("systemData", None)
    properties = answer["properties"]
    is_made = properties.get("provisioningState") != CREATING
    is_new = not is_made and properties.get("createdOn") == properties.get("modifiedOn")
    if not is_made and not is_new and properties.get("computeType") == "AmlCompute":
        fill(properties, {"resourceId": _of_batch(answer["id"])})
    nulls(properties, "description", "resourceId", "provisioningErrors")
    properties["provisioningWarnings"] = None if is_new else {}
    if is_new:
        answer["tags"] = None
        properties.pop("computeLocation", None)
    else:
        fill(answer, {"tags": {}})
    settings = properties.get("properties")
    if not isinstance(settings, dict):
        return
    if properties.get("computeType") == "AmlCompute":
        _cluster(settings, is_made=is_made)
    elif properties.get("computeType") == "ComputeInstance":
        _instance(settings, version=version, is_made=is_made)


def _of_batch(compute_id: str) -> str:
    """Return the cluster's id at the service that runs the machines, which a compute has while it is changed."""
    where = ids.parse(compute_id)
    return f"{where.scope}/providers/Microsoft.BatchAI/workspaces/{where.names[0]}/clusters/{where.name}"


def _cluster(settings: Body, *, is_made: bool) -> None:
    nulls(settings, "subnet", "errors", "virtualMachineImage")
    fill(settings, {"isolatedNetwork": False, "enableBatchPrivateLink": False})
    if is_made:
        fill(settings, {"propertyBag": {}, "vmPriority": "Dedicated"})
        fill(settings.setdefault("scaleSettings", {}), {"nodeIdleTimeBeforeScaleDown": "PT2M"})
        account = settings.get("userAccountCredentials")
        if isinstance(account, dict):
            nulls(account, "adminUserPassword")
        return
    nulls(settings, "vmPriority")
    nulls(settings.setdefault("scaleSettings", {}), "nodeIdleTimeBeforeScaleDown")
    settings.update(dict.fromkeys(_CLUSTER_LATER))
    drop(settings, "allocationStateTransitionTime", "userAccountCredentials")
    settings["vmSize"] = str(settings.get("vmSize")).upper()


def _instance(settings: Body, *, version: str, is_made: bool) -> None:
    nulls(settings, *_INSTANCE_NULLS)
    if is_preview(version):
        nulls(settings, "imageSku")
    if not is_since(version, "2024-07-01"):
        nulls(settings, "imageVersion", "updateStatus", "autologgerSettings")
    fill(settings, {"enableBatchPrivateLink": False})
    if is_made:
        fill(settings, {
            "errors": [], "customServices": [], "schedules": {"computeStartStop": []},
            "versions": {"runtime": RUNTIME},
            "osImageMetadata": {"currentImageVersion": IMAGE, "latestImageVersion": IMAGE,
                                "isLatestOsImageVersion": True, "osPatchingStatus": None},
        })  # fmt: skip
        if settings.get("enableNodePublicIp", True):
            fill(settings.setdefault("connectivityEndpoints", {}), {"publicIpAddress": PUBLIC})
        ssh = settings.setdefault("sshSettings", {})
        nulls(ssh, "adminPublicKey")
        fill(ssh, {"adminUserName": "azureuser", "sshPort": 50000})
        return
    settings.update(dict.fromkeys(_INSTANCE_LATER))
    nulls(settings, "errors", "customServices", "osImageMetadata", "versions")
    settings["vmSize"] = str(settings.get("vmSize")).upper()
