"""The role "Data Scientist without compute": AzureML Data Scientist, less everything that rents machines.

The built-in role (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning) takes
away clusters and instances only; what else rents machines is in the table of `azureml_arm.actions`.
"""

from typing import Any

from azureml_arm.actions import BEARING, COMPUTE, JOB, WORKSPACE
from azureml_arm.roles import Role, find
from azureml_infra.entities.guardrails import DataScientistRole

BUILT_IN = "AzureML Data Scientist"

SECRETS = (f"{WORKSPACE}/connections/listsecrets/action", f"{WORKSPACE}/metadata/secrets/read")
"""What the built-in role for the secrets of connections has (Azure Machine Learning Workspace Connection Secrets
Reader)."""

FIRST_VERSION = (
    f"{WORKSPACE}/notebooks/vm/write",
    f"{WORKSPACE}/notebooks/vm/delete",
    f"{WORKSPACE}/services/aci/write",
)
"""Machines of Azure ML's first API version: notebook VMs, which are the Compute Operator's, and container instances
(https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles)."""

UNLISTED = (
    f"{COMPUTE}/resize/action",
    f"{WORKSPACE}/inferencePools/write",
    f"{WORKSPACE}/inferencePools/delete",
)
"""Of preview APIs, and not among the operations that Azure lists: a role with an action that no provider has is refused
(`InvalidActionOrNotAction`). `not_actions` can have them once Azure does; the policy refuses inference pools.
https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning"""

_DESCRIPTION = (
    "Runs jobs on the compute that there is and works with assets and endpoints; can't make, change or start compute, "
    "nor deploy on machines. Serverless compute of jobs isn't closed: Azure asks for the same action."
)


def bearing_actions() -> tuple[str, ...]:
    """Return what rents, changes or starts machines of a workspace, as far as a role can tell.

    A job's action is the same on any compute, and some actions can't stand in a role (`UNLISTED`).
    """
    inside = [entry for entry in BEARING if entry.type.startswith(f"{WORKSPACE}/") and entry.type != JOB]
    actions = (action for entry in inside for action in (entry.write, entry.delete, *entry.posts))
    return tuple(action for action in actions if action not in UNLISTED)


def role_body(name: str, args: DataScientistRole, assignable_scope: str) -> dict[str, Any]:
    """Return the request for the role, which may be assigned in one resource group."""
    base = _built_in()
    closed = (*base.not_actions, *bearing_actions(), *SECRETS, *FIRST_VERSION, *args.not_actions)
    permission = {
        "actions": list(base.actions),
        "notActions": list(dict.fromkeys(closed)),
        "dataActions": list(base.data_actions),
        "notDataActions": list(base.not_data_actions),
    }
    properties = {
        "roleName": name,
        "type": "CustomRole",
        "description": _DESCRIPTION,
        "permissions": [permission],
        "assignableScopes": [assignable_scope],
    }
    return {"properties": properties}


def _built_in() -> Role:
    found = find(BUILT_IN)
    assert found is not None  # noqa: S101  (of the table that comes with the program)
    return found
