"""The steps of a pipeline in ARM's body: snake_case words, and a component for each."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args

from pydantic import BeforeValidator, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from azureml_infra.entities.automl_step import AUTOML_STEPS, AutoMLStep, automl_body, split_automl
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, Refers, refusal
from azureml_infra.entities.body import Location, Resolver, body
from azureml_infra.entities.component import Component, ComponentOrName, StepComponent
from azureml_infra.entities.expressions import Expression, parse
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.inputs import (
    DEFAULT_TYPE,
    LITERAL_TYPES,
    ComponentInput,
    ComponentOutput,
    JobInput,
    JobOutput,
    literal,
)
from azureml_infra.entities.paths import is_remote, local_path
from azureml_infra.entities.reverse import Place, at, words_of
from azureml_infra.entities.runtime import Allotment, Command, QueueSettings, Resources, RunSettings
from azureml_infra.entities.step_fields import StepBase, StepWithInputs
from azureml_infra.entities.step_kinds import (
    AnyByComponent,
    AnyInPlace,
    CopyComponentStep,
    CopyStep,
    ParallelComponentStep,
    ParallelStep,
    SparkComponentStep,
    SparkStep,
    read_step_kind,
)
from azureml_infra.entities.sweep import SweepSettings, read_step_words, step_words
from azureml_infra.entities.transfers import TRANSFERS, AnyTransfer
from azureml_infra.entities.unions import ToldBy
from azureml_infra.entities.words import NO_OTHERS, Check, name_rule, snake
from azureml_infra.yaml.nodes import merge
from azureml_infra.yaml.problems import nearest, one_of, quote
from azureml_infra.yaml.read import MAX_BYTES

_TYPE = re.compile(rb"^type:\s*[\"']?(\w+)", re.MULTILINE)
_AS_IS = ("computeId", "componentId", "tags", "inputs", "outputs")
_BY_NAME = ("inputs", "outputs", "services")
_VERBATIM = ("environmentVariables", "tags", "properties")


class Step(StepWithInputs, RunSettings, Allotment):
    """The fields of steps that run a command or a pipeline."""


class ComponentStep(Step):
    """A step that runs a component."""

    type: Annotated[Literal["command", "pipeline"] | None, LOWER, LOCAL] = None
    """What runs: what the component is."""
    component: Annotated[ComponentOrName, Refers(("components",)), LOCAL]
    """The component: `azureml:NAME:VERSION`, its file, or written here."""


class CommandStep(Step, Command):
    """A step that runs a command. Azure ML makes a component of it."""

    type: Annotated[Literal["command", "pipeline"] | None, LOWER, LOCAL] = None
    """What runs: a command, or (with `component`) a pipeline."""


class SweepStep(StepWithInputs, SweepSettings):
    """A step that runs a component many times to find the values that do best."""

    component_word: ClassVar[str] = "trial"

    type: Annotated[Literal["sweep"], LOWER, LOCAL]
    """What runs."""
    trial: Annotated[ComponentOrName, Refers(("components",)), LOCAL]
    """The component that each trial runs: `azureml:NAME:VERSION`, its file, or written here. What is searched is
    among its inputs."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; the pipeline's by default."""
    resources: Annotated[Resources | None, Arm("properties.resources")] = None
    """How much compute each trial gets."""
    queue_settings: Annotated[QueueSettings | None, Arm("properties.queueSettings")] = None
    """How soon serverless compute is given."""

    @property
    def component(self) -> Any:
        """Return what each trial runs."""
        return self.trial

    def in_words(self, _resolver: Resolver) -> dict[str, Any]:
        """Return what is searched, and how."""
        return step_words(self)


def component_of(step: StepBase) -> Any:
    """Return the component of a step, or the reference to one; None for a step that has none."""
    return getattr(step, "component", None)


AnyStepModel = CommandStep | ComponentStep | SweepStep | AnyInPlace | AnyByComponent | AnyTransfer | AutoMLStep


def _step_form(value: Any) -> str:
    """Return the tag of the model that a step is read by: its name, by which messages find its fields."""
    if isinstance(value, StepBase):
        return type(value).__name__
    given = value if isinstance(value, Mapping) else {}
    type_ = str(given.get("type")).lower()
    if type_ == "automl":
        task = AUTOML_STEPS.get(str(given.get("task")).lower())
        return task.__name__ if task is not None else ""
    transfer = TRANSFERS.get(str(given.get("task")).lower()) if type_ == "data_transfer" else None
    if transfer is not None:
        return transfer.__name__
    in_place, by_component = _FORMS.get(type_, (CommandStep, ComponentStep))
    return (by_component if "component" in given else in_place).__name__


_FORMS: Mapping[str, tuple[type[StepBase], type[StepBase]]] = {
    "sweep": (SweepStep, SweepStep),
    "parallel": (ParallelStep, ParallelComponentStep),
    "spark": (SparkStep, SparkComponentStep),
    "data_transfer": (CopyStep, CopyComponentStep),
}
"""`type` -> the model of a step that is written in place, and of one with a component."""
_TYPES = ("command", "pipeline", *_FORMS, "automl")
_PRIVATE: Mapping[str, str] = dict.fromkeys(
    ("import", "if_else", "do_while", "parallel_for"), "are a private preview, which azure-ai-ml refuses, too"
)


