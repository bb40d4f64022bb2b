"""The tokens by which a CI system vouches for its job: Entra takes them for an identity's (federated credentials).

A token lives for minutes, an `up` for hours. So it is never kept: what is returned here asks, or reads, anew each time.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from azureml_arm.web import RequestLimits, WebError, fetch

AUDIENCE = "api://AzureADTokenExchange"
_LIMITS = RequestLimits(pauses=(0.5, 2.0, 5.0))
_CONNECTIONS = (
    "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
    "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
)
"""Where the id of an Azure DevOps service connection stands: azurerm's, azapi's, and what the task AzureCLI@2 sets."""
EXPECTED = (
    "expected ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH or AZURE_FEDERATED_TOKEN_FILE; in GitHub Actions the job needs "
    "`permissions: {id-token: write}`; in Azure DevOps the step needs a service connection's id and "
    "`env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`"
)


class OidcError(Exception):
    """There is no token; the message says why and what to do. It holds no token."""


def source(environ: Mapping[str, str]) -> Callable[[], str] | None:
    """Return what gets a token of this job for Entra, or None where nothing says how. It raises OidcError.

    The order is azure-native's, so that it signs in as all else does; Azure DevOps, which it doesn't ask by itself,
    comes first, because what stands there in a variable is ten minutes from its end.
    """
    uri, secret = environ.get("SYSTEM_OIDCREQUESTURI"), environ.get("SYSTEM_ACCESSTOKEN")
    connection = next((environ[name] for name in _CONNECTIONS if environ.get(name)), "")
    if uri and secret and connection:
        return lambda: _devops(uri, secret, connection)
    if environ.get("ARM_OIDC_TOKEN"):
        text = environ["ARM_OIDC_TOKEN"]
        return lambda: text
    if environ.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return _reader(environ, "ARM_OIDC_TOKEN_FILE_PATH")
    audience = environ.get("ARM_OIDC_AUDIENCE") or AUDIENCE
    for prefix in ("ARM_OIDC", "ACTIONS_ID_TOKEN"):
        url, key = environ.get(f"{prefix}_REQUEST_URL"), environ.get(f"{prefix}_REQUEST_TOKEN")
        if url and key:
            return lambda: _github(url, key, audience)
    return _reader(environ, "AZURE_FEDERATED_TOKEN_FILE") if environ.get("AZURE_FEDERATED_TOKEN_FILE") else None


def _reader(environ: Mapping[str, str], name: str) -> Callable[[], str]:
    file = Path(environ[name])
    return lambda: _read(file, name)


def _github(url: str, secret: str, audience: str) -> str:
    """Return GitHub's token (https://docs.github.com/actions/reference/security/oidc)."""
    joint = "&" if "?" in url else "?"
    address = f"{url}{joint}audience={quote(audience, safe='')}"
    return _ask("GitHub", address, secret, "GET", "value")


def _devops(uri: str, secret: str, connection: str) -> str:
    """Return a service connection's token (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken)."""
    address = f"{uri}?api-version=7.1&serviceConnectionId={quote(connection, safe='')}"
    return _ask("Azure DevOps", address, secret, "POST", "oidcToken")


def _ask(what: str, address: str, secret: str, method: str, key: str) -> str:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    try:
        answer = fetch(address, headers, method, b"" if method == "POST" else None, _LIMITS)
    except WebError as error:
        raise OidcError(f"{what} gave no ID token ({error}): run the job again") from None
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise OidcError(f"{what} gave no ID token: its answer has no `{key}`")
    return found


def _read(file: Path, name: str) -> str:
    try:
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OidcError(
            f"{name}: {file} can't be read ({type(error).__name__}); expected a file with a token"
        ) from None
    if not found:
        raise OidcError(f"{name}: {file} is empty; expected a file with a token")
    return found
