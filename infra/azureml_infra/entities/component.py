"""Components, which pipelines are built from: commands here, pipelines in their own module.

In ARM a component is a free-form specification in az ml's own words
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from azureml_arm.names import ANONYMOUS_COMPONENT
from azureml_infra.entities.assets import DATA_TYPES, MODEL_TYPES, Asset
from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, is_output, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.in_file import from_file
from azureml_infra.entities.included import IncludingCode
from azureml_infra.entities.inputs import APART, LITERALS, ComponentInput, ComponentOutput, PortName
from azureml_infra.entities.paths import is_remote
from azureml_infra.entities.references import Pinned
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.runtime import Allotment, Command, QueueSettings
from azureml_infra.entities.sharing import InRegistry
from azureml_infra.entities.words import TextMap, name_rule
from azureml_infra.yaml.problems import one_of, quote

SPEC = "properties.componentSpec"
"""The place of a component's specification."""


class Component(Asset):
    """The fields of all components."""

    family: ClassVar[str] = "components"
    origin: ClassVar[str] = "YAML.COMPONENT"
    """The origin of a component, as az ml records it."""
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.isAnonymous": True, "properties.isArchived": False}

    name: Annotated[str | None, LOCAL] = None
    """For people only: a component written in place, or in the file of a step, has no name in Azure."""
    display_name: Annotated[str | None, Arm(f"{SPEC}.display_name")] = None
    """Title, for people."""
    is_deterministic: Annotated[bool | None, Arm(f"{SPEC}.is_deterministic")] = None
    """Whether the same input always gives the same output, so that an earlier run's output can be used again."""
    inputs: Annotated[dict[PortName, ComponentInput], APART, LOCAL] = Field(default_factory=dict)
    """The inputs, by name."""
    outputs: Annotated[dict[PortName, ComponentOutput], APART, LOCAL] = Field(default_factory=dict)
    """The outputs, by name."""
    plain_outputs: ClassVar[bool] = False
    """Whether an output may be a plain value."""

    @model_validator(mode="after")
    def _outputs_are_assets(self) -> Self:
        name = next((name for name, one in self.outputs.items() if one.type in LITERALS), None)
        if name is not None and not self.plain_outputs:
            what = f"{quote(name)} is a plain value, which only commands and pipelines give"
            raise refusal(what, one_of((*DATA_TYPES, *MODEL_TYPES)), "outputs", name, "type")
        return self

    @classmethod
    def of_type(cls, type_: object) -> type[Model]:
        """Return the model of a component of a type."""
        return TYPES.get(str(type_ or "command").lower(), cls) if cls is Component else cls

    def specify(self, properties: dict[str, Any], resolver: Resolver) -> dict[str, Any]:  # noqa: ARG002
        """Return the part of this type's specification that its fields have no place for; what of it is in `properties`
        is removed there.
        """
        return {}

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Add the specification, which repeats the component's name and description."""
        properties = body["properties"]
        anonymous = properties["isAnonymous"]
        own = {
            "$schema": self.schema_,
            "name": ANONYMOUS_COMPONENT if anonymous else self.name,
            "version": "1" if anonymous else self.version,
            "description": self.description,
            "tags": self.tags,
            "properties": getattr(self, "properties", None),
            "inputs": in_words(self.inputs),
            "outputs": in_words(self.outputs),
            "_source": self.origin,
        }
        specific = self.specify(properties, resolver)
        properties["componentSpec"] |= {key: value for key, value in own.items() if value} | specific

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Take the specification's words, which are az ml's."""
        said = at(body, SPEC) or {}
        words = {name: _as_written(said[name]) for name in cls.model_fields if said.get(name)}
        own = cls.own_words(words, place)
        for name, value in words.items():
            is_told = name in found or name in own or name in ("name", "version", "type")
            if not is_told and (place.defaults or value != cls.model_fields[name].default):
                found[name] = place.reference(value) if name == "environment" else value
        found |= own

    @classmethod
    def own_words(cls, words: Mapping[str, Any], place: Place) -> dict[str, Any]:  # noqa: ARG003
        """Return what a type of component reads in its own way."""
        return {}


def _as_written(value: Any) -> Any:
    """Return a part of a specification as a file has it: Azure answers that an input isn't optional, as text."""
    if not isinstance(value, dict):
        return value
    return {key: _as_written(item) for key, item in value.items() if (key, item) != ("optional", "False")}


