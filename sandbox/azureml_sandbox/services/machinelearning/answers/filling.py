"""Filling a resource in: members that answers have though nobody gave them."""

from collections.abc import Mapping
from typing import Any

from azureml_sandbox.model.bodies import Body


def nulls(holder: Body, *names: str) -> None:
    """Set members to null where there is nothing."""
    for name in names:
        holder.setdefault(name, None)


def drop(holder: Body, *names: str) -> None:
    """Leave members out."""
    for name in names:
        holder.pop(name, None)


def fill(holder: Body, values: Mapping[str, Any]) -> None:
    """Set members to values where there is nothing, or null."""
    for name, value in values.items():
        if holder.get(name) is None:
            holder[name] = value


def authors(resource: Body, *names: str) -> None:
    """Keep of `systemData` what a service shows."""
    known = resource.get("systemData")
    if isinstance(known, dict):
        resource["systemData"] = {name: known[name] for name in names if name in known}


def hide_last_change(resource: Body) -> None:
    """Hide who changed a resource last where nobody has changed it."""
    known = resource.get("systemData") or {}
    if known.get("createdAt") == known.get("lastModifiedAt"):
        authors(resource, "createdAt", "createdBy", "createdByType", "lastModifiedAt")


FEW = ("createdAt", "createdBy", "lastModifiedAt")
"""What endpoints show of who made them."""
