"""Optional inputs that a command names outside of ``$[[ ]]``: a run without them fails, as nothing stands for them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from azureml_infra.description.located import Checked, Located
from azureml_infra.entities.component import Component
from azureml_infra.entities.expressions import expressions
from azureml_infra.entities.steps import pipelines
from azureml_infra.yaml.nodes import Location
from azureml_infra.yaml.problems import Problem, quote

_DEPENDENT = re.compile(r"\$\[\[.*?\]\]", re.DOTALL)
_TEXTS: tuple[tuple[str, ...], ...] = (("command",), ("args",), ("task", "program_arguments"))
"""Where components have the arguments of what they run."""


def optional_inputs(checked: Checked) -> Iterator[Problem]:
    """Yield a warning for each optional input that a component's command always names."""
    for located in checked.entities:
        for component, at in _components(located.entity):
            yield from _always_named(located, component, at)


def _components(entity: Any) -> Iterator[tuple[Component, Location]]:
    """Yield an entity that is a component, and those that its steps have in place."""
    if isinstance(entity, Component):
        yield entity, ()
    for pipeline, at in pipelines(entity):
        for name, step in pipeline.jobs.items():
            component = getattr(step, "component", None)
            if isinstance(component, Component):
                yield component, (*at, "jobs", name, step.component_word)


def _always_named(located: Located, component: Component, at: Location) -> Iterator[Problem]:
    for path in _TEXTS:
        text: Any = component
        for word in path:
            text = getattr(text, word, None)
        for expression in expressions(_DEPENDENT.sub("", text)) if isinstance(text, str) else ():
            declared = component.inputs.get(expression.name) if expression.kind == "input" else None
            if declared is not None and declared.optional and declared.default is None:
                what = f"the input {quote(expression.name)} is optional, and a run without it fails here"
                expected = f"$[[ … {expression.text} ]] around what depends on it"
                yield replace(
                    located.text_problem((*at, *path), expression.text, what, expected, ""), severity="warning"
                )
