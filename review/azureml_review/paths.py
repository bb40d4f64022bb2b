"""Places in inputs and bodies, as engines and ARM write them: ``a.b[0]["c"]``."""

from collections.abc import Mapping
from typing import Any


def dot_path(path: str) -> str:
    """Return ``a[0]["b"]`` as ``a.0.b``."""
    return path.replace('["', ".").replace('"]', "").replace("[", ".").replace("]", "")


def at(value: Any, path: str) -> Any:
    """Return the value at a path, or None."""
    for part in dot_path(path).split("."):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value
