"""Which server runs for a project: its record, and the lock that it holds as long as it lives.

The lock is the process's own, so that a server which was killed is known to be gone whatever its record says.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from azureml_sandbox.server.files import Home, write_private

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class ServerError(Exception):
    """What was asked for can't be done; the text is the whole message."""


@dataclass(frozen=True)
class Record:
    """A running server, or, with process 0, the last one that there was."""

    pid: int
    port: int
    memory: bool
    """Whether it forgets everything at its end."""
    machine_port: int = 0
    """Where it answers for a machine's identity, over plain http; 0 where it doesn't."""

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://localhost:{self.port}"

    @property
    def machine_url(self) -> str:
        """Return the address of the endpoint that a machine's identity has."""
        return f"http://127.0.0.1:{self.machine_port}"


def home_of(project: Path) -> Home:
    """Return what is kept for a project; ServerError where there is no such folder."""
    if not project.is_dir():
        raise ServerError(f"{project}: there is no such folder; name the project's with --cwd")
    return Home.of(project.resolve())


def shared_state(project: Path) -> Path:
    """Return the file of a project's cloud, for commands that read and write beside its server; ServerError."""
    home = home_of(project)
    found = running(home)
    if found is not None and found.memory:
        raise ServerError(
            f"the server on {found.url} keeps its state in memory, where no command reaches it: start it without "
            "--memory (faults may be given at its start: --fault RULE)"
        )
    return home.database


def running(home: Home) -> Record | None:
    """Return the server that runs for a project; None where there is none, whatever an old record says."""
    record = _read(home)
    return record if record is not None and record.pid and _is_held(home) else None


def last_port(home: Home) -> int:
    """Return the port of a project's last server, which addresses in its clients' settings still name; 0 before the
    first.
    """
    record = _read(home)
    return 0 if record is None else record.port


def require(home: Home) -> Record:
    """Return the server that runs; ServerError where there is none."""
    found = running(home)
    if found is None:
        raise ServerError("no server runs for this project; `azureml-sandbox start` starts one")
    return found


@contextlib.contextmanager
def alone(home: Home) -> Iterator[None]:
    """Hold the lock of the project's one server for the block; ServerError where another holds it."""
    with home.lock.open("a+", encoding="utf-8") as file:
        if fcntl is not None and not _take(file.fileno()):
            found = running(home)
            where = f" on {found.url} (process {found.pid})" if found else ""
            raise ServerError(
                f"a server runs for this project already{where}: use it, or end it with `azureml-sandbox stop`"
            )
        _end(home)  # a server that was killed: nobody is to take this one for it
        yield


@contextlib.contextmanager
def record_server(home: Home, port: int, machine_port: int, *, memory: bool) -> Iterator[None]:
    """Say in the record that this process serves, for as long as the block lasts."""
    _write(home, Record(os.getpid(), port, memory, machine_port))
    try:
        yield
    finally:
        _end(home)


def _end(home: Home) -> None:
    """Remove the process from the record."""
    record = _read(home)
    if record is not None:
        _write(home, replace(record, pid=0))


def _read(home: Home) -> Record | None:
    try:
        return Record(**json.loads(home.record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(home: Home, record: Record) -> None:
    write_private(home.record, json.dumps(asdict(record)).encode())


def _is_held(home: Home) -> bool:
    if fcntl is None:
        return True
    with contextlib.suppress(FileNotFoundError), home.lock.open("r+", encoding="utf-8") as file:
        return not _take(file.fileno())
    return False


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
