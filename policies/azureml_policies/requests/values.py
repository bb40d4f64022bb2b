"""Reading values of any origin: wrappers taken off, names in any spelling, JSON in a text, ids."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from azureml_arm.compare.masks import SIGNATURE
from azureml_arm.template.paths import parse_json
from azureml_arm.unknown import marks
from azureml_policies.requests.unknown import MARKERS, UNKNOWN, has_unknown, is_unknown

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
"""Pulumi's mark of a secret, by a program or in a state."""
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""Pulumi's mark of an Output with what it depends on."""
_WRAPPERS = {SECRET: ("value", "plaintext"), OUTPUT: ("value",)}

_OBJECTS = (dict, Mapping)
"""What is asked of every value of a plan: the usual class first, since `Mapping` takes ten times as long to tell."""
_SCALARS = (int, float)
_LEAVES = (str, int, float, type(None))


def plain(value: Any) -> Any:
    """Return the value without Pulumi's wrappers, and with the one marker for what isn't known."""
    if isinstance(value, str):
        return UNKNOWN if value in MARKERS else value
    if isinstance(value, _OBJECTS):
        wrapped = _WRAPPERS.get(str(value[SIGNATURE])) if SIGNATURE in value else None
        return _unwrap(value, wrapped) if wrapped else {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, _SCALARS):
        return value
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    return value


def _unwrap(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return what is in a wrapper; without its content (encrypted, or not there yet) it isn't known."""
    key = next((key for key in keys if key in value), None)
    if key is None:
        return UNKNOWN
    content = parse_json(value[key]) if key == "plaintext" else value[key]
    return plain(content)


def squash(name: str) -> str:
    """Return a name as all spellings have it: ``vm_size``, ``vmSize`` and ``VMSize`` are one."""
    return name.replace("_", "").replace("-", "").lower()


BREAKING = re.compile(r"[/\\?#]")
"""What makes more of a name than a name, in a path."""
TWICE = "arguments that are there in two spellings"


def has_twice(names: Iterable[str]) -> bool:
    """Return whether one name is there in two spellings."""
    given = list(names)
    return len({squash(name) for name in given}) < len(given)


def member(value: Any, *names: str) -> Any:
    """Return what an object has under the first of these names that it has, in any spelling."""
    if not isinstance(value, Mapping):
        return UNKNOWN if is_unknown(value) else None
    for name in names:
        if value.get(name) is not None:
            return value[name]
        wanted = squash(name)
        found = next((item for key, item in value.items() if item is not None and squash(str(key)) == wanted), None)
        if found is not None:
            return found
    return None


def unclear_name(value: Any, *, under: str = "", above: str = "") -> str:
    """Return which name anywhere in a value may stand for another: two that differ in letter case alone, of which Azure
    takes either, or one that isn't known yet; empty where all are clear.

    Environment variables are other names in other letter case (`http_proxy`, `HTTP_PROXY`).
    """
    if isinstance(value, list):
        return next((found for item in value if (found := unclear_name(item, above=under))), "")
    if not isinstance(value, _OBJECTS):
        return ""
    names = [str(key) for key in value]
    if any(map(marks, names)):
        return "a name that isn't known yet"
    if len({name.casefold() for name in names}) < len(set(names)):
        own_names = squash(under) == "environmentvariables" and above.lower() != "jobs"
        if not own_names:
            return _two_alike(names)
    for key, item in value.items():
        if not isinstance(item, _LEAVES) and (found := unclear_name(item, under=str(key), above=under)):
            return found
    return ""


def _two_alike(names: Iterable[str]) -> str:
    seen: dict[str, str] = {}
    one, other = next((seen[key], name) for name in names if seen.setdefault(key := name.casefold(), name) != name)
    return f"two names that differ in letter case alone: {one!r} and {other!r}"


def text(value: Any) -> str:
    """Return a value as a text; UNKNOWN for one that isn't there or isn't known, also in part."""
    if isinstance(value, bool | int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value if isinstance(value, str) and value and not has_unknown(value) else UNKNOWN


def settle(value: Any) -> Any:
    """Return the value where a text that isn't known in part isn't known at all: no rule then decides on half a
    text."""
    if isinstance(value, str):
        return UNKNOWN if has_unknown(value) else value
    if isinstance(value, Mapping):
        return {key: settle(item) for key, item in value.items()}
    return [settle(item) for item in value] if isinstance(value, list) else value
