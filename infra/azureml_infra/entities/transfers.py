"""Components and steps that import data from outside of Azure, or export it: `type: data_transfer`.

What is sent is what azure-ai-ml sends (entities/_builders/data_transfer.py, _component/datatransfer_component.py).
Azure has a component for each; one of a registry or of the workspace may stand in its place.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, Refers, is_output, refusal
from azureml_infra.entities.body import Resolver
from azureml_infra.entities.component import SPEC, NamedComponent, RunningComponent
from azureml_infra.entities.external_data import BUILTIN, Database, ExternalData, external_words, refuse_nothing
from azureml_infra.entities.fields import LOWER
from azureml_infra.entities.inputs import DEFAULT_TYPE
from azureml_infra.entities.paths import is_remote
from azureml_infra.entities.sharing import InRegistry
from azureml_infra.entities.step_fields import MovesData
from azureml_infra.entities.words import ANY_CASE
from azureml_infra.yaml.problems import quote

_SINK, _SOURCE = "sink", "source"


def _refuse_ports(given: Any, port: str, only: str, types: tuple[str, ...]) -> None:
    """Raise unless the ports of one direction are the one that there may be."""
    found = getattr(given, port)
    if set(found) != {only}:
        expected = f"{port}: {{{only}: {{type: {' or '.join(types)}}}}}"
        raise refusal(f"the only one of the {port} is called {quote(only)}", expected, *([port] if found else []))


class ExternalKind(Model):
    """What kind of place a component reads from or writes to."""

    type: Annotated[Literal["database", "file_system"], ANY_CASE]
    """`database` or `file_system`."""


class _TransferComponent(NamedComponent, RunningComponent, InRegistry):
    """What the components that import and export have."""

    type: Annotated[Literal["data_transfer"], LOWER, Arm(f"{SPEC}.type")]
    """The kind of component."""

    def refuse(self, port: str) -> None:
        """Raise where there is any of what such a component has none of."""
        if getattr(self, port):
            raise refusal(f"{self.kind}s have no {port}", "nothing", port)


class ImportComponent(_TransferComponent):
    """An import of data from a database or a bucket, that pipelines use by name."""

    kind: ClassVar[str] = "data import component"

    task: Annotated[Literal["import_data"], LOWER, Arm(f"{SPEC}.task")]
    """What is done."""
    source: Annotated[ExternalKind, Arm(f"{SPEC}.source")]
    """Where the data comes from; the step says which database or bucket it is."""

    @model_validator(mode="after")
    def _has_a_sink(self) -> Self:
        self.refuse("inputs")
        _refuse_ports(self, "outputs", _SINK, ("mltable", "uri_folder"))
        return self


class ExportComponent(_TransferComponent):
    """An export of data to a database, that pipelines use by name."""

    kind: ClassVar[str] = "data export component"

    task: Annotated[Literal["export_data"], LOWER, Arm(f"{SPEC}.task")]
    """What is done."""
    sink: Annotated[ExternalKind, Arm(f"{SPEC}.sink")]
    """Where the data goes; the step says which database it is."""

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        self.refuse("outputs")
        _refuse_ports(self, "inputs", _SOURCE, ("uri_file", "uri_folder"))
        return self


class _TransferRun(MovesData):
    """The fields of steps that import and export."""

    type: Annotated[Literal["data_transfer"], LOWER, LOCAL]
    """What runs."""
    component: Annotated[InputStr | None, Refers(("components",)), LOCAL] = None
    """A component in place of Azure's own: `azureml:NAME:VERSION`, or one of a registry."""
    compute: Annotated[InputStr | None, Refers(("computes",)), Arm("properties.computeId")] = None
    """Compute to run on; the pipeline's by default."""

    def refuse_file(self) -> None:
        """Raise for a component in a file: azure-ai-ml takes registered ones alone."""
        if isinstance(self.component, str) and not is_output(self.component) and not is_remote(self.component):
            raise refusal(f"{quote(self.component)} is a file", "`azureml:NAME:VERSION`, or nothing", "component")

    def by_azure(self, task: str, kind: str) -> dict[str, Any]:
        """Return the component that Azure has, where the step names none."""
        return {} if self.component else {"componentId": BUILTIN.format(f"{task}_{kind}"), "_source": "BUILTIN"}


class ImportStep(_TransferRun):
    """A step that imports data from a database or a bucket."""

    task: Annotated[Literal["import_data"], LOWER, LOCAL]
    """What is done."""
    source: Annotated[ExternalData, LOCAL]
    """Where the data comes from."""

    @model_validator(mode="before")
    @classmethod
    def _has_a_sink(cls, given: Any) -> Any:
        """Add the one output of a component where none is written, as azure-ai-ml does."""
        return {"outputs": {_SINK: None}, **given} if isinstance(given, Mapping) and given.get("component") else given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.refuse_file()
        if self.inputs:
            raise refusal("a step that imports has no inputs", "source: {…}", "inputs")
        refuse_nothing(self.source)
        _refuse_ports(self, "outputs", _SINK, (self.source.reads_into,))
        sink = self.outputs[_SINK]
        if sink.model_fields_set and not sink.binding and sink.type != self.source.reads_into:
            what = f"what comes from a {self.source.type} isn't of type {sink.type}"
            raise refusal(what, f"type: {self.source.reads_into}", "outputs", _SINK)
        return self

    def in_words(self, resolver: Resolver) -> dict[str, Any]:
        """Return what is imported."""
        made = {"task": self.task, "source": external_words(self.source, resolver)}
        return made | self.by_azure(self.task, self.source.builtin)


class ExportStep(_TransferRun):
    """A step that exports data to a database."""

    task: Annotated[Literal["export_data"], LOWER, LOCAL]
    """What is done."""
    sink: Annotated[ExternalData, LOCAL]
    """Where the data goes."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.refuse_file()
        if self.outputs:
            raise refusal("a step that exports has no outputs", "sink: {…}", "outputs")
        if not isinstance(self.sink, Database) and not self.component:
            raise refusal("Azure exports to databases only", "type: database, or a `component` that does it", _SINK)
        _refuse_ports(self, "inputs", _SOURCE, (self.sink.takes,))
        source = self.inputs[_SOURCE]
        if not source.binding and (source.type or DEFAULT_TYPE) != self.sink.takes:
            what = f"what goes to a {self.sink.type} isn't of type {source.type or DEFAULT_TYPE}"
            raise refusal(what, f"type: {self.sink.takes}", "inputs", _SOURCE)
        return self

    def in_words(self, resolver: Resolver) -> dict[str, Any]:
        """Return where it is exported to."""
        made = {"task": self.task, "sink": external_words(self.sink, resolver)}
        return made | self.by_azure(self.task, self.sink.builtin)


TRANSFERS: Mapping[str, type[_TransferRun]] = {"import_data": ImportStep, "export_data": ExportStep}
"""The step of each task that goes out of Azure."""
AnyTransfer = ImportStep | ExportStep
