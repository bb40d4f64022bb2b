"""Scopes by the ids of what is in them."""

from __future__ import annotations

_WORKSPACE_PARTS = 9  # "", subscriptions, S, resourceGroups, G, providers, N, workspaces, W


def workspace_of(resource_id: str) -> str:
    """Return the id of the workspace, or of another resource directly in a resource group, that something is in."""
    return "/".join(resource_id.split("/")[:_WORKSPACE_PARTS])
