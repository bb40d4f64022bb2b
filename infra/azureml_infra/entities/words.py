"""Small types that the models share: words in any case, names, versions, text maps, durations."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from azureml_arm.names import RULES
from azureml_infra.entities.base import TEXT, InputStr, before, is_output, refusal
from azureml_infra.yaml.nodes import as_written
from azureml_infra.yaml.problems import nearest, one_of


def snake(text: str) -> str:
    """Return the snake_case form: ``ReadOnlyMount``, ``Read_Only_Mount`` -> ``read_only_mount``; ``AADToken`` ->
    ``aad_token``.
    """
    parted = re.sub(r"([^_])([A-Z][a-z]+)", r"\1_\2", text)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", parted).lower()


def pascal(text: str) -> str:
    """Return the PascalCase form: ``read_only_mount`` -> ``ReadOnlyMount``."""
    return "".join(part[:1].upper() + part[1:] for part in text.split("_"))


ANY_CASE = before(lambda value: snake(value) if isinstance(value, str) else value)
"""For a choice of words: az ml takes ``Enabled`` and ``SystemAssigned`` as it takes their snake_case forms."""


class Spelling:
    """Metadata of a choice of words that Azure spells in its own way, unless the field's `Arm` converts them."""

    def arm(self, given: Any) -> Any:
        """Return Azure's word for one of az ml's."""
        return pascal(given)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate in any spelling."""
        return ANY_CASE.__get_pydantic_core_schema__(source, handler)


PASCAL = Spelling()
"""For a choice of words in any spelling, which Azure has in PascalCase."""
Switch = Annotated[Literal["enabled", "disabled"], PASCAL]
"""Whether something is on."""


def short_for(word: str, written: Any, kind: type = str) -> BeforeValidator:
    """Return the metadata of a model of which a value may stand alone: ``lazy`` for ``{mode: lazy}``.

    `written` is what a file may have, for editors.
    """
    return BeforeValidator(
        lambda given: {word: given} if isinstance(given, kind) else given, json_schema_input_type=written
    )


def type_word(given: Any) -> str | None:
    """Return the `type` of a mapping or model in snake_case, by which a union is told apart."""
    word = given.get("type") if isinstance(given, Mapping) else getattr(given, "type", None)
    return snake(word) if isinstance(word, str) else None


def arm_words(**words: str) -> Callable[[str], str]:
    """Return a function from az ml's word to ARM's; words that aren't listed become PascalCase."""
    return lambda word: words.get(word) or pascal(word)


@dataclass(frozen=True)
class Words(Spelling):
    """Metadata of a field that takes one of Azure's words, or a list, in az ml's snake_case or in Azure's own form."""

    names: tuple[str, ...]
    """The words as Azure has them: ``LogisticRegression``."""

    def word(self, given: Any) -> Any:
        """Return az ml's word for one of Azure's (``logistic_regression``), or for each of a list or a mapping."""
        return _each(lambda one: snake(self.arm(one)), given)

    def arm(self, given: Any) -> Any:
        """Return Azure's word for one of az ml's, or for each as `word` does; an unknown one stays as it is."""
        return _each(lambda one: next((name for name in self.names if _squash(name) == _squash(str(one))), one), given)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as text, and as one of the words."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the words, for editors."""
        return {"type": "string", "enum": self.word(list(self.names))}

    def _check(self, given: str | None) -> str | None:
        if given is None:
            return None
        if self.arm(given) in self.names:
            return str(self.word(given))
        words = self.word(list(self.names))
        raise refusal(f'"{given}" is none of the words for this', one_of(words), suggestion=nearest(given, words))


def _each(convert: Callable[[Any], Any], given: Any) -> Any:
    """Return a word converted, or each of a list or of a mapping's keys."""
    if isinstance(given, Mapping):
        return {convert(key): value for key, value in given.items()}
    return [convert(one) for one in given] if isinstance(given, list) else convert(given)


def _squash(word: str) -> str:
    return word.replace("_", "").lower()


@dataclass(frozen=True)
class Check:
    """Metadata of a field that is checked after its type, with what JSON Schema can say of that. Outputs pass."""

    run: Callable[[Any], Any]
    schema: Callable[[], Mapping[str, Any]] = dict

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as the type, then by the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the type's schema with what it says of the check."""
        return {**handler(core), **self.schema()}

    def _check(self, given: Any) -> Any:
        return given if is_output(given) else self.run(given)


NO_OTHERS: Mapping[str, Any] = {"additionalProperties": False}
"""What JSON Schema says of a mapping whose names follow a rule."""


def letters(word: str, gap: str = "") -> str:
    """Return the pattern of a word in any letter case; `gap` may stand before any of its letters."""
    return re.sub("[a-z]", lambda one: f"{gap}[{one[0]}{one[0].upper()}]", word.lower())


def in_any_case(words: Iterable[str], message: str, gap: str = "") -> dict[str, Any]:
    """Return the JSON Schema of one of some words in any letter case; `gap` may stand before any of its letters."""
    return {"pattern": f"^({'|'.join(letters(word, gap) for word in words)})$", "patternErrorMessage": message}


def name_rule(kind: str) -> Check:
    """Return a validator of names by Azure's rule for a kind."""
    rule = RULES[kind]

    def check(name: Any) -> Any:
        if name is not None and not rule.allows(name):
            raise refusal(f'"{name}" is not a valid name', rule.sentence)
        return name

    return Check(check, lambda: {"pattern": f"^(?:{rule.pattern})$"})


Version = Annotated[str, TEXT, name_rule("asset_version")]
"""An asset's version; az ml takes a number for it, too."""

TextMap = Annotated[dict[str, Annotated[InputStr, TEXT]], before(as_written)]
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
