"""The words that azure-ai-ml takes in each kind's file, beside ours: words.json, from its marshmallow schemas.

``BODIES=write .venv-clients/bin/python -m pytest tests/sandbox/clients/test_words.py`` writes it. words.csv has what
azure-ai-ml takes and we don't, with the reason.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from azureml_arm.tables import read_table
from azureml_infra.entities.assets import Data
from azureml_infra.entities.base import Model, read_only_words
from azureml_infra.entities.body import FieldSpec, specs
from azureml_infra.entities.component import TYPES, Component
from azureml_infra.entities.deployment import BatchSettings
from azureml_infra.entities.endpoint import ModelBatchDeployment
from azureml_infra.entities.job import CommandJob
from azureml_infra.entities.kinds import KINDS as OURS
from azureml_infra.entities.spark_job import SparkJob
from azureml_infra.entities.words import Words
from azureml_infra.entities.workspace_kinds import ProjectArgs
from kit.az_bodies import CORPUS, write_lines

RECORDED = CORPUS / "words.json"
REASONS = CORPUS / "words.csv"


@dataclass(frozen=True)
class Word:
    """A word of a schema: the schemas of its values, the values where they are listed, whether it is dropped unread."""

    schemas: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    dropped: bool = False


KINDS: Mapping[str, str] = {
    "WorkspaceArgs": "workspace.workspace.WorkspaceSchema",
    "HubArgs": "workspace.ai_workspaces.hub.HubSchema",
    "ProjectArgs": "workspace.ai_workspaces.project.ProjectSchema",
    "FeatureStoreArgs": "_feature_store.feature_store_schema.FeatureStoreSchema",
    "RegistryArgs": "registry.registry.RegistrySchema",
    "AmlCompute": "compute.aml_compute.AmlComputeSchema",
    "ComputeInstance": "compute.compute_instance.ComputeInstanceSchema",
    "KubernetesCompute": "compute.kubernetes_compute.KubernetesComputeSchema",
    "SynapseSparkCompute": "compute.synapsespark_compute.SynapseSparkComputeSchema",
    "VirtualMachineCompute": "compute.virtual_machine_compute.VirtualMachineComputeSchema",
    "AzureBlobDatastore": "_datastore.azure_storage.AzureBlobSchema",
    "AzureFileDatastore": "_datastore.azure_storage.AzureFileSchema",
    "AzureDataLakeGen2Datastore": "_datastore.azure_storage.AzureDataLakeGen2Schema",
    "AzureDataLakeGen1Datastore": "_datastore.adls_gen1.AzureDataLakeGen1Schema",
    "OneLakeDatastore": "_datastore.one_lake.OneLakeSchema",
    "Environment": "assets.environment.EnvironmentSchema",
    "Data": "assets.data.DataSchema",
    "RegisteredModel": "assets.model.ModelSchema",
    "CommandComponent": "component.command_component.CommandComponentSchema",
    "PipelineComponent": "pipeline.pipeline_component.PipelineComponentSchema",
    "ParallelComponent": "component.parallel_component.ParallelComponentSchema",
    "SparkComponent": "component.spark_component.SparkComponentSchema",
    "CopyComponent": "component.data_transfer_component.DataTransferCopyComponentSchema",
    "ImportComponent": "component.data_transfer_component.DataTransferImportComponentSchema",
    "ExportComponent": "component.data_transfer_component.DataTransferExportComponentSchema",
    "AutoMLComponent": "component.automl_component.AutoMLComponentSchema",
    "ManagedOnlineEndpoint": "_endpoint.online.online_endpoint.ManagedOnlineEndpointSchema",
    "KubernetesOnlineEndpoint": "_endpoint.online.online_endpoint.KubernetesOnlineEndpointSchema",
    "ManagedOnlineDeployment": "_deployment.online.online_deployment.ManagedOnlineDeploymentSchema",
    "KubernetesOnlineDeployment": "_deployment.online.online_deployment.KubernetesOnlineDeploymentSchema",
    "BatchEndpoint": "_endpoint.batch.batch_endpoint.BatchEndpointSchema",
    "ModelBatchDeployment": "_deployment.batch.model_batch_deployment.ModelBatchDeploymentSchema",
    "PipelineBatchDeployment": (
        "_deployment.batch.pipeline_component_batch_deployment_schema.PipelineComponentBatchDeploymentSchema"
    ),
    "FeatureStoreEntity": "_feature_store_entity.feature_store_entity_schema.FeatureStoreEntitySchema",
    "FeatureSet": "_feature_set.feature_set_schema.FeatureSetSchema",
    "CapabilityHostArgs": "workspace.ai_workspaces.capability_host.CapabilityHostSchema",
    "CommandJob": "job.command_job.CommandJobSchema",
    "PipelineJob": "pipeline.pipeline_job.PipelineJobSchema",
    "JobSchedule": "schedule.schedule.JobScheduleSchema",
    "MonitorSchedule": "monitoring.schedule.MonitorScheduleSchema",
    "ImportSchedule": "_data_import.schedule.ImportDataScheduleSchema",
    "DataImport": "_data_import.data_import.DataImportSchema",
    "SweepJob": "_sweep.sweep_job.SweepJobSchema",
    "SparkJob": "job.spark_job.SparkJobSchema",
    "ClassificationJob": "automl.table_vertical.classification.AutoMLClassificationSchema",
    "RegressionJob": "automl.table_vertical.regression.AutoMLRegressionSchema",
    "ForecastingJob": "automl.table_vertical.forecasting.AutoMLForecastingSchema",
    "ImageClassificationJob": "automl.image_vertical.image_classification.ImageClassificationSchema",
    "ImageClassificationMultilabelJob": (
        "automl.image_vertical.image_classification.ImageClassificationMultilabelSchema"
    ),
    "ImageObjectDetectionJob": "automl.image_vertical.image_object_detection.ImageObjectDetectionSchema",
    "ImageInstanceSegmentationJob": "automl.image_vertical.image_object_detection.ImageInstanceSegmentationSchema",
    "TextClassificationJob": "automl.nlp_vertical.text_classification.TextClassificationSchema",
    "TextClassificationMultilabelJob": (
        "automl.nlp_vertical.text_classification_multilabel.TextClassificationMultilabelSchema"
    ),
    "TextNerJob": "automl.nlp_vertical.text_ner.TextNerSchema",
    "ServiceConnection": "workspace.connections.workspace_connection.WorkspaceConnectionSchema",
    **{
        name: f"workspace.connections.connection_subtypes.{schema}ConnectionSchema"
        for name, schema in {
            "AzureBlobConnection": "AzureBlobStore",
            "OneLakeConnection": "MicrosoftOneLake",
            "AzureOpenAIConnection": "AzureOpenAI",
            "AzureAIServicesConnection": "AzureAIServices",
            "AzureAISearchConnection": "AzureAISearch",
            "AzureContentSafetyConnection": "AzureContentSafety",
            "AzureSpeechConnection": "AzureSpeechServices",
            "APIKeyConnection": "APIKey",
            "OpenAIConnection": "OpenAI",
            "SerpConnection": "Serp",
            "ServerlessConnection": "Serverless",
        }.items()
    },
}
"""Our models by name -> the schema by which azure-ai-ml reads their files. It has none for what isn't here: serverless
endpoints and subscriptions, whose classes are generated, and what az ml doesn't know.
"""
TAKEN: Mapping[type[Model], Collection[str]] = {
    ModelBatchDeployment: BatchSettings.model_fields,
    ProjectArgs: ("workspace_hub",),
    Data: ("data_id",),
    CommandJob: ("job",),
    SparkJob: ("job",),
}
"""Words that are taken beside a model's fields, and become another one or stand for the whole."""
_DROPPED = "-"


