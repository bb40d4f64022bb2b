"""Clients of Azure Resource Manager and of Databricks, on azure-core's pipeline with its retries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from azureml_arm import ids
from azureml_arm.clouds import AzureCloud
from azureml_arm.errors import reason

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.rest import HttpRequest, HttpResponse
    from azure.mgmt.core import ARMPipelineClient

POLL_SECONDS = 5
_NOT_FOUND = 404


class AzureRefusedError(Exception):
    """Azure answered with an error; the text has its status, code and message."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


def api_version(resource_id: str) -> str:
    """Return the API version of a resource's type. Raises AzureRefusedError for a type that isn't in the catalogue."""
    from azureml_arm.types import by_type  # the catalogue, which uploads and notebooks don't need

    declared = by_type(ids.parse(resource_id).type)
    if declared is None:
        raise AzureRefusedError(f"{resource_id} is of a type that isn't known here")
    return declared.api_version


NEWEST = {"$orderBy": "createdtime desc", "$top": "1"}
"""Asks a list of versions for the one that was made last, as azure-ai-ml does (`_get_latest`)."""


class ArmClient:
    """A client of Azure Resource Manager: reads a resource, writes it and waits for the operation.

    `address` is that of another service which speaks as it does, `scope` what tokens for that are for.
    """

    def __init__(self, cloud: AzureCloud, who: TokenCredential, address: str = "", scope: str = "") -> None:
        self._client = _pipeline(address or cloud.resource_manager, scope or cloud.scope, who)

    def get(self, resource_id: str, api_version: str) -> dict[str, Any] | None:
        """Return the resource, or None where it doesn't exist."""
        return self._read(self._request("GET", resource_id, api_version), resource_id)

    def read(self, url: str) -> dict[str, Any] | None:
        """Return what a service of Azure ML answers at an address, or None where there is nothing."""
        from azure.core.rest import HttpRequest

        return self._read(HttpRequest("GET", url), url)

    def list(self, path: str, api_version: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield what is in a collection, page by page; nothing where what it belongs to doesn't exist."""
        from azure.core.rest import HttpRequest

        page = self._read(self._request("GET", path, api_version, query=query), path)
        while page is not None:
            yield from page.get("value") or ()
            following = page.get("nextLink")
            page = self._read(HttpRequest("GET", following), path) if following else None

    def put(self, resource_id: str, api_version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the resource after the operation has ended. Raises AzureRefusedError."""
        done: dict[str, Any] = self._operation("PUT", resource_id, api_version, body)
        return done

    def submit(self, resource_id: str, api_version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a PUT that is no long-running operation: of a job, of an asset's version. Azure may
        choose another version than was asked for, so that nothing is at the address itself. Raises AzureRefusedError.
        """
        response = self._client.send_request(self._request("PUT", resource_id, api_version, body))
        _raise_error(response, resource_id)
        found: dict[str, Any] = response.json()
        return found

    def post(self, resource_id: str, api_version: str, body: dict[str, Any] | None = None) -> Any:
        """Return what an action answers, after it has ended; None for one that answers nothing."""
        return self._operation("POST", resource_id, api_version, body)

    def delete(self, resource_id: str, api_version: str, **query: str) -> None:
        """Delete a resource and wait; idempotent."""
        self._operation("DELETE", resource_id, api_version, query=query, missing_ok=True)

    def _read(self, request: HttpRequest, path: str) -> dict[str, Any] | None:
        response = self._client.send_request(request)
        if response.status_code == _NOT_FOUND:
            return None
        _raise_error(response, path)
        found: dict[str, Any] = response.json()
        return found

    def _operation(
        self,
        method: str,
        resource_id: str,
        api_version: str,
        body: dict[str, Any] | None = None,
        *,
        query: dict[str, str] | None = None,
        missing_ok: bool = False,
    ) -> Any:
        from azure.core.exceptions import HttpResponseError
        from azure.core.polling import LROPoller
        from azure.mgmt.core.polling.arm_polling import ARMPolling

        answer = self._client.send_request(
            self._request(method, resource_id, api_version, body, query), _return_pipeline_response=True
        )
        if missing_ok and answer.http_response.status_code == _NOT_FOUND:
            return None
        _raise_error(answer.http_response, resource_id)
        polling: Any = ARMPolling(POLL_SECONDS)
        poller: LROPoller[Any] = LROPoller(self._client, answer, _content, polling)
        try:
            return poller.result()
        except HttpResponseError as error:
            said = _reason(error.response) if error.response is not None else ""
            raise AzureRefusedError(f"{resource_id}: {said or error.message}") from error

    def _request(
        self,
        method: str,
        resource_id: str,
        api_version: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:
        from azure.core.rest import HttpRequest

        url = self._client.format_url(resource_id)
        return HttpRequest(method, url, params={"api-version": api_version, **(query or {})}, json=body)


DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
"""Azure Databricks' own application, the same in every tenant and cloud."""


class DatabricksClient:
    """A client of a Databricks workspace, by Entra ID. It names the workspace's resource, and has a token for ARM: so
    Databricks lets in who isn't in the workspace yet, and may change the resource
    (https://learn.microsoft.com/azure/databricks/dev-tools/service-prin-aad-token).
    """

    def __init__(self, cloud: AzureCloud, who: TokenCredential, workspace_id: str, address: str) -> None:
        self._client = _pipeline(f"https://{address}", f"{DATABRICKS}/.default", who)
        self._headers = {
            "X-Databricks-Azure-Workspace-Resource-Id": workspace_id,
            "X-Databricks-Azure-SP-Management-Token": who.get_token(cloud.scope).token,
        }

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a POST answers. Raises AzureRefusedError."""
        from azure.core.rest import HttpRequest

        url = self._client.format_url(path)
        answer = self._client.send_request(HttpRequest("POST", url, headers=self._headers, json=body))
        if answer.status_code >= 400:  # noqa: PLR2004
            said = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
            text = f"{said.get('error_code', '')} {said.get('message') or answer.reason}".strip()
            raise AzureRefusedError(f"{url}: {text} (HTTP {answer.status_code})", answer.status_code)
        found: dict[str, Any] = answer.json()
        return found


def _content(done: Any) -> Any:
    return done.http_response.json() if done.http_response.content else None


def _raise_error(response: HttpResponse, resource_id: str) -> None:
    if response.status_code >= 400:  # noqa: PLR2004
        said = _reason(response)
        text = f"{said} (HTTP {response.status_code})" if said else f"HTTP {response.status_code} {response.reason}"
        raise AzureRefusedError(f"{resource_id}: {text}", response.status_code)


def _reason(response: Any) -> str:
    """Return what the body of a refusal, or of an operation that failed, says; empty where it is no error of Azure."""
    try:
        return reason(json.loads(response.text()))
    except ValueError:
        return ""


def _pipeline(address: str, scope: str, who: TokenCredential) -> ARMPipelineClient[Any, Any]:
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    signed = ARMChallengeAuthenticationPolicy(who, scope)
    return ARMPipelineClient(address, policies=[*_policies(), signed])


def _policies() -> list[Any]:
    """Return what every request passes; azure-core's polling of an operation needs the id of the first request
    (azure-core, azure/core/polling/base_polling.py, `_get_request_id`)."""
    from azure.core.pipeline.policies import ContentDecodePolicy, RequestIdPolicy, RetryPolicy, UserAgentPolicy

    return [RequestIdPolicy(), UserAgentPolicy("azureml-infra"), RetryPolicy(), ContentDecodePolicy()]
