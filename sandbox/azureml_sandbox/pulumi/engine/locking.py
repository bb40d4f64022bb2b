"""One run at a time: two that write one state would lose what the other did."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from azureml_sandbox.pulumi.engine.errors import EngineError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold the lock for the block; EngineError while another process has it. It ends with the process.

    `what` it locks is told to who comes second.
    """
    with path.open("a+", encoding="utf-8") as file:
        if fcntl is not None:
            _lock(file.fileno(), path, what)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(descriptor: int, path: Path, what: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = path.read_text(encoding="utf-8").strip() or "unknown"
        raise EngineError(f"another run (process {owner}) is using {what}; wait until it ends") from None
