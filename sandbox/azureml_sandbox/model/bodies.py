"""Bodies of resources: read, merge and compare them as Azure does."""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from azureml_arm import ids
from azureml_sandbox.model import derived

Body = dict[str, Any]


def lower_group_word(resource_id: str) -> str:
    """Return an id with `resourcegroups`, as some services write it whatever was asked."""
    return re.sub("/resourcegroups/", "/resourcegroups/", resource_id, count=1, flags=re.IGNORECASE)


def dig(body: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or None."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def pluck(body: Body, path: str) -> Any:
    """Remove and return the value at a dotted path; None where there is none."""
    above, _, last = path.rpartition(".")
    holder = dig(body, above) if above else body
    return holder.pop(last, None) if isinstance(holder, dict) else None


def plant(body: Body, path: str, value: Any) -> None:
    """Set the value at a dotted path, with the objects above it."""
    *above, last = path.split(".")
    for part in above:
        body[part] = body.get(part) or {}
        body = body[part]
    body[last] = value


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Body:
    """Return two objects as one, `over` first, None in `over` as if it weren't there."""
    result = copy.copy(dict(under))
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merge(result[key], value)
        elif value is not None:
            result[key] = value
    return result


def apply_patch(resource: Mapping[str, Any], change: Mapping[str, Any]) -> Body:
    """Return a resource with a PATCH applied: objects merge, null removes, `tags` are replaced whole."""
    result = dict(resource)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping) and key != "tags":
            result[key] = apply_patch(result[key], value)
        else:
            result[key] = value
    return result


def equal(old: Any, new: Any) -> bool:
    """Return whether two values are the same to Azure, which ignores the letter case of ids."""
    if isinstance(old, str) and isinstance(new, str) and old.startswith("/"):
        return ids.same(old, new)
    return bool(old == new)


def etag_of(resource: Body) -> str:
    """Return a mark that is another one whenever the content is."""
    content = {key: value for key, value in resource.items() if key != "etag"}
    return f'W/"{derived.guid("etag", json.dumps(content, sort_keys=True))}"'
