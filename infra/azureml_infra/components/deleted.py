"""What Azure keeps of a stack that was destroyed: its key vault, for 90 days, and with it the name.

A vault that is purge-protected can't be purged, so the stack could not come up again: its vault is recovered. Azure
brings it back as it was, with its secrets and without its role assignments, whatever else the request says
(Azure/azure-rest-api-specs, issue 21306; https://learn.microsoft.com/azure/key-vault/general/key-vault-recovery).
"""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.known import plain
from azureml_infra.components.live import changes
from azureml_infra.components.questions import Question, ask_one
from azureml_infra.dynamic.purge import deleted_vault

Deleted = Literal["fail", "recover", "purge"]
"""What becomes of a vault and a workspace that Azure still keeps under a name that is wanted again."""
VAULT = "keyvault:Vault"
_MODE = "properties.createMode"


def take_back(
    azure: Destination,
    vault_id: str,
    location: pulumi.Input[str],
    request: dict[str, Any],
    mode: Deleted,
    *,
    purged: bool,
) -> None:
    """Change the request for a vault that isn't there into one that recovers it, where Azure has deleted it.

    `purged` says that this run frees the name before it makes the vault. Raises RunError where the mode is ``fail``.
    """
    gone = _find_deleted(azure, vault_id, plain(location))
    if gone is None:
        return
    said = gone.get("properties") or {}
    was = (
        f"the key vault {gone.get('name')} was deleted on {said.get('deletionDate')}, and Azure keeps it and its name "
        f"until {said.get('scheduledPurgeDate')}"
    )
    if mode == "fail":
        ways = "`deleted: recover` takes it back with its secrets, `deleted: purge` deletes it for good"
        raise pulumi.RunError(f"{was}: {ways} unless it is protected against that; or give the platform another name")
    if purged and not said.get("purgeProtectionEnabled"):
        pulumi.log.warn(f"{was}: this run deletes it for good, with its secrets, and makes a new one")
        return
    request["properties"]["createMode"] = "recover"
    why = ", as it is protected against being purged" if mode == "purge" else ""
    pulumi.log.warn(
        f"{was}: this run recovers it as it was, with its secrets{why}. {_OF_THE_WORKSPACE if mode != 'purge' else ''}"
    )


_OF_THE_WORKSPACE = (
    "If the workspace was deleted with it, Azure keeps that one's name for 14 days: purge or recover it in the "
    "portal, or give another `name` below `workspace:`. With `deleted: purge` the next `destroy` frees its name"
)


def arguments_to_keep(request: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[str]:
    """Return the argument that stays as the state has it: how the vault came to be, once it is as it should be.

    Nothing says whether Azure takes the rest of an update that still asks to recover a live vault, so one that changes
    the vault doesn't.
    """
    return [_MODE] if live is not None and not changes(VAULT, request, live) else []


def _find_deleted(azure: Destination, vault_id: str, location: object) -> Mapping[str, Any] | None:
    """Return a deleted vault; None where there is none, or it can't be read.

    That takes `Microsoft.KeyVault/locations/deletedVaults/read` on the subscription.
    """
    if not isinstance(location, str):
        return None
    question = Question("", deleted_vault(vault_id, location), native_type(VAULT).api_version)
    found: Mapping[str, Any] | None = ask_one(question, azure)
    same = found is not None and str((found.get("properties") or {}).get("vaultId")).lower() == vault_id.lower()
    return found if same else None
