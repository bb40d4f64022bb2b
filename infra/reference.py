"""The reference page of every kind and field, and the editor's JSON Schema: both generated from the models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.entities.access import AccessEntry
from infra.entities.base import Model
from infra.entities.kinds import KINDS
from infra.entities.platform import PlatformDescription

TITLE = "# Reference\n\nGenerated from the models by `python -m infra reference`; `make check` holds it to them."
SCHEMA_ID = "platform.schema.json"


def schema() -> str:
    """The JSON Schema of platform.yml."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return json.dumps({**made, **PlatformDescription.model_json_schema()}, indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """The page in Markdown: platform.yml first, then each kind of file."""
    sections: list[str] = []
    seen: dict[str, int] = {}
    for model, heading in _subjects():
        sections += _sections(model, heading, seen)
    return "\n\n".join([TITLE, *sections]) + "\n"


def _subjects() -> Iterator[tuple[type[Model], str]]:
    yield PlatformDescription, "platform.yml"
    yield AccessEntry, "access"
    for kind in KINDS:
        words = ", ".join(f"`{word}`" for word in kind.types)
        yield kind.model, f"{kind.model.kind}" + (f" ({words})" if words else "")


def _sections(model: type[Model], heading: str, seen: dict[str, int]) -> list[str]:
    whole = model.model_json_schema(by_alias=True)
    definitions: Mapping[str, Any] = whole.get("$defs", {})
    made = [_section(f"## {heading}", whole)]
    for name, definition in definitions.items():
        if name not in seen and definition.get("properties"):
            seen[name] = 1
            made.append(_section(f"### {name}", definition))
    return made


def _section(heading: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(field)} | {_default(name, field, required)} | {_cell(field.get('description', ''))} |"
        for name, field in schema["properties"].items()
        if name != "$schema"
    ]
    text = " ".join(schema.get("description", "").split())
    return "\n".join([heading, "", text, "", "| field | type | default | meaning |", "|---|---|---|---|", *rows])


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in field:
            kinds = [_type(one) for one in field[several] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in field or "enum" in field:
        return ", ".join(f"`{word}`" for word in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"mapping of {_type(inner)}" if isinstance(inner, Mapping) else "mapping"
    return str(field.get("type", "any"))


def _default(name: str, field: Mapping[str, Any], required: set[str]) -> str:
    if name in required:
        return "required"
    value = field.get("default")
    return "" if value is None else _cell(f"`{json.dumps(value, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
