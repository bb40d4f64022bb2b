"""A server in the background: started, waited for, and ended."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import Record, ServerError, require, running

START_SECONDS, STOP_SECONDS = 30.0, 10.0
_PAUSE = 0.02
_METADATA = "/metadata/endpoints?api-version=2022-09-01"
_EXTRA = ("httptools", "trustme", "uvicorn")
"""What the server needs of the extra `sandbox`."""


def require_extra() -> None:
    """Raise ServerError where a package that only the server needs isn't installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise ServerError(
            f"the https server needs {', '.join(missing)}, not installed here: `pip install 'azureml-infra[sandbox]'`"
        )


def start(home: Home, options: Sequence[str] = ()) -> Record:
    """Start a server and wait until it answers; ServerError where one runs, or where it ends instead."""
    found = running(home)
    if found is not None:
        raise ServerError(f"a server runs already on {found.url}; end it first with `azureml-sandbox stop`")
    require_extra()
    line = [sys.executable, "-m", "azureml_sandbox", "serve", "--cwd", str(home.folder.parent), *options]
    with home.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            line, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    return _answering(home, process)


def _answering(home: Home, process: subprocess.Popen[bytes]) -> Record:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            last = home.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or [
                "no reason given"
            ]
            raise ServerError(f"the server ended at once: {last[0].removeprefix('error: ')} (all of it: {home.log})")
        record = running(home)
        if record is not None and record.pid == process.pid and answers(home, record):
            return record
        time.sleep(_PAUSE)
    process.kill()
    raise ServerError(f"the server didn't answer within {START_SECONDS:.0f} seconds; {home.log} says more")


def answers(home: Home, record: Record) -> bool:
    """Return whether a server answers."""
    try:
        context = ssl.create_default_context(cafile=str(home.bundle))
        with urllib.request.urlopen(f"{record.url}{_METADATA}", timeout=5, context=context):  # noqa: S310 - loopback
            return True
    except (OSError, urllib.error.URLError):
        return False


def stop(home: Home) -> Record:
    """End the server, in good order if it lets itself; ServerError where none runs."""
    record = require(home)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if running(home) is None:
                return record
            time.sleep(_PAUSE)
    raise ServerError(f"process {record.pid} doesn't end; it may belong to somebody else")


@contextlib.contextmanager
def present(home: Home) -> Iterator[Record]:
    """Yield the running server, or start one for the block."""
    found = running(home)
    if found is not None:
        yield found
        return
    started = start(home)
    try:
        yield started
    finally:
        with contextlib.suppress(ServerError):
            stop(home)
