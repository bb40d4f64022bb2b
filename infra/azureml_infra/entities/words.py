"""Small types that the models share: words in any case, names, versions, text maps, durations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from azureml_arm.names import RULES
from azureml_infra.entities.base import TEXT, InputStr, is_output
from azureml_infra.yaml.nodes import as_written


def snake(text: str) -> str:
    """Return the snake_case form: ``ReadOnlyMount`` -> ``read_only_mount``; ``AADToken`` -> ``aad_token``."""
    parted = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", text)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", parted).lower()


def pascal(text: str) -> str:
    """Return the PascalCase form: ``read_only_mount`` -> ``ReadOnlyMount``."""
    return "".join(part[:1].upper() + part[1:] for part in text.split("_"))


ANY_CASE = BeforeValidator(lambda value: snake(value) if isinstance(value, str) else value)
"""For a choice of words: az ml takes ``Enabled`` and ``SystemAssigned`` as it takes their snake_case forms."""


def type_word(given: Any) -> str | None:
    """Return the `type` of a mapping or model in snake_case, by which a union is told apart."""
    word = given.get("type") if isinstance(given, Mapping) else getattr(given, "type", None)
    return snake(word) if isinstance(word, str) else None


def arm_words(**words: str) -> Callable[[str], str]:
    """Return a function from az ml's word to ARM's; words that aren't listed become PascalCase."""
    return lambda word: words.get(word) or pascal(word)


def name_rule(kind: str) -> AfterValidator:
    """Return a validator of names by Azure's rule for a kind."""
    rule = RULES[kind]

    def check(name: Any) -> Any:
        if name is not None and not is_output(name) and not rule.allows(name):
            raise PydanticCustomError(
                "name", "{name} is not a valid name", {"name": f'"{name}"', "expected": rule.sentence}
            )
        return name

    return AfterValidator(check)


Version = Annotated[str, TEXT, name_rule("asset_version")]
"""An asset's version; az ml takes a number for it, too."""

TextMap = Annotated[dict[str, Annotated[InputStr, TEXT]], BeforeValidator(as_written)]
"""Names and texts, such as tags; numbers and booleans become text, as Azure wants them."""


def seconds(count: float) -> str:
    """Return an ISO 8601 duration as Azure ML writes it: 3600 -> ``PT1H``, 90 -> ``PT1M30S``, 0.5 -> ``PT0.5S``."""
    minutes, rest = divmod(count, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((hours, "H"), (minutes, "M"), (round(rest, 3), "S"))
    return "PT" + ("".join(f"{value:g}{unit}" for value, unit in parts if value) or "0S")


def milliseconds(count: int) -> str:
    """Return an ISO 8601 duration: 500 -> ``PT0.5S``."""
    return seconds(count / 1000)
