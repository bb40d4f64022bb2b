"""azure-core's requests, answered by the model: for code that uses Azure's own clients, in this process."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

from azureml_arm import clouds
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import DroppedConnectionError
from azureml_sandbox.http import Request, handle
from azureml_sandbox.model.identities import CALLER, CLIENT, SECRET

if TYPE_CHECKING:
    import requests
    from azure.core.pipeline.transport import RequestsTransport

    from azureml_sandbox.model.resource import Cloud

UNSET = (
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_PASSWORD",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "IDENTITY_ENDPOINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
)
"""What would lead azure-identity elsewhere."""


@contextmanager
def intercept(azure: Azure) -> Iterator[Azure]:
    """Let azure-core's clients (azure-identity, azure-storage-blob, azure-mgmt-*) talk to `azure` within the block.

    Signed in by the environment (AZURE_CLIENT_ID and its like). A request to a host that isn't modelled raises
    HostNotModelledError; none leaves the process. Holds for all threads; asynchronous clients are not covered.
    """
    # Here, because the import takes as long as many a test.
    from azure.core.pipeline.transport import RequestsTransport

    ours = azure.part(_transport)
    send = _original(RequestsTransport.send)

    def to_the_model(_transport: RequestsTransport, request: Any, **options: Any) -> Any:
        return send(ours, request, **options)

    to_the_model.original = send  # type: ignore[attr-defined]
    elsewhere = (name for name in os.environ if _leads_elsewhere(name))
    with (
        mock.patch.object(RequestsTransport, "send", to_the_model),
        variables({**dict.fromkeys(elsewhere), **signed_in(azure)}),
    ):
        yield azure


@contextmanager
def variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables of this process's environment within the block, and unset those without a value. The others aren't
    touched, as there are many and blocks like this one, too.
    """
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _original(send: Any) -> Any:
    """Return azure-core's own `send`, also inside of another interception."""
    return getattr(send, "original", send)


def elsewhere_unset() -> dict[str, str]:
    """Return this process's environment without what would lead a client to another Azure, or sign it in there."""
    return {name: value for name, value in os.environ.items() if not _leads_elsewhere(name)}


def _leads_elsewhere(name: str) -> bool:
    return name in UNSET or name.startswith("ARM_")


def person(azure: Azure, environ: Mapping[str, str]) -> str | None:
    """Return the object id of whom a run is signed in as; None for the sandbox's own application, which may do all."""
    client = environ.get("AZURE_CLIENT_ID") if environ.get("AZURE_CLIENT_SECRET") == SECRET else None
    found = azure.identities.application(client or CLIENT)
    return None if found == CALLER else found


def signed_in(azure: Azure) -> dict[str, str]:
    """Return the environment by which azure-identity signs in: as whom it says already, in the sandbox.

    `azureml-sandbox run --as dana` says it to a command and all that it starts. Anybody else's id, which comes without
    the sandbox's secret, stands for the sandbox's own application.
    """
    asked = os.environ.get("AZURE_CLIENT_SECRET") == SECRET and os.environ.get("AZURE_CLIENT_ID")
    return {
        "AZURE_ENVIRONMENT": clouds.PUBLIC.name,
        "AZURE_TENANT_ID": azure.tenant,
        "AZURE_CLIENT_ID": asked or CLIENT,
        "AZURE_CLIENT_SECRET": SECRET,
        "AZURE_SUBSCRIPTION_ID": azure.subscription,
    }


def _transport(azure: Cloud) -> RequestsTransport:
    """Return a transport of azure-core whose every request leads to the model."""
    from azure.core.pipeline.transport import RequestsTransport

    return RequestsTransport(session=_session(cast("Azure", azure)), session_owner=False)


def _session(azure: Azure) -> requests.Session:
    """Return a session of requests whose every URL leads to the model."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPResponse
    from urllib3.exceptions import ProtocolError

    class ModelAdapter(HTTPAdapter):
        """Answers by the model where HTTPAdapter would connect."""

        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            """Hand the request over, and make what the model says into what requests returns."""
            method = request.method or "GET"
            headers = {name: _read(value).decode("latin-1") for name, value in request.headers.items()}
            try:
                answer = handle(azure, Request(method, request.url or "", headers, _read(request.body)))
            except DroppedConnectionError as dropped:
                raise requests.ConnectionError(ProtocolError("Connection aborted.", dropped)) from dropped
            raw = HTTPResponse(
                body=io.BytesIO(answer.body),
                headers=dict(answer.headers),
                status=answer.status,
                preload_content=False,
                request_method=method,
            )
            return self.build_response(request, raw)

    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, ModelAdapter())
    return session


def _read(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)
