"""Checks of pipelines: bindings whose name doesn't exist, and steps that wait for each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_infra.description.circles import circles
from azureml_infra.description.located import Checked, Located
from azureml_infra.entities.bindings import unknown_bindings
from azureml_infra.entities.body import leaves
from azureml_infra.entities.expressions import expressions
from azureml_infra.entities.job import InlinePipelineComponent, PipelineJob
from azureml_infra.entities.steps import component_of, pipelines
from azureml_infra.yaml.nodes import Location
from azureml_infra.yaml.problems import Problem, nearest, one_of, quote


def bindings(checked: Checked) -> Iterator[Problem]:
    """Yield each ``${{…}}`` that names no input, output or step."""
    for located in checked.entities:
        for binding in unknown_bindings(located.entity):
            noun, of, whole = binding.kind.partition(" of ")
            what = f"there is no {noun} {quote(binding.name)}{of}{whole}"
            expected = one_of(binding.known) or "nothing, as there are none"
            near = nearest(binding.name, binding.known)
            if binding.text == binding.name:
                yield located.key_problem(binding.location, what, expected, near)
            else:
                yield located.text_problem(binding.location, binding.text, what, expected, near)


def computes(checked: Checked) -> Iterator[Problem]:
    """Yield steps that nothing gives a compute, which azure-ai-ml refuses
    (entities/_component/pipeline_component.py).
    """
    for located in checked.entities:
        word = "create_job" if hasattr(located.entity, "create_job") else ""
        job = getattr(located.entity, word) if word else located.entity
        if isinstance(job, PipelineJob) and job.compute is None and job.settings.default_compute is None:
            yield from _without_compute(checked, located, job.jobs, (word, "jobs") if word else ("jobs",))


def _without_compute(checked: Checked, located: Located, steps: Mapping[str, Any], at: Location) -> Iterator[Problem]:
    for name, step in steps.items():
        component = checked.find_entity(("components",), component_of(step))
        if isinstance(component, InlinePipelineComponent):
            if component is component_of(step):
                yield from _without_compute(checked, located, component.jobs, (*at, name, "component", "jobs"))
        elif step.compute is None and step.type != "pipeline" and not (step.type == "spark" and step.resources):
            expected = "`compute`, or `settings: {default_compute: serverless}` of the pipeline"
            yield located.key_problem((*at, name), f"nothing says where the step {quote(name)} runs", expected)


def step_cycles(checked: Checked) -> Iterator[Problem]:
    """Yield steps that need each other's outputs."""
    for located in checked.entities:
        for pipeline, at in pipelines(located.entity):
            yield from _step_cycles(located, pipeline.jobs, (*at, "jobs"))


def _step_cycles(located: Located, steps: Mapping[str, Any], at: Location) -> Iterator[Problem]:
    uses = {name: list(_uses(step)) for name, step in steps.items()}
    graph = {name: [other for other, _, _ in found if other in steps] for name, found in uses.items()}
    for cycle in circles(graph):
        _, text, where = next(use for use in uses[cycle[0]] if use[0] == cycle[1])
        what = f"the steps wait for each other: {' -> '.join(cycle)}"
        yield located.text_problem((*at, cycle[0], *where), text, what, "steps without a cycle", "")


def _uses(step: Any) -> Iterator[tuple[str, str, Location]]:
    for leaf in leaves(step, own=True):
        if isinstance(leaf.value, str):
            for expression in expressions(leaf.value):
                if expression.step:
                    yield expression.step, expression.text, leaf.location
