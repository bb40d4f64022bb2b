"""What remediations share: one argument of an azure-native resource as it should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from policies.doors.native import declared, is_native
from policies.doors.request import Token
from policies.planned import Planned
from policies.unknown import read


def with_argument(
    planned: Planned, type_name: str, argument: str, *, value: Any, right: Callable[[Any], bool]
) -> Mapping[str, Any] | None:
    """The inputs with an argument set to a value; None for another type, or where what is there is right already.

    UnknownError where what is there isn't known. Resources that come through other doors are left to the check.
    """
    token = Token.parse(planned.type)
    found = declared(token) if is_native(token) else None
    if found is None or found.type.lower() != type_name.lower() or right(read(planned.inputs, argument)):
        return None
    others = {key: item for key, item in planned.inputs.items() if key.lower() != argument.lower()}
    return {**others, argument: value}
