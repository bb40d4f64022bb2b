"""What a job on a compute must be able to do: pull its image, and reach the workspace's data.

Where the registry has no admin account and the datastores hold no keys, nodes do both with the compute's identity
(https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication). Serverless jobs
don't: Azure ML lends them what they need.
"""

from collections.abc import Iterator
from typing import Any

from azureml_arm import ids
from azureml_arm.clouds import PUBLIC
from azureml_arm.ids import workspace_of
from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services import synapse
from azureml_sandbox.services.authorization.rights import Rights, SignedInPrincipal
from azureml_sandbox.services.machinelearning.system import is_built

_OWN = ("amlcompute", "computeinstance")
"""Computes whose nodes Azure ML makes; others have credentials of their own."""
_SPARK = "synapsespark"
_PULL = "Microsoft.ContainerRegistry/registries/pull/read"
_WRITE_BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"
_BY_JOB = ("useridentity", "managed")
"""Identities that a job may say it reads data with, in place of the compute's."""


def refusal(azure: Cloud, job: Body) -> str | None:
    """Return why a job can't run on its compute, in the service's words; None where it can."""
    compute = _compute(azure, job)
    if compute is None:
        return None
    if str(dig(compute, "properties.computeType")).lower() == _SPARK:
        return _spark_refusal(azure, job, compute)
    workspace = azure.get(workspace_of(job["id"]))["properties"]
    whom = list(_principals(compute))
    rights = azure.part(Rights)
    registry = _keyless_registry(azure, workspace, job)
    if registry is not None and not any(rights.decide(_PULL, registry, one).allowed for one in whom):
        # https://github.com/Azure/azureml-examples/issues/3463
        host = f"{ids.parse(registry).name.lower()}.{PUBLIC.registry}"
        return (
            f"Failed to pull Docker image from {host}. Please make sure the ACR has Admin user enabled or a Managed "
            "Identity with AcrPull is assigned to the compute."
        )
    storage = workspace["storageAccount"]
    if _needs_data(azure, workspace, job) and not any(rights.may_data(_WRITE_BLOB, storage, one) for one in whom):
        return (
            f"Failed to mount the datastore workspaceblobstore of account '{ids.parse(storage).name}': "
            "AuthorizationPermissionMismatch. This request is not authorized to perform this operation using this "
            "permission; the compute's identity needs Storage Blob Data Contributor."
        )
    return None


def _compute(azure: Cloud, job: Body) -> Body | None:
    compute_id = str(job["properties"].get("computeId") or "")
    compute = azure.find(compute_id) if compute_id.startswith("/") else None
    return compute if compute and str(dig(compute, "properties.computeType")).lower() in (*_OWN, _SPARK) else None


def _spark_refusal(azure: Cloud, job: Body, compute: Body) -> str | None:
    """Return why Synapse runs nothing on an attached pool: the compute's identity has no role there
    (https://learn.microsoft.com/azure/machine-learning/how-to-manage-synapse-spark-pool). Whoever submits a job with
    their own identity isn't asked for.
    """
    pool = str(dig(compute, "properties.resourceId") or "")
    by_user = str(dig(job, "properties.identity.identityType") or "").lower() == _BY_JOB[0]
    if by_user or not azure.exists(pool):
        return None
    whom = [one.object_id for one in _principals(compute)]
    if synapse.may_use(azure, pool, whom):
        return None
    names = ids.parse(pool).names
    return (
        f"The user '{next(iter(whom), '')}' does not have the required Synapse RBAC permission to perform this action. "
        "Required permission: Action: Microsoft.Synapse/workspaces/bigDataPools/useCompute/action, Scope: "
        f"workspaces/{names[0]}/bigDataPools/{names[1]}."
    )


def _principals(compute: Body) -> Iterator[SignedInPrincipal]:
    """Yield the identities of a compute."""
    identity = compute.get("identity") or {}
    given: dict[str, Any] = identity.get("userAssignedIdentities") or {}
    for found in (identity, *given.values()):
        if (found or {}).get("principalId"):
            yield SignedInPrincipal(found["principalId"], compute["name"])


def _keyless_registry(azure: Cloud, workspace: Body, job: Body) -> str | None:
    """Return the registry that the job's image is pulled from, where it has no admin account."""
    registry = azure.find(workspace["containerRegistry"]) if workspace.get("containerRegistry") else None
    named = str(job["properties"].get("environmentId") or "")
    # A component's step names none, and a registry's is elsewhere.
    environment = azure.find(named) if named.startswith("/") else None
    if registry is None or environment is None or not is_built(environment):
        return None
    return None if registry["properties"].get("adminUserEnabled") else str(workspace["containerRegistry"])


def _needs_data(azure: Cloud, workspace: Body, job: Body) -> bool:
    if not azure.exists(workspace["storageAccount"]):
        return False  # in another subscription, whose roles aren't known here
    by_job = str(dig(job, "properties.identity.identityType") or "").lower() in _BY_JOB
    return str(workspace.get("systemDatastoresAuthMode")).lower() == "identity" and not by_job
