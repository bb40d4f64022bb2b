"""Property values as Pulumi sends them: plain JSON, with marked objects for secrets and a marker string for unknowns.

State, comparison and display all use this one form. A secret is ``{SIGNATURE: SECRET, "value": ...}``; whole numbers,
which the wire carries as floats, are ints here, as they are in ARM's JSON.
"""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks an object with a meaning of its own (Pulumi's wire protocol)."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the marker, not a secret
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that only the deployment itself will know."""

Properties = dict[str, Any]


def from_struct(message: struct_pb2.Struct) -> Properties:
    """Return a message's fields as plain values, in the order of their names: the wire has none."""
    return {key: from_value(message.fields[key]) for key in sorted(message.fields)}


_READ: dict[str | None, Callable[[struct_pb2.Value], Any]] = {
    "null_value": lambda _: None,
    "bool_value": lambda value: value.bool_value,
    "string_value": lambda value: value.string_value,
    "number_value": lambda value: _number(value.number_value),
    "struct_value": lambda value: from_struct(value.struct_value),
    "list_value": lambda value: [from_value(item) for item in value.list_value.values],
    None: lambda _: None,
}


def from_value(value: struct_pb2.Value) -> Any:
    """Return one value of a message."""
    return _READ[value.WhichOneof("kind")](value)


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return values as a message."""
    message = struct_pb2.Struct()
    message.update(dict(properties))
    return message


def is_secret(value: Any) -> bool:
    """Return whether the value is a secret's wrapper."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def secret(value: Any) -> Any:
    """Return the value, wrapped once."""
    return value if is_secret(value) else {SIGNATURE: SECRET, "value": value}


def inner(value: Any) -> Any:
    """Return the value without the wrappers around it; what is inside stays as it is."""
    while is_secret(value):
        value = value["value"]
    return value


def plain(value: Any) -> Any:
    """Return the value with every secret in it in the clear."""
    value = inner(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def mask(value: Any) -> Any:
    """Return the value as it may be shown."""
    if is_secret(value):
        return "[secret]"
    if value == UNKNOWN:
        return "[unknown]"
    if isinstance(value, dict):
        return {key: mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Return whether any part of the value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def has_secret(value: Any) -> bool:
    """Return whether any part of the value is secret."""
    if is_secret(value):
        return True
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    return isinstance(value, list) and any(has_secret(item) for item in value)


def keep_secret(outputs: Any, inputs: Any) -> Any:
    """Return the outputs with what was secret in the inputs wrapped again: a provider hands back plain values."""
    if is_secret(inputs):
        return secret(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict) and not is_secret(outputs):
        return {key: keep_secret(item, inputs[key]) if key in inputs else item for key, item in outputs.items()}
    if isinstance(outputs, list) and isinstance(inputs, list) and has_secret(inputs):
        # An item may have moved: the whole list is kept secret rather than the wrong item.
        return secret(outputs)
    return outputs


def without_none(value: Any) -> Any:
    """Return the value without object members that are null: to Pulumi these are absent."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return value
