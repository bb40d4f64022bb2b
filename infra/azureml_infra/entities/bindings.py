"""The ``${{…}}`` bindings of a job or component, each with the names it may use, so that mistakes are found early."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from azureml_infra.entities.automl_step import AutoMLStep
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import Location, leaves
from azureml_infra.entities.component import Component
from azureml_infra.entities.expressions import Expression, expressions
from azureml_infra.entities.job import Job
from azureml_infra.entities.runtime import Command
from azureml_infra.entities.spark import SparkSettings
from azureml_infra.entities.step_kinds import AnyInPlace, ParallelStep, SparkStep
from azureml_infra.entities.steps import AnyStepModel, CommandStep, pipelines
from azureml_infra.entities.sweep_job import SweepJob
from azureml_infra.entities.transfers import AnyTransfer


@dataclass(frozen=True)
class Binding:
    """A name that has to exist.

    `location` is its place in the entity's YAML, `text` the expression as written, `kind` the noun for messages
    ("input", "step", "output of step train-job", …), and `known` the names that exist.
    """

    location: Location
    text: str
    kind: str
    name: str
    known: tuple[str, ...]

    @property
    def exists(self) -> bool:
        """Return whether the name exists, or begins one of a group: ``training.rate``."""
        return self.name in self.known or any(one.startswith(f"{self.name}.") for one in self.known)


def bindings(entity: Model) -> list[Binding]:
    """Return the bindings of a command, a pipeline, or a component of either; nothing for other entities."""
    found = [
        binding
        for pipeline, at in pipelines(entity)
        for name, step in pipeline.jobs.items()
        for binding in _of_step(pipeline, step, (*at, "jobs", name))
    ]
    run = getattr(entity, "create_job", None)
    if isinstance(run, Job):
        return [replace(binding, location=("create_job", *binding.location)) for binding in bindings(run)]
    if isinstance(entity, SparkSettings):
        found += _of_text(entity, "args", (), entity)
    elif isinstance(entity, SweepJob):
        found += _of_command(entity.trial, ("trial",), entity)
    elif isinstance(entity, Command):
        found += _of_command(entity, ())
    alone = isinstance(entity, Job | Command) and not hasattr(entity, "jobs")
    return [*found, *_of_no_pipeline(entity)] if alone else found


def unknown_bindings(entity: Model) -> list[Binding]:
    """Return the bindings whose name doesn't exist."""
    return [binding for binding in bindings(entity) if not binding.exists]


def _of_command(command: Any, at: Location, owner: Any = None) -> Iterator[Binding]:
    """Yield the names in a command line; `owner` has what they name, where that isn't the command itself."""
    return _of_text(command, "command", at, owner or command)


def _of_text(holder: Any, word: str, at: Location, owner: Any) -> Iterator[Binding]:
    """Yield the names in one of a model's texts, which `owner` has."""
    for expression in expressions(getattr(holder, word) or ""):
        noun, names = _NAMED.get(expression.kind, ("", ""))
        known = getattr(owner, names, None) if names else None
        if known is not None:
            yield Binding((*at, word), expression.text, noun, expression.name, tuple(known))


_NAMED = {
    "input": ("input", "inputs"),
    "output": ("output", "outputs"),
    "search space": ("parameter of the search space", "search_space"),
}
"""What a command line may name: its noun in messages, and the field that has the names."""


def _of_no_pipeline(command: Any) -> Iterator[Binding]:
    """Return what a command outside of a pipeline takes from one."""
    for leaf in leaves(command, own=True):
        for expression in expressions(leaf.value) if isinstance(leaf.value, str) else ():
            if expression.kind in {"pipeline input", "pipeline output", "step input", "step output"}:
                inside = expression.text[3:-2].strip()
                yield Binding(leaf.location, expression.text, "value of a pipeline around this", inside, ())


def _of_step(pipeline: Any, step: AnyStepModel, at: Location) -> Iterator[Binding]:
    yield from _of_what_runs(step, at)
    for leaf in leaves(step, own=True):
        if isinstance(leaf.value, str) and leaf.spec.name != "command":
            for expression in expressions(leaf.value):
                yield from _in_pipeline(pipeline, expression, (*at, *leaf.location))
                if leaf.location[0] in {"inputs", "outputs"}:
                    yield from _of_old(expression, (*at, *leaf.location))


def _of_what_runs(step: AnyStepModel, at: Location) -> Iterator[Binding]:
    if isinstance(step, CommandStep):
        yield from _of_command(step, at)
    elif isinstance(step, SparkStep):
        yield from _of_text(step, "args", at, step)
    elif isinstance(step, ParallelStep):
        yield from _of_parallel(step, at)
    elif not isinstance(step, AutoMLStep | AnyInPlace | AnyTransfer) and isinstance(step.component, Component):
        for port in ("input", "output"):
            known = tuple(getattr(step.component, f"{port}s"))
            for key in getattr(step, f"{port}s"):
                yield Binding((*at, f"{port}s", key), key, f"{port} of the component", key, known)
        if isinstance(step.component, Command):
            yield from _of_command(step.component, (*at, step.component_word))


def _of_parallel(step: ParallelStep, at: Location) -> Iterator[Binding]:
    yield from _of_text(step, "input_data", at, step)
    for word in ("program_arguments", "append_row_to"):
        yield from _of_text(step.task, word, (*at, "task"), step)


def _of_old(expression: Expression, at: Location) -> Iterator[Binding]:
    """Return the binding of a deprecated ``${{inputs.NAME}}``, still common in old files; Azure ML rejects it."""
    inside = expression.text[3:-2].strip()
    if inside.startswith(("inputs.", "outputs.", "jobs.")):
        yield Binding(at, expression.text, "binding of a step", inside, (f"parent.{inside}",))


def _in_pipeline(pipeline: Any, expression: Expression, at: Location) -> Iterator[Binding]:
    if expression.kind == "pipeline input":
        yield Binding(at, expression.text, "input of the pipeline", expression.name, tuple(pipeline.inputs))
    if expression.kind == "pipeline output":
        yield Binding(at, expression.text, "output of the pipeline", expression.name, tuple(pipeline.outputs))
    if expression.kind in {"step input", "step output"}:
        step = pipeline.jobs.get(expression.step)
        if step is None:
            yield Binding(at, expression.text, "step", expression.step, tuple(pipeline.jobs))
            return
        kind = expression.kind.removeprefix("step ")
        known = _ports(step, f"{kind}s")
        if known is not None:
            yield Binding(at, expression.text, f'{kind} of step "{expression.step}"', expression.name, known)


def _ports(step: AnyStepModel, ports: str) -> tuple[str, ...] | None:
    """Return the names of a step's inputs or outputs; None where only Azure knows the component."""
    if isinstance(step, CommandStep | AnyInPlace | AnyTransfer | AutoMLStep):
        return tuple(getattr(step, ports, ()))
    return tuple(getattr(step.component, ports)) if isinstance(step.component, Component) else None
