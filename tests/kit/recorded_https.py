"""Recorded exchanges asked of the sandbox's own server: over TLS, with a signed token, on loopback."""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Request, Response
from azureml_sandbox.model.identities import CLIENT
from azureml_sandbox.server import certificates
from azureml_sandbox.server.app import Application
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.front import Front
from azureml_sandbox.server.keys import SignedTokens
from azureml_sandbox.server.protocol import configure
from kit.arm_requests import ARM, access_token
from kit.recorded import Cloud

SAFE = "/:?&=%$,@!*()';+~"
_PLANES = {
    rb"/(blob|dfs|file|queue|table)/([a-z0-9]+)": rb"https://\2.\1.core.windows.net",
    rb"/vault/([\w-]+)": rb"https://\1.vault.azure.net",
    rb"/inference/([\w.-]+)": rb"https://\1.inference.ml.azure.com",
}
"""The server's address of a data plane -> Azure's."""


class Server:
    """A server on loopback, which answers for one model after another."""

    def __init__(self, home: Home, port: int) -> None:
        self._port = port
        self._issuer = SignedTokens(home.ca / "tokens.key", home.issuers)
        self._trusted = ssl.create_default_context(cafile=str(home.bundle))
        self._token = access_token(Azure(subscription=SUBSCRIPTION, tenant=TENANT), CLIENT, ARM, self._issuer)
        self._connection = http.client.HTTPSConnection("localhost", port, context=self._trusted)
        self._front = Front(Azure(), self._issuer, port)

    def answer(self, request: Request) -> Response:
        """Answer for the model of the last `cloud`."""
        return self._front.answer(request)

    def cloud(self) -> Cloud:
        """Return a new model, which is asked through the server."""
        made = Cloud(self.send)
        self._front = Front(made.azure, self._issuer, self._port)
        return made

    def send(self, _azure: Azure, method: str, path: str, body: Any = None) -> Response:
        """Send one request to the server."""
        path = path.removeprefix(f"https://localhost:{self._port}").removeprefix(ARM)
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._connection.request(method, quote(path, safe=SAFE), content, headers)
        found = self._connection.getresponse()
        return Response(found.status, dict(found.getheaders()), self._as_azure(found.read()))

    def _as_azure(self, body: bytes) -> bytes:
        """Return a body with Azure's addresses of data planes in place of the server's own."""
        own = f"https://localhost:{self._port}".encode()
        for ours, azures in _PLANES.items():
            body = re.sub(own + ours, azures, body)
        return body


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    home = Home.of(folder)
    context = certificates.context(home)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(home, listening.getsockname()[1])
        config = configure(Application(server.answer), ssl_context_factory=lambda _config, _default: context)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            running.should_exit = True
            thread.join(10)
