"""Role assignments: who may do what on which resource, under a name that is the same in every run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_infra.components.assignments import Assignments
from azureml_infra.components.azure import Destination
from azureml_infra.components.base import Component
from azureml_infra.components.known import map_text, plain
from azureml_infra.components.scope import text


@dataclass(frozen=True)
class GrantedRole:
    """A role that the workspace's identity needs on one of the workspace's parts."""

    slug: str
    name: str
    part: str


SYSTEM_ROLES = (
    GrantedRole("files", "Storage File Data Privileged Contributor", "storage"),
    GrantedRole("images", "AcrPush", "registry"),
)
"""What a system-assigned identity needs beyond what Azure ML grants it by itself when the workspace is made."""

USER_ROLES = (
    GrantedRole("storage", "Contributor", "storage"),
    GrantedRole("blobs", "Storage Blob Data Contributor", "storage"),
    GrantedRole("files", "Storage File Data Privileged Contributor", "storage"),
    GrantedRole("vault", "Contributor", "key_vault"),
    GrantedRole("secrets", "Key Vault Administrator", "key_vault"),
    GrantedRole("insights", "Contributor", "application_insights"),
    GrantedRole("registry", "Contributor", "registry"),
)
"""What a user-assigned identity needs before the workspace is made with it
(https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication)."""

USER_ROLE = GrantedRole("workspace", "Contributor", "workspace")
"""What it needs once the workspace is there: the same page."""

DATA_ROLES = (
    GrantedRole("blobs", "Storage Blob Data Contributor", "storage"),
    GrantedRole("files", "Storage File Data Privileged Contributor", "storage"),
)
"""What everybody needs who reads and writes data where the datastores hold no keys
(https://learn.microsoft.com/azure/machine-learning/how-to-disable-local-auth-storage)."""

IMAGE_ROLE = GrantedRole("images", "AcrPull", "registry")
"""What a compute needs to run images of a registry without an admin account
(https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication)."""

_APPROVER = "Azure AI Enterprise Network Connection Approver"
_BY_CONTRIBUTORS = ("microsoft.datafactory/factories", "microsoft.databricks/workspaces", "microsoft.web/sites")


def approver_of(target: pulumi.Input[str]) -> str:
    """Return the role by which a workspace's identity may approve its private endpoint to a resource
    (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#approval-of-private-endpoints).
    """
    if isinstance(target, str) and ids.parse(target).type.lower() in _BY_CONTRIBUTORS:
        return "Contributor"
    return _APPROVER


class Granted:
    """Who has which role where, by this program or already: Azure refuses a second assignment of the same."""

    def __init__(self, azure: Destination) -> None:
        self.subscription = azure.subscription
        self.there = Assignments(azure)
        self._known: set[tuple[str, str, str]] = set()

    def add(self, scope: Any, role: Any, *whom: Any) -> bool:
        """Remember a role that somebody is given, by an object id or another word for them; return False where it is
        given already. What isn't known before the run is taken for new.
        """
        keys = product([plain(scope)], [plain(role)], map(plain, whom))
        known = {_key(*key) for key in keys if all(isinstance(one, str) for one in key)}
        is_new = not known & self._known
        self._known |= known
        return is_new


def _key(scope: str, role: str, who: str) -> tuple[str, str, str]:
    return scope.lower(), definition_id(role, "").rpartition("/")[2].lower(), who.lower()


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
    in_slug: tuple[str, ...] = ()
    """The ids of the assignment that the slug stands for, so that of one grant only their letter case can change."""


def grant(
    owner: Component, name: str, granted: Granted, given: Grant, depends_on: Iterable[pulumi.Resource] = ()
) -> list[pulumi.Resource]:
    """Return the role assignment, below a component; none where somebody else has made it."""
    role = definition_id(given.role, granted.subscription)
    foreign = granted.there.foreign(given.scope, role, given.principal, given.seed)
    if foreign is not None:
        there = foreign["properties"]
        limit = ", under a condition" if there.get("condition") else ""
        pulumi.log.info(
            f"{there['principalId']} has the role {given.role} on {there['scope']} already, by {foreign['id']}{limit}. "
            "It isn't this stack's: it stays as it is, and none is made here while it is there"
        )
        return []
    principal = given.seed or given.principal
    body = {
        "properties": {
            "roleDefinitionId": role,
            "principalId": given.principal,
            "principalType": given.principal_type,
            **({"description": given.description} if given.description else {}),
        }
    }
    path = {"scope": given.scope, "roleAssignmentName": assignment_name(given.scope, principal, role)}
    made = owner.child(
        "authorization:RoleAssignment",
        f"{name}-{given.slug}",
        path,
        body,
        # Azure changes nothing in an assignment, and refuses a second one of the same name.
        pulumi.ResourceOptions(
            depends_on=list(depends_on),
            delete_before_replace=True,
            ignore_changes=list(given.in_slug),
        ),
    )
    return [made]


@dataclass(frozen=True)
class WantedRole:
    """A role that an identity shall have somewhere, and what has to be there first."""

    slug: str
    name: str
    scope: pulumi.Input[str]
    after: Sequence[pulumi.Resource] = ()


def give(
    owner: Component,
    name: str,
    granted: Granted,
    wanted: Iterable[WantedRole],
    whom: tuple[pulumi.Input[str], Any],
) -> list[pulumi.Resource]:
    """Return the assignments of roles to an identity, which is an object id and what names derive from: of those that
    this program doesn't give it already.
    """
    made: list[pulumi.Resource] = []
    principal, seed = whom
    for role in wanted:
        if granted.add(role.scope, role.name, principal, seed):
            given = Grant(f"can-{role.slug}", role.name, role.scope, principal, seed=seed)
            made += grant(owner, name, granted, given, role.after)
    return made


def assignment_name(scope: pulumi.Input[str], principal: pulumi.Input[str], role: str) -> pulumi.Input[str]:
    """Return the name of an assignment, which is plain where the scope and the principal's word are."""
    joined = text("{s}\n{p}", s=scope, p=principal)
    return map_text(joined, lambda both: assignment_guid(*both.split("\n"), role))
