"""Reading Azure Resource Manager: azure-identity's default credential, azure-core's pipeline, bounded in time.

Only reads are here: what guards changes never makes one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azureml_arm.clouds import PUBLIC, AzureCloud
from azureml_arm.credentials import credential
from azureml_arm.errors import code_of, reason

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.rest import HttpResponse
    from azure.mgmt.core import ARMPipelineClient

SECONDS = 60
"""How long one read may take, all of its retries included."""
_CONNECT_SECONDS, _READ_SECONDS, _LONGEST_WAIT = 10, 30, 20
_OK, _NOT_FOUND, _CONFLICT, _UNAUTHORIZED, _FORBIDDEN = 200, 404, 409, 401, 403
_UNREGISTERED = "MissingSubscriptionRegistration"


class AzureUnavailableError(Exception):
    """Azure gave no answer to decide on; the message says why and what to do. `status` is 0 without an HTTP answer."""

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ArmReader:
    """GETs of Azure Resource Manager. Nothing is loaded or asked before the first one."""

    def __init__(self, cloud: AzureCloud = PUBLIC, who: TokenCredential | None = None, seconds: int = SECONDS) -> None:
        self._cloud, self._who, self._seconds = cloud, who, seconds

    def get(self, path: str, api_version: str, **query: str) -> dict[str, Any] | None:
        """Return what is at a path (an ARM id, or a full URL), or None where nothing is; else AzureUnavailableError."""
        response = self._send(path, {"api-version": api_version, **query})
        return None if response is None else _content(response, path)

    def list(self, path: str, api_version: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the items of a collection, page by page; none where the collection's parent doesn't exist."""
        page = self.get(path, api_version, **query)
        while page is not None:
            yield from page.get("value") or ()
            following = page.get("nextLink")
            response = self._send(following, {}) if following else None
            page = None if response is None else _content(response, path)

    def _send(self, path: str, query: dict[str, str]) -> HttpResponse | None:
        from azure.core.exceptions import AzureError, ClientAuthenticationError
        from azure.core.rest import HttpRequest

        request = HttpRequest("GET", self._client.format_url(path), params=query)
        try:
            response = self._client.send_request(request)
        except ClientAuthenticationError as error:
            raise AzureUnavailableError(
                f"not signed in to Azure: {_line(error)}; run `az login`, or set AZURE_CLIENT_ID and its like",
                _UNAUTHORIZED,
            ) from error
        except AzureError as error:
            raise AzureUnavailableError(
                f"Azure can't be reached for {path}: {_line(error)}; check the network and run again"
            ) from error
        return _check(response, path)

    @cached_property
    def _client(self) -> ARMPipelineClient[Any, Any]:
        from azure.core.pipeline.policies import RetryPolicy, UserAgentPolicy
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        class BoundedRetry(RetryPolicy[Any, Any]):
            """Azure may ask to come back in an hour; a preview doesn't wait that long."""

            def get_retry_after(self, response: Any) -> float | None:
                asked = super().get_retry_after(response)
                return None if asked is None else min(asked, _LONGEST_WAIT)

        policies = [
            UserAgentPolicy("azureml-infra"),
            BoundedRetry(timeout=self._seconds, retry_total=5, retry_backoff_max=_LONGEST_WAIT),
            ARMChallengeAuthenticationPolicy(self._who or credential(self._cloud), self._cloud.scope),
        ]
        limits = {"connection_timeout": _CONNECT_SECONDS, "read_timeout": _READ_SECONDS}
        return ARMPipelineClient(self._cloud.resource_manager, policies=policies, **limits)


def _check(response: HttpResponse, path: str) -> HttpResponse | None:
    status = response.status_code
    if status == _OK:
        return response
    code, message = _error(response)
    if status == _NOT_FOUND or (status == _CONFLICT and code == _UNREGISTERED):
        return None
    refusal = f"Azure refused to show {path}: {message} (HTTP {status})"
    raise AzureUnavailableError(f"{refusal}; {_advice(status)}", status, code)


def _advice(status: int) -> str:
    if status == _FORBIDDEN:
        return "whoever is signed in here needs the role Reader there"
    if status == _UNAUTHORIZED:
        return "sign in again (`az login`) to the tenant of this subscription"
    return "run again, and see https://status.azure.com if it stays so"


def _content(response: HttpResponse, path: str) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise AzureUnavailableError(f"what answered for {path} isn't Azure Resource Manager: check the proxy")
    return found


def _error(response: HttpResponse) -> tuple[str, str]:
    """Return the code and all that ARM's error body says; empty code where it is none."""
    try:
        body = response.json()
    except ValueError:
        body = None
    return code_of(body), reason(body) or str(response.reason)


def _line(error: Exception) -> str:
    """Return the first line: azure-identity lists every credential that it tried."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
