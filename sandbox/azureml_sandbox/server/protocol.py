"""HTTP itself, as uvicorn and httptools read it, with ARM's words for what is no HTTP, too long, or never comes."""

import asyncio
from collections import Counter
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from azureml_sandbox.http.message import Response
from azureml_sandbox.model.errors import ArmError, bad_request

HEAD_BYTES, HEAD_COUNT = 64 * 1024, 200
"""What a request's head may be; a token with all of Azure's claims is a tenth of it."""
HEAD_SECONDS = 20.0
"""From the first byte of a request, or the connection, to the end of its head."""
IDLE_SECONDS, BODY_SECONDS = 30.0, 600.0
"""Between two parts of a body, and for all of it."""
_LINGER_SECONDS = 1.0
"""How long what is still being sent is thrown away, so that its sender reads why it was refused."""
_GOODBYE_SECONDS = 0.1
"""How long a server that ends waits for its clients: over TLS, one that only keeps a connection never says goodbye."""
_ONCE = frozenset(
    {
        *(b"authorization", b"content-type", b"content-md5", b"date", b"range", b"if-modified-since"),
        *(b"if-unmodified-since", b"x-ms-date", b"x-ms-version", b"x-ms-range", b"x-ms-blob-type", b"x-ms-lease-id"),
        *(b"x-ms-copy-source", b"x-ms-copy-source-authorization"),
    }
)
"""Headers that decide something and are no lists: of two, each reader could take another one (RFC 9110, 5.3)."""
_TOO_LARGE = ArmError(
    431,
    "RequestHeaderFieldsTooLarge",
    f"The request's headers are more than {HEAD_COUNT}, or longer than {HEAD_BYTES >> 10} KiB together.",
)


class Protocol(HttpToolsProtocol):
    """One connection. What can't be read as one request for certain is refused, and the connection closed."""

    _in_head, _in_body, _is_refused = True, False, False
    _head_bytes = 0
    _refusal: ArmError | None = None
    _deadline: asyncio.TimerHandle | None = None
    _last = 0.0
    """When the body that is being read must have come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._close_in(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close the connection as the server ends, or after the answer that is under way."""
        super().shutdown()
        if self.transport.is_closing():
            self._close_in(_GOODBYE_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Read what came, and no more than fits of a head."""
        if self._is_refused:
            return
        if not self._in_head and not self._in_body:
            self._in_head = True
            self._head_bytes = 0
            self._close_in(HEAD_SECONDS)
        elif self._in_body:
            self._close_in(min(IDLE_SECONDS, self._last - self.loop.time()))
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES and not self._is_refused:
            self._refusal = _TOO_LARGE
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Take a head of bounded size, and a body that is in chunks, and in nothing else beside: a proxy might see
        another end of it.
        """
        self._in_head, self._in_body = False, True
        self._last = self.loop.time() + BODY_SECONDS
        self._close_in(IDLE_SECONDS)
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEAD_COUNT:
            self._refusal = _TOO_LARGE
            raise ValueError(size)
        counts = Counter(name for name, _ in self.headers)
        twice = sorted(name.decode() for name in _ONCE if counts[name] > 1)
        if twice:
            self._refusal = bad_request(f"The request has more than one header '{twice[0]}'.")
            raise ValueError(twice)
        coded = [value for name, value in self.headers if name == b"transfer-encoding"]
        if coded and coded != [b"chunked"]:
            raise ValueError(coded)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop waiting: the request is there."""
        self._in_body = False
        self._wait_no_longer()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or more of it than is taken, and close once its sender could read that."""
        error = self._refusal or bad_request(msg)
        refusal = Response.refusal(error)
        headers = {**refusal.headers, "Content-Length": str(len(refusal.body)), "Connection": "close"}
        reason = "Request Header Fields Too Large" if error is _TOO_LARGE else "Bad Request"
        lines = [f"HTTP/1.1 {error.status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._is_refused = True
        self.transport.write("\r\n".join(lines).encode() + refusal.body)
        if error is _TOO_LARGE:
            self._close_in(_LINGER_SECONDS)
        else:
            self.transport.close()

    def _close_in(self, seconds: float) -> None:
        self._wait_no_longer()
        self._deadline = self.loop.call_later(max(seconds, 0.0), self.transport.abort)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


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
