"""The base of every model: strict fields that know their place in ARM's request body.

A field declares its place once, as metadata; validation, the editor's JSON Schema, the reference page, the request body
and the translation of an ARM path back into az ml's words are all derived from it.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from azureml_infra.entities.arguments import Constructor
from azureml_infra.yaml.nodes import as_text, texts_of

if TYPE_CHECKING:
    import pulumi


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Arm:
    """A field's place in ARM's request body.

    `path` is dotted and relative to the enclosing model's place; "" means the enclosing place itself (for nested
    models); None means that the field isn't sent. Without this metadata a field goes to the camelCase of its name.
    `immutable`: a change makes Azure replace the resource. `ignored_on_update`: Azure accepts a change and drops it.
    `back` undoes `convert`, where it makes more of a value than another word (`azureml_infra.entities.reverse`).
    `constant`: a dotted path and what every body of the model has there (`means`).
    `shown`: the path of a value that isn't sent so, and that Azure answers with all the same.
    """

    path: str | None
    convert: Callable[[Any], Any] = _same
    immutable: bool = False
    ignored_on_update: bool = False
    back: Callable[[Any], Any] | None = None
    constant: tuple[str, Any] | None = None
    shown: str | None = None


def means(path: str, value: Any) -> Arm:
    """Return the place of the word that says a model's kind: Azure has another one, at a path of its own."""
    return Arm(None, constant=(path, value))


READ_ONLY = "Set by Azure, and printed by `az ml`. Taken without effect."
LOCAL = Arm(None)
"""For fields that describe the entity here and are not sent to Azure."""


@dataclass(frozen=True)
class Refers:
    """The field names another entity of one of these families (``azureml:NAME[:VERSION]``, an ARM id, …)."""

    families: tuple[str, ...]


@dataclass(frozen=True)
class NoEffect:
    """The field is taken, as az ml takes it, and nothing comes of it; `why` completes "has no effect: …".

    `unless` are values that say what holds anyway.
    """

    why: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uploads:
    """The field is a local file or folder (uploaded to the workspace's storage) or a URI that is passed on."""

    code: bool = False
    """Whether a code asset is registered for it, as `code:` of jobs and deployments needs."""
    url: bool = False
    """Whether Azure wants its https address here, as for build contexts, and not a datastore path."""


@dataclass(frozen=True, eq=False)
class Validator:
    """Metadata of a field: what BeforeValidator and its like are for a function of the value alone.

    Pydantic looks at the signature of theirs again in each field. `make` says whether it runs before or around the
    type.
    """

    make: Callable[..., CoreSchema]
    run: Callable[..., Any]
    written: CoreSchema | None = None
    """What the editor's JSON Schema says in place of the type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as the type, and by the function."""
        return self.make(self.run, handler(source), json_schema_input_schema=self.written)


def before(run: Callable[[Any], Any], written: CoreSchema | None = None) -> Validator:
    """Return the metadata of a field whose values a function changes before they are validated."""
    return Validator(core_schema.no_info_before_validator_function, run, written)


def is_output(value: object) -> bool:
    """Return whether a value is a Pulumi Output, without importing Pulumi just to validate."""
    pulumi_module = sys.modules.get("pulumi")
    return pulumi_module is not None and isinstance(value, pulumi_module.Output)


