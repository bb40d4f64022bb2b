"""Pydantic's errors as problems: texts by error type, places instead of field paths, one branch of a union."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from azureml_infra.entities.base import Entity, Model
from azureml_infra.entities.body import specs
from azureml_infra.entities.documentation import documentation
from azureml_infra.entities.in_file import IN_FILE
from azureml_infra.yaml.composer import describe
from azureml_infra.yaml.nodes import Document, Location, Node, Scalar, child, descend, key_at
from azureml_infra.yaml.problems import Problem, article, nearest, on_one_line, one_of, quote

if TYPE_CHECKING:
    from pydantic import ValidationError

WRONG_TYPE = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "none_required": "nothing",
    "is_instance_of": "",
}
"""Error type -> what the value should have been. `is_instance_of` is Pulumi's Output, which YAML doesn't have."""

SMALL = ("a whole number", "a number", "true or false")
"""Where one of these belongs, what is there instead is worth repeating."""

WRONG_VALUE = {
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "{min_length} or more",
    "too_long": "{max_length} or less",
}
"""Error type -> what the value should have been, filled from pydantic's context."""

BESIDE = "resources of azure-native beside the platform, in __main__.py"
"""The way out where a description has no word for something."""

_CREDENTIAL = re.compile(r"key|secret|passw|token|sas|credential|connection", re.IGNORECASE)


@dataclass(frozen=True)
class _Step:
    """One step of pydantic's location. A union's branch is not a place in the file."""

    key: str | int
    branch: bool = False


@dataclass(frozen=True)
class _Error:
    """One of pydantic's errors on its way to a problem."""

    type: str
    steps: tuple[_Step, ...]
    message: str
    context: dict[str, Any]
    branches: frozenset[str] = frozenset()
    """The branches of unions that were left out of `steps`."""

    @property
    def location(self) -> Location:
        return tuple(step.key for step in self.steps if not step.branch)


def translate(error: ValidationError, document: Document, at: Location, model: type[Model]) -> list[Problem]:
    """Return the problems of the value at a location of a document, which should have been a `model`."""
    node = descend(document.root, at)
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        steps = _steps(detail["loc"], node, missing=detail["type"] == "missing")
        found.append(_Error(detail["type"], steps, detail["msg"], detail.get("ctx") or {}))
    return [problem for one in _settle(found) for problem in _problems(one, document, at, model)]


def _steps(location: Location, node: Node | None, *, missing: bool) -> tuple[_Step, ...]:
    """Separate keys from union branches, preferring keys: a discriminator may also be a key of the file."""
    if not location:
        return ()
    key, rest = location[0], location[1:]
    below = child(node, key) if node else None
    if missing and not rest:
        return (_Step(key),)
    as_branch = (_Step(key, branch=isinstance(key, str)), *_steps(rest, node, missing=missing))
    if below is None:
        return as_branch
    as_key = (_Step(key), *_steps(rest, below, missing=missing))
    return min((as_key, as_branch), key=lambda steps: sum(step.branch for step in steps))


def _settle(errors: Iterable[_Error]) -> list[_Error]:
    """Keep one branch of every union: the one nearest to what was written."""
    settled: list[_Error] = []
    unions: dict[Location, dict[str | int, list[_Error]]] = {}
    for error in errors:
        index = next((index for index, step in enumerate(error.steps) if step.branch), None)
        if index is None:
            settled.append(error)
            continue
        place = tuple(step.key for step in error.steps[:index])
        steps = (*error.steps[:index], *error.steps[index + 1 :])
        label = error.steps[index].key
        branch = replace(error, steps=steps, branches=error.branches | {str(label)})
        unions.setdefault(place, {}).setdefault(label, []).append(branch)
    for place, branches in unions.items():
        settled += _nearest_branch(place, [_settle(branch) for branch in branches.values()])
    return settled


def _nearest_branch(place: Location, branches: list[list[_Error]]) -> list[_Error]:
    def off(branch: list[_Error]) -> bool:
        return any(error.type in WRONG_TYPE and error.location == place for error in branch)

    def distance(branch: list[_Error]) -> tuple[int, int]:
        other_type = any(error.location == (*place, "type") for error in branch)
        return (int(other_type), len(branch))

    fitting = [branch for branch in branches if not off(branch)]
    if fitting:
        return min(fitting, key=distance)
    types = dict.fromkeys(_expected_type(error) for branch in branches for error in branch if error.location == place)
    return [replace(branches[0][0], type="union", context={"expected": one_of(filter(None, types))})]


def _expected_type(error: _Error) -> str:
    return str(error.context.get("expected", "")) if error.type == "union" else WRONG_TYPE.get(error.type, "")


def _problems(error: _Error, document: Document, at: Location, model: type[Model]) -> Iterable[Problem]:
    """Return the problem of an error; those of a file that can't be read have places of their own."""
    return error.context["problems"] if error.type == IN_FILE else [_problem(error, document, at, model)]


def _problem(error: _Error, document: Document, at: Location, model: type[Model]) -> Problem:
    location = error.location
    if error.type == "missing":
        return _missing(error, document, at, model)
    if error.type == "extra_forbidden":
        return _unknown_field(error, document, at, model)
    field = error.context.get("field", ())
    location = (*location, *((field,) if isinstance(field, str) else field))
    find = key_at if "[key]" in error.branches else descend
    node = find(document.root, (*at, *location))
    what, expected, suggestion = _words(error, location, node)
    return document.problem(node, what, expected, suggestion)