def in_words(models: Mapping[str, Model | None]) -> dict[str, Any]:
    """Return models in az ml's own words, without those and their fields that aren't set."""
    return {name: one.model_dump(by_alias=True, exclude_none=True) for name, one in models.items() if one is not None}


def with_prefix(id_: Any) -> Any:
    """Return an id, or an Output of one, with az ml's prefix."""
    if is_output(id_):
        return id_.apply(with_prefix)
    if isinstance(id_, Pinned):
        return id_.with_prefix()
    return id_ if id_.startswith("azureml:") else f"azureml:{id_}"


def move_ids(component: IncludingCode, properties: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    """Return the ids of a component's code and environment with az ml's prefix; they are removed in `properties`."""
    code = properties.pop("codeId", None) or component.includes_alone(resolver)
    ids = {"code": code, "environment": properties.pop("environmentId", None)}
    return {name: with_prefix(id_) for name, id_ in ids.items() if id_ is not None}


def _own_properties(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties without those that Azure and azure-ai-ml add."""
    added = ("azureml.", "client_component_hash", "hash_version")
    return {name: value for name, value in given.items() if not name.startswith(added)}


Properties = Annotated[TextMap | None, Arm("properties.properties", back=_own_properties)]
"""Properties of a component, which can't be changed later."""


class RunningComponent(Component):
    """The fields of all components but pipelines, which only run other components."""

    is_deterministic: Annotated[bool, Arm(f"{SPEC}.is_deterministic")] = True
    """Whether the same input always gives the same output, so that an earlier run's output can be used again."""


class NamedComponent(Model):
    """The fields of components that have a name in Azure, and what is sent for it."""

    arm_constants: ClassVar[Mapping[str, Any]] = Asset.arm_constants

    name: Annotated[str, name_rule("component"), LOCAL]
    """Name; references to it are `azureml:NAME:VERSION`."""


class InlineCommandComponent(RunningComponent, Command, Allotment, IncludingCode):
    """A command with declared inputs and outputs, written in place or in the file of a step."""

    kind: ClassVar[str] = "command component"
    plain_outputs: ClassVar[bool] = True
    without_effect: ClassVar[Mapping[str, str]] = {"queue_settings": "az ml doesn't send it; a step has its own"}

    type: Annotated[Literal["command"], LOWER, Arm(f"{SPEC}.type")] = "command"
    """The kind of component."""
    properties: Properties = None
    """Properties of the version."""
    queue_settings: Annotated[QueueSettings | None, LOCAL] = None
    """How soon serverless compute is given. Taken without effect: az ml doesn't send it, and a step has its own."""

    def specify(self, properties: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
        """Return the command line, its environment and code with az ml's prefix, and resources in az ml's words."""
        given = {"resources": self.resources, "distribution": self.distribution}
        for name in given:
            properties.pop(name, None)
        return {"command": properties.pop("command")} | move_ids(self, properties, resolver) | in_words(given)


class StepComponent(InlineCommandComponent):
    """The component that Azure ML makes of a step which has none of its own."""

    origin: ClassVar[str] = "YAML.JOB"


class CommandComponent(NamedComponent, InlineCommandComponent, InRegistry):
    """A command with declared inputs and outputs, that pipelines use by name."""


TYPES: dict[str, type[Component]] = {"command": InlineCommandComponent}
"""`type` -> the model of a component without a name."""
NO_TYPES: Mapping[str, str] = {
    "import": "are a private preview, which azure-ai-ml refuses, too",
    "automl": "have nothing that could run: a pipeline has an automl step instead",
}
"""Types that az ml knows and has no use for: why."""


def _component(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    if is_output(value) or isinstance(value, Component):
        return value
    if isinstance(value, Mapping):
        model = _model_of(value)
        return (StepComponent if model is InlineCommandComponent else model).model_validate(value, context=info.context)
    if isinstance(value, str) and not is_remote(value):
        return from_file(value, info, _model_of)
    return handler(value)


def _model_of(value: Mapping[str, Any]) -> type[Component]:
    type_ = str(value.get("type") or "command").lower()
    if type_ not in TYPES:
        why = NO_TYPES.get(type_, "don't exist")
        raise refusal(f"components of type {type_} {why}", " or ".join(TYPES))
    return TYPES[type_]


if TYPE_CHECKING:
    ComponentOrName = Component | InputStr
else:
    ComponentOrName = Annotated[
        Component | InputStr, WrapValidator(_component, json_schema_input_type=str | InlineCommandComponent)
    ]
"""A component written in place, its file, or a reference to one."""
