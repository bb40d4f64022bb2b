"""Inputs and outputs, as jobs, pipeline steps and components share them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from azureml_infra.entities.assets import MODEL_TYPES, DataType, ModelType, UploadsTo, misfit
from azureml_infra.entities.base import LOCAL, TEXT, Arm, InputStr, Model, NoEffect, Refers, Uploads, is_output, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.expressions import is_expression
from azureml_infra.entities.fields import LOWER, NOT_IN_GA
from azureml_infra.entities.paths import PathText, is_remote
from azureml_infra.entities.reverse import Place
from azureml_infra.entities.words import ANY_CASE, NO_OTHERS, Check, Version, arm_words, name_rule
from azureml_infra.yaml.nodes import as_text, as_written, texts_of, written_value
from azureml_infra.yaml.problems import article, one_of, quote

AssetType = Literal[DataType, ModelType]
PortType = Literal[AssetType, "path"]
"""What components declare: `path` is the older word for a file or folder, which Azure ML still takes."""
LiteralType = Literal["string", "number", "integer", "boolean"]
InputMode = Literal["ro_mount", "download", "direct", "eval_mount", "eval_download", "rw_mount"]
OutputMode = Literal["rw_mount", "mount", "upload", "direct"]
Scalar = str | int | float | bool

DEFAULT_TYPE: AssetType = "uri_folder"
LITERAL_TYPES: Mapping[type, LiteralType] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    str: "string",
}

LITERALS: tuple[LiteralType, ...] = get_args(LiteralType)
_FORMS = {
    "string": re.compile(".*", re.DOTALL),
    "number": re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE),
    "integer": re.compile(r"[-+]?\d+(\.0*)?"),
    "boolean": re.compile("true|false", re.IGNORECASE),
}
"""What a plain value of a type may look like."""
_NOUNS = {"number": "number", "integer": "whole number", "boolean": "boolean: true or false"}

_input_mode = arm_words(ro_mount="ReadOnlyMount", rw_mount="ReadWriteMount")
_output_mode = arm_words(mount="ReadWriteMount", rw_mount="ReadWriteMount")


def _decimals_pass(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Decimal) else handler(value)


def _as_meant(value: Any, text: str, type_: Any) -> Any:
    """Return what a plain value means that YAML reads as something else than it says.

    Azure ML gets text, so a decimal number keeps its zeros (``1.10``). Whether ``NO`` and ``010`` are text or what YAML
    makes of them, only a type says.
    """
    if str(type_).lower() == "string":
        return text
    if text.lower() == as_text(value):
        return value
    if isinstance(value, float) and re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?", text):
        return Decimal(text)
    if type_ is not None:
        return value
    raise refusal(f"YAML reads {text} as {as_text(value)}", f'{as_text(value)}, or "{text}" in quotes')


class JobInput(Model):
    """Something that a job reads: a plain value, or data or a model at a path."""

    type: Annotated[Literal[AssetType, LiteralType] | None, LOWER, LOCAL] = None
    """What it is; `uri_folder` for a path by default."""
    path: Annotated[PathText | None, Refers(("data", "models", "datastores")), Uploads(), Arm("uri")] = None
    """Local file or folder, `azureml:NAME:VERSION` of data or a model, a datastore path, or another URI."""
    mode: Annotated[InputMode | None, ANY_CASE, Arm("mode", _input_mode)] = None
    """How the job gets it: mounted, downloaded, or as the URI itself (`direct`)."""
    value: Annotated[Scalar | InputStr | None, WrapValidator(_decimals_pass), LOCAL] = None
    """The value, for an input that is no path. `NAME: VALUE` is short for it."""
    datastore: Annotated[UploadsTo | None, LOCAL] = None
    """Where az ml uploads a local path to; here it is always the default datastore."""
    path_on_compute: Annotated[str | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Where the job finds it. Taken without effect: the GA API has no place for it."""

    @model_validator(mode="before")
    @classmethod
    def _value_as_meant(cls, given: Any) -> Any:
        """Take a plain value as it is meant, where YAML reads it as something else."""
        text = texts_of(given).get("value")
        return given if text is None else {**given, "value": _as_meant(given["value"], text, given.get("type"))}

    @model_validator(mode="after")
    def _path_or_value(self) -> Self:
        if (self.path is None) == (self.value is None):
            raise refusal("the input has no value", "a value, or one of `path` and `value`")
        problem = misfit(self.type, self.path)
        if problem:
            raise problem
        return self

    @property
    def binding(self) -> str | None:
        """Return the ``${{…}}`` that the input is bound to, or None."""
        given = self.value if self.value is not None else self.path
        return str(given) if is_expression(given) and not (self.path and "://" in self.path) else None

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Turn a literal into text, as ARM has it, and resolve a model as a model."""
        if self.binding or self.value is not None:
            body.pop("uri", None)
            body |= {"jobInputType": "literal", "value": self.binding or literal(self.value)}
            return
        body["jobInputType"] = self.type or DEFAULT_TYPE
        if self.type in MODEL_TYPES and isinstance(self.path, str) and is_remote(self.path):
            body["uri"] = resolver.reference(("models", "datastores"), self.path)

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Take a literal's text as the value, and the type of anything else."""
        kind = body.get("jobInputType")
        if kind == "literal":
            found["value"] = body.get("value")
        elif kind and (kind != DEFAULT_TYPE or place.defaults):
            found["type"] = kind


