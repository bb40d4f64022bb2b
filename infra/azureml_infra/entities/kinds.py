"""The kinds of az ml files, one line each, recognised by ``$schema`` or else by ``type``.

Only the file name of a schema counts, as az ml's schemas moved from host to host.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import import_module
from typing import Any

from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import specs
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.problems import article, one_of


@dataclass(frozen=True)
class Kind:
    """One kind: the place of its model, the section that its names belong to, the names of its schemas without
    ``.schema.json``, and the values of its `type` field.

    `default`: the kind of an item of its section that has no `type`. `marked`: a field that makes it this kind instead.
    `told_by`: a field whose word tells kinds of one `type` from each other.
    `within`: the section that it stands in, where that isn't its family's: its field `apart` makes an item this kind.
    `only_has`: a field that no kind of the same `type` in another section has; files of this kind may lack it.
    `apart`: a field that tells a file of it from another section's kind of the same `type`.
    """

    place: str
    family: str
    schemas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    default: bool = False
    marked: str = ""
    apart: str = ""
    only_has: str = ""
    told_by: str = ""
    within: str = ""

    @cached_property
    def model(self) -> type[Entity]:
        """Return its model, whose module is imported now: a run needs few of them."""
        module, _, name = self.place.partition(".")
        model: type[Entity] = getattr(import_module(f"azureml_infra.entities.{module}"), name)
        return model

    @property
    def section(self) -> str:
        """Return the section of platform.yml that it belongs to."""
        return self.within or self.family


_ASSET_TYPES = ("uri_file", "uri_folder", "mltable")
_CONNECTION = ("connection", "workspaceConnection")
SERVICES = (
    "git", "python_feed", "container_registry", "s3", "snowflake", "azure_sql_db", "azure_synapse_analytics",
    "azure_my_sql_db", "azure_postgres_db", "custom",
)  # fmt: skip
"""The services whose connections have no fields of their own."""
_MODEL_TYPES = ("custom_model", "mlflow_model", "triton_model")
_AUTOML_TASKS = (
    "Classification",
    "Regression",
    "Forecasting",
    "ImageClassification",
    "ImageClassificationMultilabel",
    "ImageObjectDetection",
    "ImageInstanceSegmentation",
    "TextClassification",
    "TextClassificationMultilabel",
    "TextNer",
)

KINDS: tuple[Kind, ...] = (
    Kind("workspace.WorkspaceArgs", "workspaces", ("workspace",), default=True),
    Kind("workspace_kinds.HubArgs", "workspaces", ("hub",)),
    Kind("workspace_kinds.ProjectArgs", "workspaces", ("project",)),
    Kind("workspace_kinds.FeatureStoreArgs", "workspaces", ("featureStore",)),
    Kind("registries.RegistryArgs", "registries", ("registry",), default=True),
    Kind("compute.AmlCompute", "computes", ("amlCompute",), ("amlcompute",)),
    Kind("compute.ComputeInstance", "computes", ("computeInstance",), ("computeinstance",)),
    Kind("attached.KubernetesCompute", "computes", ("kubernetesCompute",), ("kubernetes",)),
    Kind("attached.SynapseSparkCompute", "computes", ("synapseSparkCompute", "synapsesparkCompute"), ("synapsespark",)),
    Kind("attached.DatabricksCompute", "computes", ("databricksCompute",), ("databricks",)),
    Kind("attached.VirtualMachineCompute", "computes", ("vmCompute",), ("virtualmachine",)),
    Kind("datastore.AzureBlobDatastore", "datastores", ("azureBlob",), ("azure_blob",)),
    Kind("datastore.AzureFileDatastore", "datastores", ("azureFile",), ("azure_file",)),
    Kind("datastore.AzureDataLakeGen2Datastore", "datastores", ("azureDataLakeGen2",), ("azure_data_lake_gen2",)),
    Kind("datastore.AzureDataLakeGen1Datastore", "datastores", ("azureDataLakeGen1",), ("azure_data_lake_gen1",)),
    Kind("datastore.OneLakeDatastore", "datastores", ("oneLake",), ("one_lake",)),
    Kind("sharing.ShareArgs", "share", default=True),
    Kind("assets.Environment", "environments", ("environment",), default=True),
    Kind("assets.Data", "data", ("data",), _ASSET_TYPES, default=True),
    Kind("assets.RegisteredModel", "models", ("model",), _MODEL_TYPES, default=True),
    Kind("component.CommandComponent", "components", ("commandComponent",), ("command",), default=True),
    Kind("job.PipelineComponent", "components", ("pipelineComponent",), ("pipeline",)),
    Kind("component_kinds.ParallelComponent", "components", ("parallelComponent",), ("parallel",)),
    Kind("component_kinds.SparkComponent", "components", ("sparkComponent",), ("spark",)),
    *(
        Kind(place, "components", ("dataTransferComponent",), ("data_transfer",), told_by="task")
        for place in ("component_kinds.CopyComponent", "transfers.ImportComponent", "transfers.ExportComponent")
    ),
    Kind("component_kinds.AutoMLComponent", "components", ("autoMLComponent",), ("automl",)),
    Kind(
        "endpoint.ManagedOnlineEndpoint",
        "online_endpoints",
        ("managedOnlineEndpoint", "onlineEndpoint"),
        ("managed",),
        default=True,
    ),
    Kind(
        "endpoint.KubernetesOnlineEndpoint",
        "online_endpoints",
        ("kubernetesOnlineEndpoint",),
        ("kubernetes",),
        marked="compute",
    ),
    Kind(
        "endpoint.ManagedOnlineDeployment",
        "online_deployments",
        ("managedOnlineDeployment",),
        ("managed",),
        default=True,
        only_has="endpoint_name",
    ),
    Kind(
        "endpoint.KubernetesOnlineDeployment",
        "online_deployments",
        ("kubernetesOnlineDeployment",),
        ("kubernetes",),
        only_has="endpoint_name",
    ),
    Kind("container_group.ContainerGroupArgs", "test_deployments", apart="on", within="online_deployments"),
    Kind("endpoint.BatchEndpoint", "batch_endpoints", ("batchEndpoint",), default=True),
    Kind(
        "endpoint.ModelBatchDeployment",
        "batch_deployments",
        ("modelBatchDeployment", "batchDeployment"),
        ("model",),
        default=True,
    ),
    Kind(
        "endpoint.PipelineBatchDeployment",
        "batch_deployments",
        ("pipelineComponentBatchDeployment", "batchDeployment"),
        ("pipeline",),
        only_has="endpoint_name",
    ),
    Kind(
        "serverless.MarketplaceSubscriptionArgs",
        "marketplace_subscriptions",
        ("marketplaceSubscription",),
        default=True,
    ),
    Kind("serverless.ServerlessEndpointArgs", "serverless_endpoints", ("serverlessEndpoint",), default=True),
    Kind("features.FeatureStoreEntity", "feature_store_entities", ("featureStoreEntity",), default=True),
    Kind("features.FeatureSet", "feature_sets", ("featureSet",), default=True),
    Kind("capability_host.CapabilityHostArgs", "capability_hosts", ("capabilityHost",), default=True),
    Kind("job.CommandJob", "jobs", ("commandJob",), ("command",), default=True),
    Kind("job.PipelineJob", "jobs", ("pipelineJob",), ("pipeline",), only_has="experiment_name"),
    Kind("schedule.JobSchedule", "schedules", ("schedule", "jobSchedule"), default=True, apart="create_job"),
    Kind("monitor.MonitorSchedule", "schedules", ("schedule", "monitorSchedule"), apart="create_monitor"),
    Kind("data_import.ImportSchedule", "schedules", ("schedule", "dataImportSchedule"), apart="import_data"),
    Kind("data_import.DataImport", "data_imports", ("dataImport",), default=True, apart="source"),
    Kind("ingestion.IngestionArgs", "ingestion", default=True),
    Kind("sweep_job.SweepJob", "jobs", ("sweepJob",), ("sweep",)),
    Kind("spark_job.SparkJob", "jobs", ("sparkJob",), ("spark",)),
    *(
        Kind(f"automl_job.{task}Job", "jobs", ("autoMLJob",), ("automl",), told_by="task", only_has="training_data")
        for task in _AUTOML_TASKS
    ),
    Kind("connection.ServiceConnection", "connections", _CONNECTION, SERVICES, default=True),
    Kind("connection.AzureBlobConnection", "connections", _CONNECTION, ("azure_blob",), apart="url"),
    Kind("connection.DataLakeGen2Connection", "connections", _CONNECTION, ("azure_data_lake_gen2",), apart="target"),
    Kind("connection.OneLakeConnection", "connections", _CONNECTION, ("azure_one_lake",)),
    Kind("connection.AzureOpenAIConnection", "connections", _CONNECTION, ("azure_open_ai",)),
    Kind("connection.AzureAIServicesConnection", "connections", _CONNECTION, ("azure_ai_services",)),
    Kind("connection.AzureAISearchConnection", "connections", _CONNECTION, ("azure_ai_search",)),
    Kind("connection.AzureContentSafetyConnection", "connections", _CONNECTION, ("azure_content_safety",)),
    Kind("connection.AzureSpeechConnection", "connections", _CONNECTION, ("azure_speech_services",)),
    Kind("connection.APIKeyConnection", "connections", _CONNECTION, ("api_key",)),
    Kind("connection.OpenAIConnection", "connections", _CONNECTION, ("open_ai",)),
    Kind("connection.SerpConnection", "connections", _CONNECTION, ("serp",)),
    Kind("connection.ServerlessConnection", "connections", _CONNECTION, ("serverless",)),
)

_IN_STUDIO = "is prompt flow's, which keeps its files to itself: Azure has no resource for it"
_SERVED = "an online deployment with the flow's image as its environment"
_PREVIEW = "is a preview: Azure's GA API has no such job"
_PRIVATE = "is a private preview, which azure-ai-ml refuses, too"
_TUNED = "a command job that trains the model"

NOT_YET: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("importJob", "importComponent"), (_PRIVATE, "a schedule with import_data")),
    "Flow": (_IN_STUDIO, _SERVED),
    "Run": (_IN_STUDIO, "a job that runs the flow"),
    "ModelVersionPackage": (
        "is an action on a model, which builds an image: Azure has no resource for it",
        "a deployment with a model and an environment, for which Azure builds the image",
    ),
    "index": (
        "is kept by the workspace's own service alone: Azure has no resource for it",
        "a data asset of type uri_folder with the index's folder",
    ),
    "deploymentTemplate": (
        "is kept by the registry's own service alone: Azure has no resource for it",
        "a deployment with the settings in it",
    ),
    "featureSetBackfill": (
        "is an action on a feature set: Azure has no resource for it",
        "materialization_settings with a schedule in the feature set",
    ),
    **dict.fromkeys(("finetuningJob", "distillationJob"), (_PREVIEW, _TUNED)),
    "federatedLearningSilo": ("is a private preview: Azure has no resource for it", "a compute and a datastore"),
    "MLTable": ("says how a folder of data is read, and stands in that folder", "a data asset of type mltable"),
    "FeatureSetSpec": ("says how features are made, and stands in their folder", "a feature set with that folder"),
}  # fmt: skip
"""The schemas of az ml that have no model here: why, and what to describe instead."""
PARTS = frozenset({"mltable", "featuresetspec"})
"""Of these, in lower case, what belongs to the entity that names its folder: a folder's check passes it over."""
NO_TYPES: Mapping[str, tuple[str, str]] = dict.fromkeys(("finetuning", "distillation"), (_PREVIEW, _TUNED))
"""The same of words for `type`."""


