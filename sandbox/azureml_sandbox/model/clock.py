"""The sandbox's time: this machine's, and how far ahead of it somebody has moved it.

The offset is in the store, so that a server which is running goes by it from its next request on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

_TABLE, _OFFSET = "clock", "offset"


class Clock:
    """Seconds since 1970 in one model of Azure."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def __call__(self) -> float:
        """What time it is."""
        return time.time() + offset(self._azure)


def offset(azure: Azure) -> float:
    """How many seconds the sandbox's time is ahead of this machine's."""
    with azure.reading():
        return float(azure.store.get(_TABLE, _OFFSET) or 0)


def advance(azure: Azure, seconds: float) -> None:
    """Move the time on. It never goes back: what has happened has happened."""
    if seconds < 0:
        raise ValueError("time doesn't go back")
    with azure.changing():
        azure.store.set(_TABLE, _OFFSET, str(offset(azure) + seconds))
