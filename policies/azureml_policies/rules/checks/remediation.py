"""What remediations share: the inputs of an azure-native resource with some values as they should be."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azureml_arm.actions import COMPUTE
from azureml_policies.requests.native import find_type, is_native
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.request import Token
from azureml_policies.requests.unknown import read


def is_of(planned: Planned, type_name: str) -> bool:
    """Return whether it is azure-native's own resource of an ARM type; others aren't remediated."""
    token = Token.parse(planned.type)
    found = find_type(token) if is_native(token) else None
    return found is not None and found.type.lower() == type_name.lower()


def compute_kind(planned: Planned) -> str:
    """Return a planned compute's kind in lower case (``amlcompute``); empty for anything else."""
    return str(read(planned.inputs, "properties.computeType", "")).lower() if is_of(planned, COMPUTE) else ""


def with_values(planned: Planned, type_name: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the inputs with the values at dotted paths; None for another type. The inputs themselves stay as
    they are."""
    if not is_of(planned, type_name):
        return None
    inputs: Mapping[str, Any] = planned.inputs
    for path, value in values.items():
        inputs = _put(inputs, path.split("."), value)
    return inputs


def _put(there: Any, path: Sequence[str], value: Any) -> Mapping[str, Any]:
    given = there if isinstance(there, Mapping) else {}
    key = next((key for key in given if key.lower() == path[0].lower()), path[0])
    return {**given, key: value if len(path) == 1 else _put(given.get(key), path[1:], value)}


def with_argument(
    planned: Planned, type_name: str, argument: str, *, value: Any, right: Callable[[Any], bool]
) -> Mapping[str, Any] | None:
    """Return the inputs with an argument set to a value; None for another type, or where what is there is right
    already.

    UnknownError where what is there isn't known. Resources of other providers are left to the check.
    """
    if not is_of(planned, type_name) or right(read(planned.inputs, argument)):
        return None
    others = {key: item for key, item in planned.inputs.items() if key.lower() != argument.lower()}
    return {**others, argument: value}
