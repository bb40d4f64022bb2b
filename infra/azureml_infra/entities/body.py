"""From an entity to ARM's request body, and from ARM's paths back to az ml's words.

The models declare where each field goes (`Arm`); this module walks them. What it needs from the running program
(ids of other resources, uploads, secret config) it gets from a `Resolver`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar, get_args, get_origin

from pydantic.alias_generators import to_camel

from azureml_infra.entities.base import (
    SECRET_PATTERN,
    Arm,
    Entity,
    LocalPath,
    Model,
    NoEffect,
    Refers,
    Secret,
    Uploads,
    is_output,
    models_in,
)
from azureml_infra.entities.expressions import is_expression
from azureml_infra.entities.references import VERSIONED, Reference, in_registry, parse
from azureml_infra.entities.words import Spelling

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

LABELS = ("displayName", "description", "tags")
"""What of a body only describes it: a change makes no other run."""
STEP_LABELS = ("display_name", "description", "tags")
"""The same of a pipeline's steps and of components."""

Location = tuple[str | int, ...]
"""Where a value stands in the YAML: keys and list indices from the top."""

_T = TypeVar("_T")


class Resolver(Protocol):
    """What a request body needs from the running program. Results may be Pulumi Outputs."""

    def reference(self, families: tuple[str, ...], text: str) -> Any:
        """Return the ARM id (or URI) that a reference stands for; the text itself where Azure resolves it."""

    def anonymous(self, entity: Entity) -> Any:
        """Return the ARM id of an unnamed asset written in place of a reference."""

    def upload(self, path: LocalPath) -> Any:
        """Return the datastore URI of a local file or folder."""

    def url(self, path: LocalPath) -> Any:
        """Return the https address of a local folder, with a slash at the end."""

    def code(self, path: LocalPath) -> Any:
        """Return the ARM id of the code asset made of a local folder."""

    def secret(self, name: str) -> Any:
        """Return a value of the stack's secret config."""


@dataclass(frozen=True)
class FieldSpec:
    """A model's field: its names, its place in ARM's body, and what its value means."""

    name: str
    word: str
    arm: Arm
    models: tuple[type[Model], ...]
    refers: Refers | None
    uploads: Uploads | None
    secret: bool
    """Whether it is a credential, and never clear text."""
    names_secret: bool
    """Whether it may be the name of a secret of the stack."""
    no_effect: NoEffect | None = None
    choices: tuple[Any, ...] = ()
    """The words that it takes, where they are listed."""


@cache
def specs(model: type[Model]) -> tuple[FieldSpec, ...]:
    """Return the fields of a model, in order of declaration."""
    return tuple(_spec(name, info) for name, info in model.model_fields.items())


def _spec(name: str, info: FieldInfo) -> FieldSpec:
    marks, choices = [*info.metadata], dict[Any, None]()
    _look_into(info.annotation, marks, choices)
    hidden = _first(marks, Secret)
    arm, spelling = _first(info.metadata, Arm) or Arm(to_camel(name.rstrip("_"))), _first(marks, Spelling)
    if spelling is not None and arm.convert is Arm.convert:
        arm = replace(arm, convert=spelling.arm, back=getattr(spelling, "word", None))
    return FieldSpec(
        name=name,
        word=info.alias or name,
        arm=arm,
        models=tuple(dict.fromkeys(models_in([info.annotation]))),
        refers=_first(marks, Refers),
        uploads=_first(marks, Uploads),
        secret=hidden is not None and not hidden.clear,
        names_secret=hidden is not None,
        no_effect=_first(marks, NoEffect),
        choices=tuple(choices),
    )


def _first(marks: list[Any], kind: type[_T]) -> _T | None:
    return next((mark for mark in marks if isinstance(mark, kind)), None)


def _look_into(annotation: Any, marks: list[Any], choices: dict[Any, None]) -> None:
    """Add the metadata and the words that are anywhere in an annotation."""
    if get_origin(annotation) is Annotated:
        marks += annotation.__metadata__
    elif get_origin(annotation) is Literal:
        choices |= dict.fromkeys(get_args(annotation))
        return
    for argument in getattr(annotation, "__args__", ()):
        _look_into(argument, marks, choices)


def body(entity: Model, resolver: Resolver) -> dict[str, Any]:
    """Return the request body of an entity, in ARM's words: ``{location, tags, identity, …, properties: {…}}``.

    Fields that are None are left out. An entity's own `finish(body, resolver)` runs last.
    """
    made: dict[str, Any] = {}
    for path, value in constants(type(entity)).items():
        put(made, path, value)
    for spec in specs(type(entity)):
        value = getattr(entity, spec.name)
        if spec.arm.path is None or value is None:
            continue
        put(made, spec.arm.path, _convert(_arm_value(value, spec, resolver), spec.arm))
    finish = getattr(entity, "finish", None)
    if finish is not None:
        finish(made, resolver)
    return made


@cache
def constants(model: type[Model]) -> Mapping[str, Any]:
    """Return the values that a model always sends, by dotted ARM path."""
    return {**dict(spec.arm.constant for spec in specs(model) if spec.arm.constant), **model.arm_constants}


def _convert(value: Any, arm: Arm) -> Any:
    if arm.convert is Arm.convert or is_expression(value):  # an Output that is known already stays so
        return value
    return value.apply(arm.convert) if is_output(value) else arm.convert(value)


def _arm_value(value: Any, spec: FieldSpec, resolver: Resolver) -> Any:
    if isinstance(value, Entity) and spec.refers:
        return resolver.anonymous(value)
    if isinstance(value, Model):
        return body(value, resolver)
    if isinstance(value, list | tuple):
        return [_arm_value(item, spec, resolver) for item in value]
    if isinstance(value, Mapping):
        return {key: _arm_value(item, spec, resolver) for key, item in value.items()}
    return _arm_text(value, spec, resolver) if isinstance(value, str) else value


