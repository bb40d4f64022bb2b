"""azurerm's resources that the policies know, as data: Terraform's name, the classic provider's token, ARM's type.

Resources and arguments are those of https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs and
https://www.pulumi.com/registry/packages/azure/; the two have the same arguments, in snake_case and in camelCase. Only
what the guards read is mapped: what isn't in the table is left out of the body.
"""

from __future__ import annotations

from collections.abc import Mapping

from azureml_policies.requests.terraform_entry import (
    POOL,
    Bridged,
    Convert,
    enabled_word,
    negate,
    permissions,
    pools,
    template,
    values,
)

_ML = "Microsoft.MachineLearningServices"
_WORKSPACE = "machine_learning_workspace_id"
_HDINSIGHT = ("hBase", "hadoop", "interactiveQuery", "kafka", "spark")
_DEPLOYMENT: Mapping[str, str | tuple[str, Convert]] = {
    "template_content": ("properties.template", template),
    "parameters_content": ("properties.parameters", template),
    "template_spec_version_id": "properties.templateLink.id",
    "deployment_mode": "properties.mode",
}
_MACHINE: Mapping[str, str | tuple[str, Convert]] = {
    "size": "properties.hardwareProfile.vmSize",
    "location": "location",
}
_SCALE_SET: Mapping[str, str | tuple[str, Convert]] = {
    "sku": "sku.name",
    "instances": "sku.capacity",
    "location": "location",
}

