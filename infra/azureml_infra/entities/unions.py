"""Unions of models, and of models with references: what says which of them a value is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from azureml_infra.entities.base import Model
from azureml_infra.entities.in_file import from_file
from azureml_infra.entities.words import type_word

REFERENCE = "reference"
"""What text is called that stands in place of a model."""


def name_of(model: Any) -> str:
    """Return a model's name, by which messages find its fields."""
    return model.__name__ if isinstance(model, type) else REFERENCE


def word_of(model: type[Model]) -> str:
    """Return the one `type` that a model takes."""
    return str(get_args(model.model_fields["type"].annotation)[0])


@dataclass(frozen=True)
class ToldBy:
    """Metadata of a union: which of its models a value is. `tell` says it, in what `called` returns of each model.

    `misfit` returns the error of a mapping that is none of them, of it and of what they are called.
    """

    tell: Callable[[Any], str | None]
    called: Callable[[Any], str] = name_of
    misfit: Callable[[Mapping[str, Any], Iterable[str]], PydanticCustomError] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as the model that is told."""
        choices = {self.called(model): handler.generate_schema(model) for model in get_args(source)}

        def check(given: Any) -> Any:
            if self.misfit is not None and isinstance(given, Mapping) and self.tell(given) not in choices:
                raise self.misfit(given, choices)
            return given

        told = core_schema.tagged_union_schema(choices, self.tell)
        return core_schema.no_info_before_validator_function(check, told) if self.misfit is not None else told


BY_TYPE = ToldBy(type_word, word_of)
"""For models that say by `type` which they are, in any spelling of it."""


@dataclass(frozen=True)
class OrReference:
    """Metadata of a union of models and text: a mapping with a `name` is the first model, any other one the last.

    `in_file`: ``file:PATH`` is what stands in that file, as az ml has it.
    """

    in_file: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as a model, or as a reference to what it would describe."""
        models: list[type[Model]] = [model for model in get_args(source) if isinstance(model, type)]

        def model_of(given: Mapping[str, Any]) -> type[Model]:
            return models[0] if given.get("name") else models[-1]

        def tell(given: Any) -> str:
            if isinstance(given, Mapping):
                return model_of(given).__name__
            own = (model for model in models if isinstance(given, model))
            return next(own, models[-1]).__name__ if isinstance(given, Model) else REFERENCE

        def read(given: Any, info: ValidationInfo) -> Any:
            return from_file(given, info, model_of) if isinstance(given, str) and given.startswith("file:") else given

        told = ToldBy(tell).__get_pydantic_core_schema__(source, handler)
        return core_schema.with_info_before_validator_function(read, told) if self.in_file else told