def short(name: str) -> str:
    """Return a schema's name in words.json: its module's last part and its own."""
    return ".".join(name.split(".")[-2:])


@cache
def read_recorded() -> Mapping[str, Mapping[str, Word]]:
    """Return the words of each schema."""
    found: dict[str, dict[str, list[str]]] = json.loads(RECORDED.read_text("utf-8"))
    return {name: {word: _read(told) for word, told in words.items()} for name, words in found.items()}


def _read(told: list[str]) -> Word:
    values = tuple(one[1:] for one in told if one.startswith("="))
    return Word(tuple(one for one in told if one[:1] not in ("=", _DROPPED)), values, told == [_DROPPED])


def write(found: Mapping[str, Mapping[str, Word]]) -> None:
    """Write the words of each schema, a line each: the schemas of a word's values, the values after a `=`, or `-`."""
    told = {name: {word: _tell(one) for word, one in words.items()} for name, words in sorted(found.items())}
    write_lines(RECORDED, told, separators=(",", ":"))


def _tell(word: Word) -> list[str]:
    return [_DROPPED] if word.dropped else [*word.schemas, *(f"={value}" for value in word.values)]


def missing(model: type[Model]) -> list[str]:
    """Return what azure-ai-ml takes in a kind's file and we don't, as dotted words; ``word: value`` of a list."""
    return list(_Comparison().run([model], [short(KINDS[model.__name__])], ""))


