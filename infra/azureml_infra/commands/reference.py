"""The reference page of every kind and field, generated from the models."""

import json
import re
from collections.abc import Iterator, Mapping

from azureml_infra.commands.choices import PREFIX, Schema, references
from azureml_infra.commands.schema import PLATFORM, definitions
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.base import SECRET_PATTERN
from azureml_infra.entities.guardrails import GuardrailsArgs
from azureml_infra.entities.kinds import KINDS, Kind
from azureml_infra.yaml.problems import one_of

INTRODUCTION = """# Reference

Every kind and field, generated from the models by `azureml-infra reference`; a test holds this page to them. The
fields are az ml's; the few that az ml doesn't have say so. A *secret* is `${{secrets.NAME}}`, with the value given by
`pulumi config set --secret NAME`."""

_SCALARS = {"string", "integer", "number", "boolean"}
_ACRONYMS = {"Aml": "AML", "Fqdn": "FQDN", "Sas": "SAS", "Ssh": "SSH"}
_WORDS = {None: "anything", "null": "nothing"}
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "below"}


def reference() -> str:
    """Return the page in Markdown: platform.yml, then each kind with the mappings that it is first to use."""
    headings = _headings()
    sections = [INTRODUCTION, _contents(headings)]
    written: set[str] = set()
    for name in _subjects():
        for inner in _nested_sections(name, written):
            sections.append(_section(inner, headings))
    return "\n\n".join(sections) + "\n"


def _subjects() -> Iterator[str]:
    yield PLATFORM
    yield AccessEntry.__name__
    yield GuardrailsArgs.__name__
    yield from (kind.model.__name__ for kind in KINDS)


def _nested_sections(name: str, written: set[str]) -> Iterator[str]:
    """Yield the section of a model and of those that it is the first to use; kinds have sections of their own."""
    written.add(name)
    yield name
    for inner in dict.fromkeys(references(definitions()[name])):
        if inner not in written and inner not in set(_subjects()):
            yield from _nested_sections(inner, written)


def _headings() -> dict[str, str]:
    """Return each model's heading; no heading occurs twice."""
    kinds = {kind.model.__name__: kind.model.kind[:1].upper() + kind.model.kind[1:] for kind in KINDS}
    special = {PLATFORM: "platform.yml", AccessEntry.__name__: "Access entry", GuardrailsArgs.__name__: "Guardrails"}
    taken = {heading.lower() for heading in (*kinds.values(), *special.values())}
    parts = {name: _spaced_words(name) for name in definitions() if name not in kinds and name not in special}
    return kinds | special | {name: f"{text} (part)" if text.lower() in taken else text for name, text in parts.items()}


def _spaced_words(name: str) -> str:
    """Return ``Aml compute ssh settings`` for ``AmlComputeSshSettings``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(_ACRONYMS.get(word, word.lower() if at else word) for at, word in enumerate(words.split(" ")))


def _link(name: str, headings: Mapping[str, str]) -> str:
    heading = headings[name]
    return f"[{heading}](#{anchor(heading)})"


def anchor(heading: str) -> str:
    """Return the anchor that Markdown viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _contents(headings: Mapping[str, str]) -> str:
    sections: dict[str, list[Kind]] = {}
    for kind in KINDS:
        sections.setdefault(kind.section, []).append(kind)
    rows = [
        f"| `{'workspace' if section == 'workspaces' else section}` | "
        + ", ".join(_link(kind.model.__name__, headings) for kind in kinds)
        + " |"
        for section, kinds in sections.items()
    ]
    first = f"Start with {_link(PLATFORM, headings)}. Its sections hold these kinds:"
    return "\n".join([first, "", "| section | kinds |", "|---|---|", *rows])


def _section(name: str, headings: Mapping[str, str]) -> str:
    definition = definitions()[name]
    required = set(definition.get("required", ()))
    level = "##" if name in set(_subjects()) else "###"
    rows = [
        f"| `{field}` | {_type(about, headings)} | {_default(field, about, required)} | {_cell(about['description'])} |"
        for field, about in definition.get("properties", {}).items()
        if field != "$schema"
    ]
    paragraphs = [f"{level} {headings[name]}", _prose(definition.get("description", "")), *_declaration(name)]
    if rows:
        paragraphs.append("\n".join(["| field | type | default | meaning |", "|---|---|---|---|", *rows]))
    for words in definition.get("patternProperties", {}):
        told = ", ".join(f"`{word}`" for word in words.strip("^()$").split("|"))
        paragraphs.append(f"What only Azure sets and `az ml` prints has no effect: {told}.")
    return "\n\n".join(paragraphs)


def _declaration(name: str) -> list[str]:
    """Return how a file declares this kind, and its name in Python."""
    kind = next((kind for kind in KINDS if kind.model.__name__ == name), None)
    if kind is None:
        return []
    words = [f"`$schema: {schema}.schema.json`" for schema in kind.schemas]
    words += [f"`type: {word}`" for word in kind.types]
    return [f"A file declares it with {' or '.join(words)}; in Python it is `{kind.model.__module__}.{name}`."]


def _type(field: Schema, headings: Mapping[str, str]) -> str:
    if "$ref" in field:
        return _link(field["$ref"].removeprefix(PREFIX), headings)
    options = _options(field)
    if options:
        return one_of(dict.fromkeys(_type(one, headings) for one in options))
    words = field.get("enum", [field["const"]] if "const" in field else None)
    if words:
        return ", ".join(f"`{word}`" for word in words)
    return _plain_type(field, headings)


def _options(field: Schema) -> list[Schema]:
    """Return the values of a field; a scalar of any type is a string that YAML may read as something else."""
    several: list[Schema] = next((field[word] for word in ("anyOf", "oneOf", "allOf") if word in field), [])
    options = [one for one in several if one.get("type") != "null"]
    if {one.get("type") for one in options} >= _SCALARS:
        options = [{"type": "string"}, *(one for one in options if one.get("type") not in _SCALARS)]
    return options


def _plain_type(field: Schema, headings: Mapping[str, str]) -> str:
    kind = field.get("type")
    if kind == "array":
        inner = _type(field.get("items", {}), headings)
        return f"list of {inner}" if " or " not in inner else f"list, each {inner}"
    if kind == "object":
        values = field.get("additionalProperties") or next(iter(field.get("patternProperties", {}).values()), None)
        return f"mapping to {_type(values, headings)}" if isinstance(values, Mapping) else "mapping"
    if field.get("pattern") == SECRET_PATTERN:
        return "secret"
    bounds = " and ".join(f"{words} {field[key]:g}" for key, words in _BOUNDS.items() if key in field)
    return ", ".join(word for word in (_WORDS.get(kind, kind), bounds) if word)


def _default(name: str, field: Schema, required: set[str]) -> str:
    if name in required:
        return "required"
    value = field.get("default")
    return "" if value in (None, [], {}) else _cell(f"`{json.dumps(value, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


def _prose(text: str) -> str:
    """Return a docstring as Markdown, on one line."""
    return " ".join(text.split()).replace("``", "`")
