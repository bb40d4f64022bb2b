"""What azure-native's SDK has as outputs of a resource, and what is known of them before Azure has answered."""

import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

from azureml_arm.catalogue import strip_version
from azureml_sandbox.pulumi.engine.arguments import ONE_AT_A_TIME, sdk_class
from azureml_sandbox.pulumi.engine.values import UNKNOWN, Properties, inner, is_secret


def preview(token: str, inputs: Properties) -> Properties:
    """Return the outputs that a resource will have: what the inputs give of them, and the rest unknown, at any depth.

    As the released provider does: what may be one of several types is taken as it was given
    (https://github.com/pulumi/pulumi-azure-native, provider/pkg/convert/previewOutputs.go, `PreviewOutputs`).
    """
    return _of_members(_output_types(strip_version(token)), inputs)


@cache
def _output_types(token: str) -> Mapping[str, Any]:
    # Here, because a program that makes nothing of azure-native's needs none of it.
    from pulumi._types import resource_types

    with ONE_AT_A_TIME:
        found = sdk_class(token, "")
        return resource_types(found) if found is not None else {}


@cache
def _members(declared: type) -> Mapping[str, Any] | None:
    """Return the members of one of the SDK's classes of outputs; None for any other type."""
    from pulumi._types import is_output_type, output_type_types

    with ONE_AT_A_TIME:
        return output_type_types(declared) if isinstance(declared, type) and is_output_type(declared) else None


def _of_members(declared: Mapping[str, Any], given: Mapping[str, Any]) -> Properties:
    return {name: _of_type(type_, given.get(name, UNKNOWN)) for name, type_ in declared.items()}


def _of_type(declared: Any, value: Any) -> Any:
    if is_secret(value):
        return {**value, "value": _of_type(declared, inner(value))}
    if declared is Any or typing.get_origin(declared) is typing.Union:
        return value
    if isinstance(value, Mapping):
        return _of_mapping(declared, value)
    if isinstance(value, list):
        items = typing.get_args(declared)
        return [_of_type(items[0], item) for item in value] if len(items) == 1 else UNKNOWN
    return value if isinstance(value, _SCALARS.get(declared, ())) else UNKNOWN


def _of_mapping(declared: Any, value: Mapping[str, Any]) -> Any:
    members, items = _members(declared), typing.get_args(declared)
    if members is not None:
        return _of_members(members, value)
    return {key: _of_type(items[1], item) for key, item in value.items()} if len(items) == 2 else UNKNOWN  # noqa: PLR2004


_SCALARS: Mapping[Any, tuple[type, ...]] = {bool: (bool,), int: (int, float), float: (int, float), str: (str,)}
"""A declared type -> how a value of it may come over the wire."""
