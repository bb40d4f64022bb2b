"""One preview of a stack at a time, also after a run that was killed: what it started may still be at work."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def alone(file: Path) -> Iterator[tuple[int, ...]]:
    """Wait for a file's lock and hold it; gives what a command must inherit to go on holding it without us."""
    if fcntl is None:
        yield ()
        return
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield (handle,)
    finally:
        os.close(handle)
