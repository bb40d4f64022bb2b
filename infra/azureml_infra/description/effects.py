"""What is taken, as az ml takes it, and does nothing: said, so that nobody counts on it."""

from collections.abc import Iterator

from azureml_infra.description.located import Checked, Located
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import leaves
from azureml_infra.yaml.problems import Problem


def effects(checked: Checked) -> Iterator[Problem]:
    """Yield a warning for each field without effect."""
    for located in checked.entities:
        yield from effects_of(located)


def effects_of(located: Located) -> Iterator[Problem]:
    """Yield a warning for each field without effect in one entity."""
    for word, why in located.entity.without_effect.items():
        value = located.entity
        for name in word.split("."):
            value = getattr(value, name) if isinstance(value, Model) and name in value.model_fields_set else None
        if value is not None:
            yield located.problem(tuple(word.split(".")), f"`{word}` has no effect: {why}", severity="warning")
    for leaf in leaves(located.entity):
        mark = leaf.spec.no_effect
        if mark is not None and leaf.value not in mark.unless:
            yield located.problem(leaf.location, f"`{leaf.spec.word}` has no effect: {mark.why}", severity="warning")
