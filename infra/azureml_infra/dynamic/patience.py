"""Trying again what Azure refuses at first: what was made in the same run takes a while to reach every part of it."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

PAUSE_SECONDS = 10


def retry(step: Callable[[], _T], patience: Callable[[Exception], float]) -> _T:
    """Return what a step returns. `patience` has the seconds, from the first try on, in which an error leads to another
    try; later it is raised.
    """
    begun = time.monotonic()
    while True:
        try:
            return step()
        except Exception as error:  # which ones count is for `patience` to say
            if time.monotonic() >= begun + patience(error):
                raise
        time.sleep(PAUSE_SECONDS)