class UnknownKindError(ValueError):
    """The kind of a file is unknown. `key` is the field at fault, None for the whole file.

    `foreign`: nothing suggests that it was meant for az ml at all. `words`: what may stand there, where that is neither
    a schema nor a type.
    """

    def __init__(
        self,
        key: str | None,
        what: str,
        expected: str = "",
        given: str = "",
        *,
        foreign: bool = False,
        words: Iterable[str] = (),
    ) -> None:
        self.words = tuple(words)
        self.key, self.what, self.expected, self.given, self.foreign = key, what, expected, given, foreign
        super().__init__(what)


def find_kind(data: Mapping[str, Any], section: str | None = None) -> Kind:
    """Return the kind of a mapping, as an item of a section or as a file alone. Raises UnknownKindError."""
    own = [kind for kind in KINDS if kind.within and kind.apart in data and section in (None, kind.section)]
    if own:
        return own[0]
    schema, type_ = data.get("$schema"), data.get("type")
    if isinstance(schema, str):
        kinds = _by_schema(schema, section)
    else:
        kinds = [kind for kind in KINDS if section in (None, kind.section)]
        known = [kind for kind in kinds if kind.apart in data and not kind.types]
        if section is None and not isinstance(type_, str) and known:
            return known[0]
        if section is None and not isinstance(type_, str):
            raise UnknownKindError(
                None, "the kind of this is unknown", '"$schema" or "type" of an az ml file', foreign=True
            )
    return _by_type(kinds, data, section if not isinstance(schema, str) else kinds[0].section)


