"""The JSON Schema that a policy's configuration is checked with: which keywords it may have, and what is wrong.

Keywords that don't describe settings are refused rather than pass what the engine would not.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

_WORDS: Mapping[str, str] = {
    "enum": "one of {!r}",
    "const": "equal to {!r}",
    "minimum": "at least {!r}",
    "maximum": "at most {!r}",
    "exclusiveMinimum": "more than {!r}",
    "exclusiveMaximum": "less than {!r}",
    "minLength": "of a length of at least {!r}",
    "maxLength": "of a length of at most {!r}",
    "minItems": "of a length of at least {!r}",
    "maxItems": "of a length of at most {!r}",
    "minProperties": "of a size of at least {!r}",
    "maxProperties": "of a size of at most {!r}",
    "items": "an empty list",
    "pattern": "in the form {!r}",
    "uniqueItems": "without an item that is there twice",
    "allOf": "as all of its schemas say",
    "anyOf": "as any of its schemas says",
    "oneOf": "as exactly one of its schemas says",
    "not": "something else",
}
"""What a value must be, with the keyword's own value."""
_BELOW_NAMES, _BELOW_LISTS = ("properties", "patternProperties"), ("allOf", "anyOf", "oneOf")
_BELOW = ("additionalProperties", "items", "not")
_NOTES = ("title", "description", "default", "examples", "deprecated", "format", "$comment", "$schema", "$id")
"""Keywords that don't constrain (`format` only where a validator is asked to check it)."""
_KNOWN = frozenset({"type", "required", *_WORDS, *_BELOW_NAMES, *_BELOW_LISTS, *_BELOW, *_NOTES})


class SchemaError(Exception):
    """A schema has a keyword that isn't known here."""


def problems(value: Any, schema: Any) -> list[str]:
    """Return what is wrong with a value, place by place; SchemaError for a schema that can't be checked."""
    for part in _parts(schema):
        unknown = sorted(set(part) - _KNOWN)
        if unknown:
            raise SchemaError(f"its schema says {unknown[0]!r}, which can't be checked in-process")
    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda error: len(error.absolute_path))
    return list(dict.fromkeys(text for error in errors for text in _describe(error)))


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all that are in it."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    inner = [one for keyword in _BELOW_NAMES for one in schema.get(keyword, {}).values()]
    inner += [one for keyword in _BELOW_LISTS for one in schema.get(keyword, [])]
    for one in (*inner, *(schema[keyword] for keyword in _BELOW if keyword in schema)):
        yield from _parts(one)


def _describe(error: ValidationError) -> Iterator[str]:
    at, value, wanted = _place(error), error.instance, error.validator_value
    match error.validator:
        case "required":
            yield from (f"{_below(at, name)} is missing" for name in wanted if name not in value)
        case "additionalProperties":
            yield from (f"{_below(at, name)} is not allowed" for name in value if not _is_known(name, error.schema))
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            yield f"{at or 'it'} is {value!r}, and must be of type {' or '.join(names)}"
        case str() as keyword:
            yield f"{at or 'it'} is {value!r}, and must be {_WORDS[keyword].format(wanted)}"
        case _:
            yield f"{at or 'it'} is not allowed"


def _place(error: ValidationError) -> str:
    at = ""
    for part in error.absolute_path:
        at = f"{at}[{part}]" if isinstance(part, int) else _below(at, part)
    return at


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _is_known(name: str, schema: Any) -> bool:
    return name in schema.get("properties", {}) or any(
        re.search(pattern, name) for pattern in schema.get("patternProperties", {})
    )