def is_asset(given: "JobInput | ComponentInput") -> bool:
    """Return whether an input is data or a model, not a plain value."""
    return given.type not in LITERALS if isinstance(given, ComponentInput) else given.value is None


def expected_value(declared: "ComponentInput", value: Any) -> str:
    """Return what a plain value should have been for an input that is declared so; empty for one that fits."""
    text = literal(value)
    if is_output(value) or is_expression(value):
        return ""
    if not _FORMS[declared.type].fullmatch(text):
        return article(_NOUNS[declared.type])
    if declared.enum and text not in declared.enum:
        return one_of(declared.enum)
    if declared.type in {"number", "integer"}:
        if declared.min is not None and float(text) < float(declared.min):
            return f"{declared.min} or more"
        if declared.max is not None and float(text) > float(declared.max):
            return f"{declared.max} or less"
    return ""


def literal(value: Any) -> Any:
    """Return a literal as az ml writes it: ``0.01`` -> ``"0.01"``, ``true`` -> ``"True"``."""
    return value if is_output(value) else str(value)


def _as_input(value: Any) -> Any:
    return {"value": value} if isinstance(value, Scalar) or is_output(value) else value


Input = Annotated[JobInput, BeforeValidator(_as_input, json_schema_input_type=Scalar | JobInput)]
"""An input, or a plain value."""


def _with_texts(given: Any) -> Any:
    """Return inputs by name; those that YAML alters in their long form, which knows what was written."""
    texts = texts_of(given)
    return {**given, **{name: written_value(given[name], text) for name, text in texts.items()}} if texts else given


def _refuse_same_names(given: dict[str, Any]) -> dict[str, Any]:
    """Raise for two names that differ by letter case alone, which Azure ML takes for one."""
    seen: dict[str, str] = {}
    for name in given:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            what = f"{quote(other)} and {quote(name)} are one name, as letter case doesn't count"
            raise refusal(what, "another name", name)
    return given


PortName = Annotated[str, name_rule("port")]
"""The name of an input or output (azure-ai-ml, entities/_job/_input_output_helpers.py)."""
APART = Check(_refuse_same_names, lambda: NO_OTHERS)
Inputs = Annotated[dict[PortName, Input], BeforeValidator(_with_texts), APART]
"""Inputs by name."""


