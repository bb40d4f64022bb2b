"""Spans of time: as Azure writes them, and as people do on a command line or in a tag (``1h30m``)."""

import re

from azureml_arm import durations

_SHORT = re.compile(r"((?:\d[\d.]*[wd])*)((?:\d[\d.]*[hms])*)", re.IGNORECASE | re.ASCII)
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST = 100 * 366 * 86_400
"""A hundred years: what is longer is a mistake."""


def seconds(text: str) -> float | None:
    """Return how many seconds a span has, in either way of writing; None for what is no span."""
    short = _SHORT.fullmatch(text.strip())
    found = durations.seconds(f"P{short[1]}" + (f"T{short[2]}" if short[2] else "") if short else text)
    return found if found is not None and found <= LONGEST else None


def words(span: float) -> str:
    """Return a span for people: ``2h 5m``; what is under a second counts as nothing."""
    parts, left = [], int(span)
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
