"""One run at a time: two that write one state would lose what the other did."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from azureml_arm.locking import LockedError, hold_lock
from azureml_sandbox.pulumi.engine.errors import EngineError


@contextlib.contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of `what` for the block; raise EngineError while another process has it."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold_lock(path))
        except LockedError as error:
            text = f"another run (process {error.owner}) is using {what}; wait until it ends"
            raise EngineError(text) from None
        yield
