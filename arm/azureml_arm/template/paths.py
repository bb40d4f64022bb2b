"""Ids and JSON that may be known in part: how they are read and put together."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from azureml_arm.unknown import UNKNOWN, has_unknown, is_unknown


def parse_json(value: Any) -> Any:
    """Parse JSON that may be a text; None where it can't be read or has a name twice, UNKNOWN where it isn't known."""
    if not isinstance(value, str):
        return value
    if has_unknown(value):
        return UNKNOWN
    try:
        return json.loads(value.removeprefix("\ufeff"), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # readers differ in which of the two they take
        raise ValueError("a name is there twice")
    return found


def segments(path: str) -> Iterator[str]:
    """Yield the segments of an id or path, decoded once; one that isn't known is UNKNOWN."""
    for part in path.strip().strip("/").split("/"):
        decoded = unquote(part)
        if part:
            yield UNKNOWN if has_unknown(part) else part if "/" in decoded else decoded


def clean(value: Any) -> str:
    """Return an id as ids are compared: decoded, with one slash between segments; UNKNOWN for none, "" for the
    tenant."""
    given = value if isinstance(value, str) else UNKNOWN
    if is_unknown(given):
        return UNKNOWN
    parts = list(segments(given))
    return f"/{'/'.join(parts)}" if parts else ""


def resource_id(scope: str, type_name: str, names: Sequence[str]) -> str:
    """Return the id of a resource below a scope, which may be UNKNOWN; names that are missing are UNKNOWN."""
    namespace, *types = type_name.split("/")
    filled = [UNKNOWN] * (len(types) - len(names)) + list(names)[-len(types) :] if types else []
    pairs = "/".join(f"{kind}/{name}" for kind, name in zip(types, filled, strict=True))
    if _GROUP.fullmatch(type_name):
        return f"{scope}/resourceGroups/{filled[-1]}"
    return f"{scope}/providers/{namespace}/{pairs}"


_GROUP = re.compile(r"microsoft\.resources/resourcegroups", re.IGNORECASE)
