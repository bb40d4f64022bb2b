"""Canonical forms, so that values that Azure treats as equal compare equal.

ARM compares ids, property names and enum values without case, writes durations, times and locations in more than one
way, and answers with numbers or texts where it was given the other. Free text and secrets are compared as they are.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from azureml_arm import ids
from azureml_arm.compare.addresses import same_address
from azureml_arm.compare.masks import Path, is_secret
from azureml_arm.regions import canonical_region

_ID = re.compile(r"(azureml:)?/(subscriptions|providers)/", re.IGNORECASE)
_ROLE = re.compile(r"(/subscriptions/[^/]+)?(/providers/microsoft\.authorization/roledefinitions/[^/]+)$")
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_WORD = re.compile(r"[A-Za-z][\w.-]{0,79}(, ?[A-Za-z]\w{0,79})*")
"""An enum's value, or several of them: `SystemAssigned, UserAssigned`."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE)
_URL = re.compile(r"(?:https|abfss)://", re.IGNORECASE)
_FREE_TEXT = frozenset(
    {
        "tags",
        "environmentvariables",
        "description",
        "displayname",
        "friendlyname",
        "comment",
        "annotations",
        "args",
        "command",
        "default",
    }
)
_ABSENT = ("NoneType", None)
_ORDERED = frozenset({"args", "arguments", "channels", "command", "commands", "entrypoint"})
_NAMES = ("name", "id", "key", "objectid", "principalid", "value")
IDENTITIES = "userassignedidentities"


def fold_name(name: str) -> str:
    """Return a property's name as ARM finds it; where ids are names, as ids compare."""
    return unquote(name).rstrip("/").lower() if "/" in name or "%" in name else name.lower()


def is_absent(value: Any) -> bool:
    """Return whether it means the same as leaving it out: null, an empty list, an empty object."""
    return value is None or (isinstance(value, Mapping | list | tuple) and not value)


def is_empty(value: Any) -> bool:
    """Return whether an object says nothing: nulls and empty lists, at any depth."""
    return value in (None, []) or (isinstance(value, Mapping) and bool(value) and all(map(is_empty, value.values())))


def same_scalar(one: Any, other: Any, path: Path, *, exact: bool = False) -> bool:
    """Return whether two values that are neither lists nor objects mean the same; `exact` texts have no other form."""
    if canonical(one, path, exact=exact) == canonical(other, path, exact=exact):
        return True
    if isinstance(one, str) and isinstance(other, str):
        return not _is_free(path, exact=exact) and same_address(one, other)
    if not isinstance(one, str) and not isinstance(other, str):
        return False
    text, value = (one, other) if isinstance(one, str) else (other, one)
    if isinstance(value, bool):
        return bool(text.lower() == str(value).lower())
    return _is_number(value) and _NUMBER.fullmatch(text) is not None and float(text) == value


def canonical(value: Any, path: Path, *, exact: bool = False) -> Hashable:
    """Return a value to compare: equal for two that mean the same at this place."""
    if isinstance(value, str):
        return value if _is_free(path, exact=exact) else _text(value, path) or _ABSENT
    if _is_number(value):
        return ("number", value)
    if value is None:
        return _ABSENT
    return (type(value).__name__, value if isinstance(value, Hashable) else repr(value))


@lru_cache(maxsize=4096)
def _is_free(path: Path, *, exact: bool) -> bool:
    return exact or is_secret(path) or any(name.lower().replace("_", "") in _FREE_TEXT for name in path)


def identities(value: Any) -> Any:
    """Return user-assigned identities as a list of ids: azure-native lists them, ARM maps them to what it knows."""
    return sorted(map(str, value), key=str.lower) if isinstance(value, Mapping) else value


def in_order(path: Path) -> bool:
    """Return whether the order of a list at this place has a meaning: the words of a command line."""
    return bool(path) and path[-1].lower() in _ORDERED


def naming_key(items: Sequence[Any]) -> str:
    """Return the property by which the objects of lists are distinguished, in lower case; empty where there is none."""
    if not all(isinstance(item, Mapping) for item in items):
        return ""
    folds = [{key.lower(): value for key, value in item.items()} for item in items]
    for name in _NAMES:
        values = [fold.get(name) for fold in folds]
        if all(isinstance(value, str) and value for value in values) and len({*map(str, values)}) == len(values):
            return name
    return ""


def key_value(item: Mapping[str, Any], key: str) -> str:
    """Return the value of an object's property, whose name is in lower case."""
    return str(next(value for name, value in item.items() if name.lower() == key))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: str, path: Path) -> Hashable:
    if _ID.match(unquote(value)):
        return _ROLE.sub(r"\2", ids.canonical(value))
    if path and path[-1].lower().endswith(("location", "locations", "region", "regions")):
        return canonical_region(value)
    if _TIME.fullmatch(value):
        return ("time", _seconds(value))
    duration = _duration(value)
    if duration is not None:
        return ("duration", duration)
    if _WORD.fullmatch(value) or _GUID.fullmatch(value):
        return value.replace(" ", "").lower()
    return _url(value) if _URL.match(value) else value


def _seconds(time: str) -> Hashable:
    """Return a time since 1970; without an offset it is in UTC. The text itself where no calendar has it."""
    try:
        found = datetime.fromisoformat(time.upper())
    except ValueError:
        return time
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _url(value: str) -> str:
    """Return a URL with its host in lower case, and without the port and the path that say nothing."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return value
    host = parts.netloc.lower().removesuffix(":443")
    return parts._replace(
        scheme=parts.scheme.lower(), netloc=host, path=parts.path if parts.path != "/" else ""
    ).geturl()


def _duration(value: str) -> float | None:
    """Return the seconds of an ISO 8601 duration without months and years, whose length isn't fixed."""
    match = _DURATION.fullmatch(value) if value[:1] in ("P", "-") else None
    if match is None:
        return None
    seconds = sum(float(match[unit] or 0) * size for unit, size in _SECONDS.items())
    return -seconds if match["sign"] else seconds
