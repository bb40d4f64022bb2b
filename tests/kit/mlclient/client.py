"""What the suites of azure-ai-ml's MLClient share, and how one is pointed at a server of the sandbox.

This module and the suites in kit/mlclient/ need azure-ai-ml; the page is made of operations.json.
"""

import contextlib
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jwt
from azure.ai.ml import MLClient
from azure.ai.ml import operations as groups
from azure.ai.ml.constants._endpoint import EndpointInvokeFields
from azure.ai.ml.entities import Workspace
from azure.identity import ClientSecretCredential

from kit.clients import Kit, Suite, put
from kit.paths import write_files
from kit.served import Served

BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
GROUP, WORKSPACE, REGION = "rg-clients", "ws-clients", "westeurope"
PACKAGE = "azure-ai-ml"
GROUPS: Mapping[str, type] = {
    "workspaces": groups.WorkspaceOperations,
    "workspace_outbound_rules": groups.WorkspaceOutboundRuleOperations,
    "connections": groups.WorkspaceConnectionsOperations,
    "capability_hosts": groups.CapabilityHostsOperations,
    "compute": groups.ComputeOperations,
    "datastores": groups.DatastoreOperations,
    "data": groups.DataOperations,
    "environments": groups.EnvironmentOperations,
    "models": groups.ModelOperations,
    "components": groups.ComponentOperations,
    "online_endpoints": groups.OnlineEndpointOperations,
    "online_deployments": groups.OnlineDeploymentOperations,
    "batch_endpoints": groups.BatchEndpointOperations,
    "batch_deployments": groups.BatchDeploymentOperations,
    "serverless_endpoints": groups.ServerlessEndpointOperations,
    "marketplace_subscriptions": groups.MarketplaceSubscriptionOperations,
    "jobs": groups.JobOperations,
    "schedules": groups.ScheduleOperations,
    "registries": groups.RegistryOperations,
    "feature_stores": groups.FeatureStoreOperations,
    "feature_store_entities": groups.FeatureStoreEntityOperations,
    "feature_sets": groups.FeatureSetOperations,
    "indexes": groups.IndexOperations,
    "evaluators": groups.EvaluatorOperations,
    "azure_openai_deployments": groups.AzureOpenAIDeploymentOperations,
    "deployment_templates": groups.DeploymentTemplateOperations,
}
"""The client's operation groups: all that it has."""


def suite(*names: str) -> Suite:
    """Return a suite of some of the groups."""
    return Suite(PACKAGE, {name: GROUPS[name] for name in names})


@contextlib.contextmanager
def point_clients(served: Served) -> Iterator[None]:
    """Set the environment by which azure-ai-ml finds the server, and resolve names below ``localhost``.

    Its storage clients ask for ``ACCOUNT.blob.core.localhost``, which is this machine by RFC 6761 but not to every
    resolver.
    """
    resolve = socket.getaddrinfo

    def resolve_local(host: Any, *rest: Any, **named: Any) -> Any:
        return resolve("localhost" if str(host).endswith(".localhost") else host, *rest, **named)

    cloud = {
        "ARM_CLOUD_METADATA_URL": f"{served.url}/metadata/endpoints?api-version=2019-05-01",
        "AZUREML_CURRENT_CLOUD": "AzureSandbox",
    }
    with (
        patch.dict(os.environ, {**served.environment, **cloud}),
        patch.object(socket, "getaddrinfo", resolve_local),
        patch.dict(EndpointInvokeFields.DEFAULT_HEADER),  # in which `invoke` leaves its deployment and key for the next
    ):
        yield


@contextlib.contextmanager
def starting(served: Served) -> Iterator[Kit]:
    """Yield a kit with a client of a new workspace, while the environment leads to the server."""
    with point_clients(served):
        kit = Kit(served, None, credential(served))
        group = f"/subscriptions/{served.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/{GROUP}"
        put(kit, group, {"location": REGION})
        kit.client = client(kit)
        kit.client.workspaces.begin_create(Workspace(name=WORKSPACE, location=REGION)).result()
        yield kit


def credential(served: Served) -> ClientSecretCredential:
    """Return the sandbox's own application."""
    known = served.environment
    return ClientSecretCredential(
        known["AZURE_TENANT_ID"],
        known["AZURE_CLIENT_ID"],
        known["AZURE_CLIENT_SECRET"],
        authority=served.url,
        disable_instance_discovery=True,
    )


def client(kit: Kit, workspace: str | None = WORKSPACE, **more: Any) -> MLClient:
    """Return a client of a workspace, or of a registry (``registry_name=``)."""
    return MLClient(kit.credential, kit.served.environment["AZURE_SUBSCRIPTION_ID"], GROUP, workspace, **more)


def folder(kit: Kit, files: Mapping[str, str]) -> Path:
    """Return a new folder with these files."""
    made = kit.served.folder / f"local{len(list(kit.served.folder.glob('local*')))}"
    return write_files(made, files)


def allow_data(kit: Kit) -> None:
    """Give the client's identity a role for data in storage accounts, which an Owner lacks."""
    subscription = f"/subscriptions/{kit.served.environment['AZURE_SUBSCRIPTION_ID']}"
    token = kit.credential.get_token("https://management.azure.com/.default").token
    claims = jwt.decode(token, options={"verify_signature": False})
    role = f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{BLOB_DATA_OWNER}"
    put(
        kit,
        f"{subscription}/resourceGroups/{GROUP}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
        {"properties": {"roleDefinitionId": role, "principalId": claims["oid"], "principalType": "ServicePrincipal"}},
    )


def names(found: Any) -> list[str]:
    """Return the names of what a list operation found, in order."""
    return sorted(one.name for one in found)