def schema_name(schema: str) -> str:
    """Return ``amlCompute`` for ``https://…/latest/amlCompute.schema.json``."""
    return schema.strip().rstrip("/").rpartition("/")[2].removesuffix(".json").removesuffix(".schema")


def _by_schema(schema: str, section: str | None) -> list[Kind]:
    name = schema_name(schema)
    kinds = _by_schema_name().get(name.lower(), [])
    refused = next((said for word, said in NOT_YET.items() if word.lower() == name.lower()), None)
    if not kinds and refused is not None:
        why, instead = refused
        raise UnknownKindError("$schema", f'az ml\'s kind "{name}" {why}', instead, foreign=name.lower() in PARTS)
    if not kinds:
        raise UnknownKindError("$schema", "unknown schema", "a schema of az ml", given=name)
    if section is not None and kinds[0].section != section:
        what = f"this describes {_a(kinds[0].section)}"
        raise UnknownKindError("$schema", what, f"{_a(section)} in the section {section}")
    return kinds


@cache
def _by_schema_name() -> Mapping[str, list[Kind]]:
    """Return the kinds by the names of their schemas, in lower case."""
    found: dict[str, list[Kind]] = {}
    for kind in KINDS:
        for name in dict.fromkeys(schema.lower() for schema in kind.schemas):
            found.setdefault(name, []).append(kind)
    return found


