"""Requests to ARM in this process, signed in as the sandbox's own application, and Azure's own generic client."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from azure.identity import EnvironmentCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request, Response, handle, tokens
from azureml_sandbox.http.arm.checks import supported_versions, version_namespace
from azureml_sandbox.http.tokens import Issuer, Unsigned
from azureml_sandbox.model.identities import CLIENT
from azureml_sandbox.pulumi.transport import intercept

ARM = "https://management.azure.com"


def access_token(azure: Azure, client: str, audience: str, issuer: Issuer | None = None) -> str:
    """Return a token: for an application, or for one of the sandbox's people by their object id."""
    signer = issuer or Unsigned()
    return signer.sign(tokens.claims(azure, client, audience, signer.times()))


def send(azure: Azure, method: str, path: str, given: Any = None, **headers: str) -> Response:
    """Send one request; `path` may be a whole address and have a query, and gets the newest version that its provider
    has.
    """
    where, _, query = path.removeprefix(ARM).partition("?")
    if "api-version" not in query:
        query = "&".join(filter(None, (query, f"api-version={supported_versions(version_namespace(where))[0]}")))
    content = given if isinstance(given, bytes) else b"" if given is None else json.dumps(given).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    token = {"Authorization": f"Bearer {access_token(azure, CLIENT, ARM)}"}
    base = "" if where.startswith("https:") else ARM
    return handle(azure, Request(method, f"{base}{where}?{query}", {**token, **sent}, content))


def ask(azure: Azure, method: str, path: str, given: Any = None) -> tuple[int, Any]:
    """Return the status and the JSON that come back of such a request."""
    answer = send(azure, method, path, given)
    return answer.status, read(answer)


def read(response: Response) -> Any:
    """Return the JSON that came back."""
    return json.loads(response.body) if response.body else None


def refusal(response: Response) -> tuple[int, str]:
    """Return the status and ARM's error code."""
    error = read(response)["error"]
    assert error["message"]
    return response.status, error["code"]


def follow(azure: Azure, url: str) -> Response:
    """Poll an address once."""
    return send(azure, "GET", url)


@contextlib.contextmanager
def manager(azure: Azure, **options: Any) -> Iterator[ResourceManagementClient]:
    """Yield azure-mgmt-resource's client, for resources of every type; it retries fast unless `options` say else."""
    fast = {"retry_backoff_factor": 0, "polling_interval": 0, **options}
    with intercept(azure), ResourceManagementClient(EnvironmentCredential(), azure.subscription, **fast) as client:
        yield client
