"""Every rule of the pack, one line each: a rule that isn't here doesn't run."""

from azureml_policies.rule import Rule
from azureml_policies.rules.built import (
    computes,
    declared,
    everywhere,
    foundation,
    no_plaintext_secrets,
    serving,
    workspaces,
)
from azureml_policies.rules.rights import access, compute, own_action, resources
from azureml_policies.settings import SETTINGS_RULE

PERMISSIONS: tuple[Rule, ...] = (
    compute.RULE,
    resources.ENDPOINTS_OPERATORS_ONLY,
    access.RULE,
    resources.WORKSPACE_SETTINGS_ADMINS_ONLY,
    resources.DATASTORE_CREDENTIALS_ADMINS_ONLY,
    own_action.RULE,
)
"""Who may do what."""

GUARDS: tuple[Rule, ...] = (
    computes.COMPUTE_SSH_OFF,
    computes.COMPUTE_VM_SIZES,
    computes.COMPUTE_MAX_NODES,
    declared.STACK_MAX_VCPUS,
    declared.STACK_MAX_GPUS,
    computes.COMPUTE_MIN_NODES_ZERO,
    declared.COMPUTE_IDLE_SCALE_DOWN,
    declared.COMPUTE_IDLE_SHUTDOWN,
    computes.COMPUTE_LOW_PRIORITY,
    computes.COMPUTE_NO_PUBLIC_IP,
    declared.DATABRICKS_NO_PUBLIC_IP,
    declared.DATABRICKS_NO_PUBLIC_ACCESS,
    declared.COMPUTE_LOCAL_AUTH_OFF,
    computes.COMPUTE_IN_VNET,
    declared.COMPUTE_INSTANCE_PERSONAL,
    computes.COMPUTE_ATTACHED_AKS,
    computes.ATTACHED_AKS_LOCAL_ACCOUNTS,
    declared.AKS_PRIVATE,
    serving.ENDPOINT_LOCAL_AUTH_OFF,
    declared.ENDPOINT_NO_PUBLIC_ACCESS,
    declared.DEPLOYMENT_NO_EGRESS,
    serving.APPROVED_MODELS,
    serving.NO_TEST_DEPLOYMENTS,
    foundation.REGISTRY_NO_PUBLIC_ACCESS,
    declared.ACR_ADMIN_OFF,
    declared.ACR_NO_ANONYMOUS_PULL,
    foundation.ACR_NO_PUBLIC_ACCESS,
    foundation.ACR_SKU,
    declared.APP_INSIGHTS_LOCAL_AUTH_OFF,
    foundation.APP_INSIGHTS_WORKSPACE_BASED,
    foundation.KEY_VAULT_NETWORK,
    declared.KEY_VAULT_PURGE_PROTECTION,
    declared.KEY_VAULT_RBAC,
    declared.LOG_ANALYTICS_LOCAL_AUTH_OFF,
    declared.MONITOR_NO_PUBLIC_ACCESS,
    declared.STORAGE_CROSS_TENANT_OFF,
    declared.STORAGE_HTTPS_ONLY,
    declared.STORAGE_LOCAL_USERS_OFF,
    declared.STORAGE_NO_ANONYMOUS,
    foundation.STORAGE_NO_PUBLIC_ACCESS,
    declared.STORAGE_SHARED_KEYS_OFF,
    declared.STORAGE_TLS,
    everywhere.ALLOWED_REGIONS,
    everywhere.REQUIRED_TAGS,
    workspaces.WORKSPACE_KEPT,
    no_plaintext_secrets.RULE,
    foundation.DIAGNOSTIC_SETTINGS,
    foundation.HBI_STORAGE_PRIVATE,
    workspaces.WORKSPACE_CMK,
    declared.WORKSPACE_HBI,
    workspaces.WORKSPACE_IDENTITY_DATASTORES,
    workspaces.WORKSPACE_MANAGED_NETWORK,
    workspaces.WORKSPACE_NO_PUBLIC_ACCESS,
    workspaces.WORKSPACE_PRIVATE_LINK,
    workspaces.WORKSPACE_USER_IDENTITY,
    workspaces.WORKSPACE_V1_LEGACY_MODE,
)
"""What may be built, whoever asks."""

RULES: tuple[Rule, ...] = (SETTINGS_RULE, *PERMISSIONS, *GUARDS)