def _by_type(kinds: list[Kind], data: Mapping[str, Any], section: str | None) -> Kind:
    type_ = data.get("type")
    typed = [kind for kind in kinds if isinstance(type_, str) and _plain(type_) in map(_plain, kind.types)]
    typed = [kind for kind in typed if kind.only_has in data] or typed
    if len({kind.section for kind in typed}) > 1:
        typed = [kind for kind in typed if kind.apart in data] or [kind for kind in typed if not kind.apart]
    if len({kind.section for kind in typed}) > 1:
        words = one_of(dict.fromkeys(_a(kind.section) for kind in typed))
        raise UnknownKindError("type", f"this may be {words}", 'a "$schema" that says which')
    if typed:
        return _by_word(typed, data) if typed[0].told_by else typed[0]
    apart = [kind for kind in kinds if kind.apart in data and not kind.types]
    if apart:
        return apart[0]
    own = [kind for kind in KINDS if kind.marked and kind.marked in data and kind.section == section]
    if own and type_ is None:
        return own[0]
    chosen = [kind for kind in kinds if kind.default and not (kind.section == "jobs" and isinstance(type_, str))]
    chosen = chosen if section is not None else []
    if len(kinds) == 1 or chosen:
        return (chosen or kinds)[0]
    types = list(dict.fromkeys(word for kind in kinds for word in kind.types))
    if type_ is None:
        raise UnknownKindError(None, f'"type" is missing in {_a(section)}', one_of(types))
    given = type_ if isinstance(type_, str) else ""
    if given.lower() in NO_TYPES:
        why, instead = NO_TYPES[given.lower()]
        raise UnknownKindError("type", f'az ml\'s type "{given}" {why}', instead)
    raise UnknownKindError("type", "unknown type", one_of(types), given=given, foreign=section is None)


def _by_word(kinds: list[Kind], data: Mapping[str, Any]) -> Kind:
    """Return the one of several kinds that a field of theirs says."""
    word = kinds[0].told_by
    given = data.get(word)
    by_word = {
        choice: kind for kind in kinds for spec in specs(kind.model) if spec.name == word for choice in spec.choices
    }
    found = by_word.get(given.lower()) if isinstance(given, str) else None
    if found is not None:
        return found
    if given is None:
        raise UnknownKindError(None, f'"{word}" is missing in {article(kinds[0].types[0])} job', one_of(by_word))
    raise UnknownKindError(word, f'unknown "{word}"', one_of(by_word), str(given), words=by_word)


def types_of(section: str | None) -> Iterator[str]:
    """Return every value of `type` in a section."""
    return (word for kind in KINDS if section in (None, kind.section) for word in kind.types)


def schema_names() -> list[str]:
    """Return every schema that has a model here."""
    return [name for kind in KINDS for name in kind.schemas]


@lru_cache(maxsize=256)
def _plain(word: str) -> str:
    return word.lower().replace("_", "")


def _a(section: str | None) -> str:
    return article(FAMILIES.get(section or "", (section or "").removesuffix("s")))
