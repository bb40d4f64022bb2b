"""What of a description can be left out, because Azure makes the same of it without."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from azureml_arm import ids
from azureml_arm.compare import Difference, differences
from azureml_infra.commands.verbs.submission import Submission
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, specs

_STAY = ("name", "type", "kind", "container_registry")
"""What is said even where it makes no difference to the model that is known already: which kind it is; and a registry
that is attached, which is the one to use."""


class NameResolver(Submission):
    """The `Resolver` of what was read from Azure, which names everything: nothing is made."""

    def secret(self, name: str) -> Any:
        """Return a text that stands for the credential, which Azure doesn't show."""
        return name


def leave_out(
    words: Mapping[str, Any], resource: Mapping[str, Any], model: type[Entity], resolver: NameResolver
) -> dict[str, Any]:
    """Return an entity's words without those that make no difference to what Azure has.

    What Azure is known to set by itself is in `known.csv`; what isn't sent to Azure stays.
    """
    kept = deepcopy(dict(words))
    sent = {spec.word for spec in specs(model) if spec.arm.path is not None}
    before = _differences(kept, resource, model, resolver)
    if before is None:
        return kept
    for path in list(_paths(kept, sent)):
        tried = _without(kept, path)
        found = _differences(tried, resource, model, resolver) if tried != kept else None
        if found is not None and found <= before:
            kept = tried
    return kept


def _differences(
    words: Mapping[str, Any], resource: Mapping[str, Any], model: type[Entity], resolver: NameResolver
) -> set[str] | None:
    """Return the paths at which what Azure has differs from an entity; None where the words make none."""
    try:
        made = body(model.model_validate(words), resolver)
    except ValidationError:
        return None
    return {one.path for one in differences_from(resource, made)}


def differences_from(resource: Mapping[str, Any], made: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return how a resource that was read from Azure differs from a request body."""
    there = {key: value for key, value in resource.items() if key not in ("id", "name", "type")}
    return differences(made, there, complete=False, type_name=ids.parse(str(resource["id"])).type)


def _paths(words: Mapping[str, Any], sent: set[str]) -> Iterator[tuple[str, ...]]:
    """Yield what may be left out: each field that is sent, and after it what is in it."""
    for word, value in words.items():
        if word in sent and word not in _STAY:
            yield (word,)
            yield from _inner((word,), value)


def _inner(at: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    for key, item in value.items() if isinstance(value, Mapping) else ():
        yield (*at, key)
        yield from _inner((*at, key), item)


def _without(words: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return words without what is at a path; the same words where nothing is."""
    word, *rest = path
    if word not in words or (rest and not isinstance(words[word], dict)):
        return words
    if not rest:
        return {key: value for key, value in words.items() if key != word}
    inner = _without(words[word], tuple(rest))
    return {**words, word: inner} if inner else {key: value for key, value in words.items() if key != word}