def _with_type(value: Any, info: ValidationInfo) -> Any:
    """Return a step with the type of its component, where it says none itself, as azure-ai-ml reads it."""
    component = value.get("component") if isinstance(value, Mapping) and value.get("type") is None else None
    if isinstance(component, str):
        type_ = None if is_remote(component) else _type_in_file(component, info)
    else:
        type_ = component.get("type") if isinstance(component, Mapping) else None
    return merge(value, {"type": type_}) if str(type_).lower() in ("parallel", "spark") else value


def _type_in_file(text: str, info: ValidationInfo) -> str | None:
    """Return the type of a component's file; None where it can't be read, which is told where the file is read."""
    try:
        with local_path(text, info).path.open("rb") as file:
            found = _TYPE.search(file.read(MAX_BYTES))
    except (PydanticCustomError, OSError):
        return None
    return found[1].decode() if found else None


def _known_type(value: Any) -> Any:
    type_ = value.get("type") if isinstance(value, Mapping) else None
    if isinstance(type_, str) and type_.lower() not in _TYPES:
        why = _PRIVATE.get(type_.lower(), "don't exist")
        near = nearest(type_, _TYPES)
        raise refusal(f"steps of type {type_} {why}", " or ".join(_TYPES), "type", suggestion=near)
    if isinstance(type_, str) and type_.lower() == "automl" and str(value.get("task")).lower() not in AUTOML_STEPS:
        task = value.get("task")
        near = nearest(str(task), AUTOML_STEPS)
        if task is None:
            raise refusal("an automl step needs a `task`", one_of(AUTOML_STEPS), suggestion=near)
        raise refusal(f"there is no task {quote(str(task))}", one_of(AUTOML_STEPS), "task", suggestion=near)
    return value


_OTHERS = tuple(model for model in get_args(AnyStepModel) if model is not AutoMLStep)

if TYPE_CHECKING:
    AnyStep = AnyStepModel
else:
    AnyStep = Annotated[
        Union[(*_OTHERS, *AUTOML_STEPS.values())],
        ToldBy(_step_form),
        BeforeValidator(_known_type),
        BeforeValidator(_with_type),
    ]
Steps = Annotated[dict[Annotated[str, name_rule("step")], AnyStep], Check(lambda given: given, lambda: NO_OTHERS)]
"""The steps of a pipeline by name: azure-ai-ml 1.35 takes Python's identifiers only, while files in az ml's
documentation have dashes, too."""


def pipelines(entity: Model, at: Location = ()) -> Iterator[tuple[Any, Location]]:
    """Yield what has steps, with its place: an entity, the job that it creates or is made of, and the
    pipeline components that its steps have in place."""
    for word in ("create_job", "job_definition"):
        run = getattr(entity, word, None)
        if isinstance(run, Model):
            yield from pipelines(run, (*at, word))
    steps = getattr(entity, "jobs", None)
    if isinstance(steps, Mapping):
        yield entity, at
    for name, step in steps.items() if isinstance(steps, Mapping) else ():
        component = getattr(step, "component", None)
        if isinstance(component, Model):
            yield from pipelines(component, (*at, "jobs", name, "component"))


@dataclass(frozen=True)
class PipelineScope:
    """The inputs and outputs of a pipeline, which the bindings of its steps refer to."""

    inputs: Mapping[str, JobInput | ComponentInput]
    outputs: Mapping[str, JobOutput | ComponentOutput]
    steps: Mapping[str, AnyStepModel]

    def input_type(self, given: JobInput) -> str:
        """Return the type of a step's input: its own, or that of what it is bound to."""
        expression = parse(given.binding) if given.binding else None
        if expression is not None:
            return self._bound_type(expression) or given.type or DEFAULT_TYPE
        if given.value is not None:
            return given.type or LITERAL_TYPES.get(type(given.value), "string")
        return given.type or DEFAULT_TYPE

    def declaration(self, given: JobInput) -> ComponentInput:
        """Return an input as a component declares it, with its value as the default, and the pipeline's mode."""
        default = literal(given.value) if given.value is not None and not given.binding else None
        expression = parse(given.binding) if given.binding else None
        source = self.inputs.get(expression.name) if expression and expression.kind == "pipeline input" else None
        mode = given.mode or (source.mode if source is not None else None)
        return ComponentInput(type=self.input_type(given), default=default, mode=mode)

    def output(self, given: JobOutput) -> ComponentOutput:
        """Return a step's output as a component declares it, with the pipeline output's fields where it has none."""
        expression = parse(given.binding) if given.binding else None
        target = self.outputs.get(expression.name) if expression else None
        shape = target or given
        return ComponentOutput(type=shape.type, mode=given.mode or shape.mode)

    def _bound_type(self, expression: Expression) -> str | None:
        if expression.kind == "pipeline input":
            source = self.inputs.get(expression.name)
            return self.input_type(source) if isinstance(source, JobInput) else (source.type if source else None)
        if expression.kind == "step output":
            return self._output_type(self.steps.get(expression.step), expression.name)
        return None

    def _output_type(self, step: AnyStepModel | None, name: str) -> str | None:
        component = component_of(step) if step else None
        if isinstance(component, Component):
            declared = component.outputs.get(name)
            return declared.type if declared else None
        given = step.outputs.get(name) if step else None
        return self.output(given).type if given else None


