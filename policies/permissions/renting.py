"""Machines that Azure lets people rent without asking whether they may create compute."""

from __future__ import annotations

from arm.actions import RENT
from policies.run import Run

_WORKSPACE_PARTS = 9  # "", subscriptions, S, resourceGroups, G, providers, N, workspaces, W


def rent(run: Run) -> str:
    """The action that stands for "may rent machines": the config's, or creating compute."""
    return run.config.pack["rent"] or RENT


def workspace_of(resource_id: str) -> str:
    """The id of the workspace that something is in."""
    return "/".join(resource_id.split("/")[:_WORKSPACE_PARTS])
