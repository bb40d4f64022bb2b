"""What the strings below fields say: read from the source when something shows them, and not at each start."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_infra.entities.base import Model


def documentation(model: type[Model]) -> Mapping[str, str]:
    """Return the documentation of a model's fields by their names, inherited ones included.

    A field that is declared again says what it says there. Pydantic's `use_attribute_docstrings` does the same, and
    looks for the source of each model as it is made.
    """
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        said = _classes(owner.__module__).get(owner.__qualname__, {}) if owner.__module__ != "builtins" else {}
        for name in inspect.get_annotations(owner):
            found.pop(name, None)
        found.update(said)
    found = {**(documentation(model.documented_by) if model.documented_by is not None else {}), **found}
    return {name: found[name] for name in model.model_fields if name in found}


@cache
def _classes(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return what each class of a module documents, by the class's name; nothing where there is no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):
        return {}
    return {node.name: dict(_strings_below(node.body)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _strings_below(body: list[ast.stmt]) -> list[tuple[str, str]]:
    return [
        (field.target.id, inspect.cleandoc(below.value.value))
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    ]
