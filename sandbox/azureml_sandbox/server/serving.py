"""A server in this process, in the foreground: loopback only, over TLS, with the project's own certificate."""

import contextlib
import socket
from collections.abc import Sequence

import uvicorn

from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import FaultRule, switch
from azureml_sandbox.model.store import MemoryStore, SqliteStore
from azureml_sandbox.server import addresses, certificates, machine, record
from azureml_sandbox.server.app import Application
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.front import Front
from azureml_sandbox.server.keys import SignedTokens
from azureml_sandbox.server.protocol import configure
from azureml_sandbox.server.record import ServerError

ADDRESS = "127.0.0.1"


def serve(
    home: Home, port: int = 0, *, memory: bool = False, seconds: float = 0.0, faults: Sequence[FaultRule] = ()
) -> None:
    """Serve until a signal ends it; ServerError where one serves already, or the port can't be had.

    `port` 0: the last server's, or any that is free; `seconds`: how long operations take; `faults` replace the
    rules that are on.
    """
    with record.alone(home):
        _serve(home, _listen_again(home, port), memory=memory, seconds=seconds, faults=faults)


def _serve(home: Home, listening: socket.socket, *, memory: bool, seconds: float, faults: Sequence[FaultRule]) -> None:
    port = listening.getsockname()[1]
    azure = Azure(MemoryStore() if memory else SqliteStore(home.database))
    azure.operations.seconds = seconds
    if faults:
        switch.clear(azure)
    for rule in faults:
        switch.add(azure, rule)
    issuer = SignedTokens(home.ca / "tokens.key", home.issuers)
    front = Front(azure, issuer, port, by_name=addresses.resolves())
    context = certificates.context(home)
    endpoint = Application(front.answer, drop=lambda client: _drop(server, client))
    config = configure(endpoint, ssl_context_factory=lambda _config, _default: context)
    server = uvicorn.Server(config)
    beside = _listen(0)
    with contextlib.closing(azure), record.record_server(home, port, beside.getsockname()[1], memory=memory):
        print(f"serving Azure on https://localhost:{port} (CA: {home.bundle})", flush=True)  # noqa: T201 - its news
        machine.run(server, listening, front, beside)


def _drop(server: uvicorn.Server, client: tuple[str, int]) -> None:
    """Close a client's connection without a word."""
    for connection in list(server.server_state.connections):
        transport = getattr(connection, "transport", None)
        if getattr(connection, "client", None) == client and transport is not None:
            transport.abort()


def _listen_again(home: Home, port: int) -> socket.socket:
    last = record.last_port(home)
    if not port and last:
        with contextlib.suppress(ServerError):
            return _listen(last)
    return _listen(port)


def _listen(port: int) -> socket.socket:
    # Its protocol is said, as asyncio sends answers without delay (TCP_NODELAY) to sockets only that say it.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((ADDRESS, port))
    except OSError as error:
        raise ServerError(
            f"port {port} of {ADDRESS} can't be had ({error.strerror}); leave --port out for any"
        ) from None
    # From here on connections wait: whoever reads that it serves may ask at once.
    made.listen(1024)
    return made
