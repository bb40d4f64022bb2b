"""Values that only the deployment itself will know.

Pulumi sends one of seven marker strings for them, by type; here they are all one, `UNKNOWN`. Whoever reads a value
that a decision needs goes through `known`, so that a rule never decides on a marker.
"""

from __future__ import annotations

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


class UnknownError(Exception):
    """A decision needs a value that isn't known yet; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not known until the update")
        self.path = path


def is_unknown(value: object) -> bool:
    """Whether the value itself is unknown."""
    return isinstance(value, str) and value in MARKERS


def has_unknown(value: Any) -> bool:
    """Whether any part of the value is unknown, also in the middle of a text."""
    if isinstance(value, str):
        return any(marker in value for marker in MARKERS) if len(value) >= len(UNKNOWN) else False
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, Sequence) and any(has_unknown(item) for item in value)


def known(value: Any, path: str) -> Any:
    """The value; UnknownError where it isn't known."""
    if is_unknown(value):
        raise UnknownError(path)
    return value


def all_known(value: Any, path: str) -> Any:
    """The value with everything in it; UnknownError where any part isn't known."""
    if has_unknown(value):
        raise UnknownError(path)
    return value


def read(body: Any, path: str, default: Any = None) -> Any:
    """What is at a dotted path of nested objects, or `default`; UnknownError where the way there isn't known.

    Names are found in any letter case, as ARM finds them.
    """
    value, walked = body, ""
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return default
        value = _member(value, step)
        walked = f"{walked}.{step}" if walked else step
        known(value, walked)
    return default if value is None else value


def _member(value: Mapping[str, Any], name: str) -> Any:
    if name in value:
        return value[name]
    lowered = name.lower()
    return next((item for key, item in value.items() if key.lower() == lowered), None)
