"""A lock on a file, which ends with the process that holds it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class LockedError(Exception):
    """Another process holds the lock; `owner` is its process id, as far as it wrote one."""

    def __init__(self, path: Path, owner: str) -> None:
        super().__init__(f"{path} is locked by process {owner}")
        self.owner = owner


@contextlib.contextmanager
def hold_lock(path: Path, *, wait: bool = False) -> Iterator[tuple[int, ...]]:
    """Hold a file's lock for the block, and yield the descriptors by which a child process goes on holding it.

    LockedError where another process has it, unless `wait` is given. The file holds the owner's process id. Where the
    system has no such locks, nothing is held and there are no descriptors.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        if fcntl is not None:
            _lock(file.fileno(), path, wait=wait)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield (file.fileno(),) if fcntl is not None else ()


def _lock(descriptor: int, path: Path, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise LockedError(path, path.read_text(encoding="utf-8").strip() or "unknown") from None