def inline_component(step: CommandStep | AnyInPlace, scope: PipelineScope) -> Component:
    """Return the component that Azure ML runs for a step that is written in place."""
    inputs = {name: scope.declaration(given) for name, given in step.inputs.items()}
    ports = {"inputs": inputs, "outputs": {name: scope.output(given) for name, given in step.outputs.items()}}
    own = {"description": step.description, "tags": step.tags, **ports}
    if not isinstance(step, CommandStep):
        return step.as_component(own)
    shared = {name: getattr(step, name) for name in (*Command.model_fields, *Allotment.model_fields)}
    return StepComponent(**shared, **own)


def step_body(name: str, step: AnyStepModel, scope: PipelineScope, resolver: Resolver) -> dict[str, Any]:
    """Return a step as ARM's pipelines have it."""
    run = Step.model_construct(**{field: getattr(step, field) for field in Step.model_fields if hasattr(step, field)})
    made = body(run, resolver).get("properties", {})
    made["outputs"] = {
        key: _output(given, made["outputs"][key]) for key, given in step.outputs.items() if given.model_fields_set
    }
    common = _spell_step({key: value for key, value in made.items() if value}, snake)
    if isinstance(step, AutoMLStep):
        return automl_body(name, step, common, resolver)
    component = inline_component(step, scope) if isinstance(step, CommandStep | AnyInPlace) else step.component
    component_id = _component_id(component, resolver) if component is not None else {}
    return {
        "name": name,
        "type": step.type or getattr(component, "type", "command"),
        **({step.component_word: component_id} if step.component_word != "component" else component_id),
        "_source": _source(component),
        **common,
        **step.in_words(resolver),
    }


def _component_id(component: Any, resolver: Resolver) -> dict[str, Any]:
    found = isinstance(component, Component)
    return {"componentId": resolver.anonymous(component) if found else resolver.reference(("components",), component)}


def _source(component: Any) -> str:
    if isinstance(component, Component):
        return component.origin
    registry = isinstance(component, str) and component.startswith("azureml://registries/")
    return "REMOTE.REGISTRY" if registry else "REMOTE.WORKSPACE.COMPONENT"


def _output(output: JobOutput, sent: dict[str, Any]) -> dict[str, Any]:
    """Return an output as steps have it: registered under ``name`` and ``version``, where jobs say ``assetName``."""
    if not output.binding:
        named = {"name": output.name, "version": output.version}
        sent = {key: value for key, value in sent.items() if key != "assetName"}
        return sent | {key: value for key, value in named.items() if value is not None}
    mode = {"mode": sent["mode"]} if "mode" in sent else {}
    return {"value": output.binding, "type": "literal", **mode}


def _spell_step(given: Mapping[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    """Return what all steps have with its words spelled otherwise; names and texts of users stay as they are."""
    made: dict[str, Any] = {}
    for key, value in given.items():
        word = key if key in _AS_IS else spell(key)
        if key in _BY_NAME:
            made[word] = {name: _spell_keys(item, spell) for name, item in (value or {}).items()}
        else:
            made[word] = value if to_camel(key) in _VERBATIM else _spell_keys(value, spell)
    return made


def _spell_keys(value: Any, spell: Callable[[str], str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {spell(key): item if key == "properties" else _spell_keys(item, spell) for key, item in value.items()}


def steps_in_words(given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the steps of a body in az ml's words, each with the component that Azure ML runs for it."""
    return {name: _step_in_words(step, place) for name, step in given.items()}


def _step_in_words(given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    kind = given.get("type")
    type_ = {"type": kind} if kind not in (None, "command") else {}
    if kind == "sweep":
        trial = {"trial": place.reference(str(at(given, "trial.componentId")))}
        plain = {word: value for word, value in given.items() if word not in SweepSettings.model_fields}
        return type_ | trial | _common_words(plain, place) | read_step_words(given)
    if kind == "automl":
        plain, own = split_automl(given, place)
        return _common_words(plain, place) | own
    component = {"component": place.reference(str(given["componentId"]))} if given.get("componentId") else {}
    own = read_step_kind(given, place) if kind in _FORMS else {}
    return type_ | component | _common_words(given, place) | own


def _common_words(given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return what all steps have, of one in ARM's body."""
    return words_of(Step, {"properties": _spell_step(given, to_camel)}, place)
