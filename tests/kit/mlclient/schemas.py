"""The words of azure-ai-ml's marshmallow schemas, beside which `kit.az_words` has ours."""

import importlib
from collections.abc import Iterator
from typing import Any

from azure.ai.ml._schema.core.schema import PathAwareSchema
from marshmallow import Schema, fields
from marshmallow.class_registry import get_class

from kit import az_words

_ROOT = "azure.ai.ml._schema"


def load_schema(name: str) -> type[Schema]:
    """Return a schema by its module below azure-ai-ml's schemas and its name."""
    module, _, class_ = name.rpartition(".")
    found: type[Schema] = getattr(importlib.import_module(f"{_ROOT}.{module}"), class_)
    return found


def call(schema: type[Schema]) -> str:
    """Return what a schema is called in what is written down."""
    return az_words.short(f"{schema.__module__}.{schema.__name__}")


def leaves(field: fields.Field) -> Iterator[fields.Field]:
    """Yield what a field takes: the fields in its unions, lists and mappings."""
    inner = [
        *getattr(field, "_union_fields", ()),
        *(one for some in getattr(field, "_type_sensitive_fields_dict", {}).values() for one in some),
        *(getattr(field, name, None) for name in ("_experimental_field", "value_field", "inner")),
    ]
    inner = [one for one in inner if isinstance(one, fields.Field)]
    if not inner:
        yield field
    for one in inner:
        yield from leaves(one)


def schema_in(field: fields.Field) -> type[Schema] | None:
    """Return the schema of a nested field."""
    nested: Any = getattr(field, "nested", None)
    if isinstance(nested, str):
        nested = get_class(nested)
    if nested is None:
        return None
    found: type[Schema] = (
        nested if isinstance(nested, type) else type(nested if isinstance(nested, Schema) else nested())
    )
    return found


def fields_of(schema: type[Schema]) -> Iterator[tuple[str, fields.Field]]:
    """Yield the words of a schema that a file may have: what is only printed is dropped where a schema reads files."""
    drops = issubclass(schema, PathAwareSchema)
    for name, field in schema._declared_fields.items():
        word = field.data_key or name
        if name not in getattr(schema.Meta, "exclude", ()) and word != "$schema" and (drops or not field.dump_only):
            yield word, field


def inner_schemas(field: fields.Field) -> list[type[Schema]]:
    """Return the schemas of what a field takes."""
    found = [] if field.dump_only else [schema_in(part) for part in leaves(field)]
    return [one for one in found if one is not None]


def describe(field: fields.Field) -> az_words.Word:
    """Return what is written down of a field."""
    if field.dump_only:
        return az_words.Word(dropped=True)
    values = dict.fromkeys(one for part in leaves(field) for one in getattr(part, "allowed_values", None) or ())
    return az_words.Word(tuple(dict.fromkeys(map(call, inner_schemas(field)))), tuple(map(str, values)))


def walk() -> dict[str, dict[str, az_words.Word]]:
    """Return the words of every schema that a kind's file may have."""
    found: dict[str, dict[str, az_words.Word]] = {}
    left = [load_schema(name) for name in az_words.KINDS.values()]
    while left:
        schema = left.pop(0)
        if call(schema) not in found:
            own = dict(fields_of(schema))
            found[call(schema)] = {word: describe(field) for word, field in own.items()}
            left += [inner for field in own.values() for inner in inner_schemas(field)]
    return found
