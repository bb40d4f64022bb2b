"""From ARM's body to az ml's words: the fields' own places in reverse.

What a model's `finish` adds to a body, its `restore` reads; a conversion that words can't be tried for has its `back`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from azureml_arm import durations, ids
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import FieldSpec, body, constants, specs
from azureml_infra.entities.references import BadReferenceError, parse

_LONG_URI = re.compile(
    r"azureml://subscriptions/([^/]+)/resourcegroups/([^/]+)/(?:providers/[^/]+/)?workspaces/([^/]+)/(datastores/.+)",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"(\d+)m")


@dataclass(frozen=True)
class Place:
    """What a body is read as: of which workspace (its ARM id), of which entity, with or without what is the default."""

    workspace: str = ""
    entity: str = ""
    defaults: bool = False

    def reference(self, given: str) -> str:
        """Return the short form of an id or address in the workspace; anything else as it is."""
        long = _LONG_URI.fullmatch(given)
        if long:
            return f"azureml://{long[4]}" if self._is_here(*long.groups()[:3]) else given
        text = given.removeprefix("azureml:")
        if not ids.is_id(text):
            return given
        found = ids.parse(text)
        if not text.lower().startswith(f"{self.workspace.lower()}/") and self.workspace:
            return text
        try:
            named = parse(text)
        except BadReferenceError:
            return text
        if named.family is None or found.type.lower().endswith("codes/versions"):
            return text
        return f"azureml:{named.name}" + (f":{named.version}" if named.version else "")

    def secret(self, word: str) -> str:
        """Return the ``${{secrets.NAME}}`` that stands for a credential, which Azure doesn't show."""
        name = re.sub(r"[^A-Za-z0-9]+", "_", f"{self.entity}_{word}").strip("_").upper()
        return f"${{{{secrets.{name if name[:1].isalpha() else f'_{name}'}}}}}"

    def _is_here(self, subscription: str, group: str, workspace: str) -> bool:
        if not self.workspace:
            return True
        own = ids.parse(self.workspace)
        return (subscription.lower(), group.lower(), workspace.lower()) == (
            (own.subscription or "").lower(),
            (own.resource_group or "").lower(),
            own.name.lower(),
        )


def at(value: Any, path: str) -> Any:
    """Return the value at a dotted path, or None; keys that differ in letter case alone are found, too."""
    for key in path.split(".") if path else ():
        if not isinstance(value, Mapping):
            return None
        value = value[key] if key in value else next((value[one] for one in value if one.lower() == key.lower()), None)
    return value


