"""What azure-native's SDK takes as arguments: the shape that the inputs of a resource have, derived from its types."""

import importlib
import re
import threading
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from azureml_arm.catalogue import strip_version
from azureml_sandbox.pulumi.engine.values import Properties, inner, is_secret

ONE_AT_A_TIME = threading.RLock()
"""Held while something of the SDK is imported: its modules import one another when they are used, and two threads that
begin at two ends would wait for each other (importlib's `_DeadlockError`).
"""


def names(token: str) -> frozenset[str]:
    """Return the argument names of an azure-native resource; none for other types."""
    arguments = _class(strip_version(token))
    return frozenset(_declared_types(arguments)) if arguments is not None else frozenset()


def settable(token: str, outputs: Properties) -> Properties:
    """Return what of a resource's outputs a program could have given: nothing read-only, at any depth, and nothing
    empty.

    The released provider makes the inputs of an import that way
    (https://github.com/pulumi/pulumi-azure-native, provider/pkg/convert/responseToSdkInputs.go).
    """
    arguments = _class(strip_version(token))
    return _of_class(arguments, outputs) if arguments is not None else {}


def sdk_class(token: str, *endings: str) -> type | None:
    """Return the first of the SDK's classes of a resource whose name ends so; None for other packages' types."""
    match = re.match(r"azure-native:([\w.]+):(\w+)$", token)
    if match is None:
        return None
    with ONE_AT_A_TIME:
        module = importlib.import_module(f"pulumi_azure_native.{match[1]}")
        return next((found for end in endings if (found := getattr(module, f"{match[2]}{end}", None))), None)


@cache
def _class(token: str) -> type | None:
    return sdk_class(token, "InitArgs", "Args")


@cache
def _declared_types(arguments: type) -> dict[str, Any]:
    """Return the arguments of one of the SDK's classes: Pulumi's name -> declared type."""
    # Here, because a program that makes nothing of azure-native's needs none of it.
    from pulumi._types import input_type_types

    with ONE_AT_A_TIME:
        return dict(input_type_types(arguments))


def _of_class(arguments: type, given: Mapping[str, Any]) -> Properties:
    declared = _declared_types(arguments)
    kept = {key: _of_type(declared[key], value) for key, value in given.items() if key in declared}
    return {key: value for key, value in kept.items() if not _is_empty(value)}


def _of_type(declared: Any, value: Any) -> Any:
    if is_secret(value):
        return {**value, "value": _of_type(declared, inner(value))}
    if isinstance(value, Mapping):
        return max(_readings(list(_options(declared)), value), key=_leaves)
    if isinstance(value, list):
        items = next((typing.get_args(one)[0] for one in _options(declared) if _is(one, Sequence)), Any)
        return [kept for kept in (_of_type(items, item) for item in value) if not _is_empty(kept)]
    return value


def _readings(options: list[Any], value: Mapping[str, Any]) -> Iterator[Properties]:
    """Yield a mapping as each of the classes that it may be; the right one keeps most of it."""
    from pulumi._types import is_input_type

    classes = [one for one in options if isinstance(one, type) and is_input_type(one)]
    yield from (_of_class(one, value) for one in classes)
    if not classes:
        items = next((typing.get_args(one)[1] for one in options if _is(one, Mapping)), Any)
        kept = {key: _of_type(items, item) for key, item in value.items()}
        yield {key: item for key, item in kept.items() if not _is_empty(item)}


def _leaves(value: Any) -> int:
    """Return how many plain values there are in a value."""
    if isinstance(value, Mapping | list):
        return sum(map(_leaves, value.values() if isinstance(value, Mapping) else value))
    return 1


def _options(declared: Any) -> Iterator[Any]:
    """Yield the alternatives of a type, without those that stand for values to come."""
    if typing.get_origin(declared) is typing.Union:
        for one in typing.get_args(declared):
            yield from _options(one)
    elif not str(declared).startswith(_TO_COME):
        yield declared


_TO_COME = ("collections.abc.Awaitable", "pulumi.output.Output")


def _is(declared: Any, origin: type) -> bool:
    found = typing.get_origin(declared)
    return isinstance(found, type) and issubclass(found, origin)


def _is_empty(value: Any) -> bool:
    return value is None or value in ({}, [])
