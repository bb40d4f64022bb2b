"""The ARM types that the project knows, read from `types.csv`, with the words that azure-native has renamed.

Paths and API versions are those of pulumi-azure-native 3.29 (each class's docstring states its REST API version);
a test holds them against the installed SDK.
"""

from pathlib import Path

from azureml_arm.catalogue import ArmType, read_types, strip_version


def _camel(word: str) -> str:
    first, *rest = word.split("-")
    return first + "".join(map(str.capitalize, rest))


_APP_INSIGHTS = {
    "applicationType": "Application_Type",
    "disableIpMasking": "DisableIpMasking",
    "disableLocalAuth": "DisableLocalAuth",
    "flowType": "Flow_Type",
    "forceCustomerStorageForProfiler": "ForceCustomerStorageForProfiler",
    "hockeyAppId": "HockeyAppId",
    "immediatePurgeDataOn30Days": "ImmediatePurgeDataOn30Days",
    "ingestionMode": "IngestionMode",
    "requestSource": "Request_Source",
    "retentionInDays": "RetentionInDays",
    "samplingPercentage": "SamplingPercentage",
    "workspaceResourceId": "WorkspaceResourceId",
    "appId": "AppId",
    "applicationId": "ApplicationId",
    "connectionString": "ConnectionString",
    "instrumentationKey": "InstrumentationKey",
    "creationDate": "CreationDate",
    "tenantId": "TenantId",
}
_STORAGE = {
    "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
    "enableNfsV3": "isNfsV3Enabled",
    "networkRuleSet": "networkAcls",
    "networkRuleSet.ipRules.iPAddressOrRange": "value",
    "networkRuleSet.virtualNetworkRules.virtualNetworkResourceId": "id",
    "encryption.encryptionIdentity": "identity",
    "encryption.encryptionIdentity.encryptionFederatedIdentityClientId": "federatedIdentityClientId",
    "encryption.encryptionIdentity.encryptionUserAssignedIdentity": "userAssignedIdentity",
    "encryption.keyVaultProperties": "keyvaultproperties",
    "encryption.keyVaultProperties.keyName": "keyname",
    "encryption.keyVaultProperties.keyVaultUri": "keyvaulturi",
    "encryption.keyVaultProperties.keyVersion": "keyversion",
}
_AUTO_SCALER = (
    "balance-similar-node-groups daemonset-eviction-for-empty-nodes daemonset-eviction-for-occupied-nodes "
    "ignore-daemonsets-utilization max-empty-bulk-delete max-graceful-termination-sec max-node-provision-time "
    "max-total-unready-percentage new-pod-scale-up-delay ok-total-unready-count scale-down-delay-after-add "
    "scale-down-delay-after-delete scale-down-delay-after-failure scale-down-unneeded-time scale-down-unready-time "
    "scale-down-utilization-threshold scan-interval skip-nodes-with-local-storage skip-nodes-with-system-pods"
)
"""The cluster's words for its autoscaler, which are those of its command line."""
_SUBNET = (
    "applicationGatewayIPConfigurations",
    "delegations",
    "networkSecurityGroup",
    "networkSecurityGroup.defaultSecurityRules",
    "networkSecurityGroup.securityRules",
    "resourceNavigationLinks",
    "routeTable",
    "routeTable.routes",
    "serviceAssociationLinks",
    "serviceEndpointPolicies",
    "serviceEndpointPolicies.serviceEndpointPolicyDefinitions",
)
"""What azure-native lifts the properties of inside of a subnet."""
_LINKED_SERVICE = ("type", "connectVia", "description", "parameters", "annotations", "version")
_DATASET = ("type", "description", "structure", "schema", "linkedServiceName", "parameters", "annotations", "folder")
_TRIGGER = ("type", "description", "runtimeState", "annotations", "pipelines", "pipeline")
_ACTIVITY = (
    *("name", "type", "description", "dependsOn", "userProperties", "state", "onInactiveMarkAs"),
    *("policy", "linkedServiceName", "inputs", "outputs"),
)
"""What stands beside the properties that a kind of linked service, dataset, trigger or activity has of its own."""
_BRANCHES = ("activities", "cases.activities", "defaultActivities", "ifFalseActivities", "ifTrueActivities")
"""Where an activity has others within it: Data Factory lets loops and branches hold no loops of their own kind."""
_WITHIN = [f"activities.{one}" for one in _BRANCHES]

TYPES = read_types(
    Path(__file__).with_name("types.csv"),
    renamed={
        "storage:StorageAccount": _STORAGE,
        "keyvault:Key": {
            "properties.attributes.expires": "exp",
            "properties.attributes.notBefore": "nbf",
            "properties.releasePolicy": "release_policy",
        },
        "applicationinsights:Component": _APP_INSIGHTS,
        "containerregistry:Registry": {"networkRuleSet.ipRules.iPAddressOrRange": "value"},
        "containerservice:ManagedCluster": {f"autoScalerProfile.{_camel(word)}": word for word in _AUTO_SCALER.split()},
        "databricks:Workspace": {
            f"parameters.encryption.value.{word}": arm
            for word, arm in {"keyName": "KeyName", "keyVersion": "keyversion", "keyVaultUri": "keyvaulturi"}.items()
        },
        "monitor:AutoscaleSetting": {
            f"profiles.rules.metricTrigger.dimensions.{word[0].lower()}{word[1:]}": word
            for word in ("DimensionName", "Operator", "Values")
        },
        "authorization:RoleDefinition": {"roleType": "type"},
    },
    lifted={
        "containerinstance:ContainerGroup": ("containers", "initContainers", "extensions"),
        "network:VirtualNetwork": ("subnets", "virtualNetworkPeerings", *(f"subnets.{path}" for path in _SUBNET)),
        "network:Subnet": _SUBNET,
        "machinelearningservices:Workspace": ("sharedPrivateLinkResources",),
        "machinelearningservices:Registry": ("registryPrivateEndpointConnections",),
        "synapse:Workspace": ("privateEndpointConnections",),
    },
    typed={
        "datafactory:LinkedService": {"properties": _LINKED_SERVICE},
        "datafactory:Dataset": {"properties": _DATASET},
        "datafactory:Trigger": {"properties": _TRIGGER},
        "datafactory:Pipeline": dict.fromkeys(
            ("activities", *_WITHIN, *(f"{above}.{one}" for above in _WITHIN for one in _BRANCHES)), _ACTIVITY
        ),
    },
)

BY_TOKEN = {entry.token: entry for entry in TYPES}
BY_TYPE = {entry.type.lower(): entry for entry in TYPES}


def by_token(token: str) -> ArmType | None:
    """Return the type behind an azure-native token, whichever of its API versions is written."""
    return BY_TOKEN.get(strip_version(token))


def native_type(token: str) -> ArmType:
    """Return the type behind a token as components write it, without its package: ``storage:StorageAccount``."""
    return BY_TOKEN[f"azure-native:{token}"]


def by_type(type_name: str) -> ArmType | None:
    """Return the declaration of an ARM type name, in any letter case."""
    return BY_TYPE.get(type_name.lower())
