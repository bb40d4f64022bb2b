"""What Data Factory is asked for: linked services and datasets without keys, a pipeline, a trigger.

https://learn.microsoft.com/azure/data-factory/connector-azure-blob-storage#managed-identity and its neighbours: without
a key or a credential a linked service works with the factory's own identity. The pipeline calls Azure Resource Manager
with it, too (https://learn.microsoft.com/azure/data-factory/control-flow-web-activity#authentication).
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi

from azureml_arm.clouds import AzureCloud
from azureml_infra.components.scope import text
from azureml_infra.components.stores import LakeStore
from azureml_infra.entities.body import Resolver, body
from azureml_infra.entities.ingestion import AnySource, BlobSource, HttpSource, IngestionArgs, SqlSource
from azureml_infra.entities.triggers import ScheduleRecurrenceTrigger

Body = dict[str, Any]
VERSION = "formatDateTime(pipeline().TriggerTime,'yyyyMMdd-HHmmss')"
"""The version that a run makes, and the folder that it writes: the moment that it began."""
_SINCE = "2024-01-01T00:00:00"
"""When a recurrence begins where nothing is said: Data Factory requires a time, and waits for none that is past
(https://learn.microsoft.com/azure/data-factory/how-to-create-schedule-trigger#json-schema-overview)."""
_POLICY = {"timeout": "0.00:10:00", "retry": 3, "retryIntervalInSeconds": 30}
_COPY_POLICY = {"timeout": "0.12:00:00", "retry": 2, "retryIntervalInSeconds": 60}


def reference(name: str, kind: str, **parameters: Any) -> Body:
    """Return a reference within a factory: to a ``Dataset``, a ``LinkedService``, a ``Pipeline``."""
    return {"referenceName": name, "type": f"{kind}Reference"} | ({"parameters": parameters} if parameters else {})


def expression(value: str) -> Body:
    """Return a value that is evaluated in each run."""
    return {"value": value, "type": "Expression"}


def storage_service(store: LakeStore, suffix: str) -> Body:
    """Return the linked service of a storage account, which the factory's identity opens."""
    if store.lake:
        kind = {"url": text("https://{a}.dfs.{s}", a=store.account, s=suffix)}
        return {"properties": {"type": "AzureBlobFS", "typeProperties": kind}}
    kind = {"serviceEndpoint": text("https://{a}.blob.{s}/", a=store.account, s=suffix), "accountKind": "StorageV2"}
    return {"properties": {"type": "AzureBlobStorage", "typeProperties": kind}}


def linked_source(source: SqlSource | HttpSource, vault: str) -> Body:
    """Return the linked service of what isn't storage: a database that the factory's identity is a user of, a web
    server. `vault` is the linked service that has secrets.
    """
    if isinstance(source, SqlSource):
        database = {"server": source.server, "database": source.database, "encrypt": "mandatory"}
        kind: Body = {**database, "authenticationType": "SystemAssignedManagedIdentity"}
        return {"properties": {"type": "AzureSqlDatabase", "typeProperties": kind}}
    kind = {
        "url": f"https://{urlsplit(source.url).netloc}/",
        "authenticationType": "Anonymous",
        "enableServerCertificateValidation": True,
    }
    if source.header is not None:
        secret = {"store": reference(vault, "LinkedService"), "secretName": source.header.secret}
        kind["authHeaders"] = {source.header.name: {"type": "AzureKeyVaultSecret", **secret}}
    return {"properties": {"type": "HttpServer", "typeProperties": kind}}


def linked_vault(address: pulumi.Input[str]) -> Body:
    """Return the linked service of a key vault, which the factory's identity opens."""
    return {"properties": {"type": "AzureKeyVault", "typeProperties": {"baseUrl": address}}}


def read_data(source: AnySource, store: LakeStore | None, linked: str) -> Body:
    """Return the dataset of a source."""
    own: Body = {"linkedServiceName": reference(linked, "LinkedService")}
    if isinstance(source, SqlSource):
        return {"properties": {"type": "AzureSqlTable", **own, "typeProperties": {}}}
    if isinstance(source, HttpSource):
        parts = urlsplit(source.url)
        relative = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
        location: Body = {"type": "HttpServerLocation", "relativeUrl": literal(relative)}
    else:
        assert store is not None  # noqa: S101 - a blob source is one
        location = _location(store, literal(source.folder))
    return {"properties": {"type": "Binary", **own, "typeProperties": {"location": location}}}


def written_data(given: IngestionArgs, store: LakeStore, linked: str) -> Body:
    """Return the dataset that a run writes, into a folder that the run names: rows become Parquet, files stay."""
    location = _location(store, expression("@dataset().folder"))
    kind: Body = {"location": location}
    if isinstance(given.source, SqlSource):
        location["fileName"], kind["compressionCodec"] = f"{given.name}.parquet", "snappy"
    if isinstance(given.source, HttpSource):
        location["fileName"] = literal(urlsplit(given.source.url).path.rpartition("/")[2])
    own = {"linkedServiceName": reference(linked, "LinkedService"), "parameters": {"folder": {"type": "String"}}}
    format_ = "Parquet" if isinstance(given.source, SqlSource) else "Binary"
    return {"properties": {"type": format_, **own, "typeProperties": kind}}


def _location(store: LakeStore, folder: Any) -> Body:
    where = {"fileSystem": store.container} if store.lake else {"container": store.container}
    kind = "AzureBlobFSLocation" if store.lake else "AzureBlobStorageLocation"
    return {"type": kind, **where, **({"folderPath": folder} if folder else {})}


def copy_activity(given: IngestionArgs, source: str, sink: str, store: LakeStore) -> Body:
    """Return the step that copies."""
    folder = expression(f"@concat('{given.folder}/', {VERSION})")
    written: Body = {"storeSettings": {"type": f"{'AzureBlobFS' if store.lake else 'AzureBlobStorage'}WriteSettings"}}
    if isinstance(given.source, SqlSource):
        written = {"type": "ParquetSink", **written, "formatSettings": {"type": "ParquetWriteSettings"}}
    else:
        written = {"type": "BinarySink", **written}
    return {
        "name": "copy",
        "type": "Copy",
        "policy": _COPY_POLICY,
        "inputs": [reference(source, "Dataset")],
        "outputs": [reference(sink, "Dataset", folder=folder)],
        "typeProperties": {"source": _reading(given.source), "sink": written},
    }


def _reading(source: AnySource) -> Body:
    """Return how a source is read."""
    if isinstance(source, SqlSource):
        return {"type": "AzureSqlSource", "sqlReaderQuery": literal(source.query)}
    if isinstance(source, HttpSource):
        return {"type": "BinarySource", "storeSettings": {"type": "HttpReadSettings", "requestMethod": "GET"}}
    settings = {"type": "AzureBlobStorageReadSettings", "recursive": True}
    settings |= {"wildcardFileName": literal(source.files)} if source.files else {}
    return {"type": "BinarySource", "storeSettings": settings}


def where_copied(steps: Iterable[Body]) -> Body:
    """Return the steps that follow where the copy has written anything: nothing new is no version, and no training."""
    some = expression("@greater(activity('copy').output.filesWritten, 0)")
    own = {"expression": some, "ifTrueActivities": [*steps]}
    return {"name": "where-copied", "type": "IfCondition", **_after("copy"), "typeProperties": own}


def _after(step: str) -> Body:
    return {"dependsOn": [{"activity": step, "dependencyConditions": ["Succeeded"]}]} if step else {}


def put_activity(name: str, after: str, where: pulumi.Input[str], what: Any, cloud: AzureCloud, version: str) -> Body:  # noqa: PLR0917
    """Return a step that makes something in Azure, with the factory's identity."""
    return {
        "name": name,
        "type": "WebActivity",
        "policy": _POLICY,
        **_after(after),
        "typeProperties": {
            "method": "PUT",
            "url": text("{a}{w}?api-version={v}", a=cloud.own_manager, w=where, v=version),
            "headers": {"Content-Type": "application/json"},
            "authentication": {"type": "MSI", "resource": cloud.audience},
            "body": what,
        },
    }


def data_version(given: IngestionArgs, address: pulumi.Input[str]) -> Body:
    """Return the version that a run makes of the data asset: it points to the run's own folder, which stays."""
    said = {
        "description": given.data.description,
        "tags": given.data.tags,
    }
    properties = {"dataType": given.data.type, "dataUri": text("{a}/{v}/", a=address, v=f"@{{{VERSION}}}")}
    run = {"properties": {"ingestion": given.name, "run": "@{pipeline().RunId}"}}
    return {"properties": {**properties, **{name: literal(one) for name, one in said.items() if one}, **run}}


def literal(value: Any) -> Any:
    """Return a value in which nothing is evaluated: at signs that would begin an expression are doubled."""
    return map_texts(value, _double)


def _double(said: str) -> str:
    doubled = said.replace("@{", "@@{")
    return f"@{doubled}" if said.startswith("@") and not said.startswith("@{") else doubled


def map_texts(value: Any, by: Callable[[str], str]) -> Any:
    """Return a value with another text in place of each text in it."""
    if isinstance(value, pulumi.Output):
        return value.apply(lambda found: map_texts(found, by))
    if isinstance(value, Mapping):
        return {name: map_texts(one, by) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(one, by) for one in value]
    return by(str(value)) if isinstance(value, str) else value


def trigger(given: IngestionArgs, source: LakeStore | None, resolver: Resolver) -> Body:
    """Return the trigger of a pipeline."""
    runs = {"pipelines": [{"pipelineReference": reference(given.name, "Pipeline"), "parameters": {}}]}
    if isinstance(given.trigger, ScheduleRecurrenceTrigger):
        times = {"recurrence": _recurrence(given.trigger, resolver)}
        return {"properties": {"type": "ScheduleTrigger", **runs, "typeProperties": times}}
    assert source is not None  # noqa: S101 - a source of another type has no such trigger
    assert isinstance(given.source, BlobSource)  # noqa: S101
    begins = f"/{given.source.container_name}/blobs/" + (f"{given.source.folder}/" if given.source.folder else "")
    ends = getattr(given.trigger, "ends_with", None)
    own: Body = {
        "scope": source.account_id,
        "events": ["Microsoft.Storage.BlobCreated"],
        "blobPathBeginsWith": begins,
        "ignoreEmptyBlobs": True,
        **({"blobPathEndsWith": ends} if ends else {}),
    }
    return {"properties": {"type": "BlobEventsTrigger", **runs, "typeProperties": own}}


def _recurrence(given: ScheduleRecurrenceTrigger, resolver: Resolver) -> Body:
    """Return a recurrence in Data Factory's form, which has times in UTC with a Z and others without."""
    made = body(given, resolver)
    kind, pattern = made.pop("triggerType"), {name: one for name, one in made.pop("schedule", {}).items() if one}
    assert kind == "Recurrence"  # noqa: S101
    made.setdefault("startTime", _SINCE)
    for name in ("startTime", "endTime"):
        if name in made:
            moment = datetime.datetime.fromisoformat(made[name])
            in_utc = made["timeZone"] == "UTC"
            moment = moment.astimezone(datetime.UTC) if in_utc and moment.tzinfo else moment
            made[name] = f"{moment:%Y-%m-%dT%H:%M:%S}" + "Z" * in_utc
    return {**made, **({"schedule": pattern} if pattern else {})}
