"""Locks: what keeps a scope, and all in it, from being deleted or changed, whoever asks.

https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from collections.abc import Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.names import NameRule
from azureml_sandbox.model.errors import bad_request, conflict
from azureml_sandbox.model.resource import Cloud, ResourceType, Write

KEPT, FIXED = "CanNotDelete", "ReadOnly"
_TYPE = "Microsoft.Authorization/locks"


class ManagementLock(ResourceType):
    """One lock at a scope."""

    type = _TYPE
    state = None
    created_status = 201
    own_spelling = True
    name_rule = NameRule(
        r"[^<>%&:\\?/#]{1,90}", "1 to 90 characters, none of < > % & : \\ ? / #", "resource group", longest=90
    )

    def check(self, write: Write) -> None:
        """Refuse any but the two levels."""
        level = write.properties.get("level")
        if level not in (KEPT, FIXED):
            text = f"The lock level '{level}' is not valid: it is {KEPT} or {FIXED}."
            raise bad_request(text, "InvalidLockLevel")


def refuse(azure: Cloud, target: ResourceId, body: Mapping[str, Any] | None) -> None:
    """Refuse a write where a lock says read-only; without a body, refuse to delete what is locked or holds a lock."""
    if target.type == _TYPE:
        return
    if body is not None:
        _refuse(target, "write", _locks(azure, target, (FIXED,)))
    else:
        above = _locks(azure, target, (KEPT, FIXED))
        _refuse(target, "delete", above or _locked_below(azure, target))


def _locks(azure: Cloud, target: ResourceId, levels: tuple[str, ...]) -> list[str]:
    """Return the scopes at or above a resource that are locked."""
    own = f"{target.text}/".lower()
    return [scope for scope, level in _scopes(azure) if level in levels and own.startswith(f"{scope}/".lower())]


def _locked_below(azure: Cloud, target: ResourceId) -> list[str]:
    own = f"{target.text}/".lower()
    return [scope for scope, _ in _scopes(azure) if f"{scope}/".lower().startswith(own)]


def _scopes(azure: Cloud) -> list[tuple[str, str]]:
    return [(ids.parse(lock["id"]).scope, lock["properties"]["level"]) for lock in azure.resources(_TYPE)]


def _refuse(target: ResourceId, verb: str, locked: list[str]) -> None:
    if locked:
        scopes = "', '".join(locked)
        raise conflict(
            f"The scope '{target.text}' cannot perform {verb} operation because following scope(s) are locked: "
            f"'{scopes}'. Please remove the lock and try again.",
            "ScopeLocked",
        )
