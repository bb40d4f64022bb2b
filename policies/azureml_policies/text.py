"""Words for people: what may be shown of a value, and how a change reads."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from azureml_arm.compare import Difference
from azureml_arm.compare.masks import MASK
from azureml_policies.az_ml import AZ_ML
from azureml_policies.requests.unknown import has_unknown

SENSITIVE = re.compile(
    r"passw|secret|(?<!public)key(?!vault)|token|sas\b|sasuri|connectionstring|credential|certificate|signature",
    re.IGNORECASE,
)
"""Names of properties whose values are never shown."""
_LONGEST = 60
_MANY = 3


def show_value(path: str, value: Any) -> str:
    """Return a value as a message may have it: short, and never a secret."""
    if value is None:
        return "(none)"
    if has_unknown(value):
        return "(not known yet)"
    if SENSITIVE.search(path) or value == MASK:
        return "(secret)"
    if isinstance(value, Mapping | list | tuple):
        value = json.dumps(mask(value), sort_keys=True, default=str)
    text = str(value).lower() if isinstance(value, bool) else str(_whole(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def mask(value: Any) -> Any:
    """Return a value without what is secret by its name."""
    if isinstance(value, Mapping):
        return {key: "(secret)" if SENSITIVE.search(key) else mask(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask(item) for item in value]
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def word(path: str) -> str:
    """Return what az ml calls a property of ARM's body: ``properties.scaleSettings.maxNodeCount`` ->
    ``max_instances``."""
    return AZ_ML.get(bare(path), _below(path))


def bare(path: str) -> str:
    """Return a place in ARM's body as `azureml_policies.az_ml` has it: below `properties`, in lower case."""
    return _below(path).lower()


def _below(path: str) -> str:
    while path.lower().startswith("properties."):
        path = path[len("properties.") :]
    return path


def changes(differences: Sequence[Difference]) -> str:
    """Return the values that would change: ``max_instances 5 -> 50, size Standard_DS3_v2 -> Standard_NC6s_v3``."""
    phrases = [_describe_difference(item) for item in differences[:_MANY]]
    more = len(differences) - _MANY
    return ", ".join(phrases) + (f" and {more} more" if more > 0 else "")


def _describe_difference(item: Difference) -> str:
    if item.secret:
        return f"{word(item.path)} (secret) changed"
    return f"{word(item.path)} {show_value(item.path, item.old)} -> {show_value(item.path, item.new)}"


def is_like(text: str, patterns: Iterable[str]) -> bool:
    """Return whether a text is one of some patterns, in which ``*`` stands for any text, in any letter case."""
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)


def join_words(items: Iterable[str], conjunction: str = "and") -> str:
    """Return the items as a list in words: ``a, b and c``."""
    given = list(items)
    if len(given) < 2:  # noqa: PLR2004
        return "".join(given)
    return f"{', '.join(given[:-1])} {conjunction} {given[-1]}"
