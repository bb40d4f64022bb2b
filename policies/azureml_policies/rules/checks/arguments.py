"""One argument of an azure-native resource as it should be, where it isn't right already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import read
from azureml_policies.rules.checks.remediation import is_of


def with_argument(
    planned: Planned, type_name: str, argument: str, *, value: Any, right: Callable[[Any], bool]
) -> Mapping[str, Any] | None:
    """The inputs with an argument set to a value; None for another type, or where what is there is right already.

    UnknownError where what is there isn't known. Resources that come through other doors are left to the check.
    """
    if not is_of(planned, type_name) or right(read(planned.inputs, argument)):
        return None
    others = {key: item for key, item in planned.inputs.items() if key.lower() != argument.lower()}
    return {**others, argument: value}