def _outputs_pass(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if is_output(value) else handler(value)


ACCEPTS_OUTPUT = Validator(core_schema.no_info_wrap_validator_function, _outputs_pass)
"""Lets a Pulumi Output through unvalidated: its value is known only when the program runs."""

if TYPE_CHECKING:
    InputStr = str | pulumi.Output[str]
else:
    InputStr = Annotated[str, ACCEPTS_OUTPUT]


def refusal(what: str, expected: str = "", *field: str | int, suggestion: str = "") -> PydanticCustomError:
    """Return the error of a value: what is wrong with it, and what was expected; `field` is where, below the model."""
    context = {"expected": expected, "field": field, "suggestion": suggestion, "what": what}
    return PydanticCustomError("refused", "{what}", context)


SECRET_PATTERN = r"^\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$"  # noqa: S105  (a pattern)


def _refuse_clear_text(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if is_output(value):
        return value
    try:
        return handler(value)
    except ValueError:
        what = "a credential is written in clear text"
        raise refusal(what, "${{secrets.NAME}}, with the value given by `pulumi config set --secret NAME`") from None


@dataclass(frozen=True)
class Secret:
    """The field is a credential: a ``${{secrets.NAME}}`` in YAML, a secret Output in Python, never clear text.

    `clear`: it may be clear text all the same, as a user's name.
    """

    clear: bool = False


if TYPE_CHECKING:
    SecretStr = str | pulumi.Output[str]
else:
    SecretStr = Annotated[str, Field(pattern=SECRET_PATTERN), WrapValidator(_refuse_clear_text), Secret()]


@dataclass(frozen=True)
class Includes:
    """Files and folders that are uploaded beside those of a folder with code; `alone`: in place of them."""

    paths: tuple[Path, ...]
    alone: bool = False


class LocalPath(str):
    """A path as it was written, with the file or folder it means (`path`, absolute, links resolved)."""

    path: Path
    includes: Includes | None

    def __new__(cls, text: str, path: Path, includes: Includes | None = None) -> Self:
        """Make a string of `text` that also carries `path`, and what is uploaded with it."""
        made = super().__new__(cls, text)
        made.path, made.includes = path, includes
        return made


_WRITTEN = core_schema.union_schema(
    [core_schema.str_schema(), core_schema.int_schema(), core_schema.float_schema(), core_schema.bool_schema()]
)
TEXT = before(as_text, _WRITTEN)
"""A number or boolean where Azure wants text. What a file says counts, not what YAML makes of it: ``1.10``, ``NO``."""


def _is_text(annotation: Any) -> bool:
    marks = annotation.__metadata__ if get_origin(annotation) is Annotated else ()
    return TEXT in marks or (get_origin(annotation) not in {dict, list} and any(map(_is_text, get_args(annotation))))


@cache
def _text_words(model: "type[Model]") -> frozenset[str]:
    """Return the words of a model's fields that are text."""
    fields = model.model_fields.items()
    return frozenset(info.alias or name for name, info in fields if TEXT in info.metadata or _is_text(info.annotation))


def models_in(annotations: Iterable[Any]) -> "Iterator[type[Model]]":
    """Yield the models in annotations, in order; one that is there twice is yielded twice."""
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, Model):
            yield annotation
        elif arguments := getattr(annotation, "__args__", None):  # without the metadata of an Annotated
            yield from models_in(arguments)


@cache
def read_only_words(model: "type[Model]") -> frozenset[str]:
    """Return the words that a model takes and drops, as only Azure sets them."""
    words = {word for one in model.__mro__ for word in vars(one).get("read_only", ())}
    return frozenset(words - {info.alias or name for name, info in model.model_fields.items()})


_BUILDING: "set[type[Model]]" = set()
_ONE_BUILDS = threading.RLock()


class Model(BaseModel, metaclass=Constructor):
    """A strict, immutable set of fields. Unknown fields are errors; a string under a field is its documentation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        validate_default=False,
        defer_build=True,  # most runs need few of the models
    )

    arm_constants: ClassVar[Mapping[str, Any]] = {}
    """Dotted ARM paths and the values that this model always sends there, beside what its kind `means`."""
    called: ClassVar[str] = "the description"
    """The name of a whole file of it in messages."""
    documented_by: ClassVar["type[Model] | None"] = None
    """The model that says what fields of the same names are, where this one is made of it."""
    not_yet: ClassVar[tuple[str, ...]] = ()
    """Fields that people try and that can't be described yet."""
    read_only: ClassVar[tuple[str, ...]] = ()
    """Words that Azure sets and ``az ml … show`` prints, beside those of the models above: dropped, as az ml does."""

    @classmethod
    def of_type(cls, type_: object) -> "type[Model]":  # noqa: ARG003  (of those that come in several types)
        """Return the model of a value of this one whose `type` is given, for messages about what is in it."""
        return cls

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build the model when it is first used, after those in its fields, so that each is built once."""
        with _ONE_BUILDS:
            if cls in _BUILDING:  # a model within itself
                return None
            _BUILDING.add(cls)
            try:
                for inner in models_in(info.annotation for info in cls.model_fields.values()):
                    if not inner.__pydantic_complete__:
                        inner.model_rebuild()
            finally:
                _BUILDING.discard(cls)
            return super().model_rebuild(**options)

    @model_validator(mode="before")
    @classmethod
    def _take_what_is_written(cls, given: Any) -> Any:
        """Take text as it is written, where YAML reads it as something else."""
        if not isinstance(given, Mapping):
            return given
        texts, dropped = texts_of(given), read_only_words(cls) & given.keys()
        if not texts and not dropped:
            return given
        written = {**given, **{word: texts[word] for word in _text_words(cls) & texts.keys()}}
        return {word: value for word, value in written.items() if word not in dropped} if dropped else written

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the model's schema with the words that only Azure sets."""
        made = handler(core)
        own = handler.resolve_ref_schema(made)
        if words := read_only_words(cls):
            own["patternProperties"] = {f"^({'|'.join(sorted(words))})$": {"readOnly": True, "description": READ_ONLY}}
        return made


class Entity(Model):
    """A kind of az ml with a YAML file of its own: ``az ml KIND create --file``."""

    read_only: ClassVar[tuple[str, ...]] = ("id", "creation_context", "resourceGroup")
    without_effect: ClassVar[Mapping[str, str]] = {}
    """Fields of this kind, dotted, that are taken and do nothing: why."""
    family: ClassVar[str]
    """The section of platform.yml and the namespace of its names: ``computes``, ``datastores``, …"""
    kind: ClassVar[str]
    """The noun for one: ``compute cluster``, ``online endpoint``, …"""

    schema_: Annotated[str | None, LOCAL] = Field(default=None, alias="$schema")
    """URL of the file's JSON Schema; determines the kind, as in az ml."""
