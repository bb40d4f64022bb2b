"""Ingestion: data that comes into the lake again and again, each time as another version of a data asset.

az ml has no words for it. An entry becomes a pipeline of Data Factory: it copies, registers a version of the data asset
that points to what was copied, and starts a job. docs/ingestion.md says how, and why so.
"""

import re
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from azureml_infra.entities.base import LOCAL, Entity, InputStr, Model, Refers, refusal
from azureml_infra.entities.fields import Guid
from azureml_infra.entities.job import Job
from azureml_infra.entities.schedule import CreatedJob, SubmittedJob
from azureml_infra.entities.tags import RunTags
from azureml_infra.entities.triggers import ScheduleRecurrenceTrigger
from azureml_infra.entities.unions import BY_TYPE
from azureml_infra.entities.words import ANY_CASE, name_rule, short_for
from azureml_infra.yaml.problems import quote

_PLACE = re.compile(r"azureml://datastores/[^/]+/paths/[^@{}']+")


def _place(given: str) -> str:
    """Return a place in a datastore, which has a folder."""
    if _PLACE.fullmatch(given):
        return given
    raise refusal(f"{quote(given)} is no folder of a datastore", "azureml://datastores/NAME/paths/FOLDER")


def _https(given: str) -> str:
    """Return the address of a file, read over TLS and without a name or key in it."""
    parts = urlsplit(given)
    if parts.scheme == "https" and parts.hostname and not parts.username and parts.path.rpartition("/")[2]:
        return given
    raise refusal(f"{quote(given)} can't be read", "https://HOST/FOLDER/FILE, with what lets in as a header")


class BlobSource(Model):
    """Files in a blob container or a file system of Data Lake Storage Gen2."""

    type: Annotated[Literal["blob"], ANY_CASE, LOCAL] = "blob"
    """The kind of source."""
    account_name: Annotated[InputStr, LOCAL]
    """Name of the storage account."""
    container_name: Annotated[str, LOCAL, name_rule("blob_container")]
    """The container's name."""
    path: Annotated[str, LOCAL] = ""
    """The folder in it; all of the container if left out."""
    files: Annotated[str | None, LOCAL] = None
    """Which files, as `*.csv`; all if left out."""
    resource_group: Annotated[InputStr | None, LOCAL] = None
    """The account's resource group; the platform's if left out."""
    subscription_id: Annotated[Guid | None, LOCAL] = None
    """The account's subscription; the platform's if left out."""

    @property
    def folder(self) -> str:
        """Return the folder without slashes around it."""
        return self.path.strip("/")


class SqlSource(Model):
    """Rows of an Azure SQL database, which become a Parquet file."""

    type: Annotated[Literal["sql"], ANY_CASE, LOCAL]
    """The kind of source."""
    server: Annotated[InputStr, LOCAL]
    """The server's address: `NAME.database.windows.net`."""
    database: Annotated[InputStr, LOCAL]
    """The database, in which the factory is a user (docs/ingestion.md)."""
    query: Annotated[str, LOCAL]
    """What to take, in SQL."""


class SecretHeader(Model):
    """A header of a request whose value is a secret in the workspace's key vault."""

    name: Annotated[str, LOCAL]
    """The header's name, as `x-api-key`."""
    secret: Annotated[str, name_rule("vault_secret"), LOCAL]
    """The secret's name in the key vault; its value is in no file."""


class HttpSource(Model):
    """A file of a web server."""

    type: Annotated[Literal["http"], ANY_CASE, LOCAL]
    """The kind of source."""
    url: Annotated[str, AfterValidator(_https), LOCAL]
    """The file's address, which begins with `https://` and ends in its name."""
    header: Annotated[SecretHeader | None, LOCAL] = None
    """A header that lets in; anybody may read the file if left out."""


AnySource = Annotated[BlobSource | SqlSource | HttpSource, BY_TYPE]


