"""One connection: heads of bounded size, headers that stand once, and no request that never comes to its end."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.server import protocol
from azureml_sandbox.server.app import Application
from azureml_sandbox.server.protocol import HEAD_BYTES, HEAD_COUNT, configure
from azureml_sandbox.server.serving import _listen

LIMIT = 30.0
"""Seconds after which a test fails rather than waits."""


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave signals alone."""


@pytest.fixture(scope="module")
def server() -> Iterator[_Server]:
    """Yield a server that answers with how long the body was."""
    listening = _listen(0)
    server = _Server(configure(Application(_answer, scheme="http")))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    yield server
    server.should_exit = True
    thread.join(LIMIT)
    listening.close()


@pytest.fixture
def port(server: _Server) -> int:
    """Return where the server is."""
    while not server.started:
        threading.Event().wait(0.01)
    found: int = server.servers[0].sockets[0].getsockname()[1]
    return found


def _answer(request: Request) -> Response:
    return Response.json(200, {"bytes": len(request.body), "authorization": request.header("authorization")})


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), LIMIT)


def _read(connection: socket.socket) -> tuple[int, dict[str, object]]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


def _head(*lines: str) -> bytes:
    return "\r\n".join(["GET / HTTP/1.1", "Host: localhost", *lines, "", ""]).encode("latin-1")


def _is_closed(connection: socket.socket) -> bool:
    """Wait until the other side closes; False where it answers instead."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


HEADS = {
    "a value": [f"X-Big: {'a' * HEAD_BYTES}"],
    "a megabyte": [f"Authorization: Bearer {'a' * (1 << 20)}"],
    "a name": [f"X-{'a' * HEAD_BYTES}: b"],
    "all together": [f"X-{number}: {'a' * 1000}" for number in range(HEAD_BYTES // 1000 + 1)],
    "too many": [f"X-{number}: a" for number in range(HEAD_COUNT)],
    "far too many": ["X: a"] * 10_000,
}


def test_a_head_has_a_bound(port: int) -> None:
    with contextlib.ExitStack() as opened:
        refused = {}
        for head, lines in HEADS.items():
            refused[head] = connection = opened.enter_context(_connect(port))
            connection.sendall(_head(*lines))
            status, body = _read(connection)
            assert (status, "RequestHeaderFieldsTooLarge" in json.dumps(body)) == (431, True), head
        assert [head for head, connection in refused.items() if not _is_closed(connection)] == []


def test_a_head_without_an_end_is_cut_off(port: int) -> None:
    with _connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: ")
        for _ in range(HEAD_BYTES // 1024 + 1):
            connection.sendall(b"a" * 1024)
        assert _read(connection)[0] == 431


def test_what_is_just_small_enough_is_answered(port: int) -> None:
    many = [f"X-{number}: a" for number in range(HEAD_COUNT - 2)]
    with _connect(port) as connection:
        connection.sendall(_head(*many, f"X-Big: {'a' * (HEAD_BYTES - 4000)}"))
        assert _read(connection)[0] == 200
        body = b"a" * (4 * HEAD_BYTES)
        connection.sendall(_head(f"Content-Length: {len(body)}") + body)
        assert _read(connection) == (200, {"bytes": len(body), "authorization": ""})


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "x-ms-copy-source", "X-MS-Version", "Range"])
@pytest.mark.parametrize("values", [("Bearer a", "Bearer b"), ("Bearer a", "Bearer a"), ("", "Bearer a")])
def test_what_decides_stands_once(port: int, name: str, values: tuple[str, str]) -> None:
    with _connect(port) as connection:
        connection.sendall(_head(f"{name}: {values[0]}", "X: y", f"{name.upper()}: {values[1]}"))
        status, body = _read(connection)
        assert status == 400
        assert f"more than one header '{name.lower()}'" in json.dumps(body)
        assert _is_closed(connection)


HALVES = {
    "nothing": b"",
    "empty lines": b"\r\n\r\n",
    "a line": b"GET / HTTP/1.1\r\n",
    "a head": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-",
    "a body": _head("Content-Length: 10") + b"abc",
    "a chunk": _head("Transfer-Encoding: chunked") + b"5\r\nabc",
    "no more chunks": _head("Transfer-Encoding: chunked") + b"3\r\nabc\r\n",
}


@pytest.fixture
def impatient(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "IDLE_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.3)
    monkeypatch.setattr(server.config, "timeout_keep_alive", 0.3)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("is_first", [True, False])
def test_a_request_that_never_ends_is_hung_up(port: int, *, is_first: bool) -> None:
    with contextlib.ExitStack() as opened:
        halves = {}
        for half, content in HALVES.items():
            halves[half] = connection = opened.enter_context(_connect(port))
            if not is_first:
                connection.sendall(_head())
                assert _read(connection)[0] == 200
            connection.sendall(content)
        assert [half for half, connection in halves.items() if not _is_closed(connection)] == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nX: ", _head("Content-Length: 100000")], ids=["head", "body"])
def test_a_trickle_is_no_way_to_stay(port: int, begin: bytes) -> None:
    """The bound is for the whole of it, however often a byte comes."""
    with _connect(port) as connection:
        connection.sendall(begin)
        connection.settimeout(0.05)
        closed = False
        for _ in range(600):
            try:
                closed = connection.recv(1) == b""
                break
            except TimeoutError:
                pass
            except ConnectionResetError:
                closed = True
                break
            try:
                connection.sendall(b"a")
            except OSError:
                closed = True
                break
        assert closed


def test_a_client_that_keeps_its_connection_is_answered_on_it(port: int) -> None:
    with _connect(port) as connection:
        for _ in range(50):
            connection.sendall(_head("Authorization: Bearer a"))
            assert _read(connection) == (200, {"bytes": 0, "authorization": "Bearer a"})


@pytest.mark.usefixtures("impatient")
def test_requests_that_come_together_are_answered_one_after_another(port: int) -> None:
    with _connect(port) as connection:
        connection.sendall(_head("Content-Length: 3") + b"abc" + _head() + _head("Connection: close"))
        stream = b""
        while part := connection.recv(65536):
            stream += part
        assert stream.count(b"HTTP/1.1 200 OK") == 3
