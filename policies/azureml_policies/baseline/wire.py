"""Values as Pulumi writes them in states and previews, made plain."""

import json
from collections.abc import Mapping
from typing import Any

from azureml_arm.compare.masks import MASK, SIGNATURE
from azureml_policies.requests.unknown import UNKNOWN, is_unknown
from azureml_policies.requests.values import OUTPUT, SECRET


def plain(value: Any) -> Any:
    """Return a value without wrappers: a secret that isn't readable is `MASK`, what isn't known is `UNKNOWN`."""
    if isinstance(value, str):
        return UNKNOWN if is_unknown(value) else value
    if isinstance(value, Mapping):
        return _unwrap(value) if SIGNATURE in value else {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def is_secret(value: Mapping[str, Any]) -> bool:
    """Return whether an object is a secret's wrapper."""
    return value.get(SIGNATURE) == SECRET


def _unwrap(value: Mapping[str, Any]) -> Any:
    if value[SIGNATURE] == OUTPUT:
        return plain(value.get("value", UNKNOWN))
    if value[SIGNATURE] != SECRET:
        return dict(value)
    if "plaintext" in value:
        return _decode(value["plaintext"])
    return plain(value["value"]) if "value" in value else MASK


def _decode(text: Any) -> Any:
    """Return what `pulumi stack export --show-secrets` writes: JSON in a text."""
    try:
        return plain(json.loads(text))
    except (TypeError, ValueError):
        return MASK
