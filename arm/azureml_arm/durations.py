"""Durations as ARM writes them, ISO 8601: ``PT15M``, ``P1DT2H``."""

from datetime import timedelta
from typing import Any

import isodate


def seconds(value: Any) -> float | None:
    """Return the length of a duration; None for what isn't one, and for months and years, whose length varies."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if not text.startswith("P") or text.endswith("T"):  # isodate takes a sign, and a T with no time after it
        return None
    try:
        found = isodate.parse_duration(text)
    except (ValueError, ArithmeticError):  # an ISO8601Error is a ValueError, as is a date that no calendar has
        return None
    return found.total_seconds() if isinstance(found, timedelta) else None