class BlobCreatedTrigger(Model):
    """Whenever a blob is written into the source, by an event of Event Grid."""

    providers: ClassVar[tuple[str, ...]] = ("Microsoft.EventGrid",)
    """What Data Factory uses for it on the subscription's behalf
    (https://learn.microsoft.com/azure/data-factory/how-to-create-event-trigger)."""

    type: Annotated[Literal["blob_created"], ANY_CASE, LOCAL]
    """The kind of trigger."""
    ends_with: Annotated[str | None, LOCAL] = None
    """What the blob's name ends in, as `.csv` or `/_SUCCESS`; any blob if left out."""


AnyTrigger = Annotated[ScheduleRecurrenceTrigger | BlobCreatedTrigger, BY_TYPE]


class IngestedData(Model):
    """The data asset, of which each run makes a version: the moment that it began."""

    name: Annotated[str, name_rule("data"), LOCAL]
    """Its name."""
    type: Annotated[Literal["uri_folder", "mltable"], ANY_CASE, LOCAL] = "uri_folder"
    """Its type; for `mltable` the source has the file MLTable."""
    description: Annotated[str | None, LOCAL] = None
    """What it is."""
    tags: Annotated[RunTags | None, LOCAL] = None
    """Labels of its versions."""


class IngestionArgs(Entity):
    """Data that is copied into the lake, becomes a version of a data asset, and starts a job."""

    family: ClassVar[str] = "ingestion"
    kind: ClassVar[str] = "ingestion"

    name: Annotated[str, name_rule("ingestion"), LOCAL]
    """Unique in the description; names the pipeline of Data Factory."""
    description: Annotated[str | None, LOCAL] = None
    """What it is for."""
    source: Annotated[AnySource, LOCAL]
    """Where the data comes from."""
    into: Annotated[str, AfterValidator(_place), Refers(("datastores",)), LOCAL]
    """Where it goes: `azureml://datastores/NAME/paths/FOLDER`, below which each run has a folder of its own."""
    data: Annotated[IngestedData, short_for("name", str | IngestedData), LOCAL]
    """The data asset: its name, or more of it."""
    trigger: Annotated[AnyTrigger | None, LOCAL] = None
    """When it runs: at times, or when a blob comes; only when somebody says so if left out."""
    then: Annotated[CreatedJob | None, LOCAL] = None
    """The job that is started with it: its file, or `{job: FILE, inputs: …}`, or written here. `azureml:NAME@latest`
    of the data asset is the version of that run."""
    is_enabled: Annotated[bool, LOCAL] = True
    """Whether the trigger starts anything."""
    grants: Annotated[bool, LOCAL] = True
    """Whether the factory's identity gets the roles that it needs, on source, lake and workspace."""

    @model_validator(mode="after")
    def _starts_what_is_new(self) -> Self:
        """Refuse a job that has run already: it wouldn't read what is new."""
        if isinstance(self.then, SubmittedJob):
            raise refusal("a job that has run can't be started on other data", "a job's file, or the job", "then")
        if isinstance(self.trigger, BlobCreatedTrigger) and not isinstance(self.source, BlobSource):
            raise refusal(f"no blob is written into a source of type {self.source.type}", "type: recurrence", "trigger")
        return self

    @property
    def makes_data(self) -> str:
        """Return the name of the data asset whose versions come of it."""
        return self.data.name

    @property
    def plain(self) -> str:
        """Return the name as datasets and linked services have it, in whose names Data Factory takes no dashes."""
        return self.name.replace("-", "_")

    @property
    def store(self) -> str:
        """Return the reference to the datastore, without the folder."""
        return self.into.partition("/paths/")[0]

    @property
    def folder(self) -> str:
        """Return the folder in the datastore."""
        return self.into.partition("/paths/")[2].strip("/")

    @property
    def job(self) -> Job | None:
        """Return the job that is started."""
        return self.then if isinstance(self.then, Job) else None