TABLE: tuple[Bridged, ...] = (
    Bridged(
        "machine_learning_compute_cluster",
        ("machinelearning:computecluster",),
        f"{_ML}/workspaces/computes",
        {
            "location": "location",
            "vm_size": "properties.properties.vmSize",
            "vm_priority": "properties.properties.vmPriority",
            "scale_settings.min_node_count": "properties.properties.scaleSettings.minNodeCount",
            "scale_settings.max_node_count": "properties.properties.scaleSettings.maxNodeCount",
            "scale_settings.scale_down_nodes_after_idle_duration": (
                "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown"
            ),
            "ssh_public_access_enabled": ("properties.properties.remoteLoginPortPublicAccess", enabled_word),
            "node_public_ip_enabled": "properties.properties.enableNodePublicIp",
            "local_auth_enabled": ("properties.disableLocalAuth", negate),
            "subnet_resource_id": "properties.properties.subnet.id",
            "tags": "tags",
        },
        {"properties.computeType": "AmlCompute"},
        parent=_WORKSPACE,
    ),
    Bridged(
        "machine_learning_compute_instance",
        ("machinelearning:computeinstance",),
        f"{_ML}/workspaces/computes",
        {
            "virtual_machine_size": "properties.properties.vmSize",
            "node_public_ip_enabled": "properties.properties.enableNodePublicIp",
            "local_auth_enabled": ("properties.disableLocalAuth", negate),
            "subnet_resource_id": "properties.properties.subnet.id",
            "ssh.public_key": "properties.properties.sshSettings.adminPublicKey",
            "tags": "tags",
        },
        {"properties.computeType": "ComputeInstance"},
        parent=_WORKSPACE,
    ),
    Bridged(
        "machine_learning_synapse_spark",
        ("machinelearning:synapsespark",),
        f"{_ML}/workspaces/computes",
        {
            "synapse_spark_pool_id": "properties.resourceId",
            "local_auth_enabled": ("properties.disableLocalAuth", negate),
            "location": "location",
            "tags": "tags",
        },
        {"properties.computeType": "SynapseSpark"},
        parent=_WORKSPACE,
    ),
    Bridged(
        "machine_learning_inference_cluster",
        ("machinelearning:inferencecluster",),
        f"{_ML}/workspaces/computes",
        {
            "kubernetes_cluster_id": "properties.resourceId",
            "cluster_purpose": "properties.properties.clusterPurpose",
            "location": "location",
            "tags": "tags",
        },
        {"properties.computeType": "AKS"},
        parent=_WORKSPACE,
    ),
    Bridged(
        "machine_learning_workspace",
        ("machinelearning:workspace",),
        f"{_ML}/workspaces",
        {
            "location": "location",
            "kind": "kind",
            "sku_name": "sku.name",
            "tags": "tags",
            "identity.type": "identity.type",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
            "high_business_impact": "properties.hbiWorkspace",
            "v1_legacy_mode_enabled": "properties.v1LegacyMode",
            "managed_network.isolation_mode": "properties.managedNetwork.isolationMode",
            "encryption.key_vault_id": "properties.encryption.keyVaultProperties.keyVaultArmId",
            "encryption.key_id": "properties.encryption.keyVaultProperties.keyIdentifier",
            "storage_account_id": "properties.storageAccount",
            "key_vault_id": "properties.keyVault",
            "application_insights_id": "properties.applicationInsights",
            "container_registry_id": "properties.containerRegistry",
            "image_build_compute_name": "properties.imageBuildCompute",
        },
    ),
    Bridged(
        "ai_foundry",
        ("aifoundry:hub",),
        f"{_ML}/workspaces",
        {
            "location": "location",
            "tags": "tags",
            "public_network_access": "properties.publicNetworkAccess",
            "high_business_impact_enabled": "properties.hbiWorkspace",
            "managed_network.isolation_mode": "properties.managedNetwork.isolationMode",
            "storage_account_id": "properties.storageAccount",
            "key_vault_id": "properties.keyVault",
        },
        {"kind": "Hub"},
    ),
    Bridged(
        "ai_foundry_project",
        ("aifoundry:project",),
        f"{_ML}/workspaces",
        {"location": "location", "tags": "tags", "ai_services_hub_id": "properties.hubResourceId"},
        {"kind": "Project"},
        beside="ai_services_hub_id",
    ),
    *(
        Bridged(
            f"machine_learning_datastore_{kind}",
            (f"machinelearning:datastore{kind.replace('_', '')}",),
            f"{_ML}/workspaces/datastores",
            {
                "account_key": "properties.credentials.secrets.key",
                "shared_access_signature": "properties.credentials.secrets.sasToken",
                "client_secret": "properties.credentials.secrets.clientSecret",
                "client_id": "properties.credentials.clientId",
                "tenant_id": "properties.credentials.tenantId",
            },
            {"properties.datastoreType": arm},
            parent="workspace_id",
        )
        for kind, arm in (
            ("blobstorage", "AzureBlob"),
            ("fileshare", "AzureFile"),
            ("datalake_gen2", "AzureDataLakeGen2"),
        )
    ),
    Bridged(
        "kubernetes_cluster",
        ("containerservice:kubernetescluster",),
        "Microsoft.ContainerService/managedClusters",
        {
            "location": "location",
            "tags": "tags",
            "default_node_pool": ("properties.agentPoolProfiles", pools),
            "local_account_disabled": "properties.disableLocalAccounts",
            "private_cluster_enabled": "properties.apiServerAccessProfile.enablePrivateCluster",
        },
    ),
    Bridged(
        "kubernetes_cluster_node_pool",
        ("containerservice:kubernetesclusternodepool",),
        "Microsoft.ContainerService/managedClusters/agentPools",
        {**{name: arm for name, arm in POOL.items() if name != "name"}, "priority": "properties.scaleSetPriority"},
        parent="kubernetes_cluster_id",
    ),
    Bridged("arc_kubernetes_cluster", ("arckubernetes:cluster",), "Microsoft.Kubernetes/connectedClusters"),
    Bridged("redhat_openshift_cluster", ("redhatopenshift:cluster",), "Microsoft.RedHatOpenShift/openShiftClusters"),
    Bridged(
        "synapse_spark_pool",
        ("synapse:sparkpool",),
        "Microsoft.Synapse/workspaces/bigDataPools",
        {
            "node_size": "properties.nodeSize",
            "node_size_family": "properties.nodeSizeFamily",
            "node_count": "properties.nodeCount",
            "auto_scale.min_node_count": "properties.autoScale.minNodeCount",
            "auto_scale.max_node_count": "properties.autoScale.maxNodeCount",
            "auto_pause.delay_in_minutes": "properties.autoPause.delayInMinutes",
            "tags": "tags",
        },
        parent="synapse_workspace_id",
    ),
    Bridged(
        "synapse_sql_pool",
        ("synapse:sqlpool",),
        "Microsoft.Synapse/workspaces/sqlPools",
        {"sku_name": "sku.name", "tags": "tags"},
        parent="synapse_workspace_id",
    ),
    Bridged(
        "databricks_workspace",
        ("databricks:workspace",),
        "Microsoft.Databricks/workspaces",
        {
            "location": "location",
            "sku": "sku.name",
            "tags": "tags",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
        },
    ),
    Bridged(
        "batch_account",
        ("batch:account",),
        "Microsoft.Batch/batchAccounts",
        {
            "location": "location",
            "tags": "tags",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
        },
    ),
    Bridged(
        "batch_pool",
        ("batch:pool",),
        "Microsoft.Batch/batchAccounts/pools",
        {
            "vm_size": "properties.vmSize",
            "fixed_scale.target_dedicated_nodes": "properties.scaleSettings.fixedScale.targetDedicatedNodes",
            "fixed_scale.target_low_priority_nodes": "properties.scaleSettings.fixedScale.targetLowPriorityNodes",
            "auto_scale.formula": "properties.scaleSettings.autoScale.formula",
        },
        outer=("account_name",),
    ),
    *(
        Bridged(
            f"hdinsight_{''.join(f'_{letter.lower()}' if letter.isupper() else letter for letter in kind)}_cluster",
            (f"hdinsight:{kind.lower()}cluster",),
            "Microsoft.HDInsight/clusters",
            {"location": "location", "tags": "tags", "tier": "properties.tier"},
            {"properties.clusterDefinition.kind": kind},
        )
        for kind in _HDINSIGHT
    ),
    *(
        Bridged(name, (f"compute:{name.replace('_', '')}",), "Microsoft.Compute/virtualMachines", _MACHINE)
        for name in ("linux_virtual_machine", "windows_virtual_machine")
    ),
    Bridged(
        "virtual_machine",
        ("compute:virtualmachine",),
        "Microsoft.Compute/virtualMachines",
        {"vm_size": "properties.hardwareProfile.vmSize", "location": "location"},
    ),
    *(
        Bridged(name, (f"compute:{name.replace('_', '')}",), "Microsoft.Compute/virtualMachineScaleSets", _SCALE_SET)
        for name in ("linux_virtual_machine_scale_set", "windows_virtual_machine_scale_set")
    ),
    Bridged(
        "virtual_machine_scale_set",
        ("compute:scaleset",),
        "Microsoft.Compute/virtualMachineScaleSets",
        {"sku.name": "sku.name", "sku.capacity": "sku.capacity", "location": "location"},
    ),
    Bridged(
        "orchestrated_virtual_machine_scale_set",
        ("compute:orchestratedvirtualmachinescaleset",),
        "Microsoft.Compute/virtualMachineScaleSets",
        {"sku_name": "sku.name", "instances": "sku.capacity", "location": "location"},
    ),
    Bridged(
        "container_group",
        ("containerservice:group",),
        "Microsoft.ContainerInstance/containerGroups",
        {"location": "location", "tags": "tags", "os_type": "properties.osType"},
    ),
    Bridged(
        "role_assignment",
        ("authorization:assignment", "role:assignment"),
        "Microsoft.Authorization/roleAssignments",
        {
            "principal_id": "properties.principalId",
            "principal_type": "properties.principalType",
            "role_definition_id": "properties.roleDefinitionId",
            "role_definition_name": "properties.roleDefinitionName",
            "condition": "properties.condition",
            "condition_version": "properties.conditionVersion",
        },
        scope="scope",
    ),
    Bridged(
        "role_definition",
        ("authorization:roledefinition", "role:definition"),
        "Microsoft.Authorization/roleDefinitions",
        {
            "name": "properties.roleName",
            "permissions": ("properties.permissions", permissions),
            "assignable_scopes": "properties.assignableScopes",
        },
        scope="scope",
        name="role_definition_id",
    ),
    Bridged(
        "resource_group",
        ("core:resourcegroup",),
        "Microsoft.Resources/resourceGroups",
        {"location": "location", "tags": "tags"},
        scope="subscription",
    ),
    Bridged(
        "resource_group_template_deployment",
        ("core:resourcegrouptemplatedeployment",),
        "Microsoft.Resources/deployments",
        _DEPLOYMENT,
    ),
    Bridged(
        "subscription_template_deployment",
        ("core:subscriptiontemplatedeployment",),
        "Microsoft.Resources/deployments",
        _DEPLOYMENT,
        scope="subscription",
    ),
    Bridged(
        "management_group_template_deployment",
        ("management:grouptemplatedeployment",),
        "Microsoft.Resources/deployments",
        _DEPLOYMENT,
        scope="management_group_id",
    ),
    Bridged(
        "tenant_template_deployment",
        ("core:tenanttemplatedeployment",),
        "Microsoft.Resources/deployments",
        _DEPLOYMENT,
        scope="tenant",
    ),
    Bridged(
        "template_deployment",
        ("core:templatedeployment",),
        "Microsoft.Resources/deployments",
        {
            "template_body": ("properties.template", template),
            "parameters": ("properties.parameters", values),
            "parameters_body": ("properties.parameters", template),
            "deployment_mode": "properties.mode",
        },
    ),
    *(
        Bridged(
            f"resource_deployment_script_{kind}",
            (f"core:resourcedeploymentscript{kind.replace('_', '')}",),
            "Microsoft.Resources/deploymentScripts",
        )
        for kind in ("azure_cli", "azure_power_shell", "power_shell")
    ),
    Bridged(
        "blueprint_assignment",
        ("blueprint:assignment",),
        "Microsoft.Blueprint/blueprintAssignments",
        scope="target_subscription_id",
    ),
    Bridged("managed_application", ("managedapplication:application",), "Microsoft.Solutions/applications"),
    Bridged(
        "automation_runbook",
        ("automation:runbook",),
        "Microsoft.Automation/automationAccounts/runbooks",
        outer=("automation_account_name",),
    ),
    Bridged(
        "virtual_machine_run_command",
        ("compute:runcommand",),
        "Microsoft.Compute/virtualMachines/runCommands",
        parent="virtual_machine_id",
    ),
    *(
        Bridged(
            f"{where}_policy_remediation",
            (token,),
            "Microsoft.PolicyInsights/remediations",
            scope=scope,
        )
        for where, token, scope in (
            ("resource", "core:resourcepolicyremediation", "resource_id"),
            ("resource_group", "core:resourcegrouppolicyremediation", "resource_group_id"),
            ("subscription", "core:subscriptionpolicyremediation", "subscription_id"),
            ("management_group", "management:grouppolicyremediation", "management_group_id"),
        )
    ),
    Bridged(
        "policy_definition",
        ("policy:definition",),
        "Microsoft.Authorization/policyDefinitions",
        {
            "display_name": "properties.displayName",
            "mode": "properties.mode",
            "policy_rule": ("properties.policyRule", template),
            "parameters": ("properties.parameters", template),
        },
        scope="subscription",
    ),
    Bridged(
        "storage_account",
        ("storage:account",),
        "Microsoft.Storage/storageAccounts",
        {
            "location": "location",
            "tags": "tags",
            "account_kind": "kind",
            "shared_access_key_enabled": "properties.allowSharedKeyAccess",
            "allow_nested_items_to_be_public": "properties.allowBlobPublicAccess",
            "min_tls_version": "properties.minimumTlsVersion",
            "https_traffic_only_enabled": "properties.supportsHttpsTrafficOnly",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
            "network_rules.default_action": "properties.networkAcls.defaultAction",
            "is_hns_enabled": "properties.isHnsEnabled",
        },
    ),
    Bridged(
        "key_vault",
        ("keyvault:keyvault",),
        "Microsoft.KeyVault/vaults",
        {
            "location": "location",
            "tags": "tags",
            "sku_name": "properties.sku.name",
            "rbac_authorization_enabled": "properties.enableRbacAuthorization",
            "enable_rbac_authorization": "properties.enableRbacAuthorization",
            "purge_protection_enabled": "properties.enablePurgeProtection",
            "soft_delete_retention_days": "properties.softDeleteRetentionInDays",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
            "network_acls.default_action": "properties.networkAcls.defaultAction",
        },
    ),
    Bridged(
        "container_registry",
        ("containerservice:registry",),
        "Microsoft.ContainerRegistry/registries",
        {
            "location": "location",
            "tags": "tags",
            "sku": "sku.name",
            "admin_enabled": "properties.adminUserEnabled",
            "anonymous_pull_enabled": "properties.anonymousPullEnabled",
            "public_network_access_enabled": ("properties.publicNetworkAccess", enabled_word),
        },
    ),
    Bridged(
        "application_insights",
        ("appinsights:insights",),
        "Microsoft.Insights/components",
        {
            "location": "location",
            "tags": "tags",
            "application_type": "properties.Application_Type",
            "workspace_id": "properties.WorkspaceResourceId",
            "local_authentication_disabled": "properties.DisableLocalAuth",
        },
    ),
)
