"""Datastores: named places in Azure Storage and OneLake, with or without credentials.

Fields: https://learn.microsoft.com/azure/machine-learning/reference-yaml-datastore-blob and its neighbours. Without
`credentials` a datastore is reached with the identity of whoever uses it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, SecretStr, means, refusal
from azureml_infra.entities.body import Resolver, put
from azureml_infra.entities.fields import Guid
from azureml_infra.entities.references import SYSTEM_DATASTORES
from azureml_infra.entities.unions import ToldBy
from azureml_infra.entities.words import ANY_CASE, PASCAL, TextMap, name_rule


class AccountKey(Model):
    """A key of the storage account."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "credentialsType": "AccountKey",
        "secrets.secretsType": "AccountKey",
    }

    account_key: Annotated[SecretStr, Arm("secrets.key")]
    """The key."""


class SasToken(Model):
    """A shared access signature."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"credentialsType": "Sas", "secrets.secretsType": "Sas"}

    sas_token: Annotated[SecretStr, Arm("secrets.sasToken")]
    """The token."""


class _TenantCredential(Model):
    tenant_id: Guid
    """The application's tenant."""
    client_id: Guid
    """The application's id."""
    authority_url: Annotated[str | None, Arm("authorityUrl")] = None
    """Where tokens come from; the authority of the stack's cloud if left out."""
    resource_url: Annotated[str | None, Arm("resourceUrl")] = None
    """What tokens are for."""


class ServicePrincipal(_TenantCredential):
    """An application of Microsoft Entra with a secret."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "credentialsType": "ServicePrincipal",
        "secrets.secretsType": "ServicePrincipal",
    }

    client_secret: Annotated[SecretStr, Arm("secrets.clientSecret")]
    """The application's secret."""


class Certificate(_TenantCredential):
    """An application of Microsoft Entra with a certificate."""

    arm_constants: ClassVar[Mapping[str, Any]] = {
        "credentialsType": "Certificate",
        "secrets.secretsType": "Certificate",
    }

    certificate: Annotated[SecretStr, Arm("secrets.certificate")]
    """The certificate with its private key."""
    thumbprint: str
    """The certificate's thumbprint."""


class NoCredentials(Model):
    """None: the identity of whoever uses the datastore."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"credentialsType": "None"}


_WORDS: Mapping[type[Model], str] = {
    AccountKey: "account_key",
    SasToken: "sas_token",
    ServicePrincipal: "client_secret",
    Certificate: "thumbprint",
    NoCredentials: "none",
}
"""Kinds of credentials -> a field that only that kind has."""


def _kind(given: Any) -> str | None:
    if not isinstance(given, Mapping):
        return _WORDS.get(type(given), "none")
    if not given:
        return "none"
    words = [word for word in (*_WORDS.values(), "certificate") if word in given]
    return words[0].replace("certificate", "thumbprint") if words else None


def _only(expected: str) -> ToldBy:
    """Return the metadata of the credentials that a kind of datastore takes."""
    what = "these credentials don't fit this kind of datastore"
    expected = f"{expected}, or no credentials for identity-based access"
    return ToldBy(_kind, lambda model: _WORDS[model], lambda *_: refusal(what, expected))


_StorageCredentials = Annotated[AccountKey | SasToken | NoCredentials, _only("account_key or sas_token")]
_LakeCredentials = Annotated[
    ServicePrincipal | Certificate | NoCredentials,
    _only("tenant_id and client_id with client_secret or certificate"),
]
_FabricCredentials = Annotated[ServicePrincipal | NoCredentials, _only("tenant_id, client_id and client_secret")]
_store = partial(means, "properties.datastoreType")
_AT = Arm("properties.credentials")


class Datastore(Entity):
    """The fields of all datastores."""

    family: ClassVar[str] = "datastores"

    name: Annotated[str, LOCAL, name_rule("datastore")]
    """Unique in the workspace."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """What it is for."""
    tags: Annotated[TextMap | None, Arm("properties.tags")] = None
    """Names and values."""

    @field_validator("name")
    @classmethod
    def _not_a_system_one(cls, name: str) -> str:
        if name.lower() in SYSTEM_DATASTORES:
            raise refusal(f'"{name}" comes with every workspace: it can be referred to, not described', "another name")
        return name

    def finish(self, body: dict[str, Any], resolver: Resolver) -> None:  # noqa: ARG002
        """Send the absence of credentials explicitly, as ARM requires."""
        put(body, "properties.credentials", body["properties"].get("credentials") or {"credentialsType": "None"})


class _StorageDatastore(Datastore):
    account_name: Annotated[InputStr | None, Arm("properties.accountName")] = None
    """Name of an existing storage account; the platform's own if left out (az ml requires it)."""
    resource_group: Annotated[InputStr | None, Arm("properties.resourceGroup")] = None
    """The account's resource group; the platform's if left out."""
    subscription_id: Annotated[Guid | None, Arm("properties.subscriptionId")] = None
    """The account's subscription; the platform's if left out."""
    endpoint: Annotated[str | None, Arm("properties.endpoint")] = None
    """The domain of the cloud's storage; that of the stack's cloud if left out."""


