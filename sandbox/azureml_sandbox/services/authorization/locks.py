"""Locks: what keeps a scope, and all in it, from being deleted or changed, whoever asks.

https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.names import NameRule
from azureml_sandbox.model.errors import bad_request, conflict
from azureml_sandbox.model.resource import ResourceType, Write

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

KEPT, FIXED = "CanNotDelete", "ReadOnly"
_TYPE = "Microsoft.Authorization/locks"


class ManagementLock(ResourceType):
    """One lock at a scope."""

    type = _TYPE
    state = None
    created_status = 201
    name_rule = NameRule(
        r"[^<>%&:\\?/#]{1,90}", "1 to 90 characters, none of < > % & : \\ ? / #", "resource group", longest=90
    )

    def check(self, write: Write) -> None:
        """One of the two levels."""
        level = write.properties.get("level")
        if level not in (KEPT, FIXED):
            text = f"The lock level '{level}' is not valid: it is {KEPT} or {FIXED}."
            raise bad_request(text, "InvalidLockLevel")


def refuse_deletion(azure: Azure, target: ResourceId) -> None:
    """Refuse to delete what is locked itself, is in something locked, or has something locked in it."""
    if target.type != _TYPE:
        above = _locks(azure, target, (KEPT, FIXED))
        _refuse(target, "delete", above or _locked_below(azure, target))


def refuse_change(azure: Azure, target: ResourceId) -> None:
    """Refuse to make or change anything where it is read-only."""
    if target.type != _TYPE:
        _refuse(target, "write", _locks(azure, target, (FIXED,)))


def _locks(azure: Azure, target: ResourceId, levels: tuple[str, ...]) -> list[str]:
    """The scopes at or above a resource that are locked."""
    own = f"{target.text}/".lower()
    return [scope for scope, level in _scopes(azure) if level in levels and own.startswith(f"{scope}/".lower())]


def _locked_below(azure: Azure, target: ResourceId) -> list[str]:
    own = f"{target.text}/".lower()
    return [scope for scope, _ in _scopes(azure) if f"{scope}/".lower().startswith(own)]


def _scopes(azure: Azure) -> list[tuple[str, str]]:
    return [(ids.parse(lock["id"]).scope, lock["properties"]["level"]) for lock in azure.resources(_TYPE)]


def _refuse(target: ResourceId, verb: str, locked: list[str]) -> None:
    if locked:
        scopes = "', '".join(locked)
        raise conflict(
            f"The scope '{target.text}' cannot perform {verb} operation because following scope(s) are locked: "
            f"'{scopes}'. Please remove the lock and try again.",
            "ScopeLocked",
        )
