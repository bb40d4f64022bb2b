"""Every rule of the pack, one line each: a rule that isn't here doesn't run."""

from __future__ import annotations

from policies.guards import (
    acr_admin_off,
    acr_no_anonymous_pull,
    acr_no_public_access,
    acr_sku,
    allowed_regions,
    app_insights_local_auth_off,
    app_insights_workspace_based,
    compute_ssh_off,
    key_vault_network,
    key_vault_purge_protection,
    key_vault_rbac,
    log_analytics_local_auth_off,
    monitor_no_public_access,
    required_tags,
    storage_cross_tenant_off,
    storage_https_only,
    storage_local_users_off,
    storage_no_anonymous,
    storage_no_public_access,
    storage_shared_keys_off,
    storage_tls,
    workspace_kept,
)
from policies.permissions import access, compute, datastores, endpoints, workspace
from policies.rule import Rule
from policies.settings import SETTINGS_RULE

PERMISSIONS: tuple[Rule, ...] = (
    compute.RULE,
    endpoints.RULE,
    access.RULE,
    workspace.RULE,
    datastores.RULE,
)
"""Who may do what."""

GUARDS: tuple[Rule, ...] = (
    compute_ssh_off.RULE,
    acr_admin_off.RULE,
    acr_no_anonymous_pull.RULE,
    acr_no_public_access.RULE,
    acr_sku.RULE,
    app_insights_local_auth_off.RULE,
    app_insights_workspace_based.RULE,
    key_vault_network.RULE,
    key_vault_purge_protection.RULE,
    key_vault_rbac.RULE,
    log_analytics_local_auth_off.RULE,
    monitor_no_public_access.RULE,
    storage_cross_tenant_off.RULE,
    storage_https_only.RULE,
    storage_local_users_off.RULE,
    storage_no_anonymous.RULE,
    storage_no_public_access.RULE,
    storage_shared_keys_off.RULE,
    storage_tls.RULE,
    allowed_regions.RULE,
    required_tags.RULE,
    workspace_kept.RULE,
)
"""What may be built, whoever asks."""

RULES: tuple[Rule, ...] = (SETTINGS_RULE, *PERMISSIONS, *GUARDS)
