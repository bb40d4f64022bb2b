"""Whoever is signed in to Azure: one credential for all that isn't azure-native, the same identity as azure-native's.

azure-native reads its settings and `ARM_…` (pulumi-azure-native, provider/pkg/provider/auth_azidentity.go,
newSingleMethodAuthCredential); azure-identity knows `AZURE_…` alone. A run that signs in as two identities fails where
only one of them has a role.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from azureml_arm import oidc
from azureml_arm.clouds import CUSTOM, PUBLIC, AzureCloud

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

_SETTINGS: dict[str, tuple[str, ...]] = {
    "clientId": ("ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
    "tenantId": ("ARM_TENANT_ID", "AZURE_TENANT_ID"),
    "clientSecret": ("ARM_CLIENT_SECRET",),
    "clientCertificatePath": ("ARM_CLIENT_CERTIFICATE_PATH",),
    "clientCertificatePassword": ("ARM_CLIENT_CERTIFICATE_PASSWORD",),
    "useOidc": ("ARM_USE_OIDC",),
    "useMsi": ("ARM_USE_MSI",),
    "oidcToken": ("ARM_OIDC_TOKEN",),
    "oidcTokenFilePath": ("ARM_OIDC_TOKEN_FILE_PATH",),
    "oidcAudience": ("ARM_OIDC_AUDIENCE",),
    "oidcRequestUrl": ("ARM_OIDC_REQUEST_URL",),
    "oidcRequestToken": ("ARM_OIDC_REQUEST_TOKEN",),
}
"""azure-native's settings that say who signs in, and the variables of each: the first one that is set counts."""
KEYS = tuple(f"azure-native:{name}" for name in _SETTINGS)
"""The same settings by their whole names."""


def credential(
    cloud: AzureCloud = PUBLIC, config: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> TokenCredential:
    """Return the credential of whoever is signed in, in azure-native's order.

    A certificate, a secret, a CI system's tokens (`ARM_USE_OIDC`), a managed identity (`ARM_USE_MSI`); else what
    azure-identity finds: the environment, workload or managed identity, Azure CLI. `config` is the stack's.

    A process that asks again gets the same one, which has its token: to sign in takes a request, or a run of `az`.
    """
    environ = os.environ if environ is None else environ
    settings = frozenset(_settings(config or {}, environ).items())
    return _make(cloud, settings, _variables(environ), _variables(os.environ))  # azure-identity reads the latter itself


_PREFIXES = ("ACTIONS_", "ARM_", "AZURE", "HOME", "IDENTITY_", "IMDS_", "MSI_", "PATH", "SYSTEM_", "USERPROFILE")
"""How the variables begin that say who signs in: to azure-identity, to `oidc`, to what `az` is found by."""
_Variables = frozenset[tuple[str, str]]


def _variables(environ: Mapping[str, str]) -> _Variables:
    return frozenset((name, value) for name, value in environ.items() if name.startswith(_PREFIXES))


@lru_cache(maxsize=16)
def _make(
    cloud: AzureCloud, settings: _Variables, variables: _Variables, _of_the_process: _Variables
) -> TokenCredential:
    from azure import identity

    given, environ = dict(settings), dict(variables)
    where: dict[str, Any] = {"authority": cloud.sign_in_url, "disable_instance_discovery": cloud.name == CUSTOM}
    certificate, secret = given.get("clientCertificatePath"), given.get("clientSecret")
    if certificate or secret or _is_on(given, "useOidc"):
        missing = [_SETTINGS[name][0] for name in ("tenantId", "clientId") if not given.get(name)]
        if missing:
            return _Nobody(f"{' and '.join(missing)} not set: they say who signs in to Azure")
        who = {"tenant_id": given["tenantId"], "client_id": given["clientId"]}
        if certificate:
            password = given.get("clientCertificatePassword")
            return _or_nobody(
                identity.CertificateCredential, certificate_path=certificate, password=password, **who, **where
            )
        if secret:
            return _or_nobody(identity.ClientSecretCredential, client_secret=secret, **who, **where)
        return _by_oidc(given, environ, {**who, **where})
    if _is_on(given, "useMsi"):
        return identity.ManagedIdentityCredential(client_id=given.get("clientId"))
    return identity.DefaultAzureCredential(authority=cloud.sign_in_url)


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, whose signature is its audience's to check; ValueError for what is no token."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004
        raise ValueError("it is not a JSON Web Token")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("its claims are not an object")  # noqa: TRY004 - callers know one kind of bad token
    return claims


def _by_oidc(given: Mapping[str, str], environ: Mapping[str, str], options: Mapping[str, Any]) -> TokenCredential:
    from azure import identity

    spoken = {_SETTINGS[name][0]: value for name, value in given.items()}
    source = oidc.source({**environ, **spoken})
    if source is None:
        return _Nobody(f"ARM_USE_OIDC is true, and there is no token to sign in with: {oidc.EXPECTED}")

    def token() -> str:
        try:
            return source()
        except oidc.OidcError as error:
            raise identity.CredentialUnavailableError(str(error)) from None

    return _or_nobody(identity.ClientAssertionCredential, func=token, **options)


def _settings(config: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, variables in _SETTINGS.items():
        value = config.get(f"azure-native:{name}") or next((environ[one] for one in variables if environ.get(one)), "")
        if value:
            found[name] = str(value)
    return found


def _is_on(given: Mapping[str, str], name: str) -> bool:
    return given.get(name, "").lower() in ("true", "1")


def _or_nobody(kind: Any, **options: Any) -> TokenCredential:
    """Return a credential, or one that says why there is none: a wrong id, a file that is no certificate."""
    try:
        made: TokenCredential = kind(**options)
    except (OSError, ValueError) as error:
        return _Nobody(str(error))
    return made


class _Nobody:
    """A credential that has none: it says so where somebody would sign in, as azure-identity's own do."""

    def __init__(self, why: str) -> None:
        self._why = why

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Raise CredentialUnavailableError."""
        from azure.identity import CredentialUnavailableError

        raise CredentialUnavailableError(self._why)
