"""Every rule of the pack, one line each: a rule that isn't here doesn't run."""

from __future__ import annotations

from policies.guards import (
    compute_ssh_off,
)
from policies.permissions import access, compute, datastores, endpoints, workspace
from policies.rule import Rule
from policies.settings import SETTINGS_RULE

PERMISSIONS: tuple[Rule, ...] = (
    compute.RULE,
    endpoints.RULE,
    access.RULE,
    workspace.RULE,
    datastores.RULE,
)
"""Who may do what."""

GUARDS: tuple[Rule, ...] = (compute_ssh_off.RULE,)
"""What may be built, whoever asks."""

RULES: tuple[Rule, ...] = (SETTINGS_RULE, *PERMISSIONS, *GUARDS)
