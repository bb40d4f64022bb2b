"""Connections: other services, and what a workspace signs in to them with.

Fields are those of `az ml connection create --file`, of which each kind of service has its own; the categories are
ARM's (Microsoft.MachineLearningServices/workspaces/connections).
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, WithJsonSchema, model_validator

from azureml_arm import roles
from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, NoEffect, SecretStr, means, refusal
from azureml_infra.entities.body import Resolver, put, specs
from azureml_infra.entities.connection_credentials import (
    AnyCredential,
    BlobCredential,
    FabricCredential,
    KeyOrEntra,
    LakeCredential,
)
from azureml_infra.entities.datastore import OneLakeArtifact
from azureml_infra.entities.fields import ArmId
from azureml_infra.entities.kinds import SERVICES, types_of
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.words import ANY_CASE, TextMap, name_rule, pascal, snake
from azureml_infra.yaml.problems import nearest, quote

_OTHERS = (
    "AzureKeyVault", "AzureContainerAppEnvironment", "Redis", "AzureStorageAccount", "CosmosDb",
    "CosmosDbMongoDbApi", "AzureDataExplorer", "AzureMariaDb", "AzureDatabricksDeltaLake", "AzureSqlMi",
    "AzureTableStorage", "AmazonRdsForOracle", "AmazonRdsForSqlServer", "AmazonRedshift", "Db2", "Drill",
    "GoogleBigQuery", "Greenplum", "Hbase", "Hive", "Impala", "Informix", "MariaDb", "MicrosoftAccess", "MySql",
    "Netezza", "Oracle", "Phoenix", "PostgreSql", "Presto", "SapOpenHub", "SapBw", "SapHana", "SapTable", "Spark",
    "SqlServer", "Sybase", "Teradata", "Vertica", "Pinecone", "Databricks", "Cassandra", "Couchbase", "MongoDbV2",
    "MongoDbAtlas", "AmazonS3Compatible", "FileServer", "FtpServer", "GoogleCloudStorage", "Hdfs",
    "OracleCloudStorage", "Sftp", "GenericHttp", "ODataRest", "Odbc", "GenericRest", "RemoteTool", "AmazonMws",
    "Concur", "Dynamics", "DynamicsAx", "DynamicsCrm", "GoogleAdWords", "Hubspot", "Jira", "Magento", "Marketo",
    "Office365", "Eloqua", "Responsys", "OracleServiceCloud", "PayPal", "QuickBooks", "Salesforce",
    "SalesforceServiceCloud", "SalesforceMarketingCloud", "SapCloudForCustomer", "SapEcc", "ServiceNow",
    "SharePointOnlineList", "Shopify", "Square", "WebTable", "Xero", "Zoho", "GenericContainerRegistry",
    "Elasticsearch", "AppInsights", "AppConfig", "BingLLMSearch", "ManagedOnlineEndpoint", "ApiManagement",
    "ModelGateway", "GroundingWithBingSearch", "GroundingWithCustomSearch", "Sharepoint", "MicrosoftFabric",
    "PowerPlatformEnvironment", "RemoteA2A",
)  # fmt: skip
_CATEGORIES: Mapping[str, str] = {
    **{word: pascal(word) for word in SERVICES},
    "custom": "CustomKeys",
    **{snake(category): category for category in _OTHERS},
}
"""`type` -> ARM's category. Those that az ml has no word for are in its form."""
_WORDS = {category: word for word, category in _CATEGORIES.items()}
_ALIASES = {"custom_keys": "custom"}
_category = partial(means, "properties.category")
_BY_KEY = "ApiKey"


def _category_word(word: str) -> str:
    word = _ALIASES.get(word, word)
    if word in _CATEGORIES:
        return word
    of_az = list(types_of("connections"))
    expected = f"{', '.join(of_az)}, or another category of Azure's"
    near = nearest(word, [*_CATEGORIES, *of_az])
    raise refusal(f"unknown type {quote(word)} of a connection", expected, suggestion=near)


