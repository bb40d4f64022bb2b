"""Bytes in, bytes out: what the server's endpoint makes of a request and of an answer, whoever wrote them."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azureml_sandbox.http import Request, Response
from azureml_sandbox.server.app import Application

HEADERS = [(b"host", b"localhost")]
SCOPE = {"type": "http", "method": "GET", "raw_path": b"/a%20b", "query_string": b"x=1", "headers": HEADERS}


def messages_of(response: Response, seen: list[Request] | None = None) -> list[MutableMapping[str, Any]]:
    """Return the messages that an answer becomes; `seen` gets the request."""
    sent: list[MutableMapping[str, Any]] = []

    def answer(request: Request) -> Response:
        (seen if seen is not None else []).append(request)
        return response

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"body"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Application(answer)(dict(SCOPE), receive, send))
    return sent


def test_a_request_is_its_url_and_body() -> None:
    seen: list[Request] = []
    messages_of(Response(204), seen)
    assert [(one.method, one.url, one.body) for one in seen] == [("GET", "https://localhost/a%20b?x=1", b"body")]


@given(name=st.text(min_size=1), value=st.text())
def test_a_header_never_ends_its_line(name: str, value: str) -> None:
    started = messages_of(Response(200, {"x-said": f"a\r\nX-Injected: 1{value}", f"x-{name}\n": value}))[0]
    lines = [part for line in started["headers"] for part in line]
    assert len(lines) == 6
    assert not any({*line} & {*b"\r\n\0"} for line in lines)
