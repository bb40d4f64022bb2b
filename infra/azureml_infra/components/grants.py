"""Role assignments: who may do what on which resource, under a name that is the same in every run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pulumi

from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_infra.components.base import Component
from azureml_infra.components.scope import text


@dataclass(frozen=True)
class Role:
    """A role that the workspace's identity needs on one of the workspace's parts."""

    slug: str
    name: str
    part: str


SYSTEM_ROLES = (
    Role("files", "Storage File Data Privileged Contributor", "storage"),
    Role("images", "AcrPush", "registry"),
)
"""What a system-assigned identity needs beyond what Azure ML grants it by itself when the workspace is made."""

USER_ROLES = (
    Role("storage", "Contributor", "storage"),
    Role("blobs", "Storage Blob Data Contributor", "storage"),
    Role("files", "Storage File Data Privileged Contributor", "storage"),
    Role("vault", "Contributor", "key_vault"),
    Role("secrets", "Key Vault Administrator", "key_vault"),
    Role("insights", "Contributor", "application_insights"),
    Role("registry", "Contributor", "registry"),
)
"""What a user-assigned identity needs before the workspace is made with it
(https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication)."""


@dataclass(frozen=True)
class Grant:
    """`role` is a built-in role's name or a role definition's id; `slug` tells the grants of one owner apart."""

    slug: str
    role: str
    scope: pulumi.Input[str]
    principal: pulumi.Input[str]
    principal_type: str = "ServicePrincipal"
    description: str | None = None
    seed: str | None = None
    """What the assignment's name is derived from where the principal isn't known yet: who it will be."""


def grant(
    owner: Component, name: str, subscription: str, given: Grant, depends_on: Iterable[pulumi.Resource] = ()
) -> pulumi.Resource:
    """One role assignment below a component."""
    role = definition_id(given.role, subscription)
    principal = given.seed or given.principal
    body = {
        "properties": {
            "roleDefinitionId": role,
            "principalId": given.principal,
            "principalType": given.principal_type,
            **({"description": given.description} if given.description else {}),
        }
    }
    path = {"scope": given.scope, "roleAssignmentName": _name(given.scope, principal, role)}
    made: pulumi.Resource = owner.child(
        "authorization:RoleAssignment",
        f"{name}-{given.slug}",
        path,
        body,
        # Azure changes nothing in an assignment, and refuses a second one of the same name.
        pulumi.ResourceOptions(depends_on=list(depends_on), delete_before_replace=True),
    )
    return made


def _name(scope: pulumi.Input[str], principal: pulumi.Input[str], role: str) -> pulumi.Input[str]:
    if isinstance(scope, str) and isinstance(principal, str):
        return assignment_guid(scope, principal, role)
    joined = text("{s}\n{p}", s=scope, p=principal)
    return pulumi.Output.from_input(joined).apply(lambda both: assignment_guid(*both.split("\n"), role))
