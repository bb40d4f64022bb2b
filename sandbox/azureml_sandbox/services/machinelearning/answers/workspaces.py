"""Workspaces and what is directly in them, as Azure ML shows them (recorded 2024-04 to 2025-11)."""

import re
from typing import Any

from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.operations import CREATING, UPDATING
from azureml_sandbox.services.machinelearning.answers.filling import authors, drop, fill, nulls
from azureml_sandbox.services.machinelearning.answers.jobs import definition
from azureml_sandbox.services.machinelearning.answers.monitors import capitals, monitor
from azureml_sandbox.services.machinelearning.answers.versions import is_preview, is_since
from azureml_sandbox.services.machinelearning.system import DEFAULT_DATASTORE, SYSTEM_DATASTORES

_SPELLING = {"keyVault": ("Microsoft.KeyVault", "Microsoft.Keyvault"),
             "applicationInsights": ("Microsoft.Insights", "Microsoft.insights")}  # fmt: skip
"""How a workspace of its own (not a hub or project) writes the providers of what it stands on."""
_NETWORK = {"changeableIsolationModes": ["AllowInternetOutbound", "AllowOnlyApprovedOutbound"],
            "isolationMode": "Disabled", "enableNetworkMonitor": False, "enableFirewallLog": False}  # fmt: skip
"""The managed network of a workspace that has none."""
_ALL_STABLE = "2024-10-01"
"""From this version on a stable answer has what only previews had before (Microsoft's types; 2024-04-01 recorded)."""
_OF_MONITORS = {"azureml.telemetry.attribution": "modelmonitoring"}
_FIRST = ("authType", "category", "target", "metadata")
"""What connections had in the first versions."""
_CATEGORIES = {"azureopenai": "AzureOpenAI"}


def workspace(answer: Body, version: str) -> None:
    """Render a workspace, with much that nobody gave."""
    nulls(answer, "etag")
    properties = answer["properties"]
    nulls(
        properties, "imageBuildCompute", "linkedModelInventoryArmId", "serverlessComputeSettings", "applicationInsights"
    )
    if not properties.get("containerRegistry"):
        properties.pop("containerRegistry", None)
    properties.pop("allowPublicAccessWhenBehindVnet", None)
    fill(properties, {
        "allowRoleAssignmentOnRG": True, "softDeleteEnabled": False, "ipAllowlist": [],
        "networkAcls": {"defaultAction": "Allow", "bypass": "", "ipRules": [], "resourceAccessRules": []},
        "EnableSoftwareBillOfMaterials": False, "creationTime": (answer.get("systemData") or {}).get("createdAt"),
        "sdkTelemetryAppInsightsKey": derived.guid("telemetry", answer["id"]),
    })  # fmt: skip
    nulls(properties.get("notebookInfo") or {}, "notebookPreparationError")
    if isinstance(properties["serverlessComputeSettings"], dict):
        nulls(properties["serverlessComputeSettings"], "serverlessComputeCustomSubnet")
    _of_its_kind(properties, str(answer.get("kind", "Default")).lower())
    _of_version(properties, version)


def _of_its_kind(properties: Body, kind: str) -> None:
    """Change what projects, and workspaces that are neither project nor hub, answer otherwise."""
    if kind == "project":
        properties["allowRoleAssignmentOnRG"] = False
        properties.pop("workspaceHubConfig", None)
    for name, (asked, written) in _SPELLING.items() if kind == "default" else ():
        if isinstance(properties.get(name), str):
            properties[name] = re.sub(re.escape(asked), written, properties[name], flags=re.IGNORECASE)


def _of_version(properties: Body, version: str) -> None:
    """Add what previews have, and leave out what earlier stable versions haven't."""
    if is_preview(version):
        fill(properties, {"enableServiceSideCMKEncryption": False})
        properties["systemDatastoresAuthMode"] = str(properties.get("systemDatastoresAuthMode")).lower()
        network = properties["managedNetwork"] = {**_NETWORK, **(properties.get("managedNetwork") or {})}
        if not network.get("outboundRules"):
            network.pop("outboundRules", None)
    elif not is_since(version, _ALL_STABLE):
        drop(properties, "systemDatastoresAuthMode", "managedNetwork", "encryption")


def registry(answer: Body, version: str) -> None:
    """Render a registry, without some of what it was given."""
    answer["systemData"] = None
    properties = answer["properties"]
    properties.pop("managedResourceGroupTags", None)
    nulls(properties, "intellectualPropertyPublisher")
    fill(properties, {"privateEndpointConnections": []})
    for region in properties.get("regionDetails") or []:
        for member, own in (("storageAccountDetails", "StorageAccount"), ("acrDetails", "AcrAccount")):
            for one in region.get(member) or []:
                nulls(one, f"userCreated{own}", f"systemCreated{own}")
                if not is_since(version, "2023-01-01") and one[f"systemCreated{own}"]:
                    one[f"systemCreated{own}"].pop("allowBlobPublicAccess", None)


def datastore(answer: Body, _version: str) -> None:
    """Render a datastore, with null for what wasn't given."""
    properties = answer["properties"]
    if answer["name"] in SYSTEM_DATASTORES:
        authors(answer, "createdAt", "lastModifiedAt", "lastModifiedBy", "lastModifiedByType")
        if answer["name"] == DEFAULT_DATASTORE:
            properties["serviceDataAccessAuthIdentity"] = "WorkspaceSystemAssignedIdentity"
        else:
            properties |= {"resourceGroup": None, "subscriptionId": None}
    nulls(properties, "description", "resourceGroup", "subscriptionId")
    nulls(properties, "tags", "properties")


def connection(answer: Body, version: str) -> None:
    """Render a connection: secrets are null, and the category is in the service's own spelling."""
    nulls(answer, "tags", "location")
    properties = answer["properties"]
    if not is_since(version, "2023-01-01"):
        answer["systemData"] = None
        answer["properties"] = {name: properties.get(name) or None for name in _FIRST}
        return
    if not is_since(version, "2023-08-01"):
        properties.pop("useWorkspaceManagedIdentity", None)
    nulls(properties, "credentials", "expiryTime")
    category: Any = properties.get("category")
    properties["category"] = _CATEGORIES.get(str(category).lower(), category)
    if properties["category"] == "AzureOpenAI" and isinstance(properties.get("metadata"), dict):
        properties["metadata"].setdefault("DeploymentApiVersion", "2023-10-01-preview")


def schedule(answer: Body, version: str) -> None:
    """Render a schedule, without id and type."""
    drop(answer, "id", "type")
    properties = answer["properties"]
    nulls(properties, "description", "displayName")
    if isinstance(properties.get("trigger"), dict):
        _trigger(properties["trigger"], answer, is_made=properties.get("provisioningState") not in (CREATING, UPDATING))
    monitored = dig(properties, "action.monitorDefinition")
    if isinstance(monitored, dict):
        monitor(monitored)
        properties["properties"] = {**(properties.get("properties") or {}), **_OF_MONITORS}
    job = dig(properties, "action.jobDefinition")
    if isinstance(job, dict):
        definition(job, version)


def _trigger(trigger: Body, answer: Body, *, is_made: bool) -> None:
    """Render a trigger; one without a start starts when it is made."""
    nulls(trigger, "endTime", "startTime")
    if is_made:
        fill(trigger, {"startTime": str((answer.get("systemData") or {}).get("createdAt"))[:19]})
    capitals(trigger, "frequency")
    if isinstance(trigger.get("schedule"), dict):
        capitals(trigger["schedule"], "weekDays")
        nulls(trigger["schedule"], "monthDays")