class JobOutput(Model):
    """Something that a job writes."""

    type: Annotated[AssetType, LOWER, Arm("jobOutputType")] = DEFAULT_TYPE
    """What it is."""
    mode: Annotated[OutputMode | None, ANY_CASE, Arm("mode", _output_mode)] = None
    """How it gets to storage: written to a mount, uploaded at the end, or by the job itself (`direct`)."""
    path: Annotated[InputStr | None, Refers(("datastores",)), Arm("uri")] = None
    """Where it goes, such as `azureml://datastores/NAME/paths/…`; Azure ML picks a place by default."""
    name: Annotated[str | None, Arm("assetName")] = None
    """Register it as a data asset or model of this name."""
    version: Annotated[Version | None, LOCAL, NoEffect("the API has no place for it, and Azure ML counts up")] = None
    """Version to register it under. The GA API has no place for it: Azure ML counts up."""
    description: str | None = None
    """Description, for people."""
    path_on_compute: Annotated[str | None, LOCAL, NoEffect(NOT_IN_GA)] = None
    """Where the job writes it. Taken without effect: the GA API has no place for it."""
    value: Annotated[str | None, Arm(None, shown="value")] = None
    """In a pipeline's step: the output of the pipeline that it is. `NAME: ${{parent.outputs.…}}` is short for it."""

    @property
    def binding(self) -> str | None:
        """Return the ``${{parent.outputs.…}}`` that the output is bound to, or None."""
        bound = self.value or (self.path if self.path and str(self.path).lstrip().startswith("${{") else None)
        return str(bound) if bound else None


def _as_output(value: Any) -> Any:
    if value is None:
        return {}
    return {"value": value} if isinstance(value, str) else value


Output = Annotated[JobOutput, BeforeValidator(_as_output, json_schema_input_type=str | JobOutput | None)]
"""An output, its binding, or nothing for one in its default form."""
Outputs = Annotated[dict[PortName, Output], APART]
"""Outputs by name."""


class StepOutput(JobOutput):
    """Something that a step of a pipeline writes."""

    version: Annotated[Version | None, LOCAL] = None
    """Version to register it under; Azure ML counts up by default."""

    @classmethod
    def restore(cls, found: dict[str, Any], body: Mapping[str, Any], _place: Place) -> None:
        """Take what it is registered as, and the type of one that says nothing else: said, it is sent."""
        found |= {word: body[word] for word in ("name", "version") if body.get(word)}
        if body and not found:
            found["type"] = DEFAULT_TYPE


NodeOutput = Annotated[StepOutput, BeforeValidator(_as_output, json_schema_input_type=str | StepOutput | None)]
"""An output of a step, its binding, or nothing for one in its default form."""
NodeOutputs = Annotated[dict[PortName, NodeOutput], APART]
"""Outputs of a step by name."""


class ComponentInput(Model):
    """An input that a component declares. Its words are those of the component's specification in ARM."""

    type: Annotated[Literal[PortType, LiteralType], LOWER]
    """The type of the value."""
    description: str | None = None
    """What it is for."""
    optional: bool | None = None
    """Whether it may be left out; the command has `$[[…]]` around what depends on it."""
    default: Annotated[str | None, TEXT] = None
    """The value if none is given."""
    min: Annotated[str | None, TEXT] = None
    """The lowest number allowed."""
    max: Annotated[str | None, TEXT] = None
    """The highest number allowed."""
    enum: Annotated[list[Annotated[str, TEXT]] | None, BeforeValidator(as_written)] = None
    """The values allowed."""
    mode: Annotated[InputMode | None, ANY_CASE] = None
    """How it comes to the job."""

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        """Write the bounds of a `number` with a decimal point, as az ml does, and take other numbers as YAML does."""
        if not isinstance(given, Mapping) or given.get("type") in (None, "string"):
            return given
        if given["type"] != "number":
            return dict(given)
        return {key: float(value) if isinstance(value, int) else value for key, value in given.items()}

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        """Refuse bounds that are no numbers, and a default that no step could give."""
        if self.type in LITERALS:
            for word in ("min", "max"):
                bound = getattr(self, word)
                if bound is not None and not _FORMS["number"].fullmatch(bound):
                    raise refusal(f"{quote(bound)} is no bound", "a number", word)
            expected = "" if self.default is None else expected_value(self, self.default)
            if expected:
                raise refusal(f"{quote(self.default)} can't be the default", expected, "default")
        elif self.default is not None:
            raise refusal("data and models have no default", "optional: true, or a value in each step", "default")
        return self


class ComponentOutput(Model):
    """An output that a component declares."""

    type: Annotated[Literal[PortType, LiteralType], LOWER] = DEFAULT_TYPE
    """The type of the output; a plain value is given by commands and pipelines alone."""
    description: str | None = None
    """What it is."""
    mode: Annotated[OutputMode | None, ANY_CASE] = None
    """How it gets to storage."""