class AzureBlobDatastore(_StorageDatastore):
    """A blob container."""

    kind: ClassVar[str] = "blob datastore"

    type: Annotated[Literal["azure_blob"], ANY_CASE, _store("AzureBlob")] = "azure_blob"
    """The kind of datastore."""
    container_name: Annotated[str, Arm("properties.containerName"), name_rule("blob_container")]
    """The container's name."""
    protocol: Annotated[Literal["https", "wasbs"], ANY_CASE, Arm("properties.protocol")] = "https"
    """How it is read."""
    credentials: Annotated[_StorageCredentials | None, _AT] = None
    """The credentials; the user's identity if left out."""
    create: Annotated[bool, LOCAL] = False
    """Whether the container is made, with the roles that identity-based access to it needs. Not a field of az ml."""


class FileShareOptions(Model):
    """A file share to be made."""

    quota: Annotated[int, Field(ge=1, le=102400), Arm("properties.shareQuota")] = 100
    """Its size in GiB."""
    tier: Annotated[Literal["transaction_optimized", "hot", "cool"], PASCAL, Arm("properties.accessTier")] = (
        "transaction_optimized"
    )
    """Its access tier."""


class AzureFileDatastore(_StorageDatastore):
    """An SMB file share."""

    kind: ClassVar[str] = "file datastore"

    type: Annotated[Literal["azure_file"], ANY_CASE, _store("AzureFile")] = "azure_file"
    """The kind of datastore."""
    file_share_name: Annotated[str, Arm("properties.fileShareName"), name_rule("file_share")]
    """The share's name."""
    protocol: Annotated[Literal["https"], ANY_CASE, Arm("properties.protocol")] = "https"
    """How it is read."""
    credentials: Annotated[_StorageCredentials | None, _AT] = None
    """The credentials; the user's identity if left out."""
    create: Annotated[bool | FileShareOptions, LOCAL] = False
    """Whether the share is made, or how, with the roles that identity-based access needs. Not a field of az ml."""


class AzureDataLakeGen2Datastore(_StorageDatastore):
    """A file system in an account with hierarchical namespace."""

    kind: ClassVar[str] = "Data Lake Gen2 datastore"

    type: Annotated[Literal["azure_data_lake_gen2"], ANY_CASE, _store("AzureDataLakeGen2")] = "azure_data_lake_gen2"
    """The kind of datastore."""
    account_name: Annotated[InputStr, Arm("properties.accountName")]
    """Name of an existing storage account with hierarchical namespace, which the workspace's own can't have."""
    filesystem: Annotated[str, Arm("properties.filesystem"), name_rule("blob_container")]
    """The file system's name."""
    protocol: Annotated[Literal["https", "abfss"], ANY_CASE, Arm("properties.protocol")] = "https"
    """How it is read."""
    credentials: Annotated[_LakeCredentials | None, _AT] = None
    """The credentials; the user's identity if left out."""
    create: Annotated[bool, LOCAL] = False
    """Whether the file system is made, with the roles that identity-based access to it needs. Not a field of az ml."""


class AzureDataLakeGen1Datastore(Datastore):
    """An Azure Data Lake Storage Gen1 store. Azure retired the service on 2024-02-29."""

    kind: ClassVar[str] = "Data Lake Gen1 datastore"

    type: Annotated[Literal["azure_data_lake_gen1"], ANY_CASE, _store("AzureDataLakeGen1")] = "azure_data_lake_gen1"
    """The kind of datastore."""
    store_name: Annotated[InputStr, Arm("properties.storeName")]
    """The store's name."""
    credentials: Annotated[_LakeCredentials | None, _AT] = None
    """The credentials; the user's identity if left out."""


class OneLakeArtifact(Model):
    """The item of a Fabric workspace that holds the data."""

    name: Annotated[InputStr, Arm("artifactName")]
    """Its id or name."""
    type: Annotated[Literal["lake_house"], PASCAL, Arm("artifactType")] = "lake_house"
    """The kind of artifact."""


class OneLakeDatastore(Datastore):
    """A lakehouse in Microsoft Fabric."""

    kind: ClassVar[str] = "OneLake datastore"

    type: Annotated[Literal["one_lake"], ANY_CASE, _store("OneLake")] = "one_lake"
    """The kind of datastore."""
    one_lake_workspace_name: Annotated[InputStr, Arm("properties.oneLakeWorkspaceName")]
    """Id or name of the Fabric workspace."""
    endpoint: Annotated[str, Arm("properties.endpoint")] = "onelake.dfs.fabric.microsoft.com"
    """OneLake's address."""
    artifact: Annotated[OneLakeArtifact, Arm("properties.artifact")]
    """The lakehouse."""
    credentials: Annotated[_FabricCredentials | None, _AT] = None
    """The credentials; the user's identity if left out."""