class Connection(Entity):
    """The fields of all connections."""

    family: ClassVar[str] = "connections"
    read_only: ClassVar[tuple[str, ...]] = ("target",)
    kind: ClassVar[str] = "connection"
    without: ClassVar[str] = "None"
    """ARM's `authType` where no credentials are given."""

    name: Annotated[str, LOCAL, name_rule("connection")]
    """Unique in the workspace."""
    description: Annotated[str | None, LOCAL, NoEffect("Azure keeps none")] = None
    """Taken without effect: Azure keeps none."""
    is_shared: Annotated[bool, Arm("properties.isSharedToAll")] = True
    """In a hub: whether its projects have the connection, too."""
    metadata: Annotated[TextMap | None, Arm("properties.metadata")] = None
    """More about the target, by name, in clear."""
    tags: Annotated[TextMap | None, LOCAL] = None
    """The former name of `metadata`, which goes first where both have a name."""

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Add the way to sign in where none is said, and what stands under the former name of `metadata`."""
        body["properties"].setdefault("authType", self.without)
        if self.tags:
            put(body, "properties.metadata", {**self.tags, **body["properties"].get("metadata", {})})

    @classmethod
    def restore(cls, words: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:  # noqa: ARG003
        """Take away what other words say: of the metadata, and of the way to sign in."""
        prefix = "properties.metadata."
        said = {
            path.removeprefix(prefix) for path in (*cls.arm_constants, *(spec.arm.path or "" for spec in specs(cls)))
        }
        words["metadata"] = {key: value for key, value in (words.get("metadata") or {}).items() if key not in said}
        drop = [name for name in ("metadata", "credentials") if not words.get(name)]
        if at(body, "properties.authType") == cls.without:
            drop.append("credentials")
        for name in drop:
            words.pop(name, None)


class ServiceConnection(Connection):
    """A connection to a service: a git host, a package feed, a database, S3, your own."""

    type: Annotated[
        str,
        ANY_CASE,
        AfterValidator(_category_word),
        WithJsonSchema({"type": "string", "enum": list(_CATEGORIES)}),
        Arm("properties.category", _CATEGORIES.__getitem__, back=lambda category: _WORDS.get(category, category)),
    ]
    """The kind of service. az ml takes the first ten."""
    target: Annotated[InputStr, Arm("properties.target")]
    """Address of the service; a database's connection string without credentials."""
    credentials: Annotated[AnyCredential | None, Arm("properties")] = None
    """What to sign in with; nothing if left out."""


class AzureBlobConnection(Connection):
    """A connection to a container of blob storage."""

    kind = "blob connection"
    without = "AAD"

    type: Annotated[Literal["azure_blob"], ANY_CASE, _category("AzureBlob")] = "azure_blob"
    """The kind of service."""
    url: Annotated[InputStr, Arm("properties.target")]
    """Address of the container."""
    account_name: Annotated[InputStr, Arm("properties.metadata.AccountName")]
    """Name of the storage account."""
    container_name: Annotated[InputStr, Arm("properties.metadata.ContainerName")]
    """Name of the container."""
    credentials: Annotated[BlobCredential | None, Arm("properties")] = None
    """What to sign in with; the identity of whoever uses it if left out."""


class DataLakeGen2Connection(Connection):
    """A connection to a data lake."""

    kind = "Data Lake Gen2 connection"
    without = "AAD"

    type: Annotated[Literal["azure_data_lake_gen2"], ANY_CASE, _category("ADLSGen2")] = "azure_data_lake_gen2"
    """The kind of service."""
    target: Annotated[InputStr, Arm("properties.target")]
    """Address of the file system, or a folder in it."""
    credentials: Annotated[LakeCredential | None, Arm("properties")] = None
    """What to sign in with; the identity of whoever uses it if left out."""


class OneLakeConnection(Connection):
    """A connection to a lakehouse in Microsoft Fabric."""

    kind = "OneLake connection"
    without = "AAD"

    type: Annotated[Literal["azure_one_lake"], ANY_CASE, _category("AzureOneLake")] = "azure_one_lake"
    """The kind of service."""
    target: Annotated[InputStr | None, Arm("properties.target")] = None
    """Address of the lakehouse, in place of the three fields that it is made of."""
    endpoint: Annotated[str | None, LOCAL] = None
    """OneLake's host, such as `onelake.dfs.fabric.microsoft.com`."""
    one_lake_workspace_name: Annotated[str | None, LOCAL] = None
    """Name or id of the Fabric workspace."""
    artifact: Annotated[OneLakeArtifact | None, LOCAL] = None
    """The lakehouse."""
    credentials: Annotated[FabricCredential | None, Arm("properties")] = None
    """What to sign in with; the identity of whoever uses it if left out."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        parts = (self.endpoint, self.one_lake_workspace_name, self.artifact)
        if self.target is None and None in parts:
            expected = "`endpoint`, `one_lake_workspace_name` and `artifact`, or `target`"
            raise refusal("the lakehouse isn't named", expected)
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Add the address, which az ml makes of the three parts."""
        super().finish(body, resolver)
        if self.target is None and self.artifact is not None:
            name = str(self.artifact.name)
            item = name if roles.is_guid(name) else f"{name}.Lakehouse"
            address = f"https://{self.endpoint}/{self.one_lake_workspace_name}/{item}"
            put(body, "properties.target", address)


