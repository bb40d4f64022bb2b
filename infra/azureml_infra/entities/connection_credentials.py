"""How connections sign in: one model for each of ARM's `authType`s. Secrets are named, never written.

The words are those of `az ml connection create`
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-connection-blob and its neighbours); `custom_keys`
and `oauth2` are ARM's, which az ml has no word for.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic_core import PydanticCustomError

from azureml_infra.entities.base import Arm, InputStr, Model, Secret, SecretStr, means, refusal
from azureml_infra.entities.reverse import Place, at
from azureml_infra.entities.unions import ToldBy, word_of
from azureml_infra.entities.words import ANY_CASE, type_word
from azureml_infra.yaml.problems import nearest, one_of

_Named = Annotated[InputStr, Secret(clear=True)]
"""A text, or the name of a secret."""


class PatCredential(Model):
    """A personal access token."""

    type: Annotated[Literal["pat"], ANY_CASE, means("authType", "PAT")] = "pat"
    """The kind of credentials."""
    pat: Annotated[SecretStr, Arm("credentials.pat")]
    """The token."""


class SasCredential(Model):
    """A shared access signature."""

    type: Annotated[Literal["sas"], ANY_CASE, means("authType", "SAS")] = "sas"
    """The kind of credentials."""
    sas_token: Annotated[SecretStr, Arm("credentials.sas")]
    """The signature."""


class AccountKeyCredential(Model):
    """A key of a storage account."""

    type: Annotated[Literal["account_key"], ANY_CASE, means("authType", "AccountKey")] = "account_key"
    """The kind of credentials."""
    account_key: Annotated[SecretStr, Arm("credentials.key")]
    """The key."""


class PasswordCredential(Model):
    """A user's name and password."""

    type: Annotated[Literal["username_password"], ANY_CASE, means("authType", "UsernamePassword")] = "username_password"
    """The kind of credentials."""
    username: Annotated[_Named, Arm("credentials.username")]
    """The user's name, in clear or as `${{secrets.NAME}}`."""
    password: Annotated[SecretStr, Arm("credentials.password")]
    """The password."""


class AccessKeyCredential(Model):
    """An access key of AWS."""

    type: Annotated[Literal["access_key"], ANY_CASE, means("authType", "AccessKey")] = "access_key"
    """The kind of credentials."""
    access_key_id: Annotated[_Named, Arm("credentials.accessKeyId")]
    """The key's id, in clear or as `${{secrets.NAME}}`."""
    secret_access_key: Annotated[SecretStr, Arm("credentials.secretAccessKey")]
    """The key."""


class ApiKeyCredential(Model):
    """A key of an API."""

    type: Annotated[Literal["api_key"], ANY_CASE, means("authType", "ApiKey")] = "api_key"
    """The kind of credentials."""
    key: Annotated[SecretStr, Arm("credentials.key")]
    """The key."""


class ServicePrincipalCredential(Model):
    """An application of Microsoft Entra with a secret."""

    type: Annotated[Literal["service_principal"], ANY_CASE, means("authType", "ServicePrincipal")] = "service_principal"
    """The kind of credentials."""
    tenant_id: Annotated[_Named, Arm("credentials.tenantId")]
    """The application's tenant."""
    client_id: Annotated[_Named, Arm("credentials.clientId")]
    """The application's id."""
    client_secret: Annotated[SecretStr, Arm("credentials.clientSecret")]
    """The application's secret."""


class ManagedIdentityCredential(Model):
    """A managed identity."""

    type: Annotated[Literal["managed_identity"], ANY_CASE, means("authType", "ManagedIdentity")] = "managed_identity"
    """The kind of credentials."""
    client_id: Annotated[InputStr | None, Arm("credentials.clientId")] = None
    """Client id of a user-assigned identity."""
    resource_id: Annotated[InputStr | None, Arm("credentials.resourceId")] = None
    """ARM id of a user-assigned identity."""


class EntraCredential(Model):
    """The identity, in Microsoft Entra, of whoever uses the connection."""

    type: Annotated[Literal["aad"], ANY_CASE, means("authType", "AAD")] = "aad"
    """The kind of credentials."""


class NoCredential(Model):
    """None: anybody may reach the target."""

    type: Annotated[Literal["none"], ANY_CASE, means("authType", "None")] = "none"
    """The kind of credentials."""


class CustomKeysCredential(Model):
    """Secrets under names of your choice. Not a word of az ml."""

    type: Annotated[Literal["custom_keys"], ANY_CASE, means("authType", "CustomKeys")] = "custom_keys"
    """The kind of credentials."""
    keys: Annotated[dict[str, SecretStr], Arm("credentials.keys")]
    """The secrets by name."""

    @classmethod
    def restore(cls, words: dict[str, Any], body: Mapping[str, Any], place: Place) -> None:
        """Name the secrets, which Azure doesn't show."""
        names = at(body, "credentials.keys") or ("key",)
        words["keys"] = {name: place.secret(name) for name in names}


class OauthCredential(Model):
    """A sign-in by OAuth 2.0. Not a word of az ml."""

    type: Annotated[Literal["oauth2"], ANY_CASE, means("authType", "OAuth2")] = "oauth2"
    """The kind of credentials."""
    auth_url: Annotated[InputStr | None, Arm("credentials.authUrl")] = None
    """Where tokens come from, for services such as Concur."""
    tenant_id: Annotated[_Named | None, Arm("credentials.tenantId")] = None
    """The application's tenant, for services such as QuickBooks and Xero."""
    client_id: Annotated[_Named, Arm("credentials.clientId")]
    """The application's id."""
    client_secret: Annotated[SecretStr, Arm("credentials.clientSecret")]
    """The application's secret."""
    developer_token: Annotated[SecretStr | None, Arm("credentials.developerToken")] = None
    """The developer's token, for Google Ads."""
    refresh_token: Annotated[SecretStr | None, Arm("credentials.refreshToken")] = None
    """The token that gets new ones."""
    username: Annotated[_Named | None, Arm("credentials.username")] = None
    """The user's name, for services such as Concur."""
    password: Annotated[SecretStr | None, Arm("credentials.password")] = None
    """The user's password."""


def _misfit(given: Mapping[str, Any], words: Iterable[str]) -> PydanticCustomError:
    what = "these credentials don't fit this kind of connection"
    return refusal(what, f"type: {one_of(words)}", suggestion=nearest(str(given.get("type")), words))


_FITTING = ToldBy(type_word, word_of, _misfit)
AnyCredential = Annotated[
    PatCredential | PasswordCredential | ApiKeyCredential | AccessKeyCredential | AccountKeyCredential | SasCredential
    | ServicePrincipalCredential | ManagedIdentityCredential | CustomKeysCredential | OauthCredential
    | EntraCredential | NoCredential,
    _FITTING,
]  # fmt: skip
"""What most connections sign in with."""
BlobCredential = Annotated[AccountKeyCredential | SasCredential | EntraCredential | NoCredential, _FITTING]
"""What blob storage is reached with."""
LakeCredential = Annotated[
    ServicePrincipalCredential | ManagedIdentityCredential | EntraCredential | NoCredential, _FITTING
]
"""What a data lake is reached with."""
FabricCredential = Annotated[ServicePrincipalCredential | EntraCredential | NoCredential, _FITTING]
"""What Microsoft Fabric is reached with."""
KeyOrEntra = Annotated[ApiKeyCredential | EntraCredential, _FITTING]
"""What Azure's AI services are reached with."""
