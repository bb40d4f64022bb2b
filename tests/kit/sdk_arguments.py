"""Whether a resource's inputs are arguments that azure-native's SDK declares: names, nested names, lists and mappings.

The released provider checks inputs against the same schema that the SDK is generated from.
"""

import importlib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi import _types as types

from azureml_infra.components.base import sdk_class


def problems(token: str, inputs: Mapping[str, Any]) -> list[str]:
    """Return what the SDK doesn't declare, as paths with a word on each; `token` is ``azure-native:module:Class``."""
    _, module, name = token.split(":")
    sdk_class(f"{module}:{name}")
    arguments = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), f"{name}Args")
    return list(_of_class(arguments, inputs, ""))


def _of_class(arguments: type, given: Mapping[str, Any], at: str) -> Iterator[str]:
    declared = types.input_type_types(arguments)
    known = set(types.input_type_py_to_pulumi_names(arguments).values())
    for key, value in given.items():
        path = f"{at}.{key}" if at else key
        if key not in known:
            yield f"{path}: not an argument of {arguments.__name__}"
        else:
            yield from _of_type(declared[key], value, path)


def _of_type(declared: Any, value: Any, at: str) -> Iterator[str]:
    options = list(_options(declared))
    if value is None or not options:
        return
    found = [(_strange(option, value), list(_as(option, value, at))) for option in options]
    yield from min(found, key=lambda one: (one[0], len(one[1])))[1]


def _strange(option: Any, value: Any) -> int:
    """Return how many keys one of several classes doesn't have: which of them is meant shows at the top."""
    if not isinstance(value, Mapping) or not types.is_input_type(option):
        return 0
    return len(set(value) - set(types.input_type_py_to_pulumi_names(option).values()))


def _options(declared: Any) -> Iterator[Any]:
    """Yield the alternatives of a type, without those that stand for values to come."""
    if typing.get_origin(declared) is typing.Union:
        for one in typing.get_args(declared):
            yield from _options(one)
    elif declared not in (Any, type(None)) and not str(declared).startswith(_TO_COME):
        yield declared


_TO_COME = ("collections.abc.Awaitable", "pulumi.output.Output")


def _as(declared: Any, value: Any, at: str) -> Iterator[str]:
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if types.is_input_type(declared):
        if isinstance(value, Mapping):
            yield from _of_class(declared, value, at)
        else:
            yield f"{at}: {type(value).__name__} where {declared.__name__} is declared"
    elif origin is not None and issubclass(origin, Mapping):
        for key, item in value.items() if isinstance(value, Mapping) else ():
            yield from _of_type(arguments[1], item, f"{at}.{key}")
        if not isinstance(value, Mapping):
            yield f"{at}: {type(value).__name__} where a mapping is declared"
    elif origin is not None:
        for index, item in enumerate(value) if isinstance(value, list) else ():
            yield from _of_type(arguments[0], item, f"{at}[{index}]")
        if not isinstance(value, list):
            yield f"{at}: {type(value).__name__} where a list is declared"
    elif isinstance(value, Mapping | list):
        yield f"{at}: {type(value).__name__} where {declared} is declared"
