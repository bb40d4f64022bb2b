"""The JSON Schema that a policy's configuration is checked with.

It knows the keywords of JSON Schema (https://json-schema.org/understanding-json-schema) that describe settings, and
refuses the others rather than pass what the engine would not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, Any, str], Iterator[str]]


class SchemaError(Exception):
    """A schema has a keyword that isn't known here."""


def problems(value: Any, schema: Any, at: str = "") -> list[str]:
    """What is wrong with a value, place by place."""
    if isinstance(schema, bool):
        return [] if schema else [f"{at or 'it'} is not allowed"]
    unknown = sorted(set(schema) - set(_CHECKS) - _NOTES - _OF_OBJECTS)
    if unknown:
        raise SchemaError(f"its schema says {unknown[0]!r}, which can't be checked in-process")
    found = [
        text for keyword, check in _CHECKS.items() if keyword in schema for text in check(value, schema[keyword], at)
    ]
    return found + list(_members(value, schema, at))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
    "null": lambda value: value is None,
}


def _type(value: Any, wanted: Any, at: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if not any(_TYPES[name](value) for name in names):
        yield f"{at or 'it'} is {value!r}, and must be of type {' or '.join(names)}"


def _limit(holds: Callable[[Any, Any], bool], applies: Callable[[Any], bool], words: str) -> Check:
    def check(value: Any, limit: Any, at: str) -> Iterator[str]:
        if applies(value) and not holds(value, limit):
            yield f"{at or 'it'} is {value!r}, and must be {words} {limit!r}"

    return check


def _combined(enough: Callable[[int, int], bool], words: str) -> Check:
    def check(value: Any, schemas: Any, at: str) -> Iterator[str]:
        if not enough(sum(not problems(value, schema, at) for schema in schemas), len(schemas)):
            yield f"{at or 'it'} is {value!r}, and must be as {words} of {len(schemas)} schemas say"

    return check


def _excluded(value: Any, schema: Any, at: str) -> Iterator[str]:
    if not problems(value, schema, at):
        yield f"{at or 'it'} is {value!r}, which is not allowed"


def _items(value: Any, schema: Any, at: str) -> Iterator[str]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from problems(item, schema, f"{at}[{index}]")


def _unique(value: Any, wanted: Any, at: str) -> Iterator[str]:
    if wanted and isinstance(value, list) and any(item in value[:index] for index, item in enumerate(value)):
        yield f"{at or 'it'} has an item twice"


def _required(value: Any, names: Any, at: str) -> Iterator[str]:
    for name in names if isinstance(value, Mapping) else ():
        if name not in value:
            yield f"{_below(at, name)} is missing"


def _members(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in value.items() if isinstance(value, Mapping) else ():
        matching = [own for pattern, own in patterns.items() if re.search(pattern, name)]
        for own in [known[name], *matching] if name in known else matching:
            yield from problems(item, own, _below(at, name))
        if name not in known and not matching:
            yield from problems(item, schema.get("additionalProperties", True), _below(at, name))


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


_CHECKS: Mapping[str, Check] = {
    "type": _type,
    "enum": _limit(lambda value, among: value in among, lambda _: True, "one of"),
    "const": _limit(lambda value, only: bool(value == only), lambda _: True, "equal to"),
    "minimum": _limit(lambda value, least: bool(value >= least), _is_number, "at least"),
    "maximum": _limit(lambda value, most: bool(value <= most), _is_number, "at most"),
    "exclusiveMinimum": _limit(lambda value, limit: bool(value > limit), _is_number, "more than"),
    "exclusiveMaximum": _limit(lambda value, limit: bool(value < limit), _is_number, "less than"),
    "minLength": _limit(lambda value, least: len(value) >= least, _TYPES["string"], "of a length of at least"),
    "maxLength": _limit(lambda value, most: len(value) <= most, _TYPES["string"], "of a length of at most"),
    "minItems": _limit(lambda value, least: len(value) >= least, _TYPES["array"], "of a length of at least"),
    "maxItems": _limit(lambda value, most: len(value) <= most, _TYPES["array"], "of a length of at most"),
    "minProperties": _limit(lambda value, least: len(value) >= least, _TYPES["object"], "of a size of at least"),
    "maxProperties": _limit(lambda value, most: len(value) <= most, _TYPES["object"], "of a size of at most"),
    "pattern": _limit(lambda value, text: bool(re.search(text, value)), _TYPES["string"], "in the form"),
    "uniqueItems": _unique,
    "items": _items,
    "required": _required,
    "allOf": _combined(lambda held, all_: held == all_, "all"),
    "anyOf": _combined(lambda held, _: held >= 1, "any"),
    "oneOf": _combined(lambda held, _: held == 1, "exactly one"),
    "not": _excluded,
}
_OF_OBJECTS = frozenset({"properties", "patternProperties", "additionalProperties"})
_NOTES = frozenset(
    {"title", "description", "default", "examples", "deprecated", "format", "$comment", "$schema", "$id"}
)
"""Keywords that don't constrain (`format` only where a validator is told to check it)."""
