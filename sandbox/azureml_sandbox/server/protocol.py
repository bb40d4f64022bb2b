"""HTTP itself, as uvicorn and httptools read it, with ARM's words for what is no HTTP."""

from __future__ import annotations

from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from azureml_sandbox.http.message import Response
from azureml_sandbox.model.errors import bad_request


class Protocol(HttpToolsProtocol):
    """One connection. What can't be read as one request for certain is refused, and the connection closed."""

    def on_headers_complete(self) -> None:
        """Take a body that is in chunks, and in nothing else beside: a proxy might see another end of it."""
        coded = [value for name, value in self.headers if name == b"transfer-encoding"]
        if coded and coded != [b"chunked"]:
            raise ValueError(coded)
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        refusal = Response.json(400, bad_request(msg).body)
        told = {**refusal.headers, "Content-Length": str(len(refusal.body)), "Connection": "close"}
        lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        self.transport.write("\r\n".join(lines).encode() + refusal.body)
        self.transport.close()


def configure(application: Any, **options: Any) -> uvicorn.Config:
    """Return the settings of every server here."""
    return uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        **options,
    )
