"""What the values of a body are: paths with types, held against a body before anything reads it.

A path is dotted; ``[]`` is every item of a list and ``!`` what must be there: ``properties.subnets[].name!``. All that
a path leads through is checked by it: ``subnets`` is a list, of objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sandbox.errors import bad_request

Shapes = Mapping[str, type | tuple[type, ...]]
Level = list[tuple[str, Any]]
"""Values with their paths."""
NUMBER = (int, float)
_WORDS: Mapping[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}
_STEP = re.compile(r"([^.\[\]!]+)((?:\[\])*)(!?)")


def check(body: Mapping[str, Any], shapes: Shapes) -> None:
    """Refuse a body with a value that isn't what its path says."""
    for path, shape in shapes.items():
        steps = _steps(path)
        level: Level = [("", body)]
        for number, (name, lists, is_required) in enumerate(steps, 1):
            found = [_member(where, value, name, required=is_required) for where, value in level]
            level = [item for item in found if item[1] is not None]
            for _ in range(lists):
                level = list(_items(level))
            _check_all(level, shape if number == len(steps) else dict)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, int, bool], ...]:
    """Names, how many lists deep each is, and whether it must be there."""
    return tuple((name, len(lists) // 2, bool(mark)) for name, lists, mark in _STEP.findall(path))


def _member(where: str, value: Mapping[str, Any], name: str, *, required: bool) -> tuple[str, Any]:
    path, member = f"{where}.{name}".lstrip("."), value.get(name)
    if required and member is None:
        raise bad_request(f"The request content was invalid: '{path}' is missing.", "InvalidRequestContent")
    return path, member


def _items(level: Level) -> Iterable[tuple[str, Any]]:
    _check_all(level, list)
    return ((f"{path}[{number}]", item) for path, value in level for number, item in enumerate(value))


def _check_all(level: Level, shape: type | tuple[type, ...]) -> None:
    for path, value in level:
        if not isinstance(value, shape) or (isinstance(value, bool) and shape == NUMBER):
            wanted = "a number" if shape == NUMBER else " or ".join(_WORDS[one] for one in _listed(shape))
            text = f"The request content was invalid: '{path}' is of the wrong type: expected {wanted}."
            raise bad_request(text, "InvalidRequestContent")


def _listed(shape: type | tuple[type, ...]) -> tuple[type, ...]:
    return shape if isinstance(shape, tuple) else (shape,)
