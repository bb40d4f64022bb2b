"""Aliases: the names by which policies read a resource's properties.

Azure keeps a list of them (``az provider show --expand resourceTypes/aliases``) and refuses others. Sources: the
built-in definitions (https://github.com/Azure/azure-policy), public policies, and Azure's list of 2023 in
https://github.com/Azure/PSRule.Rules.Azure/blob/main/data/providers/microsoft.machinelearningservices/types.json.
"""

from collections.abc import Mapping
from typing import Any

from azureml_sandbox.model.bodies import dig

_ML = "Microsoft.MachineLearningServices/workspaces"

_BY_TYPE: dict[str, dict[str, str]] = {
    _ML: {
        "": "sku.name identity.type",
        "properties.": "allowPublicAccessWhenBehindVnet applicationInsights containerRegistry encryption.status "
        "hbiWorkspace imageBuildCompute keyVault managedNetwork.isolationMode primaryUserAssignedIdentity "
        "publicNetworkAccess storageAccount systemDatastoresAuthMode v1LegacyMode",
    },
    f"{_ML}/computes": {
        "properties.": "computeLocation computeType description disableLocalAuth resourceId",
        "properties.properties.": "applicationSharingPolicy computeInstanceAuthorizationType enableNodePublicIp "
        "idleTimeBeforeShutdown isolatedNetwork osType remoteLoginPortPublicAccess scaleSettings "
        "scaleSettings.maxNodeCount scaleSettings.minNodeCount scaleSettings.nodeIdleTimeBeforeScaleDown "
        "sshSettings.sshPublicAccess subnet.id vmPriority vmSize",
    },
    f"{_ML}/onlineEndpoints": {"properties.": "authMode publicNetworkAccess"},
    f"{_ML}/onlineEndpoints/deployments": {
        "": "sku.capacity sku.name sku.tier",
        "properties.": "egressPublicNetworkAccess endpointComputeType instanceType model scaleSettings.scaleType",
    },
    f"{_ML}/batchEndpoints/deployments": {
        "properties.": "compute resources.instanceCount resources.instanceType",
    },
    f"{_ML}/jobs": {
        "properties.": "computeId jobType",
    },
    "Microsoft.Storage/storageAccounts": {
        "": "sku.name sku.tier",
        "properties.": "accessTier allowBlobPublicAccess allowCrossTenantReplication allowSharedKeyAccess "
        "encryption.keySource isHnsEnabled minimumTlsVersion networkAcls.bypass networkAcls.defaultAction "
        "publicNetworkAccess sasPolicy supportsHttpsTrafficOnly",
    },
    "Microsoft.KeyVault/vaults": {
        "properties.": "createMode enablePurgeProtection enableRbacAuthorization enableSoftDelete "
        "networkAcls.defaultAction publicNetworkAccess sku.name",
    },
    "Microsoft.ContainerRegistry/registries": {
        "": "sku.name",
        "properties.": "adminUserEnabled anonymousPullEnabled encryption.status networkRuleSet.defaultAction "
        "policies.azureADAuthenticationAsArmPolicy.status policies.exportPolicy.status publicNetworkAccess",
    },
    "Microsoft.Insights/components": {
        "properties.": "DisableLocalAuth ForceCustomerStorageForProfiler publicNetworkAccessForIngestion "
        "publicNetworkAccessForQuery WorkspaceResourceId",
    },
    "Microsoft.Authorization/roleAssignments": {
        "properties.": "principalId principalType roleDefinitionId",
    },
    "Microsoft.Authorization/roleDefinitions": {
        "properties.": "roleName type",
    },
}

ALIASES: dict[str, tuple[str, str]] = {
    f"{type_name}/{name}".lower(): (type_name.lower(), above + name)
    for type_name, places in _BY_TYPE.items()
    for above, names in places.items()
    for name in names.split()
} | {
    f"{_ML}/jobs/Command.{name}".lower(): (f"{_ML}/jobs".lower(), f"properties.{name}")
    for name in ("resources.instanceCount", "resources.instanceType")
}
"""Alias in lower case -> the type in lower case, and the dotted path in the body."""


def of_type(alias: str) -> list[str]:
    """Return the aliases of the type that an alias seems to be of: for the message that it doesn't exist."""
    types = [name for name in _BY_TYPE if alias.lower().startswith(name.lower() + "/")]
    nearest = max(types, key=len, default="")
    return sorted(f"{nearest}/{name}" for names in _BY_TYPE.get(nearest, {}).values() for name in names.split())


def value_of(alias: str, resource: Mapping[str, Any]) -> Any:
    """Return what a resource has under an alias; None where it hasn't, or is of another type."""
    type_name, path = ALIASES[alias.lower()]
    return dig(resource, path) if str(resource.get("type")).lower() == type_name else None
