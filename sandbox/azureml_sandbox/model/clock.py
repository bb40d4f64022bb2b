"""The sandbox's time: this machine's, and how far ahead of it somebody has moved it.

The offset is in the store, so that a server which is running goes by it from its next request on.
"""

import time

from azureml_sandbox.model.records import Records
from azureml_sandbox.model.tables import CLOCK

_OFFSET = "offset"


class Clock:
    """Seconds since 1970 in one model of Azure."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __call__(self) -> float:
        """Return the time."""
        return time.time() + offset(self._records)


def offset(records: Records) -> float:
    """Return how many seconds the sandbox's time is ahead of this machine's."""
    with records.reading():
        return float(records.store.get(CLOCK, _OFFSET) or 0)


def advance(records: Records, seconds: float) -> None:
    """Move the time on. It never goes back: what has happened has happened."""
    if seconds < 0:
        raise ValueError("time doesn't go back")
    with records.changing():
        records.store.set(CLOCK, _OFFSET, str(offset(records) + seconds))
