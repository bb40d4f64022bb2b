"""The mistakes in a model that a Python program makes, in the words that files get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from azureml_infra.description.translate import translate
from azureml_infra.entities.arguments import OUTPUT, describe_type
from azureml_infra.entities.base import Model, is_output
from azureml_infra.yaml.nodes import Document, Foreign, Map, Node, Scalar, Sequence
from azureml_infra.yaml.problems import Problem

if TYPE_CHECKING:
    from pydantic import ValidationError

OUTPUTS_INSIDE = "a mapping, whose values may be Outputs"
KNOWN = (
    "{expected} that is known before the run; where another resource makes it, give it as text and make this wait by "
    "`opts=pulumi.ResourceOptions(depends_on=[…])`"
)


def explain(error: ValidationError, model: type[Model], given: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a model's arguments, a line each."""
    document = Document(model.__name__, (), _map(given))
    found = map(_with_way_out, translate(error, document, (), model))
    return [one.text if one.file == document.name else str(one) for one in found]


def _with_way_out(problem: Problem) -> Problem:
    """Say what to do where an Output was given."""
    if not problem.what.endswith(f" is {OUTPUT}"):
        return problem
    expected = (
        OUTPUTS_INSIDE if problem.expected == "a mapping" else KNOWN.format(expected=problem.expected or "a value")
    )
    return replace(problem, expected=expected)


def _node(value: Any) -> Node:
    """Return a value as it would stand in a file."""
    if isinstance(value, Model):
        value = value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, Mapping):
        return _map(value)
    if isinstance(value, list | tuple):
        return Sequence(1, 1, 1, items=[_node(item) for item in value])
    if value is None or isinstance(value, str | int | float):
        return Scalar(1, 1, 1, value=value, text=str(value))
    return Foreign(1, 1, 1, called=OUTPUT if is_output(value) else describe_type(value))


def _map(given: Mapping[str, Any]) -> Map:
    entries = {str(key): (Scalar(1, 1, 1, value=str(key), text=str(key)), _node(item)) for key, item in given.items()}
    return Map(1, 1, 1, entries=entries)