def _arm_text(value: str, spec: FieldSpec, resolver: Resolver) -> Any:
    if isinstance(value, LocalPath):
        if spec.uploads is None:
            return str(value)
        return _upload(value, spec.uploads, resolver)
    if spec.names_secret:
        match = re.match(SECRET_PATTERN, value)
        return resolver.secret(match[1]) if match else value
    return resolver.reference(spec.refers.families, value) if spec.refers else value


def _upload(path: LocalPath, how: Uploads, resolver: Resolver) -> Any:
    if how.code:
        return resolver.code(path)
    return resolver.url(path) if how.url else resolver.upload(path)


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted path, making the dictionaries on the way; a dictionary is merged into an existing one."""
    if not path:
        _merge(target, value)
        return
    *parents, last = path.split(".")
    for key in parents:
        target = target.setdefault(key, {})
    _merge(target, {last: value})


def _merge(target: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value


@dataclass(frozen=True)
class Leaf:
    """A value in an entity, with its field and its place."""

    location: Location
    spec: FieldSpec
    value: Any

    @property
    def families(self) -> tuple[str, ...]:
        """Return the families that a reference here may name; none where it is no reference."""
        return self.spec.refers.families if self.spec.refers else ()


_PLAIN = (str, bool, int, float)
"""What most values are: they hold no others."""


def leaves(model: Model, at: Location = (), *, own: bool = False) -> Iterator[Leaf]:
    """Yield every value of an entity and of the models inside it; its `own` are those outside of entities in it."""
    for spec in specs(type(model)):
        value = getattr(model, spec.name)
        if type(value) in _PLAIN:
            yield Leaf((*at, spec.word), spec, value)
        elif value is not None:
            yield from _leaves(value, spec, (*at, spec.word), own=own)


def _leaves(value: Any, spec: FieldSpec, at: Location, *, own: bool) -> Iterator[Leaf]:
    if isinstance(value, Model):
        yield from leaves(value, at, own=own) if not own or not isinstance(value, Entity) else ()
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, spec, (*at, index), own=own)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, spec, (*at, key), own=own)
    elif value is not None:
        yield Leaf(at, spec, value)


def references(entity: Model) -> list[Leaf]:
    """Return the texts in an entity that name other entities (`leaf.families` are those that they may be of)."""
    return [leaf for leaf in leaves(entity) if leaf.spec.refers and isinstance(leaf.value, str) and not _local(leaf)]


def reference_in(entity: Model, leaf: Leaf) -> Reference:
    """Return the reference at a place of an entity, as it is meant there. Raises BadReferenceError."""
    made_in = getattr(entity, "registry", None) if getattr(entity, "family", "") in VERSIONED else None
    return in_registry(parse(leaf.value), leaf.families, made_in)


def uploads(entity: Model) -> list[Leaf]:
    """Yield the local files and folders that an entity needs in the workspace's storage."""
    return [leaf for leaf in leaves(entity) if leaf.spec.uploads and _local(leaf)]


def entities_in(model: Model) -> Iterator[Entity]:
    """Yield the entity itself and those written inside it, such as an inline environment."""
    if isinstance(model, Entity):
        yield model
    for spec in specs(type(model)):
        yield from _entities(getattr(model, spec.name))


def _entities(value: Any) -> Iterator[Entity]:
    if isinstance(value, Model):
        yield from entities_in(value)
    elif isinstance(value, list | tuple | Mapping):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _entities(item)


def _local(leaf: Leaf) -> bool:
    return isinstance(leaf.value, LocalPath)


def marked_paths(model: type[Model], mark: str) -> list[str]:
    """Return the ARM paths of the fields whose `Arm` has a mark (``immutable`` or ``ignored_on_update``)."""
    return list(_marked_paths(model, mark, ""))


@cache
def _marked_paths(model: type[Model], mark: str, at: str) -> tuple[str, ...]:
    found: list[str] = []
    for spec in specs(model):
        if spec.arm.path is None:
            continue
        path = _join(at, spec.arm.path)
        if getattr(spec.arm, mark):
            found.append(path)
            continue
        for nested in spec.models:
            found += _marked_paths(nested, mark, path) if not issubclass(nested, Entity) else ()
    return tuple(dict.fromkeys(found))


def words(model: type[Model]) -> dict[str, str]:
    """Return the fields by ARM path: ``properties.properties.vmSize`` -> ``size``."""
    return {path: named.word for path, named in fields_by_path(model).items()}


@dataclass(frozen=True)
class NamedField:
    """A field with its full name in az ml's words: ``network_settings.subnet``."""

    word: str
    spec: FieldSpec


@cache
def fields_by_path(model: type[Model]) -> Mapping[str, NamedField]:
    """Return the fields by ARM path, those of nested models included."""
    return _fields_by_path(model, "", "")


def _fields_by_path(model: type[Model], at: str, word: str) -> dict[str, NamedField]:
    found: dict[str, NamedField] = {}
    for spec in specs(model):
        if spec.arm.path is None:
            continue
        path, name = _join(at, spec.arm.path), _join(word, spec.word)
        if path:
            found.setdefault(path, NamedField(name, spec))
        for nested in spec.models:
            if not issubclass(nested, Entity):
                found |= {key: value for key, value in _fields_by_path(nested, path, name).items() if key not in found}
    return found


def _join(at: str, more: str) -> str:
    return ".".join(part for part in (at, more) if part)
