"""The endpoint of a machine's identity beside the https server: plain http on a port of its own, in the same process.

Azure's clients take its address from ``AZURE_POD_IDENTITY_AUTHORITY_HOST``; in Azure it is http as well.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from azureml_sandbox.server.app import Application
from azureml_sandbox.server.front import Front
from azureml_sandbox.server.protocol import configure


class _Beside(uvicorn.Server):
    """A server that leaves signals to the one it is beside."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals."""
        yield


def run(server: uvicorn.Server, listening: socket.socket, front: Front, machine: socket.socket) -> None:
    """Serve until a signal ends it: `server` on one socket, the machine's endpoint on the other."""
    config = configure(Application(front.answer_machine, scheme="http"))
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_both(server, listening, _Beside(config), machine))


async def _both(server: uvicorn.Server, listening: socket.socket, beside: _Beside, machine: socket.socket) -> None:
    task = asyncio.create_task(beside.serve([machine]))
    try:
        await server.serve([listening])
    finally:
        beside.should_exit = True
        await task