def _words(error: _Error, location: Location, node: Node) -> tuple[str, str, str]:
    """Return what is wrong, what was expected, and the suggestion."""
    if error.type == "union" or error.type in WRONG_TYPE:
        wanted = _expected_type(error)
        if wanted == "text" and isinstance(node, Scalar) and node.value is not None:
            wanted = "text; put it in quotes"
        found = _value(location, node) if wanted in SMALL else describe(node)
        return f"{_subject(location)} is {'something else' if found == wanted else found}", wanted, ""
    if error.type in {"literal_error", "enum"}:
        choices = re.findall(r"'([^']*)'", str(error.context.get("expected", "")))
        near = nearest(str(node.text), choices) if isinstance(node, Scalar) else ""
        return f"{_subject(location)} is {_value(location, node)}", one_of(choices), near
    if error.type in WRONG_VALUE:
        expected = WRONG_VALUE[error.type].format(**error.context)
        count = error.context.get("actual_length") if error.type.startswith("too_") else None
        found = f"is {_value(location, node)}" if count is None else f"has {count} items"
        return f"{_subject(location)} {found}", expected, ""
    if error.type == "union_tag_invalid":
        tags = re.findall(r"'([^']*)'", str(error.context["expected_tags"]))
        return f"unknown {_discriminator(error)}", one_of(tags), nearest(str(error.context["tag"]), tags)
    if error.type == "union_tag_not_found":
        return f"{_subject(location)} has no {_discriminator(error)}", "", ""
    what = on_one_line(error.message.removeprefix("Value error, ").removeprefix("Assertion failed, "))
    return what, str(error.context.get("expected", "")), str(error.context.get("suggestion", ""))


def _discriminator(error: _Error) -> str:
    """Return the field that tells the branches of a union apart; where a function does, it reads `type`."""
    if str(error.context["discriminator"]).endswith("()"):
        return '"type"'
    return str(error.context["discriminator"]).replace("'", '"')


def _subject(location: Location) -> str:
    if location and isinstance(location[-1], int):
        return f"item {location[-1] + 1} of {_subject(location[:-1])}"
    return quote(location[-1]) if location else "this"


def _value(location: Location, node: Node) -> str:
    """Return a value as it was written, unless it could be a credential."""
    plain = isinstance(node, Scalar) and node.value is not None
    if not plain or any(_CREDENTIAL.search(str(step)) for step in location):
        return describe(node)
    text = node.text if isinstance(node, Scalar) else ""
    return quote(text) if isinstance(node, Scalar) and isinstance(node.value, str) else text


def _missing(error: _Error, document: Document, at: Location, model: type[Model]) -> Problem:
    *above, name = error.location
    node = descend(document.root, (*at, *above))
    if not above and at and not isinstance(at[-1], int):
        node = key_at(document.root, at)
    top = descend(document.root, at)
    what = f"{quote(name)} is missing in {_whole(tuple(above), model)}"
    info = next((field for owner in _models_at(error, model, top) for field in _fields(owner, str(name))), "")
    return document.problem(node, what, f"{name}: {info or '…'}")


def _fields(model: type[Model], word: str) -> list[str]:
    """Return the first sentence of a field's documentation in a list, or nothing."""
    for spec in specs(model):
        if spec.word == word:
            text = documentation(model).get(spec.name, "")
            first = text.partition(". ")[0].replace("\n", " ").rstrip(".")
            return [first if first[1:2].isupper() else first[:1].lower() + first[1:]] if text else []
    return []


def _unknown_field(error: _Error, document: Document, at: Location, model: type[Model]) -> Problem:
    *above, name = error.location
    node = key_at(document.root, (*at, *error.location))
    owners = list(_models_at(error, model, descend(document.root, at)))
    if any(name in owner.not_yet for owner in owners):
        what = f"{quote(name)} can't be described yet"
        return document.problem(node, what, BESIDE)
    known = dict.fromkeys(spec.word for owner in owners for spec in specs(owner))
    known.pop("$schema", None)
    suggestion = nearest(str(name), known)
    what = f"unknown field {quote(name)} in {_whole(tuple(above), model)}"
    return document.problem(node, what, "" if suggestion else one_of(known), suggestion)


def _whole(above: Location, model: type[Model]) -> str:
    if above:
        return _subject(above)
    return article(model.kind) if issubclass(model, Entity) else model.called


def _models_at(error: _Error, model: type[Model], node: Node) -> list[type[Model]]:
    """Return the models that the value with the field may be; `node` is the whole that the error is in."""
    found = [model]
    for step in error.steps[:-1]:
        node = child(node, step.key) or node
        if isinstance(step.key, int):
            continue
        nested = [inner for owner in found for spec in specs(owner) if step.key == spec.word for inner in spec.models]
        found = [inner for inner in nested if inner.__name__ in error.branches] or nested or found
        given = child(node, "type")
        type_ = given.value if isinstance(given, Scalar) else None
        found = list(dict.fromkeys(inner.of_type(type_) for inner in found))
    return found