class _KeyConnection(Connection):
    """The fields of services that take a key, or else the identity of whoever uses them."""

    without = "AAD"

    api_key: Annotated[SecretStr | None, Arm("properties.credentials.key")] = None
    """The service's key; the identity of whoever uses it if left out."""
    credentials: Annotated[KeyOrEntra | None, Arm("properties")] = None
    """The same in the words of other connections, in place of `api_key`."""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.api_key is not None and self.credentials is not None:
            raise refusal("`api_key` and `credentials` exclude each other", "one of them", "api_key")
        return self

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:
        """Say that it is a key that is given."""
        if self.api_key is not None:
            body["properties"]["authType"] = _BY_KEY
        super().finish(body, resolver)

    @classmethod
    def restore(cls, words: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Name the key, which Azure doesn't show."""
        super().restore(words, body, place)
        words.pop("credentials", None)
        if at(body, "properties.authType") == _BY_KEY:
            words["api_key"] = place.secret("api_key")


class AzureOpenAIConnection(_KeyConnection):
    """A connection to Azure OpenAI."""

    kind = "Azure OpenAI connection"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.metadata.ApiType": "Azure"}

    type: Annotated[Literal["azure_open_ai"], ANY_CASE, _category("AzureOpenAI")] = "azure_open_ai"
    """The kind of service."""
    azure_endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the resource."""
    api_version: Annotated[str | None, Arm("properties.metadata.ApiVersion")] = None
    """Version of its API."""
    open_ai_resource_id: Annotated[ArmId | None, Arm("properties.metadata.ResourceId")] = None
    """The resource's ARM id."""


class AzureAIServicesConnection(_KeyConnection):
    """A connection to Azure AI services."""

    kind = "Azure AI services connection"

    type: Annotated[Literal["azure_ai_services"], ANY_CASE, _category("AIServices")] = "azure_ai_services"
    """The kind of service."""
    endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the resource."""
    ai_services_resource_id: Annotated[ArmId, Arm("properties.metadata.ResourceId")]
    """The resource's ARM id."""


class AzureAISearchConnection(_KeyConnection):
    """A connection to Azure AI Search."""

    kind = "Azure AI Search connection"

    type: Annotated[Literal["azure_ai_search"], ANY_CASE, _category("CognitiveSearch")] = "azure_ai_search"
    """The kind of service."""
    endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the service."""


class AzureContentSafetyConnection(_KeyConnection):
    """A connection to Azure AI Content Safety."""

    kind = "Azure AI Content Safety connection"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.metadata.Kind": "Content Safety"}

    type: Annotated[Literal["azure_content_safety"], ANY_CASE, _category("CognitiveService")] = "azure_content_safety"
    """The kind of service."""
    endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the service."""


class AzureSpeechConnection(_KeyConnection):
    """A connection to Azure AI Speech."""

    kind = "Azure AI Speech connection"
    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.metadata.Kind": "speech"}

    type: Annotated[Literal["azure_speech_services"], ANY_CASE, _category("CognitiveService")] = "azure_speech_services"
    """The kind of service."""
    endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the service."""


class _ByKey(Connection):
    """The fields of services that take nothing but a key."""

    without = _BY_KEY

    api_key: Annotated[SecretStr, Arm("properties.credentials.key")]
    """The service's key."""


class APIKeyConnection(_ByKey):
    """A connection to any service that takes a key."""

    kind = "API key connection"

    type: Annotated[Literal["api_key"], ANY_CASE, _category("ApiKey")] = "api_key"
    """The kind of service."""
    api_base: Annotated[InputStr, Arm("properties.target")]
    """Address of the service."""


class OpenAIConnection(_ByKey):
    """A connection to OpenAI itself."""

    kind = "OpenAI connection"

    type: Annotated[Literal["open_ai"], ANY_CASE, _category("OpenAI")] = "open_ai"
    """The kind of service."""
    target: Annotated[InputStr | None, Arm("properties.target")] = None
    """Address of the service; OpenAI's own if left out."""


class SerpConnection(_ByKey):
    """A connection to Serp, which searches the web."""

    kind = "Serp connection"

    type: Annotated[Literal["serp"], ANY_CASE, _category("Serp")] = "serp"
    """The kind of service."""
    target: Annotated[InputStr | None, Arm("properties.target")] = None
    """Address of the service; Serp's own if left out."""


class ServerlessConnection(_ByKey):
    """A connection to a serverless endpoint, in this workspace or elsewhere."""

    kind = "serverless connection"

    type: Annotated[Literal["serverless"], ANY_CASE, _category("Serverless")] = "serverless"
    """The kind of service."""
    endpoint: Annotated[InputStr, Arm("properties.target")]
    """Address of the endpoint."""
