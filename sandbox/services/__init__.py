"""Every resource type that the sandbox models. To add one: a class in a service's file, and its line here."""

from __future__ import annotations

from sandbox.resource import ResourceType
from sandbox.services import (
    compute,
    containerregistry,
    containerservice,
    databricks,
    insights,
    keyvault,
    kubernetesconfiguration,
    managedidentity,
    network,
    operationalinsights,
    resources,
    storage,
    synapse,
)
from sandbox.services.authorization import assignments, definitions, denies, policies
from sandbox.services.machinelearning import (
    assets_kinds,
    computes,
    datastores,
    deployments,
    endpoints,
    jobs,
    serverless,
    workspace,
)

SERVICES: tuple[type[ResourceType], ...] = (
    resources.Subscription,
    resources.ResourceGroup,
    assignments.RoleAssignment,
    definitions.RoleDefinition,
    denies.DenyAssignment,
    policies.PolicyDefinition,
    policies.PolicyAssignment,
    managedidentity.UserAssignedIdentity,
    storage.StorageAccount,
    storage.BlobService,
    storage.BlobContainer,
    storage.FileService,
    storage.FileShare,
    keyvault.Vault,
    keyvault.DeletedVault,
    containerregistry.Registry,
    operationalinsights.Workspace,
    insights.Component,
    network.VirtualNetwork,
    network.Subnet,
    compute.VirtualMachine,
    containerservice.ManagedCluster,
    kubernetesconfiguration.Extension,
    synapse.Workspace,
    synapse.BigDataPool,
    databricks.Workspace,
    workspace.Workspace,
    computes.Compute,
    datastores.Datastore,
    assets_kinds.CodeContainer,
    assets_kinds.CodeVersion,
    assets_kinds.ComponentContainer,
    assets_kinds.ComponentVersion,
    assets_kinds.DataContainer,
    assets_kinds.DataVersion,
    assets_kinds.EnvironmentContainer,
    assets_kinds.EnvironmentVersion,
    assets_kinds.ModelContainer,
    assets_kinds.ModelVersion,
    endpoints.OnlineEndpoint,
    deployments.OnlineDeployment,
    deployments.OnlineDeploymentSku,
    endpoints.BatchEndpoint,
    deployments.BatchDeployment,
    serverless.ServerlessEndpoint,
    serverless.MarketplaceSubscription,
    jobs.Job,
)

TYPES = {service.type.lower(): service() for service in SERVICES}
NAMESPACES = frozenset(name.partition("/")[0] for name in TYPES)
