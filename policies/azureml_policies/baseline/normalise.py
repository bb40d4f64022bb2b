"""Canonical forms, so that values that Azure treats as equal compare equal.

ARM compares ids, property names and enum values without case, writes durations and locations in more than one way, and
answers with numbers where it was given numbers of another kind. Free text and secrets are compared as they are.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

Path = tuple[str, ...]
"""The names of properties on the way to a value, as they are written."""

MASK = "[secret]"
"""What Pulumi shows instead of a secret."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The property by which Pulumi tells a secret, an asset and the like from an object."""

_MASKS = re.compile(r"\[secret\]|\*{3,}|<(hidden|redacted)>", re.IGNORECASE)
_ID = re.compile(r"(azureml:)?/(subscriptions|providers)/", re.IGNORECASE)
_ROLE = re.compile(r"(/subscriptions/[^/]+)?(/providers/microsoft\.authorization/roledefinitions/[^/]+)$")
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_WORD = re.compile(r"[A-Za-z][\w.-]{0,79}")
_FREE_TEXT = frozenset({"tags", "environmentvariables", "description", "displayname", "comment", "annotations", "args"})
_SECRET = re.compile(
    r"passw(or)?d$|passphrase$|secrets?$|secretvalue$|token$|^sas$|sas(uri|url)$|connectionstrings?$|signature$"
    r"|(account|access|shared|primary|secondary|api|instrumentation|private|encryption|master|client)key(data|s)?$"
    r"|^(key|key[12]|keys)$|certificatedata$|^credentialvalue$"
)
_BELOW_SECRETS = frozenset({"secrets", "secret", "protectedsettings", "configurationprotectedsettings"})
_ORDERED = frozenset({"args", "arguments", "command", "commands", "entrypoint"})
_NAMES = ("name", "id", "key", "objectid", "principalid", "value")
IDENTITIES = "userassignedidentities"


def fold_name(name: str) -> str:
    """Return a property's name as ARM finds it; where ids are names, as ids compare."""
    return unquote(name).rstrip("/").lower() if "/" in name or "%" in name else name.lower()


def is_absent(value: Any) -> bool:
    """Return whether it says no more than leaving it out: null, and an empty list or object."""
    return value is None or (isinstance(value, Mapping | list | tuple) and not value)


def is_masked(value: Any) -> bool:
    """Return whether something stands where a secret isn't shown."""
    return isinstance(value, str) and _MASKS.fullmatch(value) is not None


def is_secret(path: Path) -> bool:
    """Return whether a property holds a secret by its name: a public key doesn't, what is below `secrets` does."""
    names = [name.lower() for name in path]
    return bool(names) and (_SECRET.search(names[-1]) is not None or not _BELOW_SECRETS.isdisjoint(names[:-1]))


def same_scalar(one: Any, other: Any, path: Path) -> bool:
    """Return whether two values that are neither lists nor objects mean the same."""
    if canonical(one, path) == canonical(other, path):
        return True
    if isinstance(one, str) == isinstance(other, str):
        return False
    text, number = (one, other) if isinstance(one, str) else (other, one)
    return _is_number(number) and _NUMBER.fullmatch(text) is not None and float(text) == number


def canonical(value: Any, path: Path) -> Hashable:
    """Return a value to compare: equal for two that mean the same at this place."""
    if isinstance(value, str):
        return _text(value, path)
    if _is_number(value):
        return ("number", value)
    return (type(value).__name__, value if isinstance(value, Hashable) else repr(value))


def same_id(one: str, other: str) -> bool:
    """Return whether two ids name one resource, however they are written."""
    return canonical_id(one) == canonical_id(other)


def canonical_id(resource_id: str) -> str:
    """Return an id to compare and to look up by: decoded, in lower case."""
    return unquote(resource_id).strip().rstrip("/").lower()


def identities(value: Any) -> Any:
    """Return user-assigned identities as a list of ids: azure-native lists them, ARM maps them to what it knows."""
    return sorted(map(str, value), key=str.lower) if isinstance(value, Mapping) else value


def in_order(path: Path) -> bool:
    """Return whether the order of a list at this place has a meaning: the words of a command line."""
    return bool(path) and path[-1].lower() in _ORDERED


def naming_key(items: Sequence[Any]) -> str:
    """Return the property by which the objects of lists are told apart, in lower case; empty where there is none."""
    if not all(isinstance(item, Mapping) for item in items):
        return ""
    folds = [{key.lower(): value for key, value in item.items()} for item in items]
    for name in _NAMES:
        values = [fold.get(name) for fold in folds]
        if all(isinstance(value, str) and value for value in values) and len({*map(str, values)}) == len(values):
            return name
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: str, path: Path) -> Hashable:
    if is_secret(path) or any(name.lower() in _FREE_TEXT for name in path):
        return value
    decoded = unquote(value)
    if _ID.match(decoded):
        return _ROLE.sub(r"\2", canonical_id(value))
    if path and path[-1].lower().endswith(("location", "locations", "region", "regions")):
        return value.replace(" ", "").lower()
    duration = _duration(value)
    if duration is not None:
        return ("duration", duration)
    return value.lower() if _WORD.fullmatch(value) else value


def _duration(value: str) -> float | None:
    """Return the seconds of an ISO 8601 duration without months and years, whose length isn't fixed."""
    match = _DURATION.fullmatch(value) if value[:1] in ("P", "-") else None
    if match is None:
        return None
    seconds = sum(float(match[unit] or 0) * size for unit, size in _SECONDS.items())
    return -seconds if match["sign"] else seconds
