"""How the processes of commands end."""

import atexit
import gc
from functools import cache


@cache
def skip_last_collections() -> None:
    """Let this process end without Python's last look for garbage among all that it holds: a sixth of `validate`."""
    atexit.register(gc.freeze)
