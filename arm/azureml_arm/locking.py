"""A file's lock, which one process at a time may hold; it ends with the process."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class LockedError(Exception):
    """Another process holds the lock; `owner` is its number, where it can be read."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"process {owner} holds the lock")
        self.owner = owner


@contextlib.contextmanager
def hold_lock(path: Path, *, wait: bool = False) -> Iterator[tuple[int, ...]]:
    """Hold a file's lock for the block; wait for it, or raise LockedError while another process has it.

    Gives the descriptors that a process started within must inherit to go on holding it without this one.
    """
    if fcntl is None:
        yield ()
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(path.read_text(encoding="utf-8").strip() or "unknown") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield (descriptor,)
    finally:
        os.close(descriptor)
