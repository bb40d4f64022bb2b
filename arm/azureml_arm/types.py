"""The ARM types that the project knows, one declaration each.

Paths and API versions are those of pulumi-azure-native 3.29 (each class's docstring states its REST API version);
a test holds them against the installed SDK.
"""

from __future__ import annotations

from azureml_arm.catalogue import ArmType, strip_version

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ML_API = "2025-12-01"


def _ml(resource: str, path: str, **more: object) -> ArmType:
    """Return a child of an Azure ML workspace; `path` is what follows the workspace, with its names in braces."""
    segments = "/".join(part for part in path.split("/") if not part.startswith("{"))
    return ArmType(
        f"azure-native:machinelearningservices:{resource}",
        f"Microsoft.MachineLearningServices/workspaces/{segments}",
        _ML_API,
        f"{_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{{workspaceName}}/{path}",
        **more,  # type: ignore[arg-type]
    )


def _top(token: str, type_name: str, api: str, name: str, **more: object) -> ArmType:
    """Return a resource directly in a resource group; `name` is the argument that holds its name."""
    path = f"{_GROUP}/providers/{type_name}/{{{name}}}"
    return ArmType(f"azure-native:{token}", type_name, api, path, **more)  # type: ignore[arg-type]


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

TYPES: tuple[ArmType, ...] = (
    ArmType(
        "azure-native:resources:ResourceGroup", "Microsoft.Resources/resourceGroups", "2024-03-01", _GROUP, flat=True
    ),
    _top("resources:Deployment", "Microsoft.Resources/deployments", "2024-03-01", "deploymentName"),
    _top(
        "storage:StorageAccount",
        "Microsoft.Storage/storageAccounts",
        "2024-01-01",
        "accountName",
        flat=True,
        renamed=_STORAGE,
        replaces=("location", "isHnsEnabled", "enableNfsV3"),
    ),
    ArmType(
        "azure-native:storage:BlobContainer",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "2024-01-01",
        _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}/blobServices/default"
        "/containers/{containerName}",
        flat=True,
    ),
    ArmType(
        "azure-native:storage:FileShare",
        "Microsoft.Storage/storageAccounts/fileServices/shares",
        "2024-01-01",
        _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}/fileServices/default/shares/{shareName}",
        flat=True,
        query=frozenset({"expand"}),
    ),
    ArmType(
        "azure-native:storage:BlobServiceProperties",
        "Microsoft.Storage/storageAccounts/blobServices",
        "2024-01-01",
        _GROUP + "/providers/Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
        flat=True,
        always=True,
    ),
    _top("keyvault:Vault", "Microsoft.KeyVault/vaults", "2024-11-01", "vaultName"),
    ArmType(
        "azure-native:keyvault:Key",
        "Microsoft.KeyVault/vaults/keys",
        "2024-11-01",
        _GROUP + "/providers/Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}",
        renamed={
            "properties.attributes.expires": "exp",
            "properties.attributes.notBefore": "nbf",
            "properties.releasePolicy": "release_policy",
        },
        replaces=("properties.kty", "properties.keySize", "properties.curveName"),
    ),
    _top(
        "operationalinsights:Workspace",
        "Microsoft.OperationalInsights/workspaces",
        "2023-09-01",
        "workspaceName",
        flat=True,
        inside=frozenset({"sku"}),
    ),
    _top(
        "applicationinsights:Component",
        "Microsoft.Insights/components",
        "2020-02-02",
        "resourceName",
        flat=True,
        renamed=_APP_INSIGHTS,
    ),
    _top(
        "containerregistry:Registry",
        "Microsoft.ContainerRegistry/registries",
        "2023-01-01-preview",
        "registryName",
        flat=True,
        renamed={"networkRuleSet.ipRules.iPAddressOrRange": "value"},
    ),
    _top(
        "network:VirtualNetwork",
        "Microsoft.Network/virtualNetworks",
        "2024-05-01",
        "virtualNetworkName",
        flat=True,
        beside=frozenset({"id"}),
        lifted=frozenset({"subnets", "virtualNetworkPeerings", *(f"subnets.{path}" for path in _SUBNET)}),
    ),
    ArmType(
        "azure-native:network:Subnet",
        "Microsoft.Network/virtualNetworks/subnets",
        "2024-05-01",
        _GROUP + "/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
        flat=True,
        beside=frozenset({"id", "name", "type"}),
        lifted=frozenset(_SUBNET),
    ),
    _top(
        "containerservice:ManagedCluster",
        "Microsoft.ContainerService/managedClusters",
        "2025-09-01",
        "resourceName",
        flat=True,
        renamed={f"autoScalerProfile.{_camel(word)}": word for word in _AUTO_SCALER.split()},
    ),
    _top(
        "managedidentity:UserAssignedIdentity",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "2023-01-31",
        "resourceName",
        flat=True,
    ),
    ArmType(
        "azure-native:managedidentity:FederatedIdentityCredential",
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "2023-01-31",
        _GROUP + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
        "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}",
        flat=True,
    ),
    ArmType(
        "azure-native:authorization:ManagementLockByScope",
        "Microsoft.Authorization/locks",
        "2020-05-01",
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
        flat=True,
    ),
    ArmType(
        "azure-native:authorization:RoleAssignment",
        "Microsoft.Authorization/roleAssignments",
        "2022-04-01",
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        flat=True,
        replaces=("roleDefinitionId", "principalId", "principalType", "condition", "conditionVersion"),
    ),
    ArmType(
        "azure-native:authorization:RoleDefinition",
        "Microsoft.Authorization/roleDefinitions",
        "2022-05-01-preview",
        "/{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
        flat=True,
        renamed={"roleType": "type"},
    ),
    ArmType(
        "azure-native:authorization:PolicyDefinition",
        "Microsoft.Authorization/policyDefinitions",
        "2025-01-01",
        "/subscriptions/{subscriptionId}/providers/Microsoft.Authorization/policyDefinitions/{policyDefinitionName}",
        flat=True,
    ),
    ArmType(
        "azure-native:authorization:PolicyAssignment",
        "Microsoft.Authorization/policyAssignments",
        "2025-01-01",
        "/{scope}/providers/Microsoft.Authorization/policyAssignments/{policyAssignmentName}",
        flat=True,
    ),
    ArmType(
        "azure-native:kubernetesconfiguration:Extension",
        "Microsoft.KubernetesConfiguration/extensions",
        "2023-05-01",
        _GROUP + "/providers/{clusterRp}/{clusterResourceName}/{clusterName}"
        "/providers/Microsoft.KubernetesConfiguration/extensions/{extensionName}",
        flat=True,
        replaces=("extensionType", "plan", "scope"),
    ),
    _top(
        "machinelearningservices:Workspace",
        "Microsoft.MachineLearningServices/workspaces",
        _ML_API,
        "workspaceName",
        flat=True,
        lifted=frozenset({"sharedPrivateLinkResources"}),
        replaces=("location", "hbiWorkspace", "storageAccount", "keyVault", "encryption"),
    ),
    _ml("Compute", "computes/{computeName}", replaces=("location", "properties.computeType", "properties.resourceId")),
    _ml("Datastore", "datastores/{name}", query=frozenset({"skipValidation"}), replaces=("properties.datastoreType",)),
    _ml("EnvironmentContainer", "environments/{name}"),
    _ml("EnvironmentVersion", "environments/{name}/versions/{version}"),
    _ml("ModelContainer", "models/{name}"),
    _ml("ModelVersion", "models/{name}/versions/{version}"),
    _ml("DataContainer", "data/{name}"),
    _ml("DataVersion", "data/{name}/versions/{version}"),
    _ml("CodeContainer", "codes/{name}"),
    _ml("CodeVersion", "codes/{name}/versions/{version}"),
    _ml("ComponentContainer", "components/{name}"),
    _ml("ComponentVersion", "components/{name}/versions/{version}"),
    _ml("OnlineEndpoint", "onlineEndpoints/{endpointName}", replaces=("location", "properties.authMode")),
    _ml("OnlineDeployment", "onlineEndpoints/{endpointName}/deployments/{deploymentName}"),
    _ml("BatchEndpoint", "batchEndpoints/{endpointName}"),
    _ml("BatchDeployment", "batchEndpoints/{endpointName}/deployments/{deploymentName}"),
    _ml("Job", "jobs/{id}"),
    _ml("Schedule", "schedules/{name}"),
    _ml("WorkspaceConnection", "connections/{connectionName}"),
    _ml("ManagedNetworkSettingsRule", "outboundRules/{ruleName}"),
    _ml("ServerlessEndpoint", "serverlessEndpoints/{name}"),
)

BY_TOKEN = {entry.token: entry for entry in TYPES}
BY_TYPE = {entry.type.lower(): entry for entry in TYPES}


def by_token(token: str) -> ArmType | None:
    """Return the type behind an azure-native token, whichever of its API versions is written."""
    return BY_TOKEN.get(strip_version(token))


def by_type(type_name: str) -> ArmType | None:
    """Return the declaration of an ARM type name, in any letter case."""
    return BY_TYPE.get(type_name.lower())
