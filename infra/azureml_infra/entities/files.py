"""An entity in a YAML file of its own that another entity names, in place of being written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError, ValidationInfo

from azureml_infra.entities.base import Model
from azureml_infra.entities.paths import bad_path, local_path, read_yaml

_M = TypeVar("_M", bound=Model)


def from_file(text: str, info: ValidationInfo, model_of: Callable[[Mapping[str, Any]], type[_M]]) -> _M:
    """Return what a YAML file holds; `model_of` says of its content what it should be.

    Raises PydanticCustomError with the file and the first mistake in it.
    """
    path = local_path(text, info)
    value = read_yaml(path)
    try:
        return model_of(value).model_validate(value, context={**(info.context or {}), "folder": path.path.parent})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        expected = (first.get("ctx") or {}).get("expected", "")
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise bad_path("in_file", f"{path}: {place}: {first['msg']}", expected) from None