class _Comparison:
    """One kind's words; what is the same in several of its places is told once."""

    def __init__(self) -> None:
        self._seen: set[tuple[frozenset[type[Model]], str]] = set()

    def run(self, models: Iterable[type[Model]], schemas: Iterable[str], at: str) -> Iterator[str]:
        """Yield what is missing at a place, where a value is one of some models, and there of some schemas."""
        known = [one for model in models for one in ([*TYPES.values()] if model is Component else [model])]
        for name in schemas:
            fitting = frozenset(model for model in known if _fits(model, read_recorded()[name]))
            if not fitting:
                yield f"{at}: {_label(read_recorded()[name]) or name.rpartition('.')[2]}"
            elif (fitting, name) not in self._seen:
                self._seen.add((fitting, name))
                yield from self._words(fitting, name, at)

    def _words(self, models: frozenset[type[Model]], schema: str, at: str) -> Iterator[str]:
        for word, theirs in read_recorded()[schema].items():
            place = f"{at}.{word}" if at else word
            ours = [spec for model in models for spec in specs(model) if word in (spec.word, spec.name)]
            if not ours:
                taken = all(word in read_only_words(model) or word in TAKEN.get(model, ()) for model in models)
                yield from () if taken else (place,)
                continue
            if place not in ("type", "task"):  # which say another kind
                yield from (f"{place}: {value}" for value in _missing_values(ours, models, theirs.values))
            inner = dict.fromkeys(model for spec in ours for model in spec.models)
            if inner:
                yield from self.run(inner, theirs.schemas, place)


def _fits(model: type[Model], schema: Mapping[str, Word]) -> bool:
    """Return whether a model is of the type and task that a schema is of."""
    for word in ("type", "task"):
        ours = {_plain(one) for spec in specs(model) if spec.word == word for one in spec.choices if one is not None}
        theirs = {_plain(one) for one in schema[word].values} if word in schema else set()
        if ours and theirs and not ours & theirs:
            return False
    return True


def _label(schema: Mapping[str, Word]) -> str:
    return ", ".join(value for word in ("type", "task") if word in schema for value in schema[word].values)


def _missing_values(ours: list[FieldSpec], models: Collection[type[Model]], theirs: Iterable[str]) -> Iterator[str]:
    known = [one for spec in ours for one in (*spec.choices, *_choices_of(spec, models))]
    if known:
        plain = {_plain(one) for one in known if one is not None}
        yield from (value for value in theirs if _plain(value) not in plain)


def _choices_of(spec: FieldSpec, models: Collection[type[Model]]) -> Iterator[str]:
    for model in models:
        info = model.model_fields.get(spec.name)
        for mark in info.metadata if info is not None else ():
            if isinstance(mark, Words):
                yield from mark.names


def _plain(word: Any) -> str:
    return str(word).replace("_", "").lower()


@dataclass(frozen=True)
class Reason:
    """A line of words.csv: why a word of a kind is missing; `*` stands for any text in both."""

    kind: str
    word: str
    why: str

    def covers(self, kind: str, word: str) -> bool:
        """Return whether the line is about a kind's word."""
        return fnmatchcase(kind, self.kind) and fnmatchcase(word, self.word)


@cache
def reasons() -> tuple[Reason, ...]:
    """Return why words are missing: words.csv."""
    return tuple(Reason(**line) for line in read_table(REASONS))


def reason_of(kind: str, word: str) -> Reason | None:
    """Return the first line that says why a kind's word is missing."""
    return next((one for one in reasons() if one.covers(kind, word)), None)


@cache
def all_missing() -> tuple[tuple[str, str], ...]:
    """Return each kind with each word that is missing in it."""
    known = [kind for kind in OURS if kind.model.__name__ in KINDS]
    return tuple(dict.fromkeys((kind.model.kind, word) for kind in known for word in missing(kind.model)))
