"""What a feature store has beside its workspace: connections to its stores, and the rights of what fills them.

The same as azure-ai-ml makes (azure/ai/ml/_arm_deployments/arm_templates/workspace_base.json and
feature_store_role_assignments.json), under names that are the same in every run.
"""

from typing import Any, cast

import pulumi

from azureml_infra.components.base import Component
from azureml_infra.components.grants import Grant, Granted, grant
from azureml_infra.components.identities import find_client, find_principal
from azureml_infra.components.scope import Scope
from azureml_infra.entities.workspace_kinds import FeatureStoreArgs

_CONNECTION = "machinelearningservices:WorkspaceConnection"
_BLOBS = "Storage Blob Data Contributor"
_ROLES = {"offline": _BLOBS, "online": "Contributor"}
"""What the identity needs on each store."""


def connect_stores(
    owner: Component, name: str, args: FeatureStoreArgs, *, scope: Scope, granted: Granted, storage: pulumi.Input[str]
) -> None:
    """Make the connections to a feature store's stores, and the roles of the identity that materializes."""
    identity = args.materialization_identity
    if identity is None:
        return
    client, principal = find_client(identity), find_principal(identity)
    if client is None or principal is None:
        raise pulumi.RunError(
            f"workspace.materialization_identity: {identity.resource_id} can't be found, so nothing can be written "
            "with it; fix the id, or say its client_id and principal_id"
        )
    options = pulumi.ResourceOptions(depends_on=[scope.ready])
    for store in args.stores:
        path = scope.path(connectionName=store.connection)
        credentials = {"clientId": client, "resourceId": identity.resource_id}
        request = {
            "properties": {
                "category": store.category,
                "target": store.target,
                "authType": "ManagedIdentity",
                "credentials": credentials,
            }
        }
        owner.child(_CONNECTION, f"{name}-{store.word}-store", path, request, options)
    scopes: list[tuple[str, str, pulumi.Input[str]]] = [
        ("features", "AzureML Data Scientist", scope.id()),
        ("feature-files", _BLOBS, storage),
        *((f"{store.word}-store", _ROLES[store.word], store.target) for store in args.stores),
    ]
    for slug, role, place in scopes:
        given = Grant(f"materializes-{slug}", role, place, principal, seed=cast("Any", identity.resource_id))
        grant(owner, name, granted, given, [scope.ready])
