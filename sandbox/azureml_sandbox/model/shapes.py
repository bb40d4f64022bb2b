"""What the values of a body are: paths with types, held against a body before anything reads it.

A path is dotted; ``[]`` is every item of a list, ``{}`` every value of an object, and ``!`` what must be there:
``properties.subnets[].name!``. All that a path leads through is checked by it: ``subnets`` is a list, of objects.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from azureml_sandbox.model.errors import bad_request

Shapes = Mapping[str, type | tuple[type, ...]]
Level = list[tuple[str, Any]]
"""Values with their paths."""
NUMBER = (int, float)
_HOLDERS: Mapping[str, type] = {"[]": list, "{}": dict}
_WORDS: Mapping[Any, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a whole number",
    NUMBER: "a number",
}
_STEP = re.compile(r"([^.\[\]{}!]+)((?:\[\]|\{\})*)(!?)")


def check(body: Mapping[str, Any], shapes: Shapes) -> None:
    """Refuse a body with a value that isn't what its path says."""
    for path, shape in shapes.items():
        steps = _steps(path)
        level: Level = [("", body)]
        for number, (name, holders, is_required) in enumerate(steps, 1):
            found = [_member(where, value, name, required=is_required) for where, value in level]
            level = [item for item in found if item[1] is not None]
            for holder in holders:
                level = list(_items(level, holder))
            _check_all(level, shape if number == len(steps) else dict)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, tuple[type, ...], bool], ...]:
    """Return names, the lists and objects that each holds one in another, and whether it must be there."""
    found = _STEP.findall(path)
    return tuple(
        (name, tuple(map(_HOLDERS.__getitem__, re.findall("..", marks))), bool(must)) for name, marks, must in found
    )


def _member(where: str, value: Mapping[str, Any], name: str, *, required: bool) -> tuple[str, Any]:
    path, member = f"{where}.{name}".lstrip("."), value.get(name)
    if required and member is None:
        raise bad_request(f"The request content was invalid: '{path}' is missing.", "InvalidRequestContent")
    return path, member


def _items(level: Level, holder: type) -> Iterable[tuple[str, Any]]:
    _check_all(level, holder)
    if holder is dict:
        return ((f"{path}.{name}", item) for path, value in level for name, item in value.items())
    return ((f"{path}[{number}]", item) for path, value in level for number, item in enumerate(value))


def _check_all(level: Level, shape: type | tuple[type, ...]) -> None:
    for path, value in level:
        if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
            text = f"The request content was invalid: '{path}' is of the wrong type: expected {_WORDS[shape]}."
            raise bad_request(text, "InvalidRequestContent")
