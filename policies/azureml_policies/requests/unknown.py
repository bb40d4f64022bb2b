"""Values that only the deployment itself will know.

Pulumi sends one of seven marker strings for them, by type; here they are all one, `UNKNOWN`. Whoever reads a value
that a decision needs goes through `known`, so that a rule never decides on a marker.
"""

from collections.abc import Mapping
from typing import Any

from azureml_arm.unknown import MARKERS, UNKNOWN, has_unknown, is_unknown

__all__ = [
    "MARKERS",
    "UNKNOWN",
    "UnknownError",
    "require_all_known",
    "has_unknown",
    "is_unknown",
    "require_known",
    "read",
]


class UnknownError(Exception):
    """A decision needs a value that isn't known yet; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not known until the update")
        self.path = path


def require_known(value: Any, path: str) -> Any:
    """Return the value; UnknownError where it isn't known."""
    if is_unknown(value):
        raise UnknownError(path)
    return value


def require_all_known(value: Any, path: str) -> Any:
    """Return the value with everything in it; UnknownError where any part isn't known."""
    if has_unknown(value):
        raise UnknownError(path)
    return value


def read(body: Any, path: str, default: Any = None) -> Any:
    """Return what is at a dotted path of nested objects, or `default`; UnknownError where the way there isn't known.

    Names are found in any letter case, as ARM finds them.
    """
    value, walked = body, ""
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return default
        value = _member(value, step)
        walked = f"{walked}.{step}" if walked else step
        require_known(value, walked)
    return default if value is None else value


def _member(value: Mapping[str, Any], name: str) -> Any:
    if name in value:
        return value[name]
    lowered = name.lower()
    return next((item for key, item in value.items() if key.lower() == lowered), None)
