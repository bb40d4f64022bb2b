"""Whether a pattern of Azure's roles stands for an action.

``*`` stands for any text, anywhere in the pattern, ``/`` included; letter case has no meaning
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions). A ``/*/`` also stands for ``/``:
AzureML Data Scientist is documented as unable to create compute, and says so by ``workspaces/computes/*/write``, where
the action is ``workspaces/computes/write``
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_arm.rbac.model import Permission

_STARS = re.compile(r"\*+")
_GAP = re.compile(r"((?<=/)(?:\*/)+|\*)")
_ANY, _ANY_LAST = r".*?", r".*"
_ANY_SEGMENTS, _ANY_SEGMENTS_LAST = r"(?:.*?/)??", r"(?:.*/)?"


def matches(pattern: str, action: str) -> bool:
    """Return whether a pattern stands for an action."""
    return _compile(pattern.strip()).fullmatch(action) is not None


def match_any(patterns: Iterable[str], action: str) -> bool:
    """Return whether one of the patterns stands for an action."""
    return any(matches(pattern, action) for pattern in patterns)


def permits(permissions: Iterable[Permission], action: str) -> bool:
    """Return whether one block's actions less its own not-actions have an action. Conditions aren't looked at."""
    return any(match_any(block.actions, action) and not match_any(block.not_actions, action) for block in permissions)


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> re.Pattern[str]:
    """Return a regular expression that can't backtrack from one wildcard into the one before.

    Each text between wildcards is taken where it first occurs (an atomic group): whatever follows can still match from
    there if it can from any later place, so the time stays linear for patterns of any form.
    """
    first, *rest = _GAP.split(_STARS.sub("*", pattern))
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    source = re.escape(first) + "".join(_step(gap, text) for gap, text in pairs[:-1])
    if pairs:
        gap, text = pairs[-1]
        source += (_ANY_LAST if gap == "*" else _ANY_SEGMENTS_LAST) + re.escape(text)
    return re.compile(source, re.ASCII | re.IGNORECASE | re.DOTALL)


def _step(gap: str, text: str) -> str:
    return f"(?>{_ANY if gap == '*' else _ANY_SEGMENTS}{re.escape(text)})"
