"""The ASGI application: bytes from the network become a `Request`, and a `Response` bytes again.

It is plain ASGI, as nothing in it needs more, and answers on the event loop: a request is worked on in well under a
millisecond, which is less than a hop to a thread costs.
"""

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from azureml_sandbox.faults import DroppedConnectionError
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.model.errors import ArmError, bad_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = Callable[[Request], Response]
Drop = Callable[[tuple[str, int]], None]

LARGEST = 300 * 1024 * 1024
"""Bytes of one request: a blob's largest single block is smaller."""
_HOP_BY_HOP = frozenset({b"connection", b"transfer-encoding", b"content-length", b"keep-alive", b"upgrade"})
_HOST = re.compile(r"(?:[\w.-]+|\[::1\])(?::\d{1,5})?", re.ASCII)
"""Anything else could make a URL mean something else than its path."""
_LOG = logging.getLogger("azureml_sandbox.server")


_TOO_LARGE = Response.refusal(
    ArmError(413, "RequestContentTooLarge", f"The request's body is larger than {LARGEST >> 20} MiB.")
)
_MALFORMED = Response.refusal(bad_request("The request needs a path, and one Host header that is a host's name."))


class _GoneError(Exception):
    """The client left in the middle of its request, of which nothing may then be done."""


class Application:
    """Answers every request by a function; `drop` closes a client's connection, for faults that want that."""

    def __init__(self, answer: Answer, scheme: str = "https", drop: Drop | None = None) -> None:
        self._answer = answer
        self._scheme = scheme
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the start and end of the server, which are nothing here."""
        if scope["type"] != "http":
            return
        try:
            body = await _body(receive)
        except _GoneError:
            return
        url = self._url(scope)
        if body is None or url is None:
            await _send(send, _TOO_LARGE if body is None else _MALFORMED, head=scope["method"] == "HEAD")
            return
        try:
            response = self._answer(Request(scope["method"], url, _headers(scope), body))
        except DroppedConnectionError as dropped:
            _LOG.info("%s", dropped)
            if self._drop is None:
                raise
            self._drop(tuple(scope["client"]))
            await receive()  # until the connection is gone: no answer is missed by then
            return
        await _send(send, response, head=scope["method"] == "HEAD")

    def _url(self, scope: Scope) -> str | None:
        """Return the whole URL; None where the request has no path, or not one host that could be one's name."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        path = (scope.get("raw_path") or b"").decode("latin-1")
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]) or not path.startswith("/"):
            return None
        query = scope["query_string"].decode("latin-1")
        return f"{self._scheme}://{hosts[0]}{path}{'?' if query else ''}{query}"


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(receive: Receive) -> bytes | None:
    """Return all of the body; None where it is too large, _GoneError where it never came to its end."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _line(text: str) -> bytes:
    """Return a header's name or value, which can't end its line: what a caller sent may be repeated in it."""
    shown = text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    return shown.encode("latin-1", "replace")


async def _send(send: Send, response: Response, *, head: bool) -> None:
    given = [(_line(name.lower()), _line(value)) for name, value in response.headers.items()]
    headers = [(name, value) for name, value in given if name not in _HOP_BY_HOP]
    size = dict(given).get(b"content-length") if head else None
    headers.append((b"content-length", size or str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})
