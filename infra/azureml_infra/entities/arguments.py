"""What a Python program gives wrongly is refused in the same words as what a file says wrongly."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from azureml_infra.yaml.problems import article

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _Metaclass
else:
    _Metaclass = type(BaseModel)  # it has no public name

Explain = Callable[[ValidationError, Any, Mapping[str, Any]], list[str]]
"""Says in lines what is wrong with a model's arguments."""

explain: list[Explain] = []
"""The one that is used, which stands above the models; `azureml_infra` sets it. Without it pydantic's words stay."""


OUTPUT = "a Pulumi Output"
"""How messages call one."""


class ArgumentError(ValueError):
    """An argument that can't be used. The traceback has the line of the program."""


class Constructor(_Metaclass):
    """Makes models. Only a call by name comes here: pydantic makes those of a file, and what is inside of a model."""

    if not TYPE_CHECKING:  # for type checkers a model takes what its fields say

        def __call__(cls, *args: Any, **given: Any) -> Any:  # noqa: N805  (of a metaclass)
            """Return the model, or raise ArgumentError with all that is wrong."""
            try:
                return super().__call__(*args, **given)
            except ValidationError as error:
                if not explain:
                    raise
                lines = explain[0](error, cls, given)
            raise ArgumentError("\n".join(f"{cls.__name__}: {line}" for line in lines))


def refuse_unless(value: object, kinds: type | tuple[type, ...], owner: str, argument: str, expected: str) -> None:
    """Raise ArgumentError where an argument is of none of these kinds; `expected` names them."""
    if not isinstance(value, kinds):
        raise ArgumentError(f"{owner}: {argument} is {describe_type(value)}; expected {expected}")


def describe_type(value: object) -> str:
    """Return what a Python value is, without what it says: ``a Pulumi Output``, ``an int``."""
    if any(one.__name__ == "Output" for one in type(value).__mro__):
        return OUTPUT
    return "None" if value is None else article(type(value).__name__)
