"""Computes as Azure ML tells them, while they are made and afterwards (recorded 2024-12 and 2024-07)."""

from __future__ import annotations

from azureml_sandbox.model.resource import Body
from azureml_sandbox.services.machinelearning.answers.filling import fill, nulls

CREATING = "Creating"
_CLUSTER_LATER = ("currentNodeCount", "targetNodeCount", "nodeStateCounts", "allocationState")
_INSTANCE_LATER = ("sshSettings", "applicationSharingPolicy", "state", "applications", "lastOperation",
                   "connectivityEndpoints")  # fmt: skip
"""What is null while a compute is made, though it was given."""

_INSTANCE_NULLS = (
    "subnet", "computeInstanceAuthorizationType", "containers", "dataDisks", "dataMounts",
    "personalComputeInstanceSettings", "setupScripts",
)  # fmt: skip
"""What of an instance is null where nobody gave it."""


def compute(told: Body, preview: bool) -> None:
    """A compute has no systemData, and members that nobody gave are null."""
    told.pop("systemData", None)
    properties = told["properties"]
    is_made = properties.get("provisioningState") != CREATING
    is_new = not is_made and properties.get("createdOn") == properties.get("modifiedOn")
    nulls(properties, "description", "resourceId", "provisioningErrors")
    properties["provisioningWarnings"] = None if is_new else {}
    if is_new:
        told["tags"] = None
        properties.pop("computeLocation", None)
    else:
        fill(told, {"tags": {}})
    settings = properties.get("properties")
    if not isinstance(settings, dict):
        return
    if properties.get("computeType") == "AmlCompute":
        _cluster(settings, is_made=is_made)
    elif properties.get("computeType") == "ComputeInstance":
        _instance(settings, preview=preview, is_made=is_made)


def _cluster(settings: Body, *, is_made: bool) -> None:
    nulls(settings, "subnet", "errors", "virtualMachineImage")
    fill(settings, {"isolatedNetwork": False, "enableBatchPrivateLink": False})
    if is_made:
        fill(settings, {"propertyBag": {}})
        account = settings.get("userAccountCredentials")
        if isinstance(account, dict):
            nulls(account, "adminUserPassword")
        return
    settings.update(dict.fromkeys(_CLUSTER_LATER))
    for name in ("allocationStateTransitionTime", "userAccountCredentials"):
        settings.pop(name, None)
    settings["vmSize"] = str(settings.get("vmSize")).upper()


def _instance(settings: Body, *, preview: bool, is_made: bool) -> None:
    nulls(settings, *_INSTANCE_NULLS)
    if preview:
        nulls(settings, "imageSku", "imageVersion", "updateStatus", "autologgerSettings")
        fill(settings, {"enableBatchPrivateLink": False, "isolatedNetwork": False})
    if is_made:
        fill(settings, {"errors": [], "customServices": [], "schedules": {"computeStartStop": []}})
        ssh = settings.setdefault("sshSettings", {})
        nulls(ssh, "adminPublicKey")
        fill(ssh, {"adminUserName": "azureuser", "sshPort": 50000})
        return
    settings.update(dict.fromkeys(_INSTANCE_LATER))
    nulls(settings, "errors", "customServices", "osImageMetadata", "versions")
    settings["vmSize"] = str(settings.get("vmSize")).upper()
