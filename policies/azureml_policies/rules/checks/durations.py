"""Durations as ARM writes them, ISO 8601: ``PT15M``, ``P1DT2H``."""

from __future__ import annotations

import re
from typing import Any

_ISO = re.compile(
    r"P(?:(?P<days>\d{1,9}(?:\.\d{1,9})?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9}(?:\.\d{1,9})?)H)?(?:(?P<minutes>\d{1,9}(?:\.\d{1,9})?)M)?"
    r"(?:(?P<seconds>\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


def seconds(value: Any) -> float | None:
    """How long a duration is; None for what isn't one (months and years have no fixed length)."""
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    given = {unit: text for unit, text in match.groupdict().items() if text} if match else {}
    return sum(float(text) * _SECONDS[unit] for unit, text in given.items()) if given else None