def words_of(model: type[Model], given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return what a body says in az ml's words, in the order of the fields; what isn't sent to Azure isn't in it."""
    found: dict[str, Any] = {}
    for spec in specs(model):
        path = spec.arm.path if spec.arm.path is not None else spec.arm.shown
        if path is None:
            continue
        value = at(given, path)
        if value is None:
            if spec.names_secret and model.model_fields[spec.name].is_required():
                found[spec.word] = place.secret(spec.word)
            continue
        word = word_for(spec, value, place, _holder(model, spec.name))
        if word not in (None, {}, []) and (place.defaults or word != _default(model, spec, place)):
            found[spec.word] = word
    restore = getattr(model, "restore", None)
    if restore is not None:
        restore(found, given, place)
    return found


def word_for(spec: FieldSpec, value: Any, place: Place, holder: str = "") -> Any:
    """Return a field's value in az ml's words. `holder` is what its models are in: ``map``, ``list`` or nothing."""
    if spec.secret:
        return place.secret(spec.word)
    given = value if spec.arm.back is None else spec.arm.back(value)
    if spec.models and isinstance(given, Mapping | list):
        return _inside(spec, given, place, holder)
    if isinstance(given, str) and (spec.refers or (spec.uploads and not spec.uploads.code)):
        return place.reference(given)
    return given if spec.arm.back is not None else value_of(spec, value)


def _inside(spec: FieldSpec, value: Any, place: Place, holder: str) -> Any:
    if holder == "map" and isinstance(value, Mapping):
        return {key: _inner_words(spec.models, item, place) for key, item in value.items()}
    if isinstance(value, list):
        return [_inner_words(spec.models, item, place) for item in value]
    return _inner_words(spec.models, value, place)


def _inner_words(models: tuple[type[Model], ...], value: Any, place: Place) -> Any:
    model = best(models, value) if isinstance(value, Mapping) else None
    if model is None:
        return value
    return (kind_word(model) if len(models) > 1 else {}) | words_of(model, value, place)


def kind_word(model: type[Model]) -> dict[str, Any]:
    """Return the field that says which of several models this is, where it isn't sent to Azure."""
    spec = next((spec for spec in specs(model) if spec.name == "type" and spec.arm.path is None), None)
    return {"type": spec.choices[0]} if spec is not None and spec.choices else {}


def best(models: Iterable[type[Model]], given: Mapping[str, Any]) -> type[Model] | None:
    """Return the model whose fixed values and words agree most with a body; None where all contradict it."""
    scores = {model: score for model in models if (score := agreement(model, given)) is not None}
    fitting = {model: score for model, score in scores.items() if _has_type(model, given)} or scores
    return max(fitting, key=lambda model: fitting[model], default=None)


def _has_type(model: type[Model], given: Mapping[str, Any]) -> bool:
    """Return whether a body's type is one of those that a model takes, where both have any."""
    spec = next((spec for spec in specs(model) if spec.name == "type" and spec.arm.path is not None), None)
    there = at(given, spec.arm.path or "") if spec is not None else None
    if spec is None or there is None or not spec.choices:
        return True
    return str(there).lower() in {str(spec.arm.convert(choice)).lower() for choice in spec.choices}


def agreement(model: type[Model], given: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return how many of a model's fixed values a body has, and minus those it lacks; None where it contradicts one."""
    pairs = [(at(given, path), str(value).lower()) for path, value in fixed_values(model)]
    present = [str(there).lower() == value for there, value in pairs if there is not None]
    return (len(present), len(present) - len(pairs)) if all(present) else None


def fixed_values(model: type[Model]) -> Iterator[tuple[str, Any]]:
    """Yield what all bodies of a model have, by ARM path: its constants, and a type or task of which it takes one."""
    yield from constants(model).items()
    for spec in specs(model):
        if spec.name in ("type", "task") and spec.arm.path is not None and len(spec.choices) == 1:
            yield spec.arm.path, spec.arm.convert(spec.choices[0])


class _Sent:
    """Answers with what was asked: defaults name nothing."""

    def __getattr__(self, _: str) -> Any:
        return lambda *given: given[-1]


@cache
def _default(model: type[Model], spec: FieldSpec, place: Place) -> Any:
    """Return a field's default in the words that its value in Azure is told in."""
    info = model.model_fields[spec.name]
    value = None if info.is_required() else info.get_default(call_default_factory=True)
    if value is None:
        return None
    sent = body(value, _Sent()) if isinstance(value, Model) else value
    return word_for(spec, spec.arm.convert(sent), place, _holder(model, spec.name))


@cache
def _holder(model: type[Model], name: str) -> str:
    return next(_holders(model.model_fields[name].annotation), "")


def _holders(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin in (dict, list) and _has_model(annotation):
        yield "map" if origin is dict else "list"
    else:
        for argument in get_args(annotation):
            yield from _holders(argument)


def _has_model(annotation: Any) -> bool:
    return (isinstance(annotation, type) and issubclass(annotation, Model)) or any(
        map(_has_model, get_args(annotation))
    )


def value_of(spec: FieldSpec | None, value: Any) -> Any:
    """Return a value as az ml writes it: ``LowPriority`` -> ``low_priority``, ``PT2M`` -> 120; unchanged if unsure."""
    if spec is None or value is None:
        return value
    candidates = (*spec.choices, *_durations(value), True, False)
    exact = next((one for one in candidates if _converts(spec, one, value)), None)
    if exact is not None:
        return exact
    return next((one for one in candidates if _converts(spec, one, value, loosely=True)), value)


def _converts(spec: FieldSpec, candidate: Any, value: Any, *, loosely: bool = False) -> bool:
    """Return whether a candidate is another word for a value; loosely, in any letter case, or as long a time."""
    try:
        made = spec.arm.convert(candidate)
    except (TypeError, ValueError, AttributeError, KeyError):
        return False
    if loosely and isinstance(made, str) and isinstance(value, str):
        length = durations.seconds(made)
        return made.lower() == value.lower() or (length is not None and length == durations.seconds(value))
    return type(made) is type(value) and bool(made == value)


def _durations(value: Any) -> list[Any]:
    """Return what a duration may have been written as: seconds, minutes, milliseconds."""
    minutes = _MINUTES.fullmatch(value) if isinstance(value, str) else None
    if minutes:
        return [int(minutes[1])]
    total = durations.seconds(value)
    return [] if total is None else [int(count) for count in (total, total / 60, total * 1000) if count.is_integer()]
