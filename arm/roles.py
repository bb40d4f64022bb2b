"""Azure's built-in roles that a machine learning platform uses, with their permissions.

Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles. A role whose `actions` and
`data_actions` are both empty is known by name and id only; nothing may be decided on its permissions.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_ML = "Microsoft.MachineLearningServices"
_WS = f"{_ML}/workspaces"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
_FILES = "Microsoft.Storage/storageAccounts/fileServices"
_VAULTS = "Microsoft.KeyVault/vaults"
_REGISTRIES = "Microsoft.ContainerRegistry/registries"
_READ_ASSIGNMENTS = "Microsoft.Authorization/*/read"
_DEPLOYMENTS = "Microsoft.Resources/deployments/*"
_READ_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_ALERTS = "Microsoft.Insights/alertRules/*"
_SUPPORT = "Microsoft.Support/*"
_USUAL = (_READ_ASSIGNMENTS, _ALERTS, _DEPLOYMENTS, _READ_GROUPS, _SUPPORT)
_READ_VAULTS = (
    "Microsoft.KeyVault/checkNameAvailability/read",
    "Microsoft.KeyVault/deletedVaults/read",
    "Microsoft.KeyVault/locations/*/read",
    f"{_VAULTS}/*/read",
    "Microsoft.KeyVault/operations/read",
)


@dataclass(frozen=True)
class Role:
    """One built-in role. Actions are patterns with ``*``; `not_actions` takes from `actions` and denies nothing."""

    name: str
    id: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    @property
    def detailed(self) -> bool:
        """Whether the permissions are known here."""
        return bool(self.actions or self.data_actions)


ROLES: tuple[Role, ...] = (
    Role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", ("*",)),
    Role(
        "Contributor",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
        ),
    ),
    Role("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", ("*/read",)),
    Role(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        ("*/read", "Microsoft.Authorization/*", _SUPPORT),
    ),
    Role(
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        (
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            _SUPPORT,
        ),
    ),
    Role(
        "AzureML Data Scientist",
        "f6c7c914-8db3-469d-8ca1-694a8f32e121",
        (f"{_WS}/*/read", f"{_WS}/*/action", f"{_WS}/*/delete", f"{_WS}/*/write"),
        (
            f"{_WS}/delete",
            f"{_WS}/write",
            f"{_WS}/computes/*/write",
            f"{_WS}/computes/*/delete",
            f"{_WS}/computes/listKeys/action",
            f"{_WS}/listKeys/action",
            f"{_WS}/hubs/write",
            f"{_WS}/hubs/delete",
            f"{_WS}/featurestores/write",
            f"{_WS}/featurestores/delete",
        ),
    ),
    Role(
        "AzureML Compute Operator",
        "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
        (f"{_WS}/computes/*", f"{_WS}/notebooks/vm/*"),
    ),
    Role(
        "AzureML Registry User",
        "1823dd4f-9b8c-4ab6-ab4e-7397a3684615",
        (f"{_ML}/registries/read", f"{_ML}/registries/assets/*"),
    ),
    Role("AzureML Metrics Writer (preview)", "635dd51f-9968-44d3-b7fb-6d9a6bd613ae", (f"{_WS}/metrics/*/write",)),
    Role("Azure AI Administrator", "b78c5d69-af96-48a3-bf8d-a8b4d589de94"),
    Role(
        "Azure AI Developer",
        "64702f94-c441-49e6-a78b-ef80e0188fee",
        (
            f"{_WS}/*/read",
            f"{_WS}/*/action",
            f"{_WS}/*/delete",
            f"{_WS}/*/write",
            f"{_ML}/locations/*/read",
            _READ_ASSIGNMENTS,
            _DEPLOYMENTS,
        ),
        (
            f"{_WS}/delete",
            f"{_WS}/write",
            f"{_WS}/listKeys/action",
            f"{_WS}/hubs/write",
            f"{_WS}/hubs/delete",
            f"{_WS}/featurestores/write",
            f"{_WS}/featurestores/delete",
        ),
        (
            "Microsoft.CognitiveServices/accounts/OpenAI/*",
            "Microsoft.CognitiveServices/accounts/SpeechServices/*",
            "Microsoft.CognitiveServices/accounts/ContentSafety/*",
        ),
    ),
    Role("Azure Machine Learning Workspace Connection Secrets Reader", "ea01e6af-a1c1-4350-9563-ad00f8c72ec5"),
    Role(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        (f"{_BLOBS}/containers/*", f"{_BLOBS}/generateUserDelegationKey/action"),
        data_actions=(f"{_BLOBS}/containers/blobs/*",),
    ),
    Role(
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        (
            f"{_BLOBS}/containers/delete",
            f"{_BLOBS}/containers/read",
            f"{_BLOBS}/containers/write",
            f"{_BLOBS}/generateUserDelegationKey/action",
        ),
        data_actions=(
            f"{_BLOBS}/containers/blobs/delete",
            f"{_BLOBS}/containers/blobs/read",
            f"{_BLOBS}/containers/blobs/write",
            f"{_BLOBS}/containers/blobs/move/action",
            f"{_BLOBS}/containers/blobs/add/action",
        ),
    ),
    Role(
        "Storage Blob Data Reader",
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        (f"{_BLOBS}/containers/read", f"{_BLOBS}/generateUserDelegationKey/action"),
        data_actions=(f"{_BLOBS}/containers/blobs/read",),
    ),
    Role(
        "Storage File Data Privileged Contributor",
        "69566ab7-960f-475b-8e7c-b3118f30c6bd",
        data_actions=(
            f"{_FILES}/fileshares/files/read",
            f"{_FILES}/fileshares/files/write",
            f"{_FILES}/fileshares/files/delete",
            f"{_FILES}/fileshares/files/modifypermissions/action",
            f"{_FILES}/readFileBackupSemantics/action",
            f"{_FILES}/writeFileBackupSemantics/action",
        ),
    ),
    Role(
        "Storage File Data Privileged Reader",
        "b8eda974-7b85-4f76-af95-65846b26df6d",
        data_actions=(f"{_FILES}/fileshares/files/read", f"{_FILES}/readFileBackupSemantics/action"),
    ),
    Role(
        "Storage File Data SMB Share Contributor",
        "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb",
        data_actions=(
            f"{_FILES}/fileshares/files/read",
            f"{_FILES}/fileshares/files/write",
            f"{_FILES}/fileshares/files/delete",
        ),
    ),
    Role("Storage Account Contributor", "17d1049b-9a84-46fb-8f53-869881c3d3ab"),
    Role("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"),
    Role("Storage Table Data Contributor", "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"),
    Role(
        "Key Vault Administrator",
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        _USUAL + _READ_VAULTS,
        data_actions=(f"{_VAULTS}/*",),
    ),
    Role(
        "Key Vault Secrets Officer",
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        _USUAL + _READ_VAULTS,
        data_actions=(f"{_VAULTS}/secrets/*",),
    ),
    Role(
        "Key Vault Secrets User",
        "4633458b-17de-408a-b874-0445c86b69e6",
        data_actions=(f"{_VAULTS}/secrets/getSecret/action", f"{_VAULTS}/secrets/readMetadata/action"),
    ),
    Role(
        "Key Vault Reader",
        "21090545-7ca7-4776-b22c-e363652d74d2",
        _USUAL + _READ_VAULTS,
        data_actions=(f"{_VAULTS}/*/read", f"{_VAULTS}/secrets/readMetadata/action"),
    ),
    Role(
        "Key Vault Crypto User",
        "12338af0-0e69-4776-bea7-57ae8d297424",
        data_actions=tuple(
            f"{_VAULTS}/keys/{operation}"
            for operation in (
                "read",
                "update/action",
                "backup/action",
                "encrypt/action",
                "decrypt/action",
                "wrap/action",
                "unwrap/action",
                "sign/action",
                "verify/action",
            )
        ),
    ),
    Role("Key Vault Crypto Service Encryption User", "e147488a-f6f5-4113-8e2d-b22465e65bf6"),
    Role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d", (f"{_REGISTRIES}/pull/read",)),
    Role(
        "AcrPush",
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        (f"{_REGISTRIES}/pull/read", f"{_REGISTRIES}/push/write"),
    ),
    Role(
        "Managed Identity Operator",
        "f1a07417-d97a-45cb-824c-7a7467783830",
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            _READ_ASSIGNMENTS,
            _ALERTS,
            _READ_GROUPS,
            _DEPLOYMENTS,
            _SUPPORT,
        ),
    ),
    Role("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb"),
)

_BY_NAME = {role.name.lower(): role for role in ROLES}
_BY_ID = {role.id: role for role in ROLES}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions/"


def is_guid(text: str) -> bool:
    """Whether the text is a GUID."""
    return _GUID.fullmatch(text) is not None


def is_definition_id(text: str) -> bool:
    """Whether the text is the ARM id of a role definition."""
    head, found, tail = text.lower().partition(_DEFINITIONS.lower())
    return bool(found) and (not head or head.startswith("/")) and is_guid(tail)


def find(text: str) -> Role | None:
    """The built-in role of that name, GUID or definition id, in any letter case."""
    lowered = text.strip().lower()
    return _BY_NAME.get(lowered) or _BY_ID.get(lowered.rpartition("/")[2])


def nearest(text: str, count: int = 3) -> list[str]:
    """The names of built-in roles that read most like the text."""
    found = difflib.get_close_matches(text.lower(), list(_BY_NAME), count, cutoff=0.5)
    return [_BY_NAME[name].name for name in found]


def definition_id(role: str, subscription: str) -> str:
    """The role definition's ARM id in a subscription, from a built-in role's name, any GUID, or an id as it is.

    ValueError names a role that is none of these: a custom role is only known by its id.
    """
    if is_definition_id(role):
        return role
    known = find(role)
    if known is None and not is_guid(role):
        raise ValueError(f"{role!r} is not a built-in role that is known here; give a custom role by its id")
    return f"/subscriptions/{subscription}{_DEFINITIONS}{known.id if known else role.lower()}"
