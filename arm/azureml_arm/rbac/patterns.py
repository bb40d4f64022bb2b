"""Whether a pattern of Azure's roles stands for an action.

``*`` stands for any text, anywhere in the pattern, ``/`` included; letter case has no meaning
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions). Whether a ``/*/`` also stands
for ``/`` isn't documented, so what takes rights away is read so, and what gives them isn't:

- AzureML Data Scientist is documented as unable to create compute, and says so by ``workspaces/computes/*/write`` among
  its not-actions, where the action is ``workspaces/computes/write``
  (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning);
- for reading, ``/*/`` gives it too: Key Vault Reader reads vaults by ``vaults/*/read`` alone
  (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security#key-vault-reader).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_arm.rbac.model import Permission

_STARS = re.compile(r"\*+")
_STAR = re.compile(r"(\*)")
_GAP = re.compile(r"((?<=/)(?:\*/)+|\*)")
_ANY, _ANY_LAST = r".*?", r".*"
_ANY_SEGMENTS, _ANY_SEGMENTS_LAST = r"(?:.*?/)??", r"(?:.*/)?"
_READING = "/read"


def matches(pattern: str, action: str) -> bool:
    """Return whether a pattern surely stands for an action."""
    gap = _GAP if action.lower().endswith(_READING) else _STAR
    return _compile(pattern.strip(), gap).fullmatch(action) is not None


def may_match(pattern: str, action: str) -> bool:
    """Return whether a pattern stands for an action, or perhaps does."""
    return _compile(pattern.strip(), _GAP).fullmatch(action) is not None


def grants(actions: Iterable[str], not_actions: Iterable[str], action: str) -> bool:
    """Return whether a role's actions less its not-actions surely have an action."""
    return any(matches(one, action) for one in actions) and not any(may_match(one, action) for one in not_actions)


def may_grant(actions: Iterable[str], not_actions: Iterable[str], action: str) -> bool:
    """Return whether a role's actions less its not-actions have an action, or perhaps do."""
    return any(may_match(one, action) for one in actions) and not any(may_match(one, action) for one in not_actions)


def denies(actions: Iterable[str], not_actions: Iterable[str], action: str) -> bool:
    """Return whether a deny assignment takes an action, or perhaps does."""
    return any(may_match(one, action) for one in actions) and not any(matches(one, action) for one in not_actions)


def permits(permissions: Iterable[Permission], action: str) -> bool:
    """Return whether one block of a role surely has an action. Conditions aren't looked at."""
    return any(grants(block.actions, block.not_actions, action) for block in permissions)


def may_permit(permissions: Iterable[Permission], action: str) -> bool:
    """Return whether one block of a role has an action, or perhaps does. Conditions aren't looked at."""
    return any(may_grant(block.actions, block.not_actions, action) for block in permissions)


@lru_cache(maxsize=4096)
def _compile(pattern: str, wildcards: re.Pattern[str]) -> re.Pattern[str]:
    """Return a regular expression that can't backtrack from one wildcard into the one before.

    Each text between wildcards is taken where it first occurs (an atomic group): whatever follows can still match from
    there if it can from any later place, so the time stays linear for patterns of any form.
    """
    first, *rest = wildcards.split(_STARS.sub("*", pattern))
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    source = re.escape(first) + "".join(_step(gap, text) for gap, text in pairs[:-1])
    if pairs:
        gap, text = pairs[-1]
        source += (_ANY_LAST if gap == "*" else _ANY_SEGMENTS_LAST) + re.escape(text)
    return re.compile(source, re.ASCII | re.IGNORECASE | re.DOTALL)


def _step(gap: str, text: str) -> str:
    return f"(?>{_ANY if gap == '*' else _ANY_SEGMENTS}{re.escape(text)})"
