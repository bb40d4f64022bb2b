"""The marker strings that Pulumi sends for values which only the deployment itself will know."""

from collections.abc import Mapping, Sequence
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's marker for an unknown string; it stands for every unknown here."""

MARKERS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
"""Pulumi's markers (sdk/python: pulumi_policy.proxy)."""


def marks(text: str) -> bool:
    """Return whether a text is or holds a marker."""
    if len(text) >= len(UNKNOWN):
        for marker in MARKERS:  # any() takes twice the time, and every text of a plan is asked
            if marker in text:
                return True
    return False


def is_unknown(value: object) -> bool:
    """Return whether the value itself is unknown."""
    return isinstance(value, str) and value in MARKERS


def has_unknown(value: Any) -> bool:
    """Return whether any part of the value is unknown, also in the middle of a text."""
    if isinstance(value, str):
        return marks(value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, Sequence) and any(has_unknown(item) for item in value)
