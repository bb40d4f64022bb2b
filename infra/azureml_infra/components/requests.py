"""The request bodies of what a workspace stands on: Storage, Key Vault, Log Analytics, Application Insights.

Secure by default: no shared keys, no anonymous access, TLS 1.2, RBAC vault with purge protection, keyless logs.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

Tags = pulumi.Input[Mapping[str, pulumi.Input[str]]]
Body = dict[str, Any]

VAULT_RETENTION_DAYS = 90
LOG_RETENTION_DAYS = 30


def merge_tags(tags: Tags, more: Tags) -> Tags:
    """Return the tags of the platform and those of one resource, which win; an Output where one of the two is."""
    if isinstance(tags, Mapping) and isinstance(more, Mapping):
        return {**tags, **more}
    return pulumi.Output.all(tags, more).apply(lambda known: {**(known[0] or {}), **(known[1] or {})})


def storage(location: pulumi.Input[str], tags: Tags, *, shared_keys: bool) -> Body:
    """Return the workspace's default storage account: not premium, no hierarchical namespace, as Azure ML demands."""
    return {
        "location": location,
        "tags": tags,
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {
            "allowBlobPublicAccess": False,
            "allowCrossTenantReplication": False,
            "allowSharedKeyAccess": shared_keys,
            "defaultToOAuthAuthentication": not shared_keys,
            "minimumTlsVersion": "TLS1_2",
            "supportsHttpsTrafficOnly": True,
        },
    }


def lake(location: pulumi.Input[str], tags: Tags, *, public: bool) -> Body:
    """Return the request for a storage account with a hierarchical namespace, which Synapse demands of its own: as
    the workspace's, reached by identity alone, and from Azure's trusted services where it has no public access.
    """
    made = storage(location, tags, shared_keys=False)
    made["properties"] |= {"isHnsEnabled": True, "publicNetworkAccess": "Enabled" if public else "Disabled"}
    return made


def key_vault(location: pulumi.Input[str], tags: Tags, tenant: str, *, purge_protection: bool) -> Body:
    """Return an RBAC vault: redeploying access policies would wipe the workspace's own (azure-docs#24385).

    Azure takes no `false` for purge protection, only its absence.
    """
    protection = {"enablePurgeProtection": True} if purge_protection else {}
    return {
        "location": location,
        "tags": tags,
        "properties": {
            "tenantId": tenant,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": VAULT_RETENTION_DAYS,
            **protection,
        },
    }


def log_analytics(location: pulumi.Input[str], tags: Tags) -> Body:
    """Return the request for the workspace in which Application Insights keeps its data."""
    return {
        "location": location,
        "tags": tags,
        "properties": {
            "sku": {"name": "PerGB2018"},
            "retentionInDays": LOG_RETENTION_DAYS,
            "features": {"disableLocalAuth": True},
        },
    }


def application_insights(location: pulumi.Input[str], tags: Tags, log_analytics_id: pulumi.Input[str]) -> Body:
    """Return the request for the telemetry of endpoints and jobs.

    Azure ML writes it with the connection string, so local auth stays on.
    """
    return {
        "location": location,
        "tags": tags,
        "kind": "web",
        "properties": {"Application_Type": "web", "WorkspaceResourceId": log_analytics_id},
    }
