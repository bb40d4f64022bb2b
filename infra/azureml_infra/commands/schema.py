"""``azureml-infra schema [--kind NAME]``: JSON Schemas for editors, generated from the models.

Of platform.yml, or of one of az ml's files. All that a schema refers to is in it, so that it needs no network.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from azureml_infra.commands.choices import PREFIX, Choices, Schema, references, share
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import specs
from azureml_infra.entities.documentation import documentation
from azureml_infra.entities.kinds import KINDS, Kind
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.yaml.problems import nearest, one_of

PLATFORM = PlatformDescription.__name__
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--kind",
        metavar="NAME",
        help="of one az ml file: a name as $schema has it (amlCompute), or a section for any of its kinds (computes)",
    )


def run(arguments: Namespace) -> int:
    """Print a schema; return 0, or 2 where there is no such kind."""
    if arguments.kind and not kinds_called(arguments.kind):
        names = sorted({*(name for kind in KINDS for name in kind.schemas), *(kind.section for kind in KINDS)})
        near = nearest(arguments.kind, names)
        hint = f"did you mean {near}?" if near else f"expected {one_of(names)}"
        print(f'there is no kind "{arguments.kind}"; {hint}', file=sys.stderr)
        return 2
    print(schema(arguments.kind or ""), end="")
    return 0


def kinds_called(name: str) -> list[Kind]:
    """Return the kinds of a name: that of az ml's schema, in any letter case, or of a section."""
    called = [kind for kind in KINDS if name.lower() in (one.lower() for one in kind.schemas)]
    called += [
        kind for kind in KINDS if kind.marked and called and kind not in called and kind.section == called[0].section
    ]
    return called or [kind for kind in KINDS if kind.section == name]


def schema(name: str = "") -> str:
    """Return the JSON Schema of platform.yml, or of the files of a kind or section."""
    choices, chosen_definitions = _choices()
    if name:
        about: Schema = {"anyOf": [{"$ref": PREFIX + kind.model.__name__} for kind in kinds_called(name)]}
    else:
        about = definitions()[PLATFORM]
    chosen = choices.of(about)
    needed = _reachable(references(chosen), chosen_definitions)
    file = f"{name or 'platform'}.schema.json"
    made = share({"$schema": _DIALECT, "$id": file, **chosen, "$defs": dict(needed)})
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


@cache
def _choices() -> tuple[Choices, Schema]:
    """Return what makes choices, and the definitions as it makes them."""
    choices = Choices(definitions(), {kind.model.__name__: _facts(kind) for kind in KINDS})
    return choices, {name: choices.of(about) for name, about in definitions().items()}


def _facts(kind: Kind) -> Schema:
    """Return what chooses a kind beside its own fields."""
    return {
        "words": {"$schema": kind.schemas, "type": kind.types},
        "default": kind.default or bool(kind.marked) or not kind.types,
    }


@cache
def definitions() -> Schema:
    """Return each model's JSON Schema by its name, without pydantic's own keys."""
    models: list[type[Model]] = [PlatformDescription, AccessEntry, *(kind.model for kind in KINDS)]
    _, whole = models_json_schema([(model, "validation") for model in models])
    found = whole["$defs"]
    tidied = {name: _tidy(definition, found, top=True) for name, definition in found.items()}
    for model in _all_models(Model):
        if model.__name__ in tidied:
            _document(tidied[model.__name__].get("properties", {}), model)
    return _reachable([model.__name__ for model in models], tidied)


def _reachable(names: Iterable[str], definitions: Schema) -> Schema:
    """Return the definitions of these names and all that they refer to: pydantic leaves some that nobody does."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += references(definitions[name])
    return {name: definition for name, definition in definitions.items() if name in found}


def _all_models(above: type[Model]) -> Iterator[type[Model]]:
    """Yield the models that derive from one."""
    for model in above.__subclasses__():
        yield model
        yield from _all_models(model)


def _document(properties: dict[str, Schema], model: type[Model]) -> None:
    """Add what is documented to the fields of a model, where pydantic has it: among its keys, sorted."""
    said = documentation(model)
    for spec in specs(model):
        if spec.name in said:
            about = {**properties[spec.word], "description": said[spec.name]}
            properties[spec.word] = dict(sorted(about.items()))


def _tidy(part: Any, definitions: Schema, *, top: bool = False) -> Any:
    """Return a schema with models by reference instead of in place, without titles of fields and `null` defaults."""
    if isinstance(part, list):
        return [_tidy(one, definitions) for one in part]
    if not isinstance(part, Mapping):
        return part
    if not top and part.get("title") in definitions and "properties" in part:
        return {"$ref": PREFIX + part["title"]}
    return {
        "anyOf" if key == "oneOf" else key: _tidy_value(key, value, definitions)  # what several kinds take is of each
        for key, value in part.items()
        if not _noise(key, value, top=top)
    }


def _tidy_value(key: str, value: Any, definitions: Schema) -> Any:
    if key == "properties":
        return {name: _tidy(field, definitions) for name, field in value.items()}
    if key == "default" and isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if inner is not None}
    return _tidy(value, definitions)


def _noise(key: str, value: Any, *, top: bool) -> bool:
    return (key == "title" and isinstance(value, str) and not top) or (key == "default" and value is None)
