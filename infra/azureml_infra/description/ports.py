"""What a pipeline gives to components and takes from them is what the components declare.

The rules are those of azure-ai-ml's validation of pipelines
(https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/ml/azure-ai-ml/azure/ai/ml/entities/_builders/base_node.py).
Components of registries, and those that only Azure has, are left to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azureml_infra.description.located import Checked, Located
from azureml_infra.entities.component import Component
from azureml_infra.entities.expressions import parse
from azureml_infra.entities.inputs import ComponentInput, JobInput, expected_value, is_asset
from azureml_infra.entities.steps import SweepStep, component_of, pipelines
from azureml_infra.yaml.nodes import Location
from azureml_infra.yaml.problems import Problem, nearest, one_of, quote


def ports(checked: Checked) -> Iterator[Problem]:
    """Yield inputs and outputs that don't fit the component of a step, or of a job that is one component."""
    for located in checked.entities:
        entity = located.entity
        for pipeline, at in pipelines(entity):
            for name, step in pipeline.jobs.items():
                if component_of(step) is not None:
                    yield from _Use(located, (*at, "jobs", name), pipeline.inputs).of(checked, step)
        alone = entity.family == "jobs" and not getattr(entity, "jobs", None)
        if alone and getattr(entity, "component", None) is not None:
            yield from _Use(located, (), {}).of(checked, entity)


@dataclass(frozen=True)
class _Use:
    """The use of a component, at its place in an entity; `around` are the inputs of the pipeline that it is in."""

    located: Located
    at: Location
    around: Mapping[str, JobInput | ComponentInput]

    def of(self, checked: Checked, user: Any) -> Iterator[Problem]:
        """Yield what doesn't fit."""
        component = checked.find_entity(("components",), user.component)
        if not isinstance(component, Component):
            return
        called = quote(component.name) if component.name else "written here"
        noun = f"the component {called}"
        if self.at:
            yield from self._other_type(user, str(getattr(component, "type", "command")), noun)
        if component is not user.component or not self.at:  # else `bindings` has them
            yield from self._unknown_ports("input", user.inputs, component.inputs, noun)
            yield from self._unknown_ports("output", user.outputs, component.outputs, noun)
        drawn = getattr(user, "search_space", {})
        yield from self._unknown_ports("input", drawn, component.inputs, noun, "search_space")
        for name, declared in component.inputs.items():
            if name in user.inputs:
                yield from self._misfit(name, declared, user.inputs[name], noun)
            elif not declared.optional and declared.default is None and name not in drawn:
                what = f"the input {quote(name)} of {noun} is missing"
                form = "{path: …}" if is_asset(declared) else "a value"
                place = (*self.at, "inputs") if user.inputs else self.at
                yield self.located.key_problem(place, what, f"{name}: {form} of type {declared.type}")

    def _other_type(self, step: Any, type_: str, noun: str) -> Iterator[Problem]:
        """Yield a step of another type than its component's."""
        if isinstance(step, SweepStep):
            if type_ != "command":
                what = f"{noun} is of type {type_}, and trials run commands"
                yield self.located.problem((*self.at, "trial"), what, "one of type command")
        elif (step.type or "command") != type_ and (step.type, type_) != (None, "pipeline"):
            place = (*self.at, "type") if step.type else self.at
            what = f"{noun} is of type {type_}, and the step of type {step.type or 'command'}"
            yield self.located.key_problem(place, what, f"type: {type_}")

    def _unknown_ports(
        self, port: str, given: Any, known: Mapping[str, Any], noun: str, section: str = ""
    ) -> Iterator[Problem]:
        """Yield the names in a section of the user (its ``inputs`` or ``outputs`` by default) that aren't known."""
        for name in given:
            if name not in known:
                what = f"there is no {port} {quote(name)} of {noun}"
                expected = one_of(known) or "nothing, as there are none"
                yield self.located.key_problem(
                    (*self.at, section or f"{port}s", name), what, expected, nearest(name, known)
                )

    def _misfit(self, name: str, declared: ComponentInput, given: JobInput, noun: str) -> Iterator[Problem]:
        source = self._source(given)
        if source is None:
            return
        place = (*self.at, "inputs", name)
        if is_asset(source) != is_asset(declared):
            forms = "data", "a value"
            found, expected = forms if is_asset(source) else forms[::-1]
            what = f"the input {quote(name)} of {noun} is {expected} of type {declared.type}, and this is {found}"
            yield self.located.problem(place, what, "{path: …}" if is_asset(declared) else expected)
        elif isinstance(source, JobInput) and source.value is not None:
            expected = expected_value(declared, source.value)
            if expected:
                yield self.located.problem(place, f"this can't be the input {quote(name)} of {noun}", expected)

    def _source(self, given: JobInput) -> JobInput | ComponentInput | None:
        """Return what an input is, or what it is bound to; None for what a step makes, or nobody knows."""
        if given.binding is None:
            return given
        bound = parse(given.binding)
        source = self.around.get(bound.name) if bound is not None and bound.kind == "pipeline input" else None
        return source if not isinstance(source, JobInput) or source.binding is None else None
